"""Runs bodies on DBOS: on SQLite in one process, on PostgreSQL in many."""

import logging
from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import anyio
import anyio.to_thread
import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, SetWorkflowID, StepInfo
from dbos._error import DBOSNonExistentWorkflowError, DBOSWorkflowCancelledError
from dbos._serialization import DBOSPortableJSON

from podium.adapters.durable.effects import DbosEffects, Handle, Slots
from podium.adapters.durable.sqlite import Patience, at_once, sqlite_engine
from podium.adapters.storage.faults import named, place
from podium.kernel.errors import NotFound, Unavailable
from podium.kernel.json import Json, JsonObject
from podium.workflows.ports import Body

# Replay is only sound with the interpreter that recorded: raise this number when a change to the
# interpreter changes which steps a document takes, or in which order.
INTERPRETER = "interpreter-1"

Broken: TypeAlias = Callable[[JsonObject, Exception], Awaitable[JsonObject]]
"""What becomes of a run whose body raised, which it must not: (request, what it raised)."""

Workflow: TypeAlias = Callable[[str, JsonObject], Coroutine[object, object, JsonObject]]

FINAL = {"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"}

READERS = 4
"""Connections to SQLite besides one for each thread."""

LAST_WORDS = 2.0
"""Seconds that runs have to let go when the process ends; each of them needs a moment."""


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """`executor` names this process's place among its peers and stays the same over restarts.

    `runs` bounds how many runs execute at once; runs that wait or sleep do not count.
    """

    url: str
    executor: str = "podium-1"
    runs: int = 16
    threads: int = 16
    poll_seconds: float = 0.1
    full_sync: bool = False


