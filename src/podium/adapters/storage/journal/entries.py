"""What entries of the journal change, inside one transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from sqlalchemy import Connection, Executable

from podium.adapters.storage import payloads
from podium.adapters.storage.audit_rows import AuditRows
from podium.adapters.storage.database import Database
from podium.adapters.storage.journal import statements
from podium.adapters.storage.journal.rows import written
from podium.adapters.storage.prepared import Command, Prepared
from podium.adapters.storage.runs import BY_KEY, Row, fetch, row_of
from podium.adapters.storage.tables import messages, runs, steps
from podium.kernel.errors import Conflict
from podium.kernel.ids import RunId, WorkspaceId
from podium.kernel.json import JsonObject
from podium.workflows.engine.journal import (
    Added,
    Edits,
    Ended,
    Entry,
    Forgotten,
    Hold,
    Moved,
    Parked,
    Recorded,
)
from podium.workflows.runs import Run, RunStatus

ADDED = [*Row.__annotations__, "executor", "epoch", "wake_at"]
"""Columns of a new run."""


@dataclass(frozen=True, slots=True)
class Packed:
    """An entry with its values as rows hold them."""

    entry: Entry
    cells: Sequence[payloads.Cell] = ()


async def packed(entry: Entry) -> Packed:
    match entry:
        case Added(run=run):
            values = (run.input, run.output, run.error)
        case Recorded(outcome=outcome):
            values = (outcome,)
        case Ended(end=end, parent=parent, status=status):
            said: JsonObject = {"status": status, "output": end.output, "error": end.error}
            told = None if parent is None else said
            values = (end.output, end.error, told)
        case _:
            values = ()
    return Packed(entry, [await payloads.pack(value) for value in values])


@dataclass(frozen=True, slots=True)
class Mail:
    run: RunId
    topic: str
    key: str
    cell: payloads.Cell


class Entries:
    """Commits what the engine gives it."""

    def __init__(self, database: Database, told: AuditRows) -> None:
        self._told: AuditRows = told
        shared, dialect = database.shared, database.engine.dialect
        self._database: Database = database
        self._shared: bool = shared
        new_run = database.insert(runs).on_conflict_do_nothing(
            index_elements=["workspace", "idempotency_key"]
        )
        self._add: Prepared = Prepared(dialect, new_run, ADDED)
        self._move: Prepared = Prepared(dialect, statements.MOVE)
        self._end: Prepared = Prepared(dialect, statements.END)
        self._notify: Prepared = Prepared(dialect, statements.NOTIFY)
        self._send: Executable = database.insert(messages).on_conflict_do_nothing()
        held = statements.RECORD.with_for_update(read=True) if shared else statements.RECORD
        step = database.insert(steps).from_select(statements.RECORDED, held)
        new = {"position": step.excluded.position, "outcome": step.excluded.outcome}
        recorded = step.on_conflict_do_update(index_elements=["run", "name"], set_=new)
        self._record: Prepared = Prepared(dialect, recorded)

    def commands(self, batch: Sequence[Packed]) -> Sequence[Command] | None:
        """One for each entry, and behind them what else is to be said; None where one of them needs
        more than a statement, or the answer of another.
        """
        commands = [self._command(each) for each in batch]
        news = [each.entry.run.id for each in batch if self._is_news(each.entry)]
        plain = [each for each in commands if each is not None]
        if len(plain) < len(commands):
            return None
        deeds = [
            command
            for each in batch
            if isinstance(each.entry, Added)
            for command in self._told.of_run(each.entry.run.id, each.entry.deeds)
        ]
        return [*plain, *deeds, *(Command(self._notify, {"run": run}) for run in news)]

    def _is_news(self, entry: Entry) -> TypeGuard[Added]:
        return self._shared and isinstance(entry, Added) and entry.executor is None

    def _command(self, each: Packed) -> Command | None:
        if any(cell.coding for cell in each.cells):
            return None
        match each.entry:
            case Added(run=Run(parent=None)) as added:
                return Command(self._add, _new(added, each.cells))
            case Recorded(takes=None) as recorded:
                return Command(self._record, _step(recorded, each.cells[0]))
            case Moved() as moved:
                return Command(self._move, _moved(moved))
            case Ended(parent=None) as ended:
                return Command(self._end, _end(ended, each.cells))
            case _:
                return None

    def commit(self, connection: Connection, batch: Sequence[Packed]) -> list[Run | bool]:
        """In that order, which must be by run."""
        if parents := [run for each in batch if (run := _parent_of(each.entry)) is not None]:
            self.lock(connection, [*parents, *(run_of(each.entry) for each in batch)])
        answers = [self._take(connection, each) for each in batch]
        pairs = zip(batch, answers, strict=True)
        self._keep(connection, [each for each, answer in pairs if _written(each.entry, answer)])
        return answers

    def _keep(self, connection: Connection, batch: Sequence[Packed]) -> None:
        cells: dict[WorkspaceId, list[payloads.Cell]] = defaultdict(list)
        for each in batch:
            cells[_workspace_of(each.entry)] += each.cells
        for workspace in sorted(cells):
            payloads.keep(self._database, connection, workspace, *cells[workspace])

    def lock(self, connection: Connection, ids: Sequence[RunId]) -> None:
        if self._shared:
            _ = connection.execute(statements.LOCK, {"ids": sorted(set(ids))}).all()

    def _take(self, connection: Connection, each: Packed) -> Run | bool:
        match each.entry:
            case Added() as added:
                return self._added(connection, added, each.cells)
            case Recorded() as recorded:
                return self._recorded(connection, recorded, each.cells[0])
            case Forgotten() as forgotten:
                return self._forgotten(connection, forgotten)
            case Moved() as moved:
                _ = self._move.changes(connection, _moved(moved))
                return True
            case Parked() as parked:
                return self._parked(connection, parked)
            case Ended() as ended:
                return self._ended(connection, ended, each.cells)

    def _added(self, connection: Connection, added: Added, cells: Sequence[payloads.Cell]) -> Run:
        run = added.run
        parent = run.parent
        if parent and connection.execute(statements.GOING, {"run": parent}).first() is None:
            raise Conflict(f"{parent} has ended; it starts no other run.")
        if not self._add.changes(connection, _new(added, cells)):
            (stored,) = fetch(connection, BY_KEY, same_key(run))
            return stored
        self._told.keep(connection, added.deeds)
        if added.executor is None:
            self.notify(connection, run.id)
        return run

    def _recorded(self, connection: Connection, step: Recorded, outcome: payloads.Cell) -> bool:
        if not self._record.changes(connection, _step(step, outcome)):
            return False
        if step.takes is not None:
            _ = connection.execute(statements.TAKE, {"of": step.takes})
        return True

    def _forgotten(self, connection: Connection, forgotten: Forgotten) -> bool:
        run = forgotten.hold.run
        uncut = {**_of(forgotten.hold), "left": written(Edits(None, forgotten.inputs))}
        if connection.execute(statements.UNCUT, uncut).first() is None:
            return False
        values = [{"of": run, "step": name} for name in forgotten.names]
        if values:
            _ = connection.execute(statements.FORGET, values)
        return True

    def _parked(self, connection: Connection, parked: Parked) -> bool:
        held = {**_of(parked.hold), "reason": parked.waiting_on}
        # Who was to pause and need not any more goes on at once.
        until = parked.at if parked.paused else parked.wake_at
        if connection.execute(statements.PARK, {**held, "until": until}).first() is not None:
            return True
        return connection.execute(statements.SUSPEND, {**held, "at": parked.at}).first() is not None

    def _ended(self, connection: Connection, ended: Ended, cells: Sequence[payloads.Cell]) -> bool:
        if not self._end.changes(connection, _end(ended, cells)):
            return False
        if ended.parent is not None:
            topic = f"run:{ended.hold.run}"
            mail = Mail(ended.parent, topic, key=f"end {ended.hold.epoch}", cell=cells[2])
            _ = self.deliver(connection, mail, at=ended.at)
        return True

    def deliver(self, connection: Connection, mail: Mail, *, at: float) -> bool:
        """Store a message and make its run due; False where that has ended. Who calls it keeps the
        message's payload, after all rows of runs: so nobody waits for another in a circle.
        """
        run = mail.run
        values = {"run": run, "topic": mail.topic, "key": mail.key, "body": mail.cell.text}
        _ = connection.execute(self._send, {**values, "taken": 0})
        self.notify(connection, run)
        return connection.execute(statements.POKE, {"run": run, "at": at}).first() is not None

    def notify(self, connection: Connection, run: RunId) -> None:
        """Tell the other processes, when this is committed."""
        if self._shared:
            _ = connection.execute(statements.NOTIFY, {"run": run})


def same_key(run: Run) -> Mapping[str, object]:
    """Finds the run that is stored already, by `BY_KEY`."""
    return {"of": run.workspace, "key": run.idempotency_key}


def _new(added: Added, cells: Sequence[payloads.Cell]) -> Mapping[str, object]:
    run, held = added.run, added.executor is not None
    row: dict[str, object] = {
        **row_of(run, cells),
        "executor": added.executor,
        "epoch": int(held),
        "wake_at": None if held else run.created_at,
    }
    if held:
        row |= {"status": RunStatus.RUNNING.value, "started_at": run.created_at}
    return row


def _step(step: Recorded, outcome: payloads.Cell) -> Mapping[str, object]:
    return {
        **_of(step.hold),
        "step": step.name,
        "place": step.position,
        "answer": outcome.text,
    }


def _moved(moved: Moved) -> Mapping[str, object]:
    status = RunStatus.RUNNING if moved.waiting_on is None else RunStatus.WAITING
    return {**_of(moved.hold), "to": status.value, "reason": moved.waiting_on}


def _end(ended: Ended, cells: Sequence[payloads.Cell]) -> Mapping[str, object]:
    output, error, _ = cells
    return {
        **_of(ended.hold),
        "to": ended.status.value,
        "at": ended.at,
        "result": output.text,
        "problem": error.text,
        "step": ended.end.step,
    }


def _of(hold: Hold) -> dict[str, object]:
    return {"run": hold.run, "of_epoch": hold.epoch}


def _written(entry: Entry, answer: Run | bool) -> bool:
    return answer is (entry.run if isinstance(entry, Added) else True)


def _parent_of(entry: Entry) -> RunId | None:
    match entry:
        case Added(run=run):
            return run.parent
        case Ended(parent=parent):
            return parent
        case _:
            return None


def _workspace_of(entry: Entry) -> WorkspaceId:
    return entry.run.workspace if isinstance(entry, Added) else entry.hold.workspace


def run_of(entry: Entry) -> RunId:
    return entry.run.id if isinstance(entry, Added) else entry.hold.run
