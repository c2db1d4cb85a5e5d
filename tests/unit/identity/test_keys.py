"""What keys are for, who may say so, and how they change."""

from dataclasses import dataclass, field, replace

import anyio
import pytest
from tests.fakes_access import RULE
from tests.fakes_functions import TouchedIdentity, edges_of
from tests.world import FakeChance, FakeClock

from podium.governance.access import Action, Resource, require
from podium.identity.key_service import OVERLAP_SECONDS, Keys, Terms
from podium.identity.keys import Key, Reach, Scopes
from podium.identity.limits import Limits
from podium.identity.ports import Credential
from podium.identity.principal import Principal, Role
from podium.identity.service import Identity
from podium.kernel.errors import Conflict, Invalid, NotFound, Refused, Unauthenticated
from podium.kernel.ids import KeyId, UserId, WorkspaceId
from podium.kernel.money import NanoUsd

pytestmark = pytest.mark.anyio

DEFAULTS = Limits(rpm=100, budget_day=NanoUsd(5_000))


@dataclass
class SlowIdentity(TouchedIdentity):
    """Answers who has a secret after somebody else had a turn."""

    async def principal_by_secret(
        self, secret_sha256: str, kind: str, now: float
    ) -> tuple[Principal, Credential] | None:
        found = await super().principal_by_secret(secret_sha256, kind, now)
        await anyio.lowlevel.checkpoint()
        return found


@dataclass
class House:
    """Ann is an admin, Bob a member."""

    store: TouchedIdentity = field(default_factory=TouchedIdentity)
    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        people = edges_of(self.store, self.clock, FakeChance())
        self.identity: Identity = Identity(people)
        self.keys: Keys = Keys(people, DEFAULTS)

    async def ann(self) -> Principal:
        start = await self.identity.start()
        session = await self.identity.accept(start.invitation, "Ann")
        return await self.identity.authenticate(session.secret)

    async def both(self) -> tuple[Principal, Principal]:
        ann = await self.ann()
        invitation = await self.identity.invite(ann)
        session = await self.identity.accept(invitation.secret, "Bob")
        return ann, await self.identity.authenticate(session.secret)


async def test_a_key_carries_what_it_is_for():
    house = House()
    ann = await house.ann()
    terms = Terms("ci", "research", Scopes(("gpt-*",)), Limits(rpm=5))
    issued = await house.keys.create(ann, terms)
    caller = await house.identity.authenticate(issued.secret)
    made = issued.credential
    key = Key(made.id, "ci", "research", terms.scopes, terms.limits)
    assert caller == replace(ann, key=key, session=None)
    assert issued.secret.startswith(made.hint)
    assert len(made.hint) == 8
    assert ann.key is None, "who signed in has none"


async def test_both_secrets_work_while_a_rotation_overlaps():
    house = House()
    ann = await house.ann()
    old = await house.keys.create(ann, Terms("ci"))
    _ = await house.identity.authenticate(old.secret)
    new = await house.keys.rotate(ann, old.credential.id)
    assert new.credential.id == old.credential.id
    assert house.identity.known(old.secret) is None, "it is asked for again at once"
    for secret in (old.secret, new.secret):
        assert (await house.identity.authenticate(secret)).user == ann.user
    house.clock.at += OVERLAP_SECONDS - 1
    _ = await house.identity.authenticate(old.secret)
    house.clock.at += 1
    assert house.identity.known(old.secret) is None, "also a moment after it was shown"
    with pytest.raises(Unauthenticated):
        _ = await house.identity.authenticate(old.secret)
    _ = await house.identity.authenticate(new.secret)


async def test_a_rotation_without_overlap_ends_the_old_secret_at_once():
    house = House()
    ann = await house.ann()
    old = await house.keys.create(ann, Terms("ci"))
    _ = await house.identity.authenticate(old.secret)
    new = await house.keys.rotate(ann, old.credential.id, overlap=0)
    with pytest.raises(Unauthenticated):
        _ = await house.identity.authenticate(old.secret)
    _ = await house.identity.authenticate(new.secret)
    with pytest.raises(Invalid, match="0 seconds or more, got -1"):
        _ = await house.keys.rotate(ann, old.credential.id, overlap=-1)


async def test_a_second_rotation_ends_the_first_secret():
    house = House()
    ann = await house.ann()
    first = await house.keys.create(ann, Terms("ci"))
    second = await house.keys.rotate(ann, first.credential.id)
    third = await house.keys.rotate(ann, first.credential.id)
    with pytest.raises(Unauthenticated):
        _ = await house.identity.authenticate(first.secret)
    for issued in (second, third):
        _ = await house.identity.authenticate(issued.secret)


