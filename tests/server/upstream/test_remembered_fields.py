"""Remembered custom fields: for minutes, for one caller and one credential."""

from typing import Any

import anyio
import anyio.lowlevel
import pytest

from talent_mcp.credentials.references import parse_reference
from talent_mcp.credentials.secret import Secret
from talent_mcp.credentials.sources import FoundCredential
from talent_mcp.identity import Caller
from talent_mcp.upstream.remembered_fields import AGAIN_SECONDS, KEPT_SECONDS, MOST_ACCOUNTS, RememberedFields
from talent_tools.custom_fields import CustomFields
from talent_tools.errors import VendorUnavailable
from talent_tools.field_definitions import Known
from talent_tools.vendor import Vendor
from tests.server.upstream.virtual_time import VIRTUAL_TIME

pytestmark = pytest.mark.anyio

REFERENCE = parse_reference("env:STARDEX_API_KEY")


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return VIRTUAL_TIME


class Account:
    """Counts how often its custom fields are read."""

    def __init__(self) -> None:
        self.reads = 0
        self.failing = False

    async def read(self) -> CustomFields:
        self.reads += 1
        await anyio.lowlevel.checkpoint()
        if self.failing:
            raise VendorUnavailable("later")
        return CustomFields(vendor="Stardex", fields=[])


def caller(tenant: str = "firm", principal: str = "ana") -> Caller:
    return Caller(tenant=tenant, principal=principal, transport="test", client=None)


class OneKey:
    """Everybody's credential is this one."""

    def __init__(self, key: str | None = "k") -> None:
        self.key = key

    async def find(self, vendor: Vendor, caller: Caller) -> FoundCredential | None:
        return None if self.key is None else FoundCredential(reference=REFERENCE, secret=Secret(self.key))

    def forget(self, vendor: Vendor, caller: Caller, refused: FoundCredential) -> None:
        """It cannot be refused."""


async def test_they_are_read_once_in_five_minutes_however_many_calls_begin_together() -> None:
    fields = RememberedFields(OneKey())
    account = Account()
    known: list[Known] = []

    async def ask() -> None:
        known.append(await fields.of(caller())("stardex", account.read, anew=False))

    async with anyio.create_task_group() as group:
        for _ in range(64):
            group.start_soon(ask)
    assert account.reads == 1
    assert [one.remembered for one in known] == [False, *[True] * 63]
    await anyio.sleep(KEPT_SECONDS)
    await ask()
    assert (account.reads, known[-1].remembered) == (2, False)


async def test_they_are_read_anew_when_asked_but_not_again_and_again() -> None:
    fields = RememberedFields(OneKey())
    account = Account()
    remember = fields.of(caller())
    await remember("stardex", account.read, anew=False)
    assert (await remember("stardex", account.read, anew=True)).remembered
    await anyio.sleep(AGAIN_SECONDS)
    assert not (await remember("stardex", account.read, anew=True)).remembered
    assert account.reads == 2


async def test_no_caller_is_given_what_was_read_for_another_and_no_vendor_that_of_another() -> None:
    fields = RememberedFields(OneKey())
    account = Account()
    for who in (caller(), caller(tenant="other"), caller(principal="ben")):
        assert not (await fields.of(who)("stardex", account.read, anew=False)).remembered
    assert not (await fields.of(caller())("jarvi", account.read, anew=False)).remembered
    assert account.reads == 4


async def test_another_credential_is_another_account() -> None:
    credentials, account = OneKey(None), Account()
    remember = RememberedFields(credentials).of(caller())
    for key in (None, "first", "second", None):
        credentials.key = key
        for remembered in (False, True):
            assert (await remember("stardex", account.read, anew=False)).remembered is remembered
    assert account.reads == 4


async def test_a_reading_that_fails_is_not_remembered() -> None:
    fields = RememberedFields(OneKey())
    account, remember = Account(), fields.of(caller())
    account.failing = True
    with pytest.raises(VendorUnavailable):
        await remember("stardex", account.read, anew=False)
    account.failing = False
    assert not (await remember("stardex", account.read, anew=False)).remembered


async def test_so_many_accounts_are_remembered_and_then_the_oldest_is_forgotten() -> None:
    fields = RememberedFields(OneKey())
    account = Account()
    for n in range(MOST_ACCOUNTS + 1):
        await fields.of(caller(principal=str(n)))("stardex", account.read, anew=False)
    assert (await fields.of(caller(principal="1"))("stardex", account.read, anew=False)).remembered
    assert not (await fields.of(caller(principal="0"))("stardex", account.read, anew=False)).remembered
