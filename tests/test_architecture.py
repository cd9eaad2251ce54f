"""The arrows between the packages, read from the imports themselves."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

import talent_mcp
import talent_prompts
import talent_tools
from talent_mcp.app import kept_seconds
from talent_mcp.audit.resolver import HOW_TO_FIND_OUT
from talent_mcp.checks import CHECKS
from talent_mcp.credentials.references import VARIABLES
from talent_mcp.settings import DEFAULTS, VENDOR_URLS
from talent_mcp.upstream.auth import HEADERS
from talent_tools.catalog import TOOLS
from talent_tools.spec import ReadTool
from talent_tools.vendor import VENDOR_NAMES, Vendor
from tests.houses import settings_in

TESTS = Path(__file__).parent
UNJUDGED = ("clients/drivers", "conformance")
"""Programs about other makers' clients, which tests/clients/asks.py judges, and about a server that is not ours."""
PACKAGES = {
    package.__name__: Path(str(package.__file__)).parent for package in (talent_mcp, talent_tools, talent_prompts)
}
FORBIDDEN = {
    "talent_tools": {"talent_mcp", "talent_prompts", "httpx2", "mcp", "os", "apsw", "keyring"},
    "talent_prompts": {"talent_mcp", "talent_tools", "httpx2", "mcp", "os"},
    "talent_mcp": {"httpx", "requests", "sqlite3", "keyrings"},
}


def imports(path: Path) -> Iterator[str]:
    """Top-level names of everything that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_nothing_that_it_must_not_know(package: str) -> None:
    found = {
        f"{path.relative_to(PACKAGES[package])} imports {name}"
        for path in PACKAGES[package].rglob("*.py")
        for name in imports(path)
        if name in FORBIDDEN[package]
    }
    assert found == set()


def test_only_the_composition_root_and_the_sandbox_import_the_sandbox() -> None:
    root = PACKAGES["talent_mcp"]
    users = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if "talent_mcp.sandbox" in path.read_text(encoding="utf-8") and not path.is_relative_to(root / "sandbox")
    }
    assert {user for user in users if not user.startswith("cli/")} == {"app_sandbox.py"}


def test_only_the_composition_root_puts_parts_together() -> None:
    """Whoever makes one of these decides what the process is made of."""
    root = PACKAGES["talent_mcp"]
    parts = {
        "AuditLog",
        "Gate",
        "Gateway",
        "SqliteStore",
        "PostgresStore",
        "TaskRunner",
        "Desk",
        "Eraser",
    }
    makers = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in parts
    }
    assert makers
    assert all(maker == "app.py" or maker.startswith("app_") for maker in makers)


def test_every_vendor_stands_in_every_table_of_vendors() -> None:
    """No type checker finds one that was left out."""
    tables = (VENDOR_URLS, HEADERS, CHECKS, HOW_TO_FIND_OUT, VARIABLES)
    assert [set(table) ^ set(VENDOR_NAMES) for table in tables] == [set()] * len(tables)
    assert set(VENDOR_NAMES) == set(get_args(Vendor)) <= set(DEFAULTS)


def test_every_tool_whose_answers_serve_again_has_a_time_for_which_they_do(tmp_path: Path) -> None:
    reusing = {tool.name for tool in TOOLS if isinstance(tool, ReadTool) and tool.reuse is not None}
    assert set(kept_seconds(settings_in(tmp_path))) == reusing


def test_one_place_catches_everything() -> None:
    broad = [
        f"{path.name}:{node.lineno}"
        for root in PACKAGES.values()
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")))
    ]
    assert [place.partition(":")[0] for place in broad] == ["gate.py"]


def test_asyncio_is_named_only_where_pipes_and_sockets_are_its_own() -> None:
    root = PACKAGES["talent_mcp"]
    users = [path.relative_to(root).as_posix() for path in root.rglob("*.py") if "asyncio" in imports(path)]
    assert sorted(users) == ["transports/stdio.py", "upstream/sockets.py"]


def test_no_test_takes_a_tool_result_past_the_judge() -> None:
    users = {
        path.relative_to(TESTS).as_posix()
        for path in TESTS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] == "mcp"
        if {alias.name for alias in node.names} & {"Client", "client"}
    }
    assert {user for user in users if not user.startswith(UNJUDGED)} == {"judge.py"}


def test_no_test_races_against_a_clock() -> None:
    """Slow machines pass too: a test counts work, or waits in virtual time."""
    timers = re.compile(r"\b(perf_counter|perf_counter_ns|process_time|timeit)\b")
    timed = {
        path.relative_to(TESTS).as_posix()
        for path in TESTS.rglob("*.py")
        if timers.search(path.read_text(encoding="utf-8"))
    }
    assert {path for path in timed if not path.startswith("benchmarks/")} == {"test_architecture.py"}
