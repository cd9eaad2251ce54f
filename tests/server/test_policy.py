"""Policy: reading is always allowed, writing only where the operator's settings say so."""

from typing import cast, get_args

import pytest

from talent_mcp.errors import Denied
from talent_mcp.policy import check
from talent_mcp.settings import Approval
from talent_tools import TOOLS
from talent_tools.spec import AnyTool

APPROVALS: tuple[Approval, ...] = get_args(Approval)
READING = [tool for tool in TOOLS if tool.read_only]
WRITING = [tool for tool in TOOLS if not tool.read_only]


@pytest.mark.parametrize("approval", APPROVALS)
@pytest.mark.parametrize("tool", READING, ids=lambda tool: tool.name)
def test_what_only_reads_is_always_allowed(tool: AnyTool, approval: Approval) -> None:
    assert check(tool, approval) == "read-only"


@pytest.mark.parametrize("approval", ["host", "auto"])
@pytest.mark.parametrize("tool", WRITING, ids=lambda tool: tool.name)
def test_a_write_is_allowed_and_its_record_says_by_what(tool: AnyTool, approval: Approval) -> None:
    assert check(tool, approval) == approval


@pytest.mark.parametrize("tool", WRITING, ids=lambda tool: tool.name)
def test_an_operator_can_allow_no_writes(tool: AnyTool) -> None:
    with pytest.raises(Denied) as refusal:
        check(tool, "never")
    assert str(refusal.value) == (
        f"The operator allows no writes (TALENT_APPROVAL=never), so {tool.name} did nothing. "
        "Tell the person what you would have changed."
    )


@pytest.mark.parametrize("unforeseen", ["", "Host", "auto ", "always", "yes"])
def test_what_nobody_foresaw_allows_no_writes(unforeseen: str) -> None:
    for tool in WRITING:
        with pytest.raises(Denied):
            check(tool, cast("Approval", unforeseen))


def test_the_four_tools_are_two_of_each_kind() -> None:
    assert (len(READING), len(WRITING)) == (2, 2)
