"""`podium run`: from a document and a file of inputs to results and what came of them."""

import sys
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import anyio

from podium.adapters.clock import SystemClock
from podium.cli import inputs, results
from podium.cli.batch import Board, Plan, follow_all
from podium.cli.client import Client
from podium.cli.connection import Connection, talk
from podium.cli.document import Document, of_refusal, read
from podium.cli.edge import Session
from podium.cli.exits import ExitCode, Interrupted, of_runs
from podium.cli.folder import Folder
from podium.cli.home import state_folder
from podium.cli.inputs import Many, One, Part, Row
from podium.cli.show import endings
from podium.cli.show.findings import listing
from podium.cli.show.live import watching
from podium.cli.show.screen import Screen, screen
from podium.cli.summary import Measure, Summary, Took, summarise
from podium.cli.wire import WorkflowRef
from podium.kernel.errors import Invalid


@dataclass(frozen=True, slots=True)
class Compare:
    """The column of the input with the right answer, and the member of the output to hold to it."""

    column: str
    field: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What `podium run` was asked; `timeout` is in seconds."""

    document: Path
    input: str | None
    settings: Sequence[str]
    part: Part
    concurrency: int
    compare: Compare | None
    output: Path | None
    batch: str | None
    timeout: float | None

    @property
    def field(self) -> str | None:
        return None if self.compare is None else self.compare.field


@dataclass(slots=True)
class Work:
    """What is to be done here; `board` and `embedded` are known once the server is."""

    wish: Wish
    document: Document
    rows: Sequence[Row]
    single: bool
    view: Screen
    board: Board | None = None
    embedded: bool = False
    began: float = 0.0

    async def run(self, connection: Connection) -> Summary:
        """Store, run and follow; what time allows."""
        self.embedded, self.began = connection.embedded, anyio.current_time()
        client = connection.client
        workflow = await self._store(client)
        name = self.wish.batch or _batch_name(workflow)
        self.board = board = Board(Plan(workflow, name, self.rows, self.wish.concurrency))
        with anyio.move_on_after(self.wish.timeout):
            async with self._shown(client, board):
                await follow_all(client, board)
        seconds = anyio.current_time() - self.began
        measure = Measure(board.total, await _asked(client, name), self.wish.field)
        return summarise(
            board.results,
            measure,
            batch=await client.batch(name),
            took=Took(seconds, board.earlier),
        )

    async def _store(self, client: Client) -> WorkflowRef:
        try:
            return await client.store_workflow(self.document.text)
        except Invalid as error:
            if not error.problems:
                raise
            self.view.note(listing(self.document.name, self.document.text, of_refusal(error)))
            raise Invalid(f"{self.document.name} is not valid, so nothing was run.") from error

    def _shown(self, client: Client, board: Board) -> AbstractAsyncContextManager[None]:
        if self.single and not self.view.is_terminal:
            return nullcontext()

        async def report() -> None:
            board.report = await client.batch(board.plan.batch)

        return watching(self.view, board, report)


def start(session: Session, wish: Wish) -> ExitCode:
    """Do as wished and tell it. Raises Invalid for inputs and documents that cannot be used."""
    given = _given(wish)
    work = Work(wish, read(wish.document), _rows(wish, given), isinstance(given, One), screen())
    try:
        summary = talk(session.place, work.run, command="run")
    except Interrupted as stopped:
        if work.board is None:
            raise
        path = _write(session, work, work.board)
        raise Interrupted(endings.stopped(_standing(work, work.board), path)) from stopped
    assert work.board is not None  # noqa: S101 - `run` has returned
    return _end(session, work, work.board, summary=summary)


def _end(session: Session, work: Work, board: Board, *, summary: Summary) -> ExitCode:
    if work.single and (run := next(iter(board.runs.values()), None)) is not None:
        endings.tell_one(work.view, run, json=session.json)
    else:
        path = _write(session, work, board)
        ending = endings.Ending(summary, board, _standing(work, board), path)
        endings.tell_many(work.view, ending, json=session.json)
    if board.settled < board.total:
        return ExitCode.TIMED_OUT
    return of_runs(board.runs.values())


def _standing(work: Work, board: Board) -> endings.Standing:
    return endings.Standing(
        board.settled,
        board.total,
        board.started,
        work.embedded,
        _again(work.wish, board.plan.batch),
    )


def _write(session: Session, work: Work, board: Board) -> Path:
    folder = Folder(state_folder(session.place.home, session.place.config))
    path = work.wish.output or folder.results / f"{board.plan.batch}.jsonl"
    results.write(path, board.results, work.wish.field)
    return path


def _given(wish: Wish) -> inputs.Inputs:
    return One({}) if wish.input is None else inputs.read(wish.input, sys.stdin.buffer)


def _rows(wish: Wish, given: inputs.Inputs) -> Sequence[Row]:
    match given:
        case One(value=value):
            rows: Sequence[Row] = [Row(0, value)]
        case Many(rows=values):
            rows = inputs.select(values, wish.part)
    if not rows:
        raise Invalid(f"{wish.input} has no rows to run with these --offset, --every and --limit.")
    labelled = inputs.with_labels(rows, None if wish.compare is None else wish.compare.column)
    return inputs.with_settings(labelled, dict(map(inputs.setting, wish.settings)))


def _batch_name(workflow: WorkflowRef) -> str:
    now = datetime.fromtimestamp(SystemClock().now(), UTC).astimezone()
    return f"{workflow.name}-{now:%Y%m%d-%H%M%S}"


async def _asked(client: Client, batch: str) -> AbstractSet[str]:
    """The runs for which a person was ever asked, whatever came of it."""
    return {one.run async for one in client.all_approvals({"batch": batch})}


def _again(wish: Wish, batch: str) -> Sequence[str]:
    """The same command, with the batch's name."""
    words = ["podium", *sys.argv[1:]]
    return words if wish.batch else [*words, "--batch", batch]
