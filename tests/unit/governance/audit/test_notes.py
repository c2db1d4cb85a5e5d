"""Checkpoints and keys as signed notes have them."""

import pytest
from tests.fakes_audit import MemoryKeys

from podium.governance.audit.keys import read_private_key, read_public_key
from podium.governance.audit.notes import checkpoint, read_checkpoint, read_checkpoints
from podium.governance.audit.tree import Head
from podium.kernel.errors import Invalid

# The example of https://c2sp.org/signed-note and of Go's golang.org/x/mod/sumdb/note.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
GO_SIGNATURE = (
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
)


def test_a_key_of_another_tool_verifies_what_that_tool_signed():
    import base64  # noqa: PLC0415

    key = read_public_key(GO_KEY)
    raw = base64.b64decode(GO_SIGNATURE)
    assert raw[:4] == key.id
    assert key.has_signed(GO_TEXT.encode(), raw[4:])
    assert not key.has_signed(GO_TEXT.upper().encode(), raw[4:])
    assert str(key) == GO_KEY


def test_a_checkpoint_comes_back_as_it_was_signed():
    key = MemoryKeys().keys(None)[0]
    made = checkpoint(Head(7, b"\1" * 32), 1_000_000.5, key)
    read = read_checkpoint(made.note)
    assert read == made
    assert (read.head, read.at, read.next_key) == (Head(7, b"\1" * 32), 1_000_000.5, None)
    assert read.is_signed_by(key.public)
    other = MemoryKeys(9).keys(key.public.name)[0]
    assert not read.is_signed_by(other.public)
    assert made.note.splitlines()[:2] == [key.public.name, "7"]


def test_what_is_changed_in_a_checkpoint_is_not_signed():
    key = MemoryKeys().keys(None)[0]
    made = checkpoint(Head(7, b"\1" * 32), 1.0, key)
    forged = read_checkpoint(made.note.replace("\n7\n", "\n8\n"))
    assert forged.head.size == 8
    assert not forged.is_signed_by(key.public)


def test_a_rotation_is_signed_by_both_keys():
    keys = MemoryKeys()
    old = keys.keys(None)[0]
    new = keys.successor(old.public.name)
    made = checkpoint(Head(7, b"\1" * 32), 1.0, old, successor=new)
    assert made.next_key == new.public
    assert made.is_signed_by(old.public)
    assert made.is_signed_by(new.public)


def test_a_file_of_checkpoints_has_them_one_after_the_other():
    key = MemoryKeys().keys(None)[0]
    made = [checkpoint(Head(size, b"\1" * 32), 1.0, key) for size in (1, 2, 3)]
    assert list(read_checkpoints("\n".join(one.note for one in made))) == made
    assert read_checkpoints("") == ()


@pytest.mark.parametrize(
    "note",
    [
        "",
        "name\n7\n",
        "name\nseven\nAAAA\n\n\u2014 name AAAA\n",
        "name\n7\nAAAA\n\n\u2014 name AAAA\n",
        "name\n-7\n" + "A" * 43 + "=\n\n\u2014 name AAAA\n",
        "name\n7\n" + "A" * 43 + "=\n\n- name AAAA\n",
        "name\n7\n" + "A" * 43 + "=\ntime now\n\n\u2014 name AAAA\n",
        "\0" * 100_000,
    ],
)
def test_what_is_no_checkpoint_is_refused(note: str):
    with pytest.raises(Invalid, match=r"is no checkpoint|is no public key"):
        _ = read_checkpoint(note)


def test_half_a_file_of_checkpoints_is_refused():
    with pytest.raises(Invalid, match="is no checkpoint"):
        _ = read_checkpoints("name\n7\nAAAA\n")


@pytest.mark.parametrize("text", ["", "a+b+c", GO_KEY.replace("c74f", "c74e"), GO_KEY + "A"])
def test_what_is_no_public_key_is_refused(text: str):
    with pytest.raises(Invalid, match="is no public key"):
        _ = read_public_key(text)


def test_what_is_no_private_key_is_refused_and_not_shown():
    with pytest.raises(Invalid, match=r"^audit\.key holds no Ed25519 private key") as refused:
        _ = read_private_key(b"hunter2", "audit.key")
    assert "hunter2" not in str(refused.value)
    assert "private" not in repr(MemoryKeys().keys(None)[0])
