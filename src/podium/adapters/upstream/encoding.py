"""Bodies in a coding that nobody asked for: undone piece by piece, or refused.

Every request says `Accept-Encoding: identity`; some servers and what stands before them encode
all the same. What a few bytes can unfold to is bounded: a bomb ends as TooLarge.
"""

import zlib
from collections.abc import Iterator
from typing import final

from podium.adapters.http.errors import BrokenOff

_UNDONE = frozenset({b"gzip", b"x-gzip", b"deflate"})
_EITHER = zlib.MAX_WBITS | 32
"""Gzip or zlib, by the first bytes."""
_PIECE = 262_144


def coding_of(headers: dict[bytes, bytes], host: str) -> bytes:
    """Empty where the body is as it is. Raises BrokenOff for a coding that is not understood."""
    coding = headers.get(b"content-encoding", b"").strip().lower()
    if coding in {b"", b"identity"}:
        return b""
    if coding not in _UNDONE:
        raise BrokenOff(
            f"'{host}' cannot be understood: its answer has a content coding other than gzip and "
            f"deflate, though none was asked for."
        )
    return coding


@final
class Undoing:
    """One body, from its first piece to its end."""

    def __init__(self, host: str) -> None:
        self._host: str = host
        self._inner = zlib.decompressobj(_EITHER)
        self._begun: bool = False

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """What it unfolds to, in pieces of 256 KiB at most. Raises BrokenOff."""
        while piece:
            self._begun = True
            if self._inner.eof:
                self._inner = zlib.decompressobj(_EITHER)  # a further member (RFC 1952, 2.2)
            try:
                unfolded = self._inner.decompress(piece, _PIECE)
            except zlib.error as bad:
                raise BrokenOff(
                    f"'{self._host}' cannot be understood: the content coding of its answer is "
                    f"broken."
                ) from bad
            piece = self._inner.unconsumed_tail or self._inner.unused_data
            if unfolded:
                yield unfolded

    def end(self) -> None:
        """Raises BrokenOff where the body ended before its coding did."""
        if self._begun and not self._inner.eof:
            raise BrokenOff(f"'{self._host}' broke off in the middle of its answer.")
