"""Where deeds are told; and where those go that no transaction takes along."""

from collections.abc import Iterable
from typing import Final, Protocol

from podium.governance.audit.ports import AuditStore
from podium.kernel.audit import Deed, Outcome, current
from podium.kernel.clock import Clock
from podium.kernel.errors import Unavailable

WRITE_SECONDS: Final = 0.2
_MOST: Final = 10_000
_BATCH: Final = 256


class AuditTrail(Protocol):
    def record(self, deed: Deed) -> None:
        """Tell it; it is stored with what is done next, or before the caller is answered."""
        ...


class Trail:
    """An `AuditTrail`. What is told outside of a unit (by the request path of the gateway, by what
    goes on in the background) is written a moment later. Where the database takes nothing and too
    much waits, nothing more is decided.
    """

    def __init__(self, store: AuditStore, clock: Clock) -> None:
        self._store: AuditStore = store
        self._clock: Clock = clock
        self._waiting: list[Deed] = []

    def record(self, deed: Deed) -> None:
        """Raises Unavailable."""
        here = current()
        if here is not None:
            here.decided(deed)
        else:
            self._later(deed)

    def _later(self, deed: Deed) -> None:
        if len(self._waiting) >= _MOST:
            raise Unavailable(
                f"The audit trail cannot be written: {_MOST} events wait for the database. "
                "Nothing more is allowed until it takes them; look at its disk."
            )
        self._waiting.append(deed)

    async def keep(self, deeds: Iterable[Deed]) -> None:
        """Store what a unit has left. Where the database takes nothing, what changes nothing waits
        for it, so that people can look at what is wrong. Raises Unavailable.
        """
        left = tuple(deeds)
        if not left:
            return
        try:
            await self._store.record(left)
        except Unavailable:
            if any(_changes(deed) for deed in left):
                raise
            for deed in left:
                self._later(deed)

    async def run(self) -> None:
        """For ever; then call `flush` once more."""
        while True:
            await self._clock.sleep(WRITE_SECONDS)
            try:
                await self.flush()
            except Unavailable:
                continue

    async def flush(self) -> None:
        """Raises Unavailable; what was not written stays."""
        while self._waiting:
            writing = self._waiting[:_BATCH]
            await self._store.record(writing)
            del self._waiting[: len(writing)]


def _changes(deed: Deed) -> bool:
    return deed.outcome is Outcome.ALLOWED and not deed.action.endswith(".read")
