"""Policy: reading is always allowed, writing only where the operator's settings say so, the strictest of all fields."""

from collections.abc import Mapping
from typing import cast, get_args

import pytest

from talent_mcp.errors import ConfigurationError, Denied
from talent_mcp.policy import Policy
from talent_mcp.settings import Approval
from talent_tools.catalog import TOOLS
from talent_tools.plans import FieldChange
from talent_tools.spec import AnyTool

APPROVALS: tuple[Approval, ...] = get_args(Approval)
READING = [tool for tool in TOOLS if tool.read_only]
WRITING = [tool for tool in TOOLS if not tool.read_only]
STARDEX = next(tool for tool in TOOLS if tool.name == "update_stardex_person")


def policy(approval: str, **fields: str) -> Policy:
    return Policy(cast("Approval", approval), {STARDEX.name: cast("Mapping[str, Approval]", fields)})


def changes(*fields: str) -> list[FieldChange]:
    return [FieldChange(field=field, after="x") for field in fields]


@pytest.mark.parametrize("approval", APPROVALS)
@pytest.mark.parametrize("tool", READING, ids=lambda tool: tool.name)
def test_what_only_reads_is_always_allowed(tool: AnyTool, approval: Approval) -> None:
    assert policy(approval).admit(tool, preview=False) == "read-only"


@pytest.mark.parametrize("approval", APPROVALS)
@pytest.mark.parametrize("tool", WRITING, ids=lambda tool: tool.name)
def test_a_preview_is_always_allowed(tool: AnyTool, approval: Approval) -> None:
    assert policy(approval).admit(tool, preview=True) == "preview"


@pytest.mark.parametrize("approval", ["ask", "host", "auto"])
@pytest.mark.parametrize("tool", WRITING, ids=lambda tool: tool.name)
def test_a_write_is_allowed_and_its_record_says_by_what(tool: AnyTool, approval: Approval) -> None:
    assert policy(approval).admit(tool, preview=False) == approval
    assert policy(approval).allowance(tool, changes("name")) == approval


@pytest.mark.parametrize("tool", WRITING, ids=lambda tool: tool.name)
def test_an_operator_can_allow_no_writes(tool: AnyTool) -> None:
    with pytest.raises(Denied) as refusal:
        policy("never").admit(tool, preview=False)
    assert str(refusal.value) == (
        f"The operator allows no writes (TALENT_APPROVAL=never), so {tool.name} did nothing. "
        "Tell the person what you would have changed."
    )


@pytest.mark.parametrize("unforeseen", ["", "Host", "auto ", "always", "yes"])
def test_what_nobody_foresaw_allows_no_writes(unforeseen: str) -> None:
    for tool in WRITING:
        with pytest.raises(Denied):
            policy(unforeseen).admit(tool, preview=False)
        with pytest.raises(Denied):
            policy(unforeseen).allowance(tool, changes("name"))
    with pytest.raises(Denied, match="current_job_title"):
        policy("auto", current_job_title=unforeseen).allowance(STARDEX, changes("current_job_title"))


@pytest.mark.parametrize(
    ("general", "fields", "changed", "needed"),
    [
        ("ask", {"current_job_title": "auto"}, ["current_job_title"], "auto"),
        ("ask", {"current_job_title": "auto"}, ["current_job_title", "emails"], "ask"),
        ("auto", {"emails": "ask"}, ["current_job_title", "emails"], "ask"),
        ("auto", {"emails": "host"}, ["current_job_title", "emails"], "host"),
        ("host", {"emails": "ask", "name": "auto"}, ["name"], "auto"),
        ("never", {"current_job_title": "ask"}, ["current_job_title"], "ask"),
    ],
)
def test_of_all_fields_that_change_the_strictest_counts(
    general: str, fields: dict[str, str], changed: list[str], needed: str
) -> None:
    assert policy(general, **fields).allowance(STARDEX, changes(*changed)) == needed


def test_a_field_that_may_not_be_written_is_named() -> None:
    mixed = policy("auto", emails="never", phone_numbers="never")
    with pytest.raises(Denied, match="does not allow emails, phone_numbers to be written"):
        mixed.allowance(STARDEX, changes("phone_numbers", "name", "emails"))


def test_single_fields_may_be_allowed_where_nothing_else_is() -> None:
    only = policy("never", current_job_title="auto")
    assert only.admit(STARDEX, preview=False) == "by field"
    with pytest.raises(Denied, match="does not allow name"):
        only.allowance(STARDEX, changes("name", "current_job_title"))


def test_a_custom_field_is_governed_by_the_argument_that_it_comes_in() -> None:
    custom = [FieldChange(field="custom field Seniority", argument="custom_fields", after="x")]
    assert policy("auto", custom_fields="ask").allowance(STARDEX, custom) == "ask"


def test_rules_for_what_does_not_exist_are_refused() -> None:
    policy("auto", current_job_title="ask", custom_fields="never").require_known(TOOLS)
    with pytest.raises(ConfigurationError, match=r"known fields are address, company_name"):
        policy("auto", job_title="ask").require_known(TOOLS)
    with pytest.raises(ConfigurationError, match="update_stardex_person, upsert_jarvi_profile"):
        Policy("auto", {"search_people": {}}).require_known(TOOLS)


def test_the_four_tools_are_two_of_each_kind() -> None:
    assert (len(READING), len(WRITING)) == (2, 2)


@pytest.mark.parametrize(
    ("general", "fields", "needed"),
    [
        ("ask", {}, "ask"),
        ("host", {}, "ask"),
        ("auto", {}, "ask"),
        ("auto", {"name": "auto"}, "auto"),
        ("ask", {"name": "host"}, "host"),
    ],
)
def test_what_may_overwrite_something_unseen_needs_a_person_unless_its_field_has_a_rule(
    general: str, fields: dict[str, str], needed: str
) -> None:
    unseen = FieldChange(field="name", after="x", readable=False, blind=True)
    assert policy(general, **fields).allowance(STARDEX, [*changes("address"), unseen]) == (
        "ask" if general == "ask" else needed
    )
    assert policy(general, **fields).allowance(STARDEX, [unseen]) == needed


def test_what_may_overwrite_something_unseen_is_not_allowed_where_nothing_is() -> None:
    unseen = FieldChange(field="name", after="x", readable=False, blind=True)
    with pytest.raises(Denied, match="name"):
        policy("never", address="auto").allowance(STARDEX, [unseen])
