"""What watches over the simulation sees defects: with a broken journal it fails for some seed.

That it passes all of them with one that is not broken is what `test_simulation` says.
"""

from collections.abc import Sequence

import pytest

from podium.kernel.ids import RunId
from podium.kernel.json import Json
from podium.workflows.engine.journal import Ended, Entry, Hold, Message, Recorded
from podium.workflows.runs import Run
from tests.fakes_journal import MemoryJournal, Row
from tests.simulation import stage as stages
from tests.simulation.test_simulation import SEEDS, check


class WithoutFences(MemoryJournal):
    """Whoever held the run once may still write."""

    def _held(self, hold: Hold) -> Row | None:
        row = self.rows[hold.run]
        return None if row.run.status.is_final else row

    def _take(self, entry: Entry) -> Run | bool:
        # The journal's own assertion is not what is to be shown here.
        if isinstance(entry, Recorded):
            _ = self.rows[entry.hold.run].steps.pop(entry.name, None)
        return super()._take(entry)


class Forgetful(MemoryJournal):
    """Every fifth step is said to be recorded, and is not."""

    def __init__(self) -> None:
        super().__init__()
        self.count: int = 0

    def _take(self, entry: Entry) -> Run | bool:
        self.count += isinstance(entry, Recorded)
        if isinstance(entry, Recorded) and self.count % 5 == 0:
            return self._held(entry.hold) is not None
        return super()._take(entry)


class Losing(MemoryJournal):
    """Messages are taken in and never handed out."""

    async def message(self, run: RunId, topic: str) -> Message | None:
        return None


class Deaf(MemoryJournal):
    """A run is not made due by its message."""

    def _deliver(self, run: RunId, topic: str, body: Json, *, key: str, now: float) -> bool:
        wake_at = self.rows[run].wake_at
        told = super()._deliver(run, topic, body, key=key, now=now)
        self.rows[run].wake_at = wake_at
        return told


class Sleepless(MemoryJournal):
    """When a process is lost nobody is told: its runs stay with it."""

    async def release(self, executor: str, *, now: float, lost: bool) -> int:
        return 0


class Mixing(MemoryJournal):
    """Two steps that are recorded at once get each other's outcomes."""

    async def commit(self, entries: Sequence[Entry]) -> Sequence[Run | bool]:
        steps = [each for each in entries if isinstance(each, Recorded)]
        if len(steps) > 1:
            one, two = steps[:2]
            object.__setattr__(one, "outcome", two.outcome)
        return await super().commit(entries)


class Ending(MemoryJournal):
    """An end is said to be recorded and is not."""

    def _take(self, entry: Entry) -> Run | bool:
        return True if isinstance(entry, Ended) else super()._take(entry)


DEFECTS = [WithoutFences, Forgetful, Losing, Deaf, Sleepless, Mixing, Ending]


@pytest.mark.parametrize("journal", DEFECTS, ids=lambda each: each.__name__)
def test_a_broken_journal_is_found(
    journal: type[MemoryJournal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "MemoryJournal", journal)
    assert _fails(), f"{journal.__name__} passes {SEEDS} seeds"


def _fails() -> bool:
    for seed in range(SEEDS):
        try:
            check(seed)
        except Exception:  # noqa: BLE001 - an assertion, a timeout, or whatever the defect does
            return True
    return False
