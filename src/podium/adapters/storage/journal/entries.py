"""What entries of the journal change, inside one transaction."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Executable

from podium.adapters.storage import payloads
from podium.adapters.storage.database import Database
from podium.adapters.storage.journal import statements
from podium.adapters.storage.journal.rows import written
from podium.adapters.storage.runs import BY_KEY, fetch, row_of
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


@dataclass(frozen=True, slots=True)
class Prepared:
    """An entry with its values as rows hold them."""

    entry: Entry
    cells: Sequence[payloads.Cell] = ()


async def prepare(entry: Entry) -> Prepared:
    match entry:
        case Added(run=run):
            values = (run.input, run.output, run.error)
        case Recorded(outcome=outcome):
            values = (outcome,)
        case Ended(end=end, parent=parent):
            status = RunStatus.COMPLETED if end.error is None else RunStatus.FAULTED
            said: JsonObject = {"status": status, "output": end.output, "error": end.error}
            told = None if parent is None else said
            values = (end.output, end.error, told)
        case _:
            values = ()
    return Prepared(entry, [await payloads.pack(value) for value in values])


@dataclass(frozen=True, slots=True)
class Mail:
    run: RunId
    topic: str
    key: str
    cell: payloads.Cell


class Entries:
    """Commits what the engine gives it."""

    def __init__(self, database: Database) -> None:
        shared = database.shared
        self._database: Database = database
        self._shared: bool = shared
        self._add: Executable = (
            database.insert(runs)
            .on_conflict_do_nothing(index_elements=["workspace", "idempotency_key"])
            .returning(runs.c.id)
        )
        self._send: Executable = database.insert(messages).on_conflict_do_nothing()
        held = statements.RECORD.with_for_update(read=True) if shared else statements.RECORD
        step = database.insert(steps).from_select(statements.RECORDED, held)
        new = {"position": step.excluded.position, "outcome": step.excluded.outcome}
        self._record: Executable = step.on_conflict_do_update(
            index_elements=["run", "name"], set_=new
        ).returning(steps.c.run)

    def commit(self, connection: Connection, prepared: Sequence[Prepared]) -> list[Run | bool]:
        if parents := [run for each in prepared if (run := _parent_of(each.entry)) is not None]:
            self.lock(connection, [*parents, *(_run_of(each.entry) for each in prepared)])
        # In one order, so that two processes never wait for each other's rows.
        order = sorted(range(len(prepared)), key=lambda index: _run_of(prepared[index].entry))
        answers = {index: self._take(connection, prepared[index]) for index in order}
        written = [
            prepared[index] for index in order if _written(prepared[index].entry, answers[index])
        ]
        self._keep(connection, written)
        return [answers[index] for index in range(len(prepared))]

    def _keep(self, connection: Connection, prepared: Sequence[Prepared]) -> None:
        cells: dict[WorkspaceId, list[payloads.Cell]] = defaultdict(list)
        for each in prepared:
            cells[_workspace_of(each.entry)] += each.cells
        for workspace in sorted(cells):
            payloads.keep(self._database, connection, workspace, *cells[workspace])

    def lock(self, connection: Connection, ids: Sequence[RunId]) -> None:
        if self._shared:
            _ = connection.execute(statements.LOCK, {"ids": sorted(set(ids))}).all()

    def _take(self, connection: Connection, each: Prepared) -> Run | bool:
        match each.entry:
            case Added() as added:
                return self._added(connection, added, each.cells)
            case Recorded() as recorded:
                return self._recorded(connection, recorded, each.cells[0])
            case Forgotten() as forgotten:
                return self._forgotten(connection, forgotten)
            case Moved(hold=hold, waiting_on=reason):
                status = RunStatus.RUNNING if reason is None else RunStatus.WAITING
                values = {**_of(hold), "to": status.value, "reason": reason}
                _ = connection.execute(statements.MOVE, values)
                return True
            case Parked() as parked:
                return self._parked(connection, parked)
            case Ended() as ended:
                return self._ended(connection, ended, each.cells)

    def _added(self, connection: Connection, added: Added, cells: Sequence[payloads.Cell]) -> Run:
        run, held = added.run, added.executor is not None
        parent = run.parent
        if parent and connection.execute(statements.GOING, {"run": parent}).first() is None:
            raise Conflict(f"{parent} has ended; it starts no other run.")
        row: dict[str, object] = {
            **row_of(run, cells),
            "executor": added.executor,
            "epoch": int(held),
            "wake_at": None if held else run.created_at,
        }
        if held:
            row |= {"status": RunStatus.RUNNING.value, "started_at": run.created_at}
        if connection.execute(self._add, row).first() is None:
            same = {"of": run.workspace, "key": run.idempotency_key}
            (stored,) = fetch(connection, BY_KEY, same)
            return stored
        if not held:
            self.notify(connection, run.id)
        return run

    def _recorded(self, connection: Connection, step: Recorded, outcome: payloads.Cell) -> bool:
        values = {
            **_of(step.hold),
            "step": step.name,
            "place": step.position,
            "answer": outcome.text,
        }
        if connection.execute(self._record, values).first() is None:
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
        end, (output, error, told) = ended.end, cells
        status = RunStatus.COMPLETED if end.error is None else RunStatus.FAULTED
        values = {
            **_of(ended.hold),
            "to": status.value,
            "at": ended.at,
            "result": output.text,
            "problem": error.text,
            "step": end.step,
        }
        if connection.execute(statements.END, values).first() is None:
            return False
        if ended.parent is not None:
            topic = f"run:{ended.hold.run}"
            mail = Mail(ended.parent, topic, key=f"end {ended.hold.epoch}", cell=told)
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


def _run_of(entry: Entry) -> RunId:
    return entry.run.id if isinstance(entry, Added) else entry.hold.run
