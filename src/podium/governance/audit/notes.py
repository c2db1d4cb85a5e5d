"""Checkpoints: the size and root of the tree at one moment, signed.

They are spelled as the field spells them, so that others' tools read and witness them:
https://c2sp.org/tlog-checkpoint and https://c2sp.org/signed-note. After the root come lines of our
own: `time` in seconds since 1970, and at a rotation `key`, the public key that signs from then on.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from podium.governance.audit.keys import PublicKey, SigningKey, read_public_key
from podium.governance.audit.tree import Head
from podium.kernel.errors import Invalid

_DASH: Final = "\u2014"
_MOST: Final = 10_000
_ROOT_BYTES: Final = 32
_HEAD_LINES: Final = 3


@dataclass(frozen=True, slots=True)
class Signature:
    name: str
    key_id: bytes
    bytes: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`note` is all of it as text; `text` is what is signed. `at` is 0 where it does not say."""

    origin: str
    head: Head
    at: float
    next_key: PublicKey | None
    text: bytes
    signatures: tuple[Signature, ...]
    note: str

    def is_signed_by(self, key: PublicKey) -> bool:
        return any(
            one.key_id == key.id and one.name == key.name and key.has_signed(self.text, one.bytes)
            for one in self.signatures
        )


def _signed(text: str, keys: Sequence[SigningKey]) -> str:
    body = text.encode()
    lines = [
        f"{_DASH} {key.public.name} {base64.b64encode(key.public.id + key.sign(body)).decode()}\n"
        for key in keys
    ]
    return f"{text}\n{''.join(lines)}"


def checkpoint(
    head: Head, at: float, key: SigningKey, *, successor: SigningKey | None = None
) -> Checkpoint:
    """With a successor both keys sign, and from then on it alone."""
    root = base64.b64encode(head.root).decode()
    lines = [key.public.name, str(head.size), root, f"time {at:.3f}"]
    if successor is not None:
        lines.append(f"key {successor.public}")
    keys = [key] if successor is None else [key, successor]
    return read_checkpoint(_signed("".join(f"{line}\n" for line in lines), keys))


def read_checkpoint(note: str) -> Checkpoint:
    """Raises Invalid; who signed it is another question."""
    text, gap, signed = note[:_MOST].replace("\r\n", "\n").partition("\n\n")
    lines = text.split("\n")
    try:
        origin, size, root = lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True)
        signatures = tuple(_signature(line) for line in signed.splitlines() if line)
    except (IndexError, ValueError, binascii.Error) as error:
        raise _no_checkpoint(note) from error
    if not (gap and origin and size >= 0 and len(root) == _ROOT_BYTES and signatures):
        raise _no_checkpoint(note)
    said = _said(lines[_HEAD_LINES:])
    successor = read_public_key(said["key"]) if "key" in said else None
    return Checkpoint(
        origin=origin,
        head=Head(size, root),
        at=_time(said.get("time", "0"), note),
        next_key=successor,
        text=f"{text}\n".encode(),
        signatures=signatures,
        note=f"{text}\n\n" + "".join(f"{line}\n" for line in signed.splitlines() if line),
    )


def _said(lines: Sequence[str]) -> Mapping[str, str]:
    """Our own lines, by their first word."""
    words = (line.partition(" ") for line in lines)
    return {name: value for name, _, value in words}


def _time(said: str, note: str) -> float:
    try:
        return float(said)
    except ValueError as error:
        raise _no_checkpoint(note) from error


def _signature(line: str) -> Signature:
    dash, name, encoded = line.split(" ")
    raw = base64.b64decode(encoded, validate=True)
    if dash != _DASH:
        raise ValueError(dash)
    return Signature(name, raw[:4], raw[4:])


def _no_checkpoint(note: str) -> Invalid:
    return Invalid(
        f"'{note.strip()[:40]}…' is no checkpoint. It begins with the name of the trail, the "
        "number of its entries and the root, each on a line; `podium audit checkpoint` prints one."
    )


def read_checkpoints(text: str) -> tuple[Checkpoint, ...]:
    """Those of a file that podium appends to: one after the other, with an empty line between.

    Raises Invalid.
    """
    parts = [part for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]
    if len(parts) % 2:
        raise _no_checkpoint(text)
    pairs = zip(parts[::2], parts[1::2], strict=True)
    notes = (f"{body.lstrip()}\n\n{signed.strip()}\n" for body, signed in pairs)
    return tuple(read_checkpoint(note) for note in notes)
