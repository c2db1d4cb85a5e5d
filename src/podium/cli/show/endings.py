"""The last words of `podium run`."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from podium.cli.batch import Board
from podium.cli.show import runs as runs_view
from podium.cli.show.screen import Screen, emit
from podium.cli.show.summary import Ends, panel
from podium.cli.summary import Share, Summary
from podium.cli.wire import Run


@dataclass(frozen=True, slots=True)
class Standing:
    """How far it got; `again` is the command that goes on."""

    settled: int
    total: int
    started: int
    embedded: bool
    again: Sequence[str]


@dataclass(frozen=True, slots=True)
class Ending:
    summary: Summary
    board: Board
    standing: Standing
    results: Path


def tell_one(view: Screen, run: Run, *, json: bool) -> None:
    """The output alone on standard output, so that it can be piped; the rest beside it."""
    if json:
        return emit(run)
    if run.status == "completed":
        return view.show(runs_view.pretty(run.output)) if view.out.is_terminal else emit(run.output)
    return view.note(runs_view.line(run))


def tell_many(view: Screen, ending: Ending, *, json: bool) -> None:
    if json:
        return emit(plain(ending))
    if ending.standing.settled < ending.standing.total:
        view.note(f"Time ran out. {_rest(ending.standing)}")
    ends = Ends(
        batch=ending.board.plan.batch,
        results=str(ending.results),
        traces=_traces(ending.board),
        next=list(_next(ending)),
    )
    return view.show(panel(ending.summary, ends))


def plain(ending: Ending) -> Mapping[str, object]:
    summary = ending.summary
    return {
        "batch": ending.board.plan.batch,
        "workflow": str(ending.board.plan.workflow),
        "total": summary.total,
        "by_status": dict(summary.by_status),
        "straight_through": _share(summary.straight_through),
        "by_people": summary.by_people,
        "waiting": summary.waiting,
        "accuracy": None
        if summary.accuracy is None
        else {
            "straight_through": _share(summary.accuracy.straight_through),
            "answered": _share(summary.accuracy.answered),
        },
        "faults": [{"message": message, "count": count} for message, count in summary.faults],
        "report": msgspec.to_builtins(summary.batch),
        "seconds": round(summary.took.seconds, 3),
        "runs_per_second": round(summary.rate, 4),
        "results": str(ending.results),
    }


def stopped(standing: Standing, results: Path) -> str:
    """What Ctrl-C means here."""
    return f"\nStopped. {_rest(standing)}\nThe results so far are in {results}."


def _rest(standing: Standing) -> str:
    again = shlex.join(standing.again)
    done = f"{standing.settled} of {standing.total} runs have settled."
    if standing.embedded:
        return (
            f"{done} Nothing is lost: the others go on with\n  {again}\n"
            f"and those that were started also with `podium up`."
        )
    left = standing.total - standing.started
    rest = f" {left} were not started yet." if left else ""
    return (
        f"{done} Those that were started go on in the server.{rest}\n"
        f"Take it up again with\n  {again}"
    )


def _traces(board: Board) -> str:
    first = next(iter(board.runs.values()), None)
    return "none" if first is None else f"podium trace {first.id}"


def _next(ending: Ending) -> Iterator[str]:
    summary, batch = ending.summary, ending.board.plan.batch
    if summary.waiting:
        yield f"podium approvals list --batch {batch}"
    if summary.by_status.get("faulted"):
        yield f"podium runs list --batch {batch} --status faulted"
    if summary.by_status.get("not settled"):
        yield shlex.join(ending.standing.again)
    elif not summary.waiting and not summary.by_status.get("faulted"):
        yield f"podium runs list --batch {batch}"


def _share(share: Share) -> Mapping[str, object]:
    return {"part": share.part, "whole": share.whole, "percent": round(share.percent, 2)}
