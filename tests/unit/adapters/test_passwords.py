"""Passwords are argon2id hashes, and small secrets are sealed."""

import pytest
from tests.world import FakeChance

from podium.adapters.passwords import Argon2Passwords
from podium.adapters.sealing import KeySealer
from podium.kernel.errors import Unavailable

pytestmark = pytest.mark.anyio


async def test_a_password_fits_its_own_hash_alone():
    passwords = Argon2Passwords()
    hashed = await passwords.hash("four quiet brown horses")
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert await passwords.fits(hashed, "four quiet brown horses")
    assert not await passwords.fits(hashed, "four quiet brown horse")
    assert not await passwords.fits("", "four quiet brown horses")
    assert not await passwords.fits("$argon2id$nothing", "x\ud800")


def test_what_is_sealed_opens_with_the_key_and_for_its_owner_alone():
    sealer = KeySealer(bytes(32), FakeChance())
    sealed = sealer.seal(b"secret", "user_ann")
    assert sealer.open(sealed, "user_ann") == b"secret"
    assert sealed != sealer.seal(b"secret", "user_ann")
    for other, about in (
        (sealer, "user_bob"),
        (KeySealer(bytes(31) + b"1", FakeChance()), "user_ann"),
    ):
        with pytest.raises(Unavailable, match=r"another sign-in\.key"):
            _ = other.open(sealed, about)
    with pytest.raises(Unavailable):
        _ = sealer.open("no base64 é", "user_ann")
