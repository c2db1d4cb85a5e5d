"""Answers kept in this process, the longest unused dropped first."""

from collections import OrderedDict
from dataclasses import dataclass, field

from podium.gateway.caching.entries import Entry, Key, Part
from podium.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class _Slot:
    entry: Entry
    place: str
    ends: float
    """On the monotonic clock."""


@dataclass(slots=True)
class MemoryStore:
    """A `CacheStore` of at most `max_bytes` and `max_entries`."""

    clock: Clock
    max_bytes: int = 67_108_864
    max_entries: int = 100_000
    _slots: OrderedDict[str, _Slot] = field(default_factory=OrderedDict[str, _Slot])
    _bytes: int = 0

    async def get(self, key: Key) -> Entry | None:
        slot = self._slots.get(key.digest)
        if slot is None:
            return None
        if slot.ends <= self.clock.monotonic():
            self._drop(key.digest)
            return None
        self._slots.move_to_end(key.digest)
        return slot.entry

    async def put(self, key: Key, entry: Entry, *, seconds: float) -> None:
        self._drop(key.digest)
        if entry.size > self.max_bytes:
            return
        self._slots[key.digest] = _Slot(entry, key.place, self.clock.monotonic() + seconds)
        self._bytes += entry.size
        self._fit()

    def resize(self, max_bytes: int, max_entries: int) -> None:
        """What is too much then is dropped."""
        self.max_bytes, self.max_entries = max_bytes, max_entries
        self._fit()

    async def purge(self, part: Part) -> int:
        gone = [digest for digest, slot in self._slots.items() if part.has(slot.place)]
        for digest in gone:
            self._drop(digest)
        return len(gone)

    @property
    def size(self) -> tuple[int, int]:
        return len(self._slots), self._bytes

    @property
    def bytes(self) -> int:
        return self._bytes

    def __len__(self) -> int:
        return len(self._slots)

    def _fit(self) -> None:
        while self._bytes > self.max_bytes or len(self._slots) > self.max_entries:
            self._drop(next(iter(self._slots)))

    def _drop(self, digest: str) -> None:
        slot = self._slots.pop(digest, None)
        if slot is not None:
            self._bytes -= slot.entry.size
