from dataclasses import replace

import anyio
import pytest
from tests.contract.storage.world import (
    ONE,
    TWO,
    Stores,
    a_binding,
    a_credential,
    a_user,
    a_workspace,
    an_organisation,
)

from podium.identity.keys import Key, Reach, Scopes
from podium.identity.limits import Limits
from podium.identity.ports import CredentialKind
from podium.identity.principal import Principal, Role
from podium.kernel.errors import Conflict, NotFound
from podium.kernel.ids import KeyId, UserId
from podium.kernel.money import NanoUsd

pytestmark = pytest.mark.anyio

ANN = UserId("user_ann")


async def _ann(stores: Stores, role: str = Role.ENGINEER) -> None:
    _ = await stores.directory.begin(an_organisation(), a_workspace())
    _ = await stores.directory.add_user(a_user())
    await stores.directory.add_binding(a_binding(role=role))


async def test_credentials_come_back_as_they_were_added(stores: Stores):
    await _ann(stores)
    second = a_credential("2", at=2.0, expires_at=99.5)
    first = a_credential("1", at=1.0)
    await stores.identity.add_credential(second)
    await stores.identity.add_credential(first)
    assert await stores.identity.credentials(ANN) == (first, second)
    assert await stores.identity.credentials(UserId("user_bob")) == ()


async def test_a_credential_needs_a_user_and_a_secret_of_its_own(stores: Stores):
    await _ann(stores)
    await stores.identity.add_credential(a_credential())
    with pytest.raises(NotFound):
        await stores.identity.add_credential(a_credential("2", user="user_none"))
    with pytest.raises(Conflict):
        await stores.identity.add_credential(replace(a_credential(), id=KeyId("key_other")))


async def test_a_secret_proves_who_the_caller_is_and_what_they_are(stores: Stores):
    await _ann(stores, "reviewer")
    key = a_credential()
    await stores.identity.add_credential(key)
    found = await stores.identity.principal_by_secret(key.secret_sha256, key.kind, 5.0)
    carried = Key(key.id, key.name, key.team, key.scopes, key.limits)
    assert found == (Principal(ANN, ONE, "Ann", frozenset({"reviewer"}), carried), key)


async def test_a_session_carries_no_key(stores: Stores):
    await _ann(stores)
    session = a_credential(kind=CredentialKind.SESSION)
    await stores.identity.add_credential(session)
    found = await stores.identity.principal_by_secret(session.secret_sha256, session.kind, 5.0)
    assert found == (Principal(ANN, ONE, "Ann", frozenset({Role.ENGINEER})), session)


async def test_of_a_closed_workspace_a_key_is_dead_and_a_session_begins_in_another(stores: Stores):
    await _ann(stores)
    await stores.directory.add_workspace(a_workspace("two", at=2.0))
    key, session = a_credential("1"), a_credential("2", kind=CredentialKind.SESSION)
    for credential in (key, session):
        await stores.identity.add_credential(credential)
    await stores.directory.change_workspace(replace(a_workspace(), removed_at=3.0))
    look = stores.identity.principal_by_secret
    assert await look(key.secret_sha256, key.kind, 5.0) is None
    assert await look(session.secret_sha256, session.kind, 5.0) == (
        Principal(ANN, TWO, "Ann"),
        session,
    )


@pytest.mark.parametrize("how", ["disabled", "removed"])
async def test_who_is_disabled_or_removed_proves_nothing(stores: Stores, how: str):
    await _ann(stores)
    key = a_credential()
    await stores.identity.add_credential(key)
    if how == "disabled":
        await stores.directory.change_user(replace(a_user(), disabled_at=3.0))
    else:
        await stores.directory.remove_user(ANN, 3.0)
        assert await stores.identity.credentials(ANN) == (replace(key, revoked_at=3.0),)
    assert await stores.identity.principal_by_secret(key.secret_sha256, key.kind, 5.0) is None


async def test_the_keys_of_a_workspace_are_listed_by_kind(stores: Stores):
    await _ann(stores)
    key, session = a_credential("1"), a_credential("2", kind=CredentialKind.SESSION)
    for credential in (session, key):
        await stores.identity.add_credential(credential)
    assert await stores.identity.credentials_in(ONE, CredentialKind.API_KEY) == (key,)
    assert await stores.identity.credentials_in(TWO, CredentialKind.API_KEY) == ()


async def test_a_secret_that_is_unknown_of_another_kind_or_expired_proves_nothing(
    stores: Stores,
):
    await _ann(stores)
    key = a_credential(expires_at=10.0)
    await stores.identity.add_credential(key)
    look = stores.identity.principal_by_secret
    assert await look("f" * 64, key.kind, 5.0) is None
    assert await look(key.secret_sha256, CredentialKind.SESSION, 5.0) is None
    assert await look(key.secret_sha256, key.kind, 9.9) is not None
    assert await look(key.secret_sha256, key.kind, 10.0) is None


async def test_a_revoked_credential_proves_nothing(stores: Stores):
    await _ann(stores)
    key = a_credential()
    await stores.identity.add_credential(key)
    await stores.identity.revoke(ANN, key.id, 5.0)
    await stores.identity.revoke(ANN, key.id, 6.0)
    assert await stores.identity.principal_by_secret(key.secret_sha256, key.kind, 5.0) is None
    assert await stores.identity.credentials(ANN) == (replace(key, revoked_at=5.0),)


