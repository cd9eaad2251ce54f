"""What every key store promises, whatever database is behind it."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest

from talent_mcp.errors import StoreUnavailable
from talent_mcp.store.keys import Alias, CredentialRow, DataKeyRow, KeyStore, Known, Purpose, SubjectRow
from tests.server.store.keystores import KEY_STORES, OpenKeys

pytestmark = pytest.mark.anyio

TENANT = "firm"


@pytest.fixture(params=KEY_STORES.values(), ids=list(KEY_STORES))
def open_keys(request: pytest.FixtureRequest) -> OpenKeys:
    opened: OpenKeys = request.param
    return opened


@pytest.fixture
async def keys(open_keys: OpenKeys, tmp_path: Path) -> AsyncGenerator[KeyStore]:
    async with open_keys(tmp_path) as store:
        yield store


def data_key(
    version: int = 1, *, tenant: str = TENANT, wrapped: bytes = b"wrapped", purpose: Purpose = "subjects"
) -> DataKeyRow:
    return DataKeyRow(
        tenant=tenant, purpose=purpose, version=version, master="m1", wrapped=wrapped, created_at=float(version)
    )


def subject(name: str, at: float = 1.0, *, version: int = 1, tenant: str = TENANT) -> SubjectRow:
    return SubjectRow(
        tenant=tenant, subject=name, key_version=version, wrapped=f"key of {name}".encode(), created_at=at
    )


def known(fresh: str, *identifying: bytes, weak: tuple[bytes, ...] = (), at: float = 1.0) -> Known:
    aliases = [*(Alias(digest, identifies=True) for digest in identifying)]
    return Known([*aliases, *(Alias(digest, identifies=False) for digest in weak)], subject(fresh, at))


def credential(version: int = 1, *, principal: str = "", tenant: str = TENANT, sealed: bytes = b"x") -> CredentialRow:
    return CredentialRow(
        tenant=tenant,
        principal=principal,
        vendor="ocean",
        name="default",
        version=version,
        state="active",
        key_version=1,
        sealed=sealed,
        created_at=float(version),
    )


async def names(keys: KeyStore, *digests: bytes) -> list[str]:
    return [row.subject for row in await keys.person(TENANT, [Alias(digest, identifies=True) for digest in digests])]


async def test_a_data_key_is_added_once_and_belongs_to_its_tenant(keys: KeyStore) -> None:
    assert await keys.add_data_key(data_key(2))
    assert await keys.add_data_key(data_key(1))
    assert not await keys.add_data_key(data_key(1, wrapped=b"another"))
    await keys.add_data_key(data_key(tenant="other"))
    assert await keys.data_keys(TENANT) == [data_key(1), data_key(2)]
    assert await keys.tenants() == [TENANT, "other"]


async def test_data_keys_are_wrapped_anew_and_removed(keys: KeyStore) -> None:
    for version in (1, 2):
        await keys.add_data_key(data_key(version))
    changed = replace(data_key(1), master="m2", wrapped=b"anew")
    await keys.rewrap([changed])
    assert await keys.data_keys(TENANT) == [changed, data_key(2)]
    assert await keys.remove_data_key(TENANT, "subjects", 1)
    assert await keys.remove_data_key(TENANT, "subjects", 1)
    assert await keys.data_keys(TENANT) == [data_key(2)]


async def test_a_data_key_stays_while_something_is_sealed_under_it(keys: KeyStore) -> None:
    for purpose in ("subjects", "credentials"):
        for tenant in (TENANT, "other"):
            await keys.add_data_key(data_key(tenant=tenant, purpose=purpose))
        await keys.add_data_key(data_key(2, purpose=purpose))
    await keys.join(TENANT, [known("ada", b"email")])
    await keys.add_credential(credential())
    assert not await keys.remove_data_key(TENANT, "subjects", 1)
    assert not await keys.remove_data_key(TENANT, "credentials", 1)
    assert await keys.remove_data_key("other", "subjects", 1)
    await keys.reseal_subjects([subject("ada", version=2)])
    assert await keys.remove_data_key(TENANT, "subjects", 1)
    assert not await keys.remove_data_key(TENANT, "credentials", 1)
    await keys.remove_credential(TENANT, "", "ocean", "default")
    assert await keys.remove_data_key(TENANT, "credentials", 1)


async def test_nothing_is_sealed_under_a_key_that_was_replaced_and_removed(keys: KeyStore) -> None:
    await keys.join(TENANT, [known("ada", b"email")])
    await keys.add_credential(credential())
    for purpose in ("subjects", "credentials"):
        await keys.add_data_key(data_key(2, purpose=purpose))
    refused = [
        keys.join(TENANT, [known("bob", b"other")]),
        keys.reseal_subjects([replace(subject("ada"), wrapped=b"anew")]),
        keys.add_credential(credential(2)),
        keys.reseal_credentials([credential(sealed=b"anew")]),
    ]
    for attempt in refused:
        with pytest.raises(StoreUnavailable):
            await attempt
    assert await names(keys, b"email", b"other") == ["ada"]
    assert await keys.credentials(TENANT) == [credential()]
    await keys.reseal_subjects([subject("ada", version=2)])
    await keys.add_credential(replace(credential(2), key_version=2))
    await keys.join("other", [Known([], subject("eve", tenant="other"))])


async def test_a_person_that_nobody_knows_becomes_the_fresh_subject(keys: KeyStore) -> None:
    assert await keys.join(TENANT, [known("ada", b"email"), known("bob", b"profile")]) == [
        subject("ada"),
        subject("bob"),
    ]
    assert await keys.join(TENANT, [known("again", b"email")]) == [subject("ada")]
    assert await keys.oldest(TENANT, Alias(b"email", identifies=True), limit=9) == [subject("ada")]


async def test_what_is_learnt_of_a_person_later_finds_them_too(keys: KeyStore) -> None:
    await keys.join(TENANT, [known("ada", b"email")])
    await keys.join(TENANT, [known("new", b"email", b"profile")])
    assert await names(keys, b"profile") == ["ada"]


async def test_two_subjects_that_turn_out_to_be_one_person_are_found_by_either(keys: KeyStore) -> None:
    await keys.join(TENANT, [known("older", b"email", at=1.0), known("younger", b"profile", at=2.0)])
    (chosen,) = await keys.join(TENANT, [known("new", b"profile", b"email", at=3.0)])
    assert chosen.subject == "older"
    for digest in (b"email", b"profile"):
        assert await names(keys, digest) == ["older", "younger"]


async def test_a_person_is_followed_through_everything_that_identifies(keys: KeyStore) -> None:
    await keys.join(TENANT, [known("a", b"1", at=1.0), known("b", b"2", at=2.0), known("c", b"3", at=3.0)])
    await keys.join(TENANT, [known("-", b"1", b"2"), known("-", b"2", b"3")])
    assert await names(keys, b"1") == ["a", "b", "c"]


async def test_a_shared_number_makes_nobody_one_person(keys: KeyStore) -> None:
    await keys.join(TENANT, [known("ada", b"ada@", weak=(b"desk",)), known("bob", b"bob@", weak=(b"desk",))])
    assert await names(keys, b"ada@") == ["ada"]
    assert await names(keys, b"desk") == ["ada", "bob"]


async def test_who_is_known_only_by_what_may_be_shared_is_the_same_each_time(keys: KeyStore) -> None:
    await keys.join(TENANT, [known("first", weak=(b"name",))])
    assert await keys.join(TENANT, [known("second", weak=(b"name",))]) == [subject("first")]


async def test_who_is_known_by_nothing_but_a_shared_name_may_be_the_person(keys: KeyStore) -> None:
    await keys.join(TENANT, [known("named", weak=(b"name",), at=1.0)])
    await keys.join(TENANT, [known("ada", b"ada@", weak=(b"name",), at=2.0)])
    await keys.join(TENANT, [known("other", b"other@", weak=(b"name",), at=3.0)])
    assert await names(keys, b"ada@") == ["named", "ada"]
    assert await names(keys, b"other@") == ["named", "other"]


async def test_a_destroyed_subject_is_known_by_nothing_any_more(keys: KeyStore) -> None:
    await keys.join(TENANT, [known("ada", b"email", weak=(b"name",)), known("bob", b"other")])
    assert await keys.destroy(TENANT, ["ada", "nobody"]) == 1
    assert await keys.destroy(TENANT, ["ada"]) == 0
    assert await names(keys, b"email", b"name") == []
    assert await keys.keys_of(TENANT, ["ada", "bob"]) == [subject("bob")]
    (fresh,) = await keys.join(TENANT, [known("later", b"email")])
    assert fresh.subject == "later"


async def test_subjects_of_another_tenant_are_nobody(keys: KeyStore) -> None:
    await keys.join(TENANT, [known("ada", b"email")])
    other = Known([Alias(b"email", identifies=True)], subject("eve", tenant="other"))
    assert await keys.join("other", [other]) == [subject("eve", tenant="other")]
    assert await keys.destroy("other", ["ada"]) == 0
    assert await names(keys, b"email") == ["ada"]


async def test_subjects_are_sealed_anew_unless_they_were_destroyed(keys: KeyStore) -> None:
    await keys.join(TENANT, [known("ada", b"1"), known("bob", b"2")])
    found = await keys.subjects_sealed_before(TENANT, 2, limit=10)
    assert sorted(row.subject for row in found) == ["ada", "bob"]
    await keys.destroy(TENANT, ["bob"])
    await keys.reseal_subjects([replace(row, key_version=2, wrapped=b"anew") for row in found])
    assert await keys.subjects_sealed_before(TENANT, 2, limit=10) == []
    assert await keys.keys_of(TENANT, ["ada", "bob"]) == [replace(subject("ada", version=2), wrapped=b"anew")]


async def test_the_newest_version_of_a_credential_is_the_active_one(keys: KeyStore) -> None:
    await keys.add_credential(credential(1))
    await keys.add_credential(credential(1, principal="ada"))
    await keys.add_credential(credential(2))
    assert [(row.principal, row.version, row.state) for row in await keys.credentials(TENANT)] == [
        ("", 1, "retired"),
        ("", 2, "active"),
        ("ada", 1, "active"),
    ]
    with pytest.raises(StoreUnavailable):
        await keys.add_credential(credential(2, sealed=b"a second one"))
    assert (await keys.credentials(TENANT))[1] == credential(2)


async def test_credentials_are_sealed_anew_and_removed(keys: KeyStore) -> None:
    for version in (1, 2):
        await keys.add_credential(credential(version))
    await keys.add_credential(credential(1, tenant="other"))
    old, new = await keys.credentials(TENANT)
    await keys.reseal_credentials([replace(row, key_version=2, sealed=b"anew") for row in (old, new)])
    assert [row.sealed for row in await keys.credentials(TENANT)] == [b"anew", b"anew"]
    assert await keys.remove_credential(TENANT, "", "ocean", "default") == 2
    await keys.reseal_credentials([old])
    assert await keys.credentials(TENANT) == []
    assert len(await keys.credentials("other")) == 1


async def test_a_credential_that_took_the_place_of_another_is_not_sealed_over(keys: KeyStore) -> None:
    await keys.add_credential(credential())
    (old,) = await keys.credentials(TENANT)
    await keys.remove_credential(TENANT, "", "ocean", "default")
    await keys.add_credential(replace(old, created_at=7.5, sealed=b"a new one"))
    await keys.reseal_credentials([replace(old, key_version=2)])
    assert await keys.credentials(TENANT) == [replace(old, created_at=7.5, sealed=b"a new one")]


async def test_keys_survive_their_process(open_keys: OpenKeys, tmp_path: Path) -> None:
    async with open_keys(tmp_path) as store:
        await store.join(TENANT, [known("ada", b"email")])
        await store.close()
        assert await names(store, b"email") == ["ada"]
