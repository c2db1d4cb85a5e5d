"""A journal in memory that keeps the promises of the real one; both pass the same tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import anyio

from podium.kernel.errors import Conflict, NotFound
from podium.kernel.ids import RunId
from podium.kernel.json import Json, JsonObject
from podium.workflows.engine.journal import (
    AWAITS,
    Added,
    Claim,
    Edits,
    Ended,
    Entry,
    Forgotten,
    Hold,
    Message,
    Moved,
    Parked,
    Recorded,
)
from podium.workflows.runs import Run, RunStatus
from tests.fakes_rows import kept


@dataclass
class Row:
    run: Run
    executor: str | None = None
    epoch: int = 0
    wake_at: float | None = None
    still_since: float | None = None
    idle: float = 0.0
    recoveries: int = 0
    steps_seen: int = 0
    wish: bool = False
    failed_step: str | None = None
    edits: Edits = field(default_factory=Edits)
    steps: dict[str, JsonObject] = field(default_factory=dict)


@dataclass
class Mail:
    serial: int
    run: RunId
    topic: str
    key: str
    body: Json
    taken: bool = False


class MemoryJournal:
    """`moves` lists what became of runs, in order: (run, status, what it waits for)."""

    def __init__(self) -> None:
        self.rows: dict[RunId, Row] = {}
        self.mails: list[Mail] = []
        self.beats: dict[str, float] = {}
        self.moves: list[tuple[RunId, str, str | None]] = []
        self.commits: int = 0

    async def commit(self, entries: Sequence[Entry]) -> Sequence[Run | bool]:
        self.commits += 1
        return [self._take(entry) for entry in entries]

    def _held(self, hold: Hold) -> Row | None:
        row = self.rows[hold.run]
        good = row.epoch == hold.epoch and not row.run.status.is_final
        return row if good else None

    def _move(self, row: Row, status: RunStatus, waiting_on: str | None = None) -> None:
        row.run = kept(replace(row.run, status=status, waiting_on=waiting_on))
        self.moves.append((row.run.id, status.value, waiting_on))

    def _take(self, entry: Entry) -> Run | bool:  # noqa: C901, PLR0912 one case a kind of entry
        if isinstance(entry, Added):
            return self._add(entry)
        row = self._held(entry.hold)
        if row is None:
            return False
        match entry:
            case Recorded(name=name, outcome=outcome, takes=takes):
                assert row.steps.get(name, outcome) == outcome, f"{name} was recorded before"
                row.steps[name] = outcome
                for mail in self.mails:
                    mail.taken = mail.taken or mail.serial == takes
            case Forgotten(names=names, inputs=inputs):
                for name in names:
                    _ = row.steps.pop(name)
                row.edits = Edits(None, inputs)
            case Moved(waiting_on=None):
                self._move(row, RunStatus.RUNNING)
            case Moved(waiting_on=reason):
                self._move(row, RunStatus.WAITING, reason)
            case Parked() as parked:
                self._park(row, parked)
            case Ended() as ended:
                self._end(row, ended)
        return True

    def _add(self, added: Added) -> Run:
        run = added.run
        for row in self.rows.values():
            same = row.run.workspace == run.workspace and run.idempotency_key is not None
            if same and row.run.idempotency_key == run.idempotency_key:
                return row.run
        if run.id in self.rows:
            raise Conflict(f"Run {run.id} is stored already.")
        if run.parent is not None and self.rows[run.parent].run.status.is_final:
            raise Conflict(f"{run.parent} has ended; it starts no other run.")
        run, held = kept(run), added.executor is not None
        row = Row(run, added.executor, int(held), None if held else run.created_at)
        self.rows[run.id] = row
        if held:
            row.run = replace(run, started_at=run.created_at)
            self._move(row, RunStatus.RUNNING)
        return run

    def _park(self, row: Row, parked: Parked) -> None:
        row.executor = None
        if row.wish:
            row.wake_at, row.wish, row.still_since = None, False, parked.at
            self._move(row, RunStatus.SUSPENDED, parked.waiting_on)
            return
        until = parked.at if parked.paused else parked.wake_at
        row.wake_at = row.wake_at if row.wake_at is not None else until
        self._move(row, RunStatus.WAITING, parked.waiting_on)

    def _end(self, row: Row, ended: Ended) -> None:
        end = ended.end
        status = RunStatus.COMPLETED if end.error is None else RunStatus.FAULTED
        row.executor = row.wake_at = None
        row.wish, row.failed_step, row.still_since = False, end.step, ended.at
        row.run = replace(row.run, output=end.output, error=end.error, ended_at=ended.at)
        self._move(row, status)
        if ended.parent is not None:
            said: JsonObject = {"status": status.value, "output": end.output, "error": end.error}
            topic = f"run:{row.run.id}"
            key = f"end {ended.hold.epoch}"
            _ = self._deliver(ended.parent, topic, said, key=key, now=ended.at)

    async def claim(self, executor: str, *, limit: int, now: float) -> Sequence[Claim]:
        due = [
            (row.wake_at, id)
            for id, row in self.rows.items()
            if row.executor is None and row.wake_at is not None and row.wake_at <= now
        ]
        return [self._claimed(executor, self.rows[id], now) for _, id in sorted(due)[:limit]]

    def _claimed(self, executor: str, row: Row, now: float) -> Claim:
        row.executor, row.wake_at, row.epoch = executor, None, row.epoch + 1
        started = now if row.run.started_at is None else row.run.started_at
        row.run = replace(row.run, started_at=started)
        self._move(row, RunStatus.RUNNING)
        run = row.run
        waiting = [mail for mail in self.mails if mail.run == run.id and not mail.taken]
        return Claim(
            run=run,
            hold=Hold(run.id, run.workspace, row.epoch),
            steps=dict(row.steps),
            position=len(row.steps),
            topics=frozenset(mail.topic for mail in waiting),
            idle=row.idle,
            recoveries=row.recoveries,
            edits=row.edits,
            pausing=row.wish,
        )

    async def next_wake(self) -> float | None:
        rows = self.rows.values()
        due = [r.wake_at for r in rows if r.executor is None and r.wake_at is not None]
        return min(due, default=None)

    async def message(self, run: RunId, topic: str) -> Message | None:
        for mail in self.mails:
            if (mail.run, mail.topic, mail.taken) == (run, topic, False):
                return Message(mail.serial, mail.body)
        return None

    async def send(self, run: RunId, topic: str, body: Json, *, key: str, now: float) -> bool:
        if run not in self.rows:
            raise NotFound(f"There is no run {run}.")
        return self._deliver(run, topic, body, key=key, now=now)

    def _deliver(self, run: RunId, topic: str, body: Json, *, key: str, now: float) -> bool:
        if not any((m.run, m.topic, m.key) == (run, topic, key) for m in self.mails):
            self.mails.append(Mail(len(self.mails) + 1, run, topic, key, body))
        row = self.rows[run]
        if row.run.status.is_final:
            return False
        if row.run.status is not RunStatus.SUSPENDED:
            row.wake_at = now
        return True

    async def cancel(self, run: RunId, *, now: float) -> bool:
        row = self.rows[run]
        if row.run.status.is_final:
            return False
        row.epoch += 1
        row.executor = row.wake_at = None
        row.wish, row.still_since = False, now
        row.run = replace(row.run, ended_at=now)
        self._move(row, RunStatus.CANCELLED)
        if row.run.parent is not None:
            said: JsonObject = {"status": "cancelled"}
            _ = self._deliver(row.run.parent, f"run:{run}", said, key=f"end {now}", now=now)
        return True

    async def pause(self, run: RunId, *, now: float) -> bool:
        row = self.rows[run]
        if row.run.status.is_final:
            return False
        if row.executor is not None:
            row.wish = True
            return True
        row.wake_at = None
        row.still_since = now if row.still_since is None else row.still_since
        self._move(row, RunStatus.SUSPENDED, "resume")
        return True

    async def reopen(self, run: RunId, *, now: float, edits: Edits | None) -> bool:
        row = self.rows[run]
        if edits is None and row.wish:
            row.wish = False
            return True
        allowed = {RunStatus.SUSPENDED, RunStatus.CANCELLED, RunStatus.FAULTED}
        if row.run.status not in allowed | ({RunStatus.COMPLETED} if edits else set()):
            return False
        if edits is None:
            _ = row.steps.pop(row.failed_step or "", None)
        else:
            row.edits = edits.after(row.edits)
        for mail in self.mails:
            said = (mail.run, mail.topic) == (row.run.parent, f"run:{run}")
            mail.taken = mail.taken or said
        row.idle += max(now - (now if row.still_since is None else row.still_since), 0.0)
        row.failed_step, row.still_since, row.wish = None, None, False
        row.executor, row.wake_at, row.epoch, row.recoveries = None, now, row.epoch + 1, 0
        row.run = replace(row.run, output=None, error=None, ended_at=None)
        self._move(row, RunStatus.PENDING)
        return True

    async def copy(self, source: RunId, run: Run, edits: Edits) -> Run:
        first = self.rows[source]
        steps, merged = dict(first.steps), edits.after(first.edits)
        self.rows[run.id] = Row(run, wake_at=run.created_at, edits=merged, steps=steps)
        return run

    async def parent(self, run: RunId) -> RunId | None:
        return self.rows[run].run.parent

    async def children(self, run: RunId) -> Sequence[RunId]:
        rows = self.rows.values()
        return [r.run.id for r in rows if r.run.parent == run and not r.run.status.is_final]

    async def stopped(self, run: RunId) -> Sequence[RunId]:
        row, rest = self.rows[run], {RunStatus.CANCELLED, RunStatus.FAULTED, RunStatus.SUSPENDED}
        own = [each.run for each in self.rows.values() if each.run.parent == run]
        if row.run.status is RunStatus.CANCELLED:
            return [each.id for each in own if each.status is RunStatus.CANCELLED]
        step = row.failed_step or ""
        if not step.endswith(AWAITS):
            return []
        began = row.steps.get(f"{step.removesuffix(AWAITS)} start", {}).get("ok")
        return [each.id for each in own if {"run": each.id} == began and each.status in rest]

    async def beat(self, executor: str) -> None:
        self.beats[executor] = anyio.current_time()

    async def release(self, executor: str, *, now: float, lost: bool) -> int:
        held = [row for row in self.rows.values() if row.executor == executor]
        for row in held:
            due = now if row.run.started_at is None else row.run.started_at
            row.executor, row.wake_at, row.epoch = None, due, row.epoch + 1
            if lost:
                row.recoveries = row.recoveries + 1 if len(row.steps) <= row.steps_seen else 1
                row.steps_seen = len(row.steps)
        return len(held)

    async def release_lost(self, *, silent: float, now: float) -> int:
        before = anyio.current_time() - silent
        self.beats = {id: at for id, at in self.beats.items() if at >= before}
        held = {row.executor for row in self.rows.values() if row.executor is not None}
        released = [await self.release(id, now=now, lost=True) for id in held - set(self.beats)]
        return sum(released)

    async def held(self, executor: str) -> Mapping[RunId, tuple[int, bool]]:
        held = [row for row in self.rows.values() if row.executor == executor]
        return {row.run.id: (row.epoch, row.wish) for row in held}
