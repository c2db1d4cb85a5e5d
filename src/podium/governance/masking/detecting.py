"""Find what a pack knows in many texts at once: each text once, and never for long at a stretch."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Final

import anyio.lowlevel

from podium.governance.masking.finding import find
from podium.governance.masking.leaves import Leaf
from podium.governance.masking.pack import PACK, Pack
from podium.governance.masking.spans import Finding, without_overlap

PIECE: Final = 32_768
OVERLAP: Final = 4_096
"""Characters. What is longer than the overlap may be found in part: only private keys are."""
_SHORT: Final = 64
_MOST_KEPT: Final = 20_000


class Detector:
    """Remembers what it found in which text: the beginning of a chat comes again with each turn.

    It keeps hashes and places, no texts.
    """

    def __init__(self, pack: Pack = PACK) -> None:
        self._pack: Pack = pack
        self._kept: OrderedDict[bytes, Sequence[Finding]] = OrderedDict()

    @property
    def pack(self) -> Pack:
        return self._pack

    async def findings(self, leaves: Sequence[Leaf]) -> list[Sequence[Finding]]:
        """For each leaf, in order."""
        return [await self._of(leaf) for leaf in leaves]

    async def _of(self, leaf: Leaf) -> Sequence[Finding]:
        if len(leaf.text) <= _SHORT:
            return find(leaf.text, key=leaf.key, pack=self._pack)
        key = _hash(leaf)
        known = self._kept.get(key)
        if known is not None:
            self._kept.move_to_end(key)
            return known
        found = self._kept[key] = await self._long(leaf)
        if len(self._kept) > _MOST_KEPT:
            _ = self._kept.popitem(last=False)
        return found

    async def _long(self, leaf: Leaf) -> Sequence[Finding]:
        if len(leaf.text) <= PIECE:
            return find(leaf.text, key=leaf.key, pack=self._pack)
        found: list[Finding] = []
        for start in _pieces(len(leaf.text)):
            await anyio.lowlevel.checkpoint()
            piece = leaf.text[start : start + PIECE]
            within = find(piece, key=leaf.key, pack=self._pack)
            found.extend(Finding(one.kind, one.start + start, one.end + start) for one in within)
        return without_overlap(found, self._pack.rank)


def _pieces(size: int) -> Iterator[int]:
    yield from range(0, max(size - OVERLAP, 1), PIECE - OVERLAP)


def _hash(leaf: Leaf) -> bytes:
    told = f"{leaf.key}\0{leaf.text}".encode(errors="surrogatepass")
    return hashlib.blake2b(told, digest_size=16).digest()
