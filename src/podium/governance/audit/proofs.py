"""What an auditor checks without podium's database: that an entry is in the trail, and that one
checkpoint begins with all of another.

A proof is JSON with the entry as it was stored, the hashes up to the root, and a signed checkpoint.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from podium.governance.audit.events import Event, Stored, events_in
from podium.governance.audit.keys import PublicKey
from podium.governance.audit.notes import Checkpoint, read_checkpoint
from podium.governance.audit.ports import AuditStore
from podium.governance.audit.tree import (
    Hash,
    Place,
    consistency_ranges,
    inclusion_ranges,
    is_consistent,
    leaf_hash,
    needed,
    path,
    root_by_inclusion,
)
from podium.kernel.errors import Conflict, Invalid

_MOST_HASHES: Final = 64


class Proof(Struct, frozen=True):
    """`path` has hashes in hexadecimal digits, the nearest to the entry first."""

    entry: str
    position: int
    path: tuple[str, ...]
    checkpoint: str


class Consistency(Struct, frozen=True):
    """That `new` begins with all of `old`, both checkpoints."""

    old: str
    new: str
    path: tuple[str, ...]


async def inclusion(store: AuditStore, stored: Stored, to: Checkpoint) -> Proof:
    """Of an entry that is sealed. Raises Conflict where the tree lacks what it is made of."""
    position = stored.position or 0
    ranges = inclusion_ranges(position, to.head.size)
    return Proof(stored.entry.body, position, await _path(store, ranges), to.note)


async def consistency(store: AuditStore, old: Checkpoint, new: Checkpoint) -> Consistency:
    """Raises Invalid for checkpoints in the wrong order, Conflict."""
    if old.head.size > new.head.size:
        raise Invalid(f"The checkpoint of {old.head.size} entries is the newer one. Swap the two.")
    ranges = consistency_ranges(old.head.size, new.head.size)
    return Consistency(old.note, new.note, await _path(store, ranges))


async def _path(store: AuditStore, ranges: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    known = await store.hashes(needed(ranges))
    try:
        return tuple(each.hex() for each in path(known, ranges))
    except KeyError as error:
        raise Conflict(
            "The tree of the audit trail has a gap there. `podium audit verify` says where."
        ) from error


def read_proof(text: bytes | str) -> Proof | Consistency:
    """Raises Invalid."""
    for shape in (Proof, Consistency):
        try:
            return msgspec.json.decode(text, type=shape)
        except (msgspec.ValidationError, msgspec.DecodeError, UnicodeError):
            continue
    raise Invalid("This is no proof. `podium audit prove` writes one.")


def check(proof: Proof, key: PublicKey) -> Sequence[Event]:
    """The events that it proves. Raises Invalid, which says what does not fit."""
    to = read_checkpoint(proof.checkpoint)
    _require_signature(to, key)
    hashed = leaf_hash(proof.entry.encode(errors="replace"))
    root = root_by_inclusion(hashed, Place(proof.position, to.head.size), _hashes(proof.path))
    if root != to.head.root:
        raise Invalid(
            f"The proof does not hold: entry {proof.position} with this text is not in the "
            f"checkpoint of {to.head.size} entries. One of the two was changed."
        )
    return events_in(proof.entry)


def check_consistency(proof: Consistency, key: PublicKey) -> tuple[Checkpoint, Checkpoint]:
    """Raises Invalid."""
    old, new = read_checkpoint(proof.old), read_checkpoint(proof.new)
    _require_signature(old, key)
    _require_signature(new, key)
    if not is_consistent(old.head, new.head, _hashes(proof.path)):
        raise Invalid(
            f"The proof does not hold: the checkpoint of {new.head.size} entries does not begin "
            f"with that of {old.head.size}. Something before it was changed."
        )
    return old, new


def _require_signature(to: Checkpoint, key: PublicKey) -> None:
    if to.origin != key.name or not to.is_signed_by(key):
        raise Invalid(
            f"The checkpoint of {to.head.size} entries is not signed by {key}. Take the public "
            "key that signed then, or distrust the proof."
        )


def _hashes(texts: Sequence[str]) -> tuple[Hash, ...]:
    try:
        found = tuple(bytes.fromhex(each) for each in texts[:_MOST_HASHES])
    except ValueError as error:
        raise Invalid("The path of a proof is hashes in hexadecimal digits.") from error
    return found
