"""How people and programs prove who they are."""

from dataclasses import dataclass, field

import anyio
import pytest
from tests.fakes_functions import TouchedIdentity, edges_of
from tests.world import FakeChance, FakeClock

from podium.identity.key_service import Keys, Terms
from podium.identity.known import Known
from podium.identity.principal import Role
from podium.identity.service import INVITATION_SECONDS, LOCAL, SESSION_SECONDS, Identity
from podium.identity.throttle import Throttle
from podium.kernel.errors import (
    Invalid,
    LimitReached,
    NotFound,
    Refused,
    Unauthenticated,
    Unavailable,
)

pytestmark = pytest.mark.anyio


@dataclass
class House:
    store: TouchedIdentity = field(default_factory=TouchedIdentity)
    clock: FakeClock = field(default_factory=FakeClock)
    chance: FakeChance = field(default_factory=FakeChance)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Another process over the same store."""
        people = edges_of(self.store, self.clock, self.chance)
        self.identity: Identity = Identity(people)
        self.keys: Keys = Keys(people)

    async def admin(self) -> str:
        start = await self.identity.start()
        return (await self.identity.accept(start.invitation, "Ann")).secret


async def test_the_first_start_makes_the_workspace_the_local_user_and_an_invitation():
    house = House()
    start = await house.identity.start()
    assert [workspace.name for workspace in await house.store.directory.workspaces()] == ["default"]
    assert start.local.user == LOCAL
    assert start.local.everywhere == {Role.OWNER}
    assert start.invitation.startswith("pdi_")


async def test_the_first_invitation_makes_an_owner_once():
    house = House()
    start = await house.identity.start()
    session = await house.identity.accept(start.invitation, "  Ann   Lee ")
    ann = await house.identity.authenticate(session.secret)
    assert (ann.name, ann.everywhere) == ("Ann Lee", {Role.OWNER})
    with pytest.raises(Unauthenticated, match="used already"):
        _ = await house.identity.accept(start.invitation, "Eve")
    assert (await house.identity.start()).invitation == ""


async def test_a_restart_without_an_owner_replaces_the_invitation():
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
    for _ in range(5):
        house.clock.at += (SESSION_SECONDS - 1) / 5
        _ = await house.identity.authenticate(session)
        await house.identity.flush()
    house.clock.at += 1.01
    with pytest.raises(Unauthenticated, match="Sign in again"):
        _ = await house.identity.authenticate(session)


async def test_leaving_ends_a_session():
    house = House()
    session = await house.admin()
    await house.identity.leave(session)
    with pytest.raises(Unauthenticated):
        _ = await house.identity.authenticate(session)


async def test_admins_invite_and_those_they_invite_are_engineers():
    house = House()
    ann = await house.identity.authenticate(await house.admin())
    invitation = await house.identity.invite(ann)
    bob = await house.identity.authenticate(
        (await house.identity.accept(invitation.secret, "Bob")).secret
    )
    assert bob.roles == {Role.ENGINEER}
    with pytest.raises(Refused, match="Bob may not create this invitation"):
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
    key = await house.keys.create(ann, Terms("ci"))
    assert key.secret.startswith("pdm_")
    assert (await house.identity.authenticate(key.secret)).user == ann.user
    assert [one.name for one in await house.keys.mine(ann)] == ["ci"]
    await house.keys.revoke(ann, key.credential.id)
    assert await house.keys.mine(ann) == ()
    with pytest.raises(Unauthenticated, match="pdm_"):
        _ = await house.identity.authenticate(key.secret)


async def test_nobody_revokes_the_key_of_another():
    house = House()
    ann = await house.identity.authenticate(await house.admin())
    invitation = await house.identity.invite(ann)
    bob = await house.identity.authenticate(
        (await house.identity.accept(invitation.secret, "Bob")).secret
    )
    key = await house.keys.create(ann, Terms("ci"))
    with pytest.raises(NotFound):
        await house.keys.revoke(bob, key.credential.id)
    _ = await house.identity.authenticate(key.secret)


async def test_a_key_may_have_an_end():
    house = House()
    ann = await house.identity.authenticate(await house.admin())
    key = await house.keys.create(ann, Terms("demo", seconds=60))
    house.clock.at += 60
    with pytest.raises(Unauthenticated):
        _ = await house.identity.authenticate(key.secret)


async def test_use_is_written_at_most_once_a_minute():
    house = House()
    session = await house.admin()
    for seconds in (0, 10, 49, 1, 10):
        house.clock.at += seconds
        _ = await house.identity.authenticate(session)
        await house.identity.flush()
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


async def test_who_was_seen_a_moment_ago_is_known_without_the_store():
    house = House()
    session = await house.admin()
    assert house.identity.known(session) is None
    ann = await house.identity.authenticate(session)
    house.store.keys.clear()
    house.clock.at += 4.9
    assert house.identity.known(session) is ann
    assert await house.identity.authenticate(session) is ann
    house.clock.at += 0.1
    assert house.identity.known(session) is None
    with pytest.raises(Unauthenticated):
        _ = await house.identity.authenticate(session)


async def test_a_session_that_ends_is_not_known_any_more():
    house = House()
    session = await house.admin()
    _ = await house.identity.authenticate(session)
    await house.identity.leave(session)
    assert house.identity.known(session) is None


async def test_an_unknown_secret_is_looked_up_once_in_a_while():
    house = House()
    for _ in range(50):
        with pytest.raises(Unauthenticated):
            _ = await house.identity.authenticate("pdm_nonsense", address="10.0.0.1")
    assert house.store.looks == 1
    house.clock.at += 5
    with pytest.raises(Unauthenticated):
        _ = await house.identity.authenticate("pdm_nonsense", address="10.0.0.1")
    assert house.store.looks == 2


async def test_who_shows_many_unknown_secrets_must_wait_and_others_need_not():
    house = House()
    session = await house.admin()
    _ = await house.identity.authenticate(session, address="10.0.0.1")
    for number in range(20):
        with pytest.raises(Unauthenticated):
            _ = await house.identity.authenticate(f"pdm_{number}", address="10.0.0.1")
    with pytest.raises(LimitReached, match=r"from 10\.0\.0\.1.*try again in 2 s") as refused:
        _ = await house.identity.authenticate("pdm_x", address="10.0.0.1")
    assert refused.value.retry_after == 2.0
    with pytest.raises(Unauthenticated):
        _ = await house.identity.authenticate("pdm_x", address="10.0.0.2")
    house.clock.at += 60
    for number in range(20, 40):
        with pytest.raises(Unauthenticated):
            _ = await house.identity.authenticate(f"pdm_{number}", address="10.0.0.1")
    ann = await house.identity.authenticate(session, address="10.0.0.1")
    assert ann.name == "Ann", "what was good here before is looked up all the same"


async def test_a_network_of_ipv6_addresses_is_one_address():
    house = House()
    for number in range(20):
        with pytest.raises(Unauthenticated):
            _ = await house.identity.authenticate(f"pdm_{number}", address=f"2001:db8::{number}")
    with pytest.raises(LimitReached):
        _ = await house.identity.authenticate("pdm_x", address="2001:db8::ffff")
    with pytest.raises(Unauthenticated):
        _ = await house.identity.authenticate("pdm_x", address="2001:db8:0:1::1")


async def test_a_flood_of_secrets_from_everywhere_takes_bounded_memory():
    throttle, known = Throttle(FakeClock()), Known(FakeClock())
    for number in range(10_500):
        throttle.failed(f"10.{number // 256 // 256}.{number // 256 % 256}.{number % 256}")
        known.keep_unknown(number.to_bytes(32, "big"))
    for kept in (throttle._failed, known._unknown):  # noqa: SLF001 - their size is the subject
        assert len(kept) == 10_000


async def test_uses_are_written_behind_the_work_also_after_the_store_was_away():
    house = House()
    _ = await house.identity.authenticate(await house.admin())
    house.store.is_away = True
    with pytest.raises(Unavailable):
        await house.identity.flush()
    async with anyio.create_task_group() as group:
        group.start_soon(house.identity.run)
        await house.clock.sleep(5)
        house.store.is_away = False
        while not house.store.touches:
            await anyio.lowlevel.checkpoint()
        group.cancel_scope.cancel()
    await house.identity.flush()
    assert len(house.store.touches) == 1
