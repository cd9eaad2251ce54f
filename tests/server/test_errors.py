"""What the model reads of an error, and what the log keeps of a crash: never its values."""

from collections.abc import Callable

import pytest
from pydantic import BaseModel

from talent_mcp.errors import (
    ConfigurationError,
    CredentialError,
    Denied,
    StoreUnavailable,
    TalentError,
    describe_crash,
    explain,
)
from talent_tools.errors import InvalidArguments, OutcomeUnknown, UnreadableAnswer, VendorRefused, VendorUnavailable

CANARY = "ana.canary@example.com"
FAILURES = (
    InvalidArguments("advice"),
    VendorRefused("advice", status=422),
    VendorUnavailable("advice"),
    UnreadableAnswer("advice", raw={"email": CANARY}),
    OutcomeUnknown("advice"),
    Denied("advice"),
)


class Strict(BaseModel):
    age: int


def divide(value: str) -> float:
    return len(value) / 0


def validate(value: str) -> object:
    return Strict.model_validate({"age": value})


def look_up(value: str) -> str:
    return {"a": "b"}[value]


def chained(value: str) -> None:
    try:
        look_up(value)
    except KeyError as error:
        raise RuntimeError(f"no {value}") from error


def in_passing(value: str) -> None:
    try:
        look_up(value)
    except KeyError:
        divide(value)


def hidden(value: str) -> None:
    try:
        look_up(value)
    except KeyError:
        raise RuntimeError(value) from None


def grouped(value: str) -> None:
    caught: list[Exception] = []
    for fail in (chained, divide, validate, look_up):
        try:
            fail(value)
        except Exception as error:  # noqa: BLE001  # all of them are wanted
            caught.append(error)
    raise ExceptionGroup(value, caught)


def decode(value: str) -> str:
    return f"{value}é".encode("latin-1").decode()


CRASHES: tuple[Callable[[str], object], ...] = (divide, validate, look_up, chained, in_passing, hidden, grouped, decode)


def crash_of(fail: Callable[[str], object]) -> BaseException:
    try:
        fail(CANARY)
    except Exception as error:  # noqa: BLE001  # the crash is what the test is about
        return error
    raise AssertionError("it did not fail")


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_a_failure_with_advice_is_told_as_it_is(failure: Exception) -> None:
    assert explain(failure, "call1") == "advice"


def test_a_log_that_cannot_be_written_is_told_as_that() -> None:
    said = explain(StoreUnavailable("the disk is full"), "call1")
    assert said.startswith("The audit log cannot be written (the disk is full), so nothing was sent.")


def test_a_key_that_cannot_be_used_is_told_without_where_it_lies() -> None:
    said = explain(CredentialError("/home/ana/key may be read by others"), "call1")
    assert "/home/ana" not in said
    assert "was not sent" in said
    assert "talent-mcp doctor" in said


@pytest.mark.parametrize("fail", CRASHES)
def test_a_crash_is_told_as_no_more_than_its_call(fail: Callable[[str], object]) -> None:
    said = explain(crash_of(fail), "call1")
    assert CANARY not in said
    assert "talent-mcp audit show call1" in said


@pytest.mark.parametrize("fail", CRASHES)
def test_a_crash_is_described_by_type_and_place_and_never_by_a_value(fail: Callable[[str], object]) -> None:
    said = describe_crash(crash_of(fail))
    assert CANARY not in said
    assert "canary" not in said
    assert "test_errors.py:" in said
    assert "/" not in said


def test_what_led_to_a_crash_is_described_as_python_would_print_it() -> None:
    assert describe_crash(crash_of(chained)).startswith("RuntimeError at test_errors.py:")
    assert " caused by KeyError at test_errors.py:" in describe_crash(crash_of(chained))
    assert " caused by KeyError at test_errors.py:" in describe_crash(crash_of(in_passing))
    assert "caused by" not in describe_crash(crash_of(hidden))


def test_a_group_is_described_by_its_first_members() -> None:
    said = describe_crash(crash_of(grouped))
    assert said.startswith("ExceptionGroup at test_errors.py:")
    assert " of (RuntimeError at " in said
    assert "; ZeroDivisionError at " in said
    assert "; ValidationError at " in said
    assert said.count("; ") == 2


def test_a_crash_without_a_place_is_described_too() -> None:
    assert describe_crash(ValueError(CANARY)) == "ValueError at an unknown place"


def test_an_endless_chain_ends() -> None:
    first, second = ValueError(CANARY), KeyError(CANARY)
    first.__cause__, second.__cause__ = second, first
    assert describe_crash(first).count("caused by") == 3


def test_a_deep_crash_is_described_by_its_last_frames() -> None:
    def sink(depth: int) -> float:
        return sink(depth - 1) if depth else divide(CANARY)

    said = describe_crash(crash_of(lambda _: sink(50)))
    assert said.count(" < ") == 5
    assert said.index("divide") < said.index("sink")


@pytest.mark.parametrize("kind", [ConfigurationError, CredentialError, Denied])
def test_what_is_anticipated_here_is_one_family(kind: type[TalentError]) -> None:
    assert issubclass(kind, TalentError)
