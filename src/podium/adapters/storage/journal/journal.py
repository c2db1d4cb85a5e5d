"""A `Journal` in SQL."""

from collections.abc import Mapping, Sequence
from typing import TypedDict, cast

from sqlalchemy import (
    Connection,
    Executable,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)

from podium.adapters.storage import payloads
from podium.adapters.storage.audit_rows import AuditRows
from podium.adapters.storage.database import Database
from podium.adapters.storage.journal import statements
from podium.adapters.storage.journal.entries import Entries, Mail, packed, run_of, same_key
from podium.adapters.storage.journal.rows import (
    claims,
    clock,
    column,
    edits_of,
    release,
    started,
    written,
)
from podium.adapters.storage.runs import BY_KEY, fetch, row_of
from podium.adapters.storage.tables import executors, runs, steps
from podium.kernel import audit
from podium.kernel.audit import Thing
from podium.kernel.errors import NotFound
from podium.kernel.ids import RunId, WorkspaceId
from podium.kernel.json import Json
from podium.workflows.engine.journal import (
    AWAITS,
    Added,
    Claim,
    Edits,
    Entry,
    Message,
    Moved,
)
from podium.workflows.runs import Run, RunStatus

_REOPENABLE = {RunStatus.SUSPENDED.value, RunStatus.CANCELLED.value, RunStatus.FAULTED.value}
_RETRYABLE = {*_REOPENABLE, RunStatus.COMPLETED.value}


class _AtRest(TypedDict):
    status: str
    failed_step: str | None
    still_since: float | None
    edits: str | None


