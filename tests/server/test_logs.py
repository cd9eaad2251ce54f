"""A log holds our own words, and of libraries no value."""

import logging

import pytest

from talent_mcp.logs import SafeFormatter, configure_logging

PERSON = "ada@demo.example"


def line(name: str, message: str, *, error: Exception | None = None) -> str:
    exc_info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord(name, logging.ERROR, "sse.py", 271, message, (), exc_info, "handle_post")
    return SafeFormatter().format(record)


def test_our_own_words_are_logged_as_they_are() -> None:
    assert line("talent_mcp.gate", "call c1 crashed").endswith(" ERROR talent_mcp.gate: call c1 crashed")


def test_of_a_library_only_the_place_is_logged() -> None:
    assert line("mcp.server.sse", f"Received {PERSON}").endswith(" ERROR mcp.server.sse: handle_post:271")


@pytest.mark.parametrize("name", ["talent_mcp.gate", "mcp.server.sse"])
def test_of_an_exception_only_type_and_place_are_logged(name: str) -> None:
    try:
        raise ValueError(PERSON)
    except ValueError as error:
        said = line(name, "it failed", error=error)
    assert PERSON not in said
    assert "ValueError at test_logs.py" in said
    assert "\n" not in said


@pytest.mark.usefixtures("untouched_root")
def test_libraries_are_heard_only_when_something_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("DEBUG")
    logging.getLogger("httpx2").info("GET https://api.ocean.io/?apiToken=secret")
    logging.getLogger("talent_mcp.gate").debug("a detail")
    logging.getLogger("mcp.server").warning("about %s", PERSON)
    said = capsys.readouterr().err
    assert "secret" not in said
    assert PERSON not in said
    assert "a detail" in said
    assert "WARNING mcp.server: " in said
