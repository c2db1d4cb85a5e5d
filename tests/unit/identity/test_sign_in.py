"""Names with passwords, codes and sessions."""

from base64 import b32decode
from dataclasses import replace

import pytest
from tests.fakes_functions import TouchedIdentity, edges_of
from tests.fakes_logins import MemoryLogins, PlainHasher, sign_ins
from tests.world import FakeChance, FakeClock

from podium.identity import totp
from podium.identity.principal import Principal, Role
from podium.identity.service import IDLE_SECONDS, Identity
from podium.identity.sign_in import RECOVERY_CODES, Shown, SignIns
from podium.kernel.errors import (
    Conflict,
    Invalid,
    LimitReached,
    NotFound,
    Refused,
    Unauthenticated,
)
from podium.kernel.ids import KeyId

pytestmark = pytest.mark.anyio
NAME, PASSWORD = "ann@example.com", "four quiet brown horses"


class House:
    """Ann has come in by a link."""

    def __init__(self) -> None:
        self.clock: FakeClock = FakeClock()
        self.store: TouchedIdentity = TouchedIdentity()
        self.logins: MemoryLogins = MemoryLogins()
        self.hasher: PlainHasher = PlainHasher()
        people = edges_of(self.store, self.clock, FakeChance())
        self.identity: Identity = Identity(people)
        self.sign_ins: SignIns = sign_ins(people, self.logins, self.hasher)

    async def comes_in(self, name: str = "Ann") -> Principal:
        start = await self.identity.local()
        invited = await self.identity.invite(start, Role.ADMIN)
        session = await self.identity.accept(invited.secret, name)
        return await self.identity.authenticate(session.secret)

    async def ann(self) -> Principal:
        ann = await self.comes_in()
        _ = await self.sign_ins.set_password(ann, NAME, PASSWORD)
        return ann

    async def enrolled(self) -> tuple[Principal, bytes, tuple[str, ...]]:
        ann = await self.ann()
        secret = (await self.sign_ins.enrol(ann)).secret
        raw = _raw(secret)
        return ann, raw, await self.sign_ins.confirm(ann, self.code(raw))

    def code(self, secret: bytes) -> str:
        return totp.code(secret, int(self.clock.at // 30))

    async def signs_in(self, code: str = "", **more: str) -> Principal:
        shown = Shown(**{"name": NAME, "password": PASSWORD, "code": code, **more})
        return await self.identity.authenticate((await self.sign_ins.sign_in(shown)).secret)


def _raw(secret: str) -> bytes:
    return b32decode(secret + "=" * (-len(secret) % 8))


async def test_a_name_and_a_password_are_a_new_session_of_the_same_person():
    house = House()
    ann = await house.ann()
    again = await house.signs_in(name=" ANN@example.com ")
    assert (again.user, again.name) == (ann.user, "Ann")
    assert again.session not in {None, ann.session}


@pytest.mark.parametrize(
    ("name", "password"), [(NAME, "wrong"), ("nobody@example.com", PASSWORD), ("", "")]
)
async def test_whatever_is_wrong_the_answer_and_the_work_are_the_same(name: str, password: str):
    house = House()
    _ = await house.ann()
    before = house.hasher.asked
    with pytest.raises(Unauthenticated, match="The name, the password or the code is wrong"):
        _ = await house.sign_ins.sign_in(Shown(name, password))
    assert house.hasher.asked == before + 1


async def test_who_is_disabled_does_not_come_in():
    house = House()
    ann = await house.ann()
    found = await house.store.directory.user(ann.user)
    await house.store.directory.change_user(replace(found, disabled_at=1.0))
    with pytest.raises(Unauthenticated, match="name, the password or the code"):
        _ = await house.signs_in()


async def test_who_guesses_a_name_from_everywhere_has_to_wait():
    house = House()
    _ = await house.ann()
    for number in range(10):
        with pytest.raises(Unauthenticated):
            _ = await house.sign_ins.sign_in(Shown(NAME, "wrong", address=f"10.0.0.{number}"))
    with pytest.raises(LimitReached, match="try again in 60 s"):
        _ = await house.signs_in(address="10.9.9.9")
    house.clock.at += 61
    assert (await house.signs_in()).name == "Ann"


async def test_who_guesses_many_names_from_one_address_has_to_wait():
    house = House()
    for number in range(30):
        with pytest.raises(Unauthenticated):
            _ = await house.sign_ins.sign_in(Shown(f"name{number}", "wrong", address="10.0.0.1"))
    with pytest.raises(LimitReached):
        _ = await house.sign_ins.sign_in(Shown("another", "wrong", address="10.0.0.1"))
    with pytest.raises(Unauthenticated):
        _ = await house.sign_ins.sign_in(Shown("another", "wrong", address="10.0.0.2"))


@pytest.mark.parametrize(
    ("name", "password", "match"),
    [
        (NAME, "short", "12 to 256 characters, got 5"),
        (NAME, "x" * 257, "12 to 256"),
        (NAME, "aaaaaaaaaaaaaaaa", "anybody tries first"),
        (NAME, "example-password", "anybody tries first"),
        ("a", PASSWORD, "3 to 254 characters and no spaces"),
        ("two words", PASSWORD, "no spaces"),
    ],
)
async def test_weak_passwords_and_odd_names_are_refused(name: str, password: str, match: str):
    house = House()
    ann = await house.comes_in()
    with pytest.raises(Invalid, match=match):
        _ = await house.sign_ins.set_password(ann, name, password)


async def test_another_password_needs_the_present_one_and_ends_the_other_sessions():
    house = House()
    ann = await house.ann()
    other = await house.signs_in()
    with pytest.raises(Refused, match="present password is wrong"):
        _ = await house.sign_ins.set_password(ann, NAME, "some other long words", current="no")
    _ = await house.sign_ins.set_password(ann, NAME, "some other long words", current=PASSWORD)
    assert [one.id for one in await house.sign_ins.sessions(ann)] == [ann.session]
    with pytest.raises(Unauthenticated):
        _ = await house.signs_in()
    assert other.session is not None


async def test_a_name_belongs_to_one_person():
    house = House()
    _ = await house.ann()
    bob = await house.comes_in("Bob")
    with pytest.raises(Conflict, match="Somebody else signs in as"):
        _ = await house.sign_ins.set_password(bob, NAME, PASSWORD)


async def test_nothing_of_this_is_done_with_an_api_key():
    house = House()
    local = await house.identity.local()
    for work in (
        house.sign_ins.set_password(local, NAME, PASSWORD),
        house.sign_ins.enrol(local),
        house.sign_ins.step_up(local, "1"),
        house.sign_ins.end_session(local, KeyId("key_1")),
    ):
        with pytest.raises(Refused, match="not with an API key"):
            _ = await work


async def test_with_a_second_factor_a_password_is_not_enough():
    house = House()
    _, secret, _ = await house.enrolled()
    for code in ("", "000000", "not a code"):
        with pytest.raises(Unauthenticated):
            _ = await house.signs_in(code)
    house.clock.at += 30
    again = await house.signs_in(house.code(secret))
    assert await house.sign_ins.is_proved(again)


async def test_a_code_works_once():
    house = House()
    _, secret, _ = await house.enrolled()
    house.clock.at += 30
    _ = await house.signs_in(house.code(secret))
    with pytest.raises(Unauthenticated):
        _ = await house.signs_in(house.code(secret))


async def test_a_recovery_code_works_once():
    house = House()
    ann, _, codes = await house.enrolled()
    assert len(set(codes)) == RECOVERY_CODES
    _ = await house.signs_in(codes[3].upper())
    with pytest.raises(Unauthenticated):
        _ = await house.signs_in(codes[3])
    login = await house.sign_ins.login(ann)
    assert login is not None
    assert len(login.recovery) == RECOVERY_CODES - 1


async def test_a_second_factor_counts_only_when_its_code_was_shown():
    house = House()
    ann = await house.ann()
    _ = await house.sign_ins.enrol(ann)
    assert (await house.signs_in()).name == "Ann"
    with pytest.raises(Invalid, match="not the code of now"):
        _ = await house.sign_ins.confirm(ann, "000000")
    with pytest.raises(Refused, match="no second factor yet"):
        _ = await house.sign_ins.step_up(ann, "000000")


async def test_a_step_up_is_a_new_session_that_counts_for_a_while():
    house = House()
    ann, secret, _ = await house.enrolled()
    assert not await house.sign_ins.is_proved(ann)
    with pytest.raises(Refused, match="wrong, or was used already"):
        _ = await house.sign_ins.step_up(ann, house.code(secret))
    house.clock.at += 30
    issued = await house.sign_ins.step_up(ann, house.code(secret))
    stepped = await house.identity.authenticate(issued.secret)
    assert await house.sign_ins.is_proved(stepped)
    assert [one.id for one in await house.sign_ins.sessions(ann)] == [stepped.session]
    house.clock.at += 601
    assert not await house.sign_ins.is_proved(stepped)


async def test_a_second_factor_is_removed_with_a_code():
    house = House()
    ann, _, codes = await house.enrolled()
    with pytest.raises(Conflict, match="already"):
        _ = await house.sign_ins.enrol(ann)
    with pytest.raises(Refused):
        await house.sign_ins.remove_factor(ann, "no")
    await house.sign_ins.remove_factor(ann, codes[0])
    assert (await house.signs_in()).name == "Ann"


async def test_sessions_are_listed_and_ended():
    house = House()
    ann = await house.ann()
    other = await house.signs_in()
    assert [one.id for one in await house.sign_ins.sessions(ann)] == [other.session, ann.session]
    bob = await house.comes_in("Bob")
    assert other.session is not None
    with pytest.raises(NotFound):
        await house.sign_ins.end_session(bob, other.session)
    await house.sign_ins.end_session(ann, other.session)
    assert [one.id for one in await house.sign_ins.sessions(ann)] == [ann.session]


async def test_a_session_that_nobody_uses_ends():
    house = House()
    _ = await house.ann()
    secret = (await house.sign_ins.sign_in(Shown(NAME, PASSWORD))).secret
    for _ in range(3):
        house.clock.at += IDLE_SECONDS - 1
        _ = await house.identity.authenticate(secret)
        await house.identity.flush()
    house.clock.at += IDLE_SECONDS + 61
    with pytest.raises(Unauthenticated, match="has ended"):
        _ = await house.identity.authenticate(secret)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_234_567_890, "005924"),
        (20_000_000_000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(at: int, expected: str):
    assert totp.code(b"12345678901234567890", at // 30) == expected


def test_a_clock_may_be_off_by_half_a_minute():
    secret = b"12345678901234567890"
    code = totp.code(secret, 100)
    assert [totp.matching(secret, code, step * 30.0, after=0) for step in (98, 99, 101, 102)] == [
        None,
        100,
        100,
        None,
    ]
    assert totp.matching(secret, code, 3000.0, after=100) is None