class DbosEngine:
    """One for each process: DBOS itself is a singleton."""

    def __init__(self, settings: EngineSettings, body: Body, broken: Broken) -> None:
        self._settings: EngineSettings = settings
        self._body: Body = body
        self._broken: Broken = broken
        self._slots: Slots = Slots(settings.runs)
        self._scopes: dict[str, anyio.CancelScope] = {}
        url = sa.make_url(settings.url)
        self._place: str = place(url)
        self._patience: Patience = Patience(Path(url.database or ""))
        self._engine: sa.Engine | None = None
        self._closing: bool = False
        self._quiet: anyio.Event = anyio.Event()
        self._workflow: Workflow = _not_launched

    async def launch(self) -> None:
        """Open the database and take up every run that was interrupted.

        Raises Unavailable where the database does not answer or cannot grow.
        """
        settings = self._settings
        config: DBOSConfig = {
            "name": "podium",
            "application_version": INTERPRETER,
            "executor_id": settings.executor,
            "serializer": DBOSPortableJSON,
            "log_level": "CRITICAL",
            "max_executor_threads": settings.threads,
            "notification_listener_polling_interval_sec": settings.poll_seconds,
            "run_migrations": True,
            "enable_otlp": False,
        }
        if settings.url.startswith("sqlite"):
            self._engine = sqlite_engine(
                settings.url,
                self._patience,
                pool=settings.threads + READERS,
                full_sync=settings.full_sync,
            )
            config["system_database_engine"] = self._engine
            config["system_database_url"] = settings.url
        else:
            config["system_database_url"] = settings.url.replace("+psycopg", "")
            config["sys_db_pool_size"] = 10
        logging.getLogger("dbos").setLevel(logging.CRITICAL)
        _ = DBOS(config=config)
        self._workflow = self._register()
        with self._asked():
            DBOS.launch()

    async def close(self) -> None:
        """Stop; what runs is left as it is and goes on at the next launch."""
        self._closing = True
        self._patience.end()
        for scope in self._scopes.values():
            scope.cancel()
        # No run may fail because the engine is gone: that would be its outcome.
        if self._scopes:
            with anyio.move_on_after(LAST_WORDS):
                await self._quiet.wait()
        await anyio.to_thread.run_sync(lambda: DBOS.destroy(destroy_registry=True))
        if self._engine is not None:
            self._engine.dispose()

    def _register(self) -> Workflow:
        """DBOS takes functions, not methods, for workflows."""

        async def execute(id: str, request: JsonObject) -> JsonObject:
            _ = at_once.set(False)
            slots = None if "branch" in request else self._slots
            effects = DbosEffects(id, _Children(self), slots)
            with anyio.CancelScope() as scope:
                self._scopes[id] = scope
                try:
                    if not self._closing:
                        async with effects.slot():
                            return await self._answer(id, request, effects)
                finally:
                    self._left(id, scope)
            if self._closing:
                # It ends without an outcome, as in a crash.
                raise anyio.get_cancelled_exc_class()
            raise DBOSWorkflowCancelledError(f"{id} was stopped")

        return DBOS.workflow(name="podium.run", max_recovery_attempts=None)(execute)

    def _left(self, id: str, scope: anyio.CancelScope) -> None:
        # A run that was cancelled and resumed at once may be under way a second time.
        if self._scopes.get(id) is scope:
            del self._scopes[id]
        if self._closing and not self._scopes:
            self._quiet.set()

    async def _answer(self, id: str, request: JsonObject, effects: DbosEffects) -> JsonObject:
        try:
            return await self._body(id, request, effects)
        except Exception as bug:  # noqa: BLE001 - the edge: else the run would hang half done
            return await self._broken(request, bug)

    async def begin(self, id: str, request: JsonObject) -> Handle:
        with SetWorkflowID(id):
            return await DBOS.start_workflow_async(self._workflow, id, request)

    @contextmanager
    def _asked(self) -> Generator[None]:
        """For calls whose caller waits. Raises NotFound, Unavailable."""
        token = at_once.set(True)
        try:
            with named(self._place):
                yield
        except DBOSNonExistentWorkflowError as missing:
            raise NotFound(f"The engine does not know {missing.destination_id}.") from missing
        finally:
            at_once.reset(token)

    async def start(self, id: str, request: JsonObject) -> None:
        with self._asked():
            _ = await self.begin(id, request)

    async def cancel(self, id: str) -> None:
        with self._asked():
            await self.stop(id)

    async def stop(self, id: str) -> None:
        await DBOS.cancel_workflow_async(id, cancel_children=True)
        for known, scope in list(self._scopes.items()):
            if known == id or known.startswith(f"{id}/"):
                scope.cancel()

    async def send(self, id: str, topic: str, message: Json, *, key: str) -> None:
        with self._asked():
            await DBOS.send_async(id, message, topic, idempotency_key=key)

    async def known(self, ids: Sequence[str]) -> Mapping[str, bool]:
        if not ids:
            return {}
        with self._asked():
            found = await DBOS.list_workflows_async(
                workflow_ids=list(ids), load_input=False, load_output=False
            )
        return {status.workflow_id: status.status in FINAL for status in found}

    async def rewind(self, id: str, *, to: str | None) -> None:
        with self._asked():
            await self._rewind(id, to=to)

    async def _rewind(self, id: str, *, to: str | None) -> None:
        status = await DBOS.get_workflow_status_async(id)
        if status is None or status.status not in FINAL:
            return
        steps = await DBOS.list_workflow_steps_async(id)
        if status.status == "CANCELLED" and to is None:
            for child in {step["child_workflow_id"] for step in steps} - {None}:
                await self._rewind(str(child), to=None)
            _ = await DBOS.resume_workflow_async(id)
            return
        cut = next((step for step in reversed(steps) if _is_cut(step, to)), None)
        if cut is not None and to is None and cut["child_workflow_id"] is not None:
            await self._rewind(cut["child_workflow_id"], to=None)
        start = len(steps) + 1 if cut is None else cut["function_id"]
        _ = await DBOS.rewind_workflow_async(id, start_step=start)


async def _not_launched(id: str, _request: JsonObject) -> JsonObject:
    raise Unavailable(f"{id} cannot start: the engine is not launched yet.")


class _Children:
    def __init__(self, engine: DbosEngine) -> None:
        self._engine: DbosEngine = engine

    async def start(self, id: str, request: JsonObject) -> Handle:
        return await self._engine.begin(id, request)

    async def stop(self, id: str) -> None:
        await self._engine.stop(id)


def _is_cut(step: StepInfo, to: str | None) -> bool:
    """Whether a rewind goes back to this step: the one of that name, or the last that failed."""
    if to is not None:
        return step["function_name"] == to
    output = step["output"]
    return isinstance(output, dict) and "error" in output