async def test_a_disabled_key_does_not_work_until_it_is_enabled():
    house = House()
    ann = await house.ann()
    key = await house.keys.create(ann, Terms("ci"))
    _ = await house.identity.authenticate(key.secret)
    disabled = await house.keys.disable(ann, key.credential.id)
    assert (await house.keys.disable(ann, key.credential.id)).disabled_at == disabled.disabled_at
    for _ in range(2):
        with pytest.raises(Unauthenticated, match="disabled"):
            _ = await house.identity.authenticate(key.secret)
    _ = await house.keys.enable(ann, key.credential.id)
    _ = await house.identity.authenticate(key.secret)


async def test_a_key_that_is_revoked_while_it_is_looked_up_is_not_kept():
    house = House(SlowIdentity())
    ann = await house.ann()
    key = await house.keys.create(ann, Terms("ci"))
    async with anyio.create_task_group() as group:
        group.start_soon(house.identity.authenticate, key.secret)
        await anyio.lowlevel.checkpoint()
        await house.keys.revoke(ann, key.credential.id)
    assert house.identity.known(key.secret) is None


async def test_a_key_that_is_enabled_while_it_is_looked_up_is_not_kept_as_unknown():
    house = House(SlowIdentity())
    ann = await house.ann()
    key = await house.keys.create(ann, Terms("ci"))
    _ = await house.keys.disable(ann, key.credential.id)

    async def look() -> None:
        with pytest.raises(Unauthenticated):
            _ = await house.identity.authenticate(key.secret)

    async with anyio.create_task_group() as group:
        group.start_soon(look)
        await anyio.lowlevel.checkpoint()
        _ = await house.keys.enable(ann, key.credential.id)
    _ = await house.identity.authenticate(key.secret)


async def test_admins_see_and_change_all_keys_and_members_their_own():
    house = House()
    ann, bob = await house.both()
    first = await house.keys.create(ann, Terms("first"))
    second = await house.keys.create(bob, Terms("second"))
    names = [one.name for one in await house.keys.all(ann)]
    assert {"first", "second"} <= set(names)
    assert [one.name for one in await house.keys.mine(bob)] == ["second"]
    with pytest.raises(Refused, match="Bob may not list this key"):
        _ = await house.keys.all(bob)
    with pytest.raises(NotFound, match="You have no API key"):
        _ = await house.keys.get(bob, first.credential.id)
    changed = await house.keys.change(
        ann, second.credential.id, lambda terms: replace(terms, team="ops", seconds=60)
    )
    assert (changed.team, changed.expires_at) == ("ops", house.clock.at + 60)
    assert (await house.identity.authenticate(second.secret)).key is not None
    await house.keys.revoke(ann, second.credential.id)
    assert await house.keys.mine(bob) == ()
    with pytest.raises(NotFound):
        _ = await house.keys.rotate(bob, second.credential.id)


async def test_a_change_is_seen_by_the_next_request():
    house = House()
    ann = await house.ann()
    key = await house.keys.create(ann, Terms("ci"))
    _ = await house.identity.authenticate(key.secret)
    _ = await house.keys.change(
        ann, key.credential.id, lambda terms: replace(terms, limits=Limits(rpm=1))
    )
    caller = await house.identity.authenticate(key.secret)
    assert caller.key is not None
    assert caller.key.limits.rpm == 1


async def test_members_give_their_keys_no_more_than_all_keys_have():
    house = House()
    _, bob = await house.both()
    for limits in (Limits(), Limits(rpm=100), Limits(rpm=5, concurrent=1, tpm=7)):
        _ = await house.keys.create(bob, Terms("ci", limits=limits))
    with pytest.raises(Refused, match=r"Bob may not give a key more than others have \(rpm\)"):
        _ = await house.keys.create(bob, Terms("ci", limits=Limits(rpm=101)))
    with pytest.raises(Refused, match="the team 'research': that takes the right"):
        _ = await house.keys.create(bob, Terms("ci", "research"))
    key = await house.keys.create(bob, Terms("ci", scopes=Scopes(("gpt-*",))))
    with pytest.raises(Refused, match="Bob may not change this terms"):
        _ = await house.keys.change(bob, key.credential.id, lambda terms: terms)


