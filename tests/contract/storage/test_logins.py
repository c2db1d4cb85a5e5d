from dataclasses import replace

import pytest
from tests.contract.storage.world import Stores, a_credential, a_user, a_workspace, an_organisation

from podium.identity.logins import Login
from podium.identity.ports import CredentialKind
from podium.kernel.errors import Conflict
from podium.kernel.ids import UserId

pytestmark = pytest.mark.anyio
LOGIN = Login(UserId("user_ann"), "ann@example.com", "$argon2id$v=19$…", 5.0)


async def _people(stores: Stores) -> None:
    _ = await stores.directory.begin(an_organisation(), a_workspace())
    for name in ("ann", "bob"):
        _ = await stores.directory.add_user(a_user(name))


async def test_a_login_comes_back_as_it_was_put(stores: Stores):
    await _people(stores)
    await stores.logins.put(LOGIN, seen=None)
    assert await stores.logins.of(LOGIN.user) == LOGIN
    new = replace(LOGIN, factor="sealed", is_confirmed=True, last_step=7, recovery=("a", "b"))
    await stores.logins.put(new, seen=LOGIN)
    assert await stores.logins.by_name("ann@example.com") == replace(new, revision=1)
    assert await stores.logins.by_name("ann") is None
    assert await stores.logins.of(UserId("user_bob")) is None


async def test_what_has_changed_meanwhile_is_a_conflict(stores: Stores):
    await _people(stores)
    await stores.logins.put(LOGIN, seen=None)
    with pytest.raises(Conflict):
        await stores.logins.put(LOGIN, seen=None)
    await stores.logins.put(replace(LOGIN, last_step=1), seen=LOGIN)
    with pytest.raises(Conflict, match="at the same moment"):
        await stores.logins.put(replace(LOGIN, last_step=1), seen=LOGIN)


async def test_a_name_belongs_to_one_user(stores: Stores):
    await _people(stores)
    await stores.logins.put(LOGIN, seen=None)
    bob = replace(LOGIN, user=UserId("user_bob"))
    with pytest.raises(Conflict, match="Somebody else signs in as"):
        await stores.logins.put(bob, seen=None)


async def test_sessions_keep_when_they_showed_a_second_factor_last(stores: Stores):
    await _people(stores)
    session = a_credential("1", kind=CredentialKind.SESSION)
    await stores.identity.add_credential(session)
    assert await stores.logins.proved_at(session.id) is None
    await stores.logins.prove(session.id, 5.0)
    await stores.logins.prove(session.id, 9.5)
    assert await stores.logins.proved_at(session.id) == 9.5


async def test_who_is_known_by_a_provider_is_linked_once(stores: Stores):
    await _people(stores)
    await stores.links.link("https://id.example.com", "1", LOGIN.user)
    assert await stores.links.find("https://id.example.com", "1") == LOGIN.user
    assert await stores.links.find("https://id.example.com", "2") is None
    assert await stores.links.find("https://other.example.com", "1") is None
    with pytest.raises(Conflict):
        await stores.links.link("https://id.example.com", "1", UserId("user_bob"))
