"""Who is calling: what the transport vouches for, and what a client merely says of itself."""

from dataclasses import FrozenInstanceError

import pytest

from talent_mcp.identity import LOCAL_TENANT, Caller, local_caller


def test_the_person_at_this_computer_is_local_whatever_the_client_calls_itself() -> None:
    caller = local_caller("stdio", "admin")
    assert caller == Caller(principal="local", tenant=LOCAL_TENANT, transport="stdio", client="admin")
    assert local_caller("http", None).client is None


def test_a_caller_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(local_caller("stdio", None), "principal", "admin")  # noqa: B010  # type checkers know that it fails