async def test_only_its_owners_credential_can_be_revoked(stores: Stores):
    await _ann(stores)
    await stores.identity.add_credential(a_credential())
    for user, key in ((UserId("user_bob"), KeyId("key_1")), (ANN, KeyId("key_none"))):
        with pytest.raises(NotFound, match="no credential"):
            await stores.identity.revoke(user, key, 5.0)
    assert await stores.identity.credentials(ANN) == (a_credential(),)


async def test_of_ten_uses_at_once_of_a_one_time_credential_one_counts(
    pair: tuple[Stores, Stores],
):
    await _ann(pair[0])
    await pair[0].identity.add_credential(a_credential(kind=CredentialKind.INVITATION))
    used: list[bool] = []

    async def use(stores: Stores) -> None:
        used.append(await stores.identity.use_once(KeyId("key_1"), 5.0))

    async with anyio.create_task_group() as group:
        for number in range(10):
            _ = group.start_soon(use, pair[number % 2])
    assert sorted(used) == [False] * 9 + [True]
    (key,) = await pair[1].identity.credentials(ANN)
    assert key.used_at == 5.0


async def test_an_expired_revoked_or_unknown_credential_cannot_be_used(stores: Stores):
    await _ann(stores)
    await stores.identity.add_credential(a_credential("1", expires_at=5.0))
    await stores.identity.add_credential(a_credential("2"))
    await stores.identity.revoke(ANN, KeyId("key_2"), 2.0)
    for key in ("key_1", "key_2", "key_none"):
        assert not await stores.identity.use_once(KeyId(key), 5.0)


async def test_credentials_say_when_they_were_last_used(stores: Stores):
    await _ann(stores)
    keys = [a_credential("1"), a_credential("2"), a_credential("3")]
    for key in keys:
        await stores.identity.add_credential(key)
    used = {KeyId("key_2"): 7.0, KeyId("key_none"): 9.0, KeyId("key_1"): 5.0}
    await stores.identity.touch(used)
    first, second, third = keys
    assert await stores.identity.credentials(ANN) == (
        replace(first, used_at=5.0),
        replace(second, used_at=7.0),
        third,
    )


_CHANGED = {
    "name": "Other",
    "secret_sha256": "b" * 64,
    "old_sha256": "a" * 64,
    "old_until": 50.0,
    "expires_at": 90.0,
    "hint": "pdm_abcd",
    "team": "research",
    "scopes": Scopes(("gpt-*", "chat"), ("chat",), Reach.GATEWAY),
    "limits": Limits(rpm=5, budget_month=NanoUsd(10**15)),
}


async def test_what_a_key_is_for_is_changed_and_comes_back(pair: tuple[Stores, Stores]):
    one, two = pair
    await _ann(one)
    key = a_credential(at=5.0)
    await one.identity.add_credential(key)
    changed = replace(key, **_CHANGED)
    await one.identity.change(changed, seen=key)
    assert await two.identity.credential(ONE, key.id) == changed
    back = replace(key, disabled_at=6.0)
    await two.identity.touch({key.id: 8.0})
    await two.identity.change(back, seen=changed)
    assert await one.identity.credential(ONE, key.id) == replace(back, used_at=8.0)


@pytest.mark.parametrize("name", [*_CHANGED, "disabled_at"])
async def test_a_change_of_what_was_changed_meanwhile_is_refused(stores: Stores, name: str):
    await _ann(stores)
    key = a_credential()
    await stores.identity.add_credential(key)
    meanwhile = replace(key, **{name: _CHANGED.get(name, 5.0)})
    await stores.identity.change(meanwhile, seen=key)
    with pytest.raises(Conflict, match="at the same moment"):
        await stores.identity.change(replace(key, name="Mine"), seen=key)
    assert await stores.identity.credential(ONE, key.id) == meanwhile


async def test_a_revoked_or_unknown_credential_is_not_changed(stores: Stores):
    await _ann(stores)
    key = a_credential()
    with pytest.raises(NotFound):
        await stores.identity.change(replace(key, name="Mine"), seen=key)
    await stores.identity.add_credential(key)
    await stores.identity.revoke(ANN, key.id, 5.0)
    with pytest.raises(Conflict):
        await stores.identity.change(replace(key, name="Mine"), seen=key)


async def test_a_credential_is_found_in_its_workspace_alone(stores: Stores):
    await _ann(stores)
    await stores.identity.add_credential(a_credential())
    for workspace, key in ((TWO, "key_1"), (ONE, "key_none")):
        with pytest.raises(NotFound, match="no credential"):
            _ = await stores.identity.credential(workspace, KeyId(key))


async def test_the_secret_before_a_rotation_works_until_its_end(stores: Stores):
    await _ann(stores)
    key = a_credential(kind=CredentialKind.API_KEY)
    await stores.identity.add_credential(key)
    rotated = replace(key, secret_sha256="b" * 64, old_sha256=key.secret_sha256, old_until=10.0)
    await stores.identity.change(rotated, seen=key)
    look = stores.identity.principal_by_secret
    for secret, at, works in (
        ("b" * 64, 9.0, True),
        ("b" * 64, 99.0, True),
        (key.secret_sha256, 9.9, True),
        (key.secret_sha256, 10.0, False),
    ):
        assert (await look(secret, key.kind, at) is not None) is works


async def test_a_disabled_credential_proves_nothing(stores: Stores):
    await _ann(stores)
    key = a_credential()
    await stores.identity.add_credential(key)
    await stores.identity.change(replace(key, disabled_at=5.0), seen=key)
    assert await stores.identity.principal_by_secret(key.secret_sha256, key.kind, 6.0) is None
    assert not await stores.identity.use_once(key.id, 6.0)
