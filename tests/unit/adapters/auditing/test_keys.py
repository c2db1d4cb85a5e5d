"""Keys in files, and a file that keeps checkpoints."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from podium.adapters.auditing.keys import FileKeys, GivenKey, trusted
from podium.adapters.auditing.outlets import FileOutlet
from podium.kernel.errors import Invalid, Unavailable


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path):
    (first,) = FileKeys(tmp_path).keys(None)
    assert (tmp_path / "audit.key").stat().st_mode & 0o777 == 0o600
    assert FileKeys(tmp_path).keys(None)[0].public == first.public
    assert trusted(tmp_path, first.public) == first.public


def test_a_key_is_not_made_anew_for_a_trail_that_has_one(tmp_path: Path):
    with pytest.raises(Invalid, match="is missing, with which the audit trail podium-1 is"):
        _ = FileKeys(tmp_path).keys("podium-1")


def test_a_file_that_holds_no_key_is_refused(tmp_path: Path):
    (tmp_path / "audit.key").write_text("hunter2")
    with pytest.raises(Invalid, match="holds no Ed25519 private key"):
        _ = FileKeys(tmp_path).keys(None)


def test_a_successor_takes_the_place_of_the_key_and_the_first_stays_trusted(tmp_path: Path):
    ring = FileKeys(tmp_path)
    (old,) = ring.keys(None)
    _ = trusted(tmp_path, old.public)
    new = ring.successor(old.public.name)
    assert [key.public for key in ring.keys(old.public.name)] == [old.public, new.public]
    ring.promote()
    assert [key.public for key in ring.keys(old.public.name)] == [new.public]
    assert trusted(tmp_path, new.public) == old.public


def test_a_given_key_signs_and_is_not_rotated_here():
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    ring = GivenKey(pem)
    assert ring.keys("podium-1")[0].public.name == "podium-1"
    with pytest.raises(Invalid, match=r"is given by audit\.key"):
        _ = ring.successor("podium-1")


@pytest.mark.anyio
async def test_checkpoints_are_appended_to_a_file(tmp_path: Path):
    outlet = FileOutlet(tmp_path / "kept.txt")
    await outlet.put("one\n")
    await outlet.put("two\n")
    assert (tmp_path / "kept.txt").read_text() == "one\n\ntwo\n\n"
    with pytest.raises(Unavailable, match="Checkpoints cannot be kept in"):
        await FileOutlet(tmp_path / "none" / "kept.txt").put("one\n")