class SqlJournal:
    """A `Journal`; on PostgreSQL many processes may share it."""

    def __init__(self, database: Database, told: AuditRows) -> None:
        shared = database.shared
        self._database: Database = database
        self._shared: bool = shared
        self._entries: Entries = Entries(database, told)
        due = statements.DUE
        self._due: Executable = due.with_for_update(skip_locked=True) if shared else due
        self._beat: Executable = (
            database.insert(executors)
            .values(id=bindparam("of"), beat_at=clock(shared=shared))
            .on_conflict_do_update(index_elements=["id"], set_={"beat_at": clock(shared=shared)})
        )

    async def commit(self, entries: Sequence[Entry]) -> Sequence[Run | bool]:
        # In one order, so that two processes never wait for each other's rows.
        order = sorted(range(len(entries)), key=lambda index: run_of(entries[index]))
        batch = [await packed(entries[index]) for index in order]
        commands = self._entries.commands(batch)
        if commands is None:
            answers = await self._database.write(lambda c: self._entries.commit(c, batch))
        else:
            found = await self._database.commit(commands)
            answers = [
                await self._answer(each.entry, taken)
                for each, taken in zip(batch, found, strict=False)
            ]
        placed = dict(zip(order, answers, strict=True))
        return [placed[index] for index in range(len(entries))]

    async def _answer(self, entry: Entry, taken: bool) -> Run | bool:
        match entry:
            case Added(run=run) if taken:
                return run
            case Added(run=run):
                key = same_key(run)
                (stored,) = await self._database.read(lambda c: fetch(c, BY_KEY, key))
                return stored
            case Moved():
                return True
            case _:
                return taken

    async def claim(self, executor: str, *, limit: int, now: float) -> Sequence[Claim]:
        due = {"at": now, "count": limit}
        # Most looks find nothing; they need not wait for their turn to write.
        if not await self._database.read(lambda c: c.execute(statements.DUE, due).first()):
            return ()

        def work(connection: Connection) -> list[Claim]:
            ids = cast("list[RunId]", connection.execute(self._due, due).scalars().all())
            if not ids:
                return []
            _ = connection.execute(
                update(runs)
                .where(runs.c.id.in_(ids))
                .values(
                    executor=executor,
                    epoch=runs.c.epoch + 1,
                    wake_at=None,
                    waiting_on=None,
                    status=RunStatus.RUNNING.value,
                    started_at=func.coalesce(runs.c.started_at, now),
                )
            )
            return claims(connection, ids)

        return await self._database.write(work)

    async def next_wake(self) -> float | None:
        found = await self._database.read(lambda c: c.execute(statements.NEXT).scalar())
        return cast("float | None", found)

    async def message(self, run: RunId, topic: str) -> Message | None:
        def work(connection: Connection) -> Message | None:
            row = connection.execute(statements.OLDEST, {"of": run, "about": topic}).first()
            if row is None:
                return None
            serial, body, workspace = cast("tuple[int, str | None, str]", tuple(row))
            opened = payloads.fetch(connection, workspace, [body])
            return Message(serial, opened.value(body))

        return await self._database.read(work)

    async def send(self, run: RunId, topic: str, body: Json, *, key: str, now: float) -> bool:
        cell = await payloads.pack(body)

        def work(connection: Connection) -> bool:
            workspace = column(connection, run, "workspace")
            if workspace is None:
                raise NotFound(f"There is no run {run}.")
            mail = Mail(run, topic, key=key, cell=cell)
            going = self._entries.deliver(connection, mail, at=now)
            payloads.keep(self._database, connection, workspace, cell)
            return going

        return await self._database.write(work)

    async def cancel(self, run: RunId, *, now: float) -> bool:
        told = await payloads.pack({"status": RunStatus.CANCELLED.value})

        def work(connection: Connection) -> bool:
            parent = cast("RunId | None", column(connection, run, "parent"))
            if parent is not None:
                self._entries.lock(connection, [parent, run])
            if connection.execute(statements.CANCEL, {"run": run, "at": now}).first() is None:
                return False
            if parent is not None:
                mail = Mail(parent, f"run:{run}", key=f"end {now}", cell=told)
                _ = self._entries.deliver(connection, mail, at=now)
            self._entries.notify(connection, run)
            _tell(connection, run, "cancel")
            return True

        return await self._database.write(work)

    async def parent(self, run: RunId) -> RunId | None:
        statement = select(runs.c.parent).where(runs.c.id == run)
        found = await self._database.read(lambda c: c.execute(statement).scalar())
        return cast("RunId | None", found)

    async def children(self, run: RunId) -> Sequence[RunId]:
        statement = select(runs.c.id).where(runs.c.parent == run, runs.c.ended_at.is_(None))
        found = await self._database.read(lambda c: c.execute(statement).scalars().all())
        return cast("Sequence[RunId]", found)

    async def stopped(self, run: RunId) -> Sequence[RunId]:
        columns = (runs.c.status, runs.c.failed_step)
        row_of_run = select(*columns).where(runs.c.id == run)
        own = select(runs.c.id).where(runs.c.parent == run)

        def work(connection: Connection) -> Sequence[RunId]:
            row = cast("_AtRest | None", connection.execute(row_of_run).mappings().first())
            if row is not None and row["status"] == RunStatus.CANCELLED.value:
                cancelled = own.where(runs.c.status == RunStatus.CANCELLED.value)
                return cast("Sequence[RunId]", connection.execute(cancelled).scalars().all())
            step = None if row is None else row["failed_step"]
            if step is None or not step.endswith(AWAITS):
                return ()
            began = f"{step.removesuffix(AWAITS)} start"
            found = select(steps.c.outcome).where(steps.c.run == run, steps.c.name == began)
            child = started(connection.execute(found).scalar())
            at_rest = own.where(runs.c.id == child, runs.c.status.in_(_REOPENABLE))
            return cast("Sequence[RunId]", connection.execute(at_rest).scalars().all())

        return await self._database.read(work)

    async def pause(self, run: RunId, *, now: float) -> bool:
        here = (runs.c.id == run, runs.c.ended_at.is_(None))
        suspend = (
            update(runs)
            .where(*here, runs.c.executor.is_(None))
            .values(
                status=RunStatus.SUSPENDED.value,
                wake_at=None,
                still_since=func.coalesce(runs.c.still_since, now),
                waiting_on="resume",
            )
        )
        wish = update(runs).where(*here, runs.c.executor.is_not(None)).values(wish=statements.PAUSE)

        def work(connection: Connection) -> bool:
            for statement in (suspend, wish):
                if connection.execute(statement.returning(runs.c.id)).first() is not None:
                    _tell(connection, run, "pause")
                    return True
            return False

        return await self._database.write(work)

    async def reopen(self, run: RunId, *, now: float, edits: Edits | None) -> bool:
        return await self._database.write(
            lambda connection: self._reopened(connection, run, now=now, wanted=edits)
        )

    def _reopened(
        self, connection: Connection, run: RunId, *, now: float, wanted: Edits | None
    ) -> bool:
        going = (runs.c.id == run, runs.c.ended_at.is_(None), runs.c.wish.is_not(None))
        unwish = update(runs).where(*going).values(wish=None).returning(runs.c.id)
        verb = "resume" if wanted is None else "retry"
        if wanted is None and connection.execute(unwish).first() is not None:
            _tell(connection, run, verb)
            return True
        columns = (runs.c.status, runs.c.failed_step, runs.c.still_since, runs.c.edits)
        found = select(*columns).where(runs.c.id == run)
        locked = connection.execute(found.with_for_update() if self._shared else found)
        row = cast("_AtRest | None", locked.mappings().first())
        if row is None or row["status"] not in (_REOPENABLE if wanted is None else _RETRYABLE):
            return False
        if row["failed_step"] is not None and wanted is None:
            _ = connection.execute(statements.FORGET, {"of": run, "step": row["failed_step"]})
        _ = connection.execute(statements.SILENCE, {"of": run, "about": f"run:{run}"})
        before = edits_of(row["edits"])
        merged = before if wanted is None else wanted.after(before)
        _ = connection.execute(
            update(runs)
            .where(runs.c.id == run)
            .values(
                status=RunStatus.PENDING.value,
                ended_at=None,
                output=None,
                error=None,
                failed_step=None,
                waiting_on=None,
                wish=None,
                executor=None,
                wake_at=now,
                epoch=runs.c.epoch + 1,
                recoveries=0,
                idle=runs.c.idle + max(now - (row["still_since"] or now), 0.0),
                still_since=None,
                edits=written(merged),
            )
        )
        self._entries.notify(connection, run)
        _tell(connection, run, verb)
        return True

    async def copy(self, source: RunId, run: Run, edits: Edits) -> Run:
        cells = [await payloads.pack(value) for value in (run.input, run.output, run.error)]

        def work(connection: Connection) -> Run:
            merged = edits.after(edits_of(column(connection, source, "edits")))
            row = {**row_of(run, cells), "wake_at": run.created_at, "edits": written(merged)}
            _ = connection.execute(insert(runs), row)
            payloads.keep(self._database, connection, run.workspace, *cells)
            taken = select(literal(run.id), steps.c.name, steps.c.position, steps.c.outcome).where(
                steps.c.run == source
            )
            columns = ["run", "name", "position", "outcome"]
            _ = connection.execute(insert(steps).from_select(columns, taken))
            self._entries.notify(connection, run.id)
            audit.tell("fork", Thing("run", run.id, run.workspace), source=source)
            return run

        return await self._database.write(work)

    async def beat(self, executor: str) -> None:
        _ = await self._database.write(lambda c: c.execute(self._beat, {"of": executor}))

    async def release(self, executor: str, *, now: float, lost: bool) -> int:
        return await self._database.write(
            lambda connection: release(connection, [executor], now=now, lost=lost)
        )

    async def release_lost(self, *, silent: float, now: float) -> int:
        alive = executors.c.beat_at >= clock(shared=self._shared) - silent
        # A process that was given up may have claimed a run since, before it found out.
        lost = (
            select(runs.c.executor)
            .where(
                runs.c.executor.is_not(None),
                runs.c.executor.not_in(select(executors.c.id).where(alive)),
            )
            .distinct()
        )

        def work(connection: Connection) -> int:
            _ = connection.execute(delete(executors).where(~alive))
            ids = cast("list[str]", connection.execute(lost).scalars().all())
            return release(connection, ids, now=now, lost=True) if ids else 0

        return await self._database.write(work)

    async def held(self, executor: str) -> Mapping[RunId, tuple[int, bool]]:
        statement = select(runs.c.id, runs.c.epoch, runs.c.wish).where(runs.c.executor == executor)
        found = await self._database.read(lambda c: c.execute(statement).all())
        rows = cast("list[tuple[RunId, int, str | None]]", found)
        return {id: (epoch, wish == statements.PAUSE) for id, epoch, wish in rows}


def _tell(connection: Connection, run: RunId, verb: str) -> None:
    of = WorkspaceId(column(connection, run, "workspace") or "")
    audit.tell(verb, Thing("run", run, of))