@pytest.mark.parametrize(
    "terms",
    [
        Terms("small", "research"),
        Terms("small", limits=Limits(rpm=1)),
        Terms("small", scopes=Scopes(("gpt-*",))),
    ],
)
async def test_a_key_that_may_do_little_makes_none_that_may_do_more(terms: Terms):
    house = House()
    key = await house.keys.create(await house.ann(), terms)
    caller = await house.identity.authenticate(key.secret)
    id = key.credential.id
    for attempt in (
        house.keys.create(caller, Terms("large")),
        house.keys.change(caller, id, lambda _: Terms("large")),
        house.keys.rotate(caller, id),
        house.keys.disable(caller, id),
        house.keys.enable(caller, id),
        house.keys.revoke(caller, id),
    ):
        with pytest.raises(Refused, match="'small' has scopes, limits or a team"):
            _ = await attempt


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        (Terms(" "), "1 to 80 printable characters"),
        (Terms("ci", seconds=0), "more than 0 seconds"),
        (Terms("ci", "a b"), "'a b' is no name for a team"),
        (Terms("ci", scopes=Scopes(("a b",))), "'a b' names no models"),
        (Terms("ci", scopes=Scopes(("a",) * 101)), "100 models or patterns, got 101"),
        (Terms("ci", scopes=Scopes(operations=("Chat",))), "'Chat' is no operation"),
        (Terms("ci", limits=Limits(rpm=-1)), "limit rpm needs 0 or more, got -1"),
    ],
)
async def test_terms_that_mean_nothing_are_refused(terms: Terms, message: str):
    house = House()
    with pytest.raises(Invalid, match=message):
        _ = await house.keys.create(await house.ann(), terms)


async def test_of_two_changes_at_once_one_is_refused():
    house = House()
    ann = await house.ann()
    key = (await house.keys.create(ann, Terms("ci"))).credential
    await house.store.change(replace(key, disabled_at=1.0), seen=key)
    with pytest.raises(Conflict, match="at the same moment"):
        await house.store.change(replace(key, limits=Limits(rpm=1)), seen=key)


def _caller(scopes: Scopes) -> Principal:
    key = Key(KeyId("key_1"), "ci", scopes=scopes)
    roles = frozenset({Role.ADMIN})
    return Principal(UserId("user_ann"), WorkspaceId("ws_one"), "Ann", roles, key)


def _use(scopes: Scopes, kind: str, name: str, operation: str = "") -> None:
    resource = Resource(kind, WorkspaceId("ws_one"), name, operation=operation)
    require(RULE, _caller(scopes), Action.USE, resource)


@pytest.mark.parametrize(
    ("models", "name", "has"),
    [
        ((), "anything", True),
        (("gpt-5",), "gpt-5", True),
        (("gpt-5",), "gpt-5-mini", False),
        (("gpt-*",), "gpt-5-mini", True),
        (("gpt-*",), "my-gpt-5", False),
        (("gpt-*", "local/*"), "local/smollm2", True),
        (("gpt-?",), "gpt-55", False),
        (("gpt-*",), "gpt-\n", True),
        (("GPT-*",), "gpt-5", False),
    ],
)
def test_a_key_is_for_the_models_that_its_patterns_name(
    models: tuple[str, ...], name: str, has: bool
):
    assert Scopes(models).has_model(name) is has


def test_scopes_hold_whoever_decides_the_rest():
    _use(Scopes(("gpt-*",), ("chat",)), "model", "gpt-5", "chat")
    _use(Scopes(("gpt-*",), ("chat",)), "workflow", "run_1")
    _use(Scopes(("gpt-*",)), "model", "*")
    with pytest.raises(Refused, match=r"'ci' may not use 'claude': it is for gpt-\*"):
        _use(Scopes(("gpt-*",)), "model", "claude")
    with pytest.raises(Refused, match="'ci' is not for embeddings: it is for chat"):
        _use(Scopes(operations=("chat",)), "model", "gpt-5", "embeddings")
    with pytest.raises(Refused, match="may call models and do nothing else"):
        _use(Scopes(reach=Reach.GATEWAY), "workflow", "run_1")
    _use(Scopes(reach=Reach.GATEWAY), "model", "gpt-5", "chat")


def test_limits_of_a_key_stand_over_the_defaults():
    assert Limits(rpm=5).over(DEFAULTS) == Limits(rpm=5, budget_day=NanoUsd(5_000))
    assert Limits(rpm=100, warn_day=NanoUsd(9)).beyond(Limits(rpm=100, warn_day=NanoUsd(1))) == ()
    assert Limits().beyond(DEFAULTS) == ("rpm", "budget_day")
