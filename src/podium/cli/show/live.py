"""Progress of many runs: moving on a terminal, a line now and then where it is none."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import anyio
from rich.console import Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from podium.cli.batch import Board
from podium.cli.show.screen import Screen
from podium.cli.show.words import count, duration, rate
from podium.cli.summary import eta

_FRAMES: Final = 8.0
_REPORT_SECONDS: Final = 1.0
_LINE_SECONDS: Final = 10.0
_LINE_SHARE: Final = 0.1
_NAMES: Final = 4


@dataclass(frozen=True, slots=True)
class Standing:
    """One look at the board; `running` are names of steps and how many run of each."""

    settled: int
    total: int
    waiting: int
    faulted: int
    seconds: float
    earlier: int = 0
    running: tuple[tuple[str, int], ...] = ()

    @property
    def rate(self) -> float:
        return (self.settled - self.earlier) / self.seconds if self.seconds > 0 else 0.0

    @property
    def eta(self) -> float | None:
        return eta(self.settled - self.earlier, self.total - self.earlier, self.seconds)


def standing(board: Board, seconds: float) -> Standing:
    runs = board.runs.values()
    return Standing(
        settled=board.settled,
        total=board.total,
        waiting=sum(run.waits_for_person for run in runs),
        faulted=sum(run.status == "faulted" for run in runs),
        seconds=seconds,
        earlier=board.earlier,
        running=tuple((step.name, step.count) for step in board.report.running),
    )


def line(now: Standing) -> str:
    """For logs."""
    parts = [f"{now.settled}/{now.total} runs"]
    parts += [rate(now.rate)] if now.rate else []
    if now.eta is not None and now.settled < now.total:
        parts.append(f"{duration(now.eta)} left")
    running = " ".join(f"{name} x{number}" for name, number in now.running[:_NAMES])
    parts += [f"running {running}"] if running else []
    parts += [f"{now.waiting} waiting for a person"] if now.waiting else []
    parts += [f"{now.faulted} faulted"] if now.faulted else []
    return ", ".join(parts)


def picture(now: Standing, spinner: Spinner) -> Group:
    """For terminals."""
    head = Table.grid(padding=(0, 1))
    left = "" if now.eta is None or now.settled >= now.total else f"{duration(now.eta)} left"
    head.add_row(
        spinner,
        ProgressBar(total=max(now.total, 1), completed=now.settled, width=30),
        f"[bold]{now.settled}[/]/{now.total}",
        f"[dim]{rate(now.rate)}  {duration(now.seconds)}  {left}[/]",
    )
    return Group(head, *_below(now))


def _below(now: Standing) -> Iterator[RenderableType]:
    if now.running:
        names = [f"{escape(name)} [dim]x{number}[/]" for name, number in now.running[:_NAMES]]
        yield Text.from_markup("  running  " + "  ".join(names), overflow="ellipsis")
    if now.waiting:
        yield Text(f"  waiting  {count(now.waiting, 'run')} for a person to decide", "yellow")
    if now.faulted:
        yield Text(f"  faulted  {count(now.faulted, 'run')}", "red")


@dataclass(slots=True)
class Lines:
    """Says a line for each tenth that is done and at least every ten seconds."""

    screen: Screen
    said_share: float = 0.0
    said_at: float = 0.0

    def see(self, now: Standing) -> None:
        share = now.settled / max(now.total, 1)
        if share - self.said_share < _LINE_SHARE and now.seconds - self.said_at < _LINE_SECONDS:
            return
        self.say(now)

    def say(self, now: Standing) -> None:
        self.said_share, self.said_at = now.settled / max(now.total, 1), now.seconds
        self.screen.note(line(now))


@dataclass(slots=True)
class Moving:
    """Redraws in place. Drawn from the event loop, so there is no second thread."""

    live: Live
    spinner: Spinner = field(default_factory=lambda: Spinner("dots"))

    def see(self, now: Standing) -> None:
        self.live.update(picture(now, self.spinner), refresh=True)


@asynccontextmanager
async def watching(
    screen: Screen, board: Board, report: Callable[[], Awaitable[None]]
) -> AsyncGenerator[None]:
    """Show the board while the body runs; `report` refreshes its report from the server."""
    began = anyio.current_time()
    async with anyio.create_task_group() as group:
        _ = group.start_soon(_reporting, report)
        if not screen.is_terminal:
            lines = Lines(screen)
            _ = group.start_soon(_drawing, lines, board, began)
            yield
            lines.say(standing(board, anyio.current_time() - began))
        else:
            with Live(console=screen.err, auto_refresh=False, transient=True) as live:
                _ = group.start_soon(_drawing, Moving(live), board, began)
                yield
        group.cancel_scope.cancel()


async def _drawing(view: Lines | Moving, board: Board, began: float) -> None:
    while True:
        view.see(standing(board, anyio.current_time() - began))
        await anyio.sleep(1 / _FRAMES)


async def _reporting(report: Callable[[], Awaitable[None]]) -> None:
    while True:
        await report()
        await anyio.sleep(_REPORT_SECONDS)
