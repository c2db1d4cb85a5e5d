"""How people and programs prove who they are."""

from dataclasses import dataclass, field

import pytest
from tests.fakes_functions import TouchedIdentity
from tests.world import FakeChance, FakeClock

from podium.identity.principal import Role
from podium.identity.service import INVITATION_SECONDS, LOCAL, SESSION_SECONDS, Identity
from podium.kernel.errors import Invalid, NotFound, Refused, Unauthenticated

pytestmark = pytest.mark.anyio


@dataclass
class House:
    store: TouchedIdentity = field(default_factory=TouchedIdentity)
    clock: FakeClock = field(default_factory=FakeClock)
    chance: FakeChance = field(default_factory=FakeChance)

    @property
    def identity(self) -> Identity:
        return Identity(self.store, self.clock, self.chance)

    async def admin(self) -> str:
        start = await self.identity.start()
        return (await self.identity.accept(start.invitation, "Ann")).secret


async def test_the_first_start_makes_the_workspace_the_local_user_and_an_invitation():
    house = House()
    start = await house.identity.start()
    assert [workspace.name for workspace in house.store.workspaces] == ["default"]
    assert start.local.user == LOCAL
    assert start.local.has(Role.ADMIN)
    assert start.invitation.startswith("pdi_")


async def test_an_invitation_makes_an_admin_once():
    house = House()
    start = await house.identity.start()
    session = await house.identity.accept(start.invitation, "  Ann   Lee ")
    ann = await house.identity.authenticate(session.secret)
    assert (ann.name, ann.has(Role.ADMIN)) == ("Ann Lee", True)
    with pytest.raises(Unauthenticated, match="used already"):
        _ = await house.identity.accept(start.invitation, "Eve")
    assert (await house.identity.start()).invitation == ""


async def test_a_restart_without_an_admin_replaces_the_invitation():
    house = House()
    first = (await house.identity.start()).invitation
    second = (await house.identity.start()).invitation
    with pytest.raises(Unauthenticated, match="unknown"):
        _ = await house.identity.accept(first, "Ann")
    _ = await house.identity.accept(second, "Ann")


async def test_an_invitation_ends_after_a_day():
    house = House()
    start = await house.identity.start()
    house.clock.at += INVITATION_SECONDS
    with pytest.raises(Unauthenticated, match="24 hours"):
        _ = await house.identity.accept(start.invitation, "Ann")


async def test_an_invitation_is_kept_where_the_name_is_refused():
    house = House()
    start = await house.identity.start()
    with pytest.raises(Invalid, match="1 to 80"):
        _ = await house.identity.accept(start.invitation, "  ")
    _ = await house.identity.accept(start.invitation, "Ann")


async def test_a_session_ends_thirty_days_after_it_began_however_much_it_is_used():
    house = House()
    session = await house.admin()
    house.clock.at += SESSION_SECONDS - 1
    _ = await house.identity.authenticate(session)
    house.clock.at += 1
    with pytest.raises(Unauthenticated, match="Sign in again"):
        _ = await house.identity.authenticate(session)


async def test_leaving_ends_a_session():
    house = House()
    session = await house.admin()
    await house.identity.leave(session)
    with pytest.raises(Unauthenticated):
        _ = await house.identity.authenticate(session)


async def test_only_admins_invite_and_those_they_invite_are_members():
    house = House()
    ann = await house.identity.authenticate(await house.admin())
    invitation = await house.identity.invite(ann)
    bob = await house.identity.authenticate(
        (await house.identity.accept(invitation.secret, "Bob")).secret
    )
    assert bob.roles == {Role.MEMBER}
    with pytest.raises(Refused, match="Bob may not invite"):
        _ = await house.identity.invite(bob)


async def test_what_an_invitation_offers_can_be_seen_until_it_is_used():
    house = House()
    ann = await house.identity.authenticate(await house.admin())
    for role in Role:
        secret = (await house.identity.invite(ann, role)).secret
        assert [await house.identity.offer(secret) for _ in range(2)] == [role, role]
        _ = await house.identity.accept(secret, "Bob")
        with pytest.raises(Unauthenticated, match="used already"):
            _ = await house.identity.offer(secret)
    with pytest.raises(Unauthenticated, match="unknown"):
        _ = await house.identity.offer("pdi_none")


async def test_an_api_key_acts_as_its_user_until_it_is_revoked():
    house = House()
    ann = await house.identity.authenticate(await house.admin())
    key = await house.identity.create_key(ann, "ci")
    assert key.secret.startswith("pdm_")
    assert (await house.identity.authenticate(key.secret)).user == ann.user
    assert [one.name for one in await house.identity.keys(ann)] == ["ci"]
    await house.identity.revoke_key(ann, key.credential.id)
    assert await house.identity.keys(ann) == ()
    with pytest.raises(Unauthenticated, match="pdm_"):
        _ = await house.identity.authenticate(key.secret)


async def test_nobody_revokes_the_key_of_another():
    house = House()
    ann = await house.identity.authenticate(await house.admin())
    invitation = await house.identity.invite(ann)
    bob = await house.identity.authenticate(
        (await house.identity.accept(invitation.secret, "Bob")).secret
    )
    key = await house.identity.create_key(ann, "ci")
    with pytest.raises(NotFound):
        await house.identity.revoke_key(bob, key.credential.id)
    _ = await house.identity.authenticate(key.secret)


async def test_a_key_may_have_an_end():
    house = House()
    ann = await house.identity.authenticate(await house.admin())
    key = await house.identity.create_key(ann, "demo", seconds=60)
    house.clock.at += 60
    with pytest.raises(Unauthenticated):
        _ = await house.identity.authenticate(key.secret)


async def test_use_is_written_at_most_once_a_minute():
    house = House()
    session = await house.admin()
    for seconds in (0, 10, 49, 1, 10):
        house.clock.at += seconds
        _ = await house.identity.authenticate(session)
    assert len(house.store.touches) == 2


async def test_only_hashes_of_secrets_are_kept():
    house = House()
    session = await house.admin()
    assert session not in repr(house.store)
    assert len(session) == len("pds_") + 43


@pytest.mark.parametrize("secret", ["", "pdm_", "pds_x", "pdi_x", "\ud800", "nonsense"])
async def test_what_is_no_secret_of_ours_is_nobody(secret: str):
    with pytest.raises(Unauthenticated):
        _ = await House().identity.authenticate(secret)
