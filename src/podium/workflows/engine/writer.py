"""Group commit: what many runs record in the same moment costs one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import anyio

from podium.kernel.errors import Unavailable
from podium.workflows.engine.journal import Added, Entry, Journal
from podium.workflows.runs import Run

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0

LARGEST = 256
"""Entries of one transaction; more would let the first wait for the last."""


@dataclass(slots=True)
class Given:
    """An entry on its way."""

    entry: Entry
    then: Callable[[Run | None], None] | None = None
    done: anyio.Event = field(default_factory=anyio.Event)
    answer: Run | bool | Exception = False

    def end(self, answer: Run | bool | Exception) -> None:
        self.answer = answer
        self.done.set()
        if self.then is not None:
            self.then(answer if isinstance(answer, Run) else None)

    async def taken(self) -> Run | bool:
        """The journal's answer, when it is committed. Raises what it could not take."""
        await self.done.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Writer:
    """The only one who commits entries for this process.

    Where the database cannot take them, runs wait: what they did must not be lost for a full disk.
    Who adds a run is told instead.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal: Journal = journal
        self._waiting: list[Given] = []
        self._last: Given | None = None
        self._runs: bool = False
        self._wake: anyio.Event = anyio.Event()

    async def add(self, added: Added, then: Callable[[Run | None], None]) -> Run:
        """`then` is told what is stored, also where nobody waits for it any more.

        Raises Unavailable.
        """
        answer = await self._give(Given(added, then)).taken()
        if isinstance(answer, Run):
            return answer
        raise Unavailable(f"{added.run.id} was not stored. Repeat the call.")

    async def commit(self, entry: Entry) -> bool:
        """False where the run is held by another process now."""
        return await self.give(entry).taken() is True

    def give(self, entry: Entry) -> Given:
        """Commit it in its turn."""
        return self._give(Given(entry))

    async def flush(self) -> None:
        """Until all that was given so far is committed."""
        last = next(reversed(self._waiting), self._last)
        if last is not None and self._runs:
            await last.done.wait()

    def _give(self, given: Given) -> Given:
        self._waiting.append(given)
        self._wake.set()
        return given

    async def run(self) -> None:
        self._runs = True
        try:
            await self._commit_batches()
        finally:
            self._runs = False

    async def _commit_batches(self) -> None:
        pause = FIRST_PAUSE
        while True:
            await self._wake.wait()
            taken, self._waiting = self._waiting[:LARGEST], self._waiting[LARGEST:]
            if not self._waiting:
                self._wake = anyio.Event()
            self._last = taken[-1]
            left = await self._take(taken)
            pause = min(pause * 2, LONGEST_PAUSE) if left else FIRST_PAUSE
            if left:
                self._waiting[:0] = left
                self._wake.set()
                await anyio.sleep(pause)

    async def _take(self, batch: Sequence[Given]) -> list[Given]:
        """Commit them; answers those for which the database has no room now."""
        try:
            answers = await self._journal.commit([each.entry for each in batch])
        except Unavailable as error:
            for each in batch:
                if isinstance(each.entry, Added):
                    each.end(error)
            return [each for each in batch if not isinstance(each.entry, Added)]
        except Exception as bug:  # noqa: BLE001 - the edge: one entry must not stop the others
            if len(batch) == 1:
                batch[0].end(bug)
                return []
            return [left for each in batch for left in await self._take([each])]
        for each, answer in zip(batch, answers, strict=True):
            each.end(answer)
        return []
