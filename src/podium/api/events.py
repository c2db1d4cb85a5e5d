"""/api/v1/runs/{run}/events: what a run does, as CloudEvents over server-sent events.

Past spans first, then live ones, until the run has ended. Delivery is at least once: after a
reconnection some events come again, under the id they had.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final

import anyio
from anyio.abc import ObjectReceiveStream, ObjectSendStream
from fastapi import APIRouter, Header, Response
from pydantic import BaseModel

from podium.api.context import Caller, Limits, Services
from podium.api.door import Door
from podium.api.ports import Podium, Subscription
from podium.api.runs import Run, RunPath
from podium.api.spans import Span
from podium.api.sse import EventStream
from podium.identity.principal import Principal
from podium.kernel.errors import PodiumError
from podium.kernel.ids import RunId
from podium.observability import spans
from podium.observability.spans import SpanKind, SpanStatus
from podium.workflows import runs
from podium.workflows.runs import RunStatus

router: Final = APIRouter(prefix="/api/v1/runs", tags=["runs"])

_OVERLAP: Final = 2.0
"""Seconds of events that come again after a reconnection: branches write at the same time, so
what was recorded last did not always happen last."""
_BUFFER: Final = 1000
_CLOSING: Final = 5.0
_IMPATIENCE: Final = 0.05
_SUBJECTS: Final = {SpanKind.RUN: "workflow", SpanKind.TASK: "task"}
_ENDINGS: Final = {
    RunStatus.COMPLETED: "completed",
    RunStatus.FAULTED: "faulted",
    RunStatus.CANCELLED: "cancelled",
}


class RunEvent(BaseModel):
    """A CloudEvents 1.0 envelope. `data` is the span, in the last event the run.

    `time` is RFC 3339 in UTC, as CloudEvents has it; inside of `data` times are seconds.
    """

    specversion: str = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: str = "application/json"
    data: Span | Run


@dataclass(frozen=True, slots=True)
class _Follow:
    podium: Podium
    caller: Principal
    door: Door
    run: RunId


@router.get(
    "/{run}/events",
    summary="Follow a run",
    response_class=Response,
    responses={
        200: {
            "description": "A stream of `RunEvent`s; it ends after the run's last one.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        204: {"description": "The run has ended and its last event was received: stay away."},
    },
)
async def follow(
    *,
    run: RunPath,
    podium: Services,
    caller: Caller,
    door: Limits,
    last_event_id: Annotated[
        str | None, Header(max_length=200, description="Go on after this event.")
    ] = None,
) -> Response:
    """What it did, then what it does, until it has ended.

    Types are `io.serverlessworkflow.{workflow,task}.{started,completed,faulted}.v1`,
    `io.serverlessworkflow.workflow.cancelled.v1` and, for calls that have ended,
    `podium.{function,model}.{completed,faulted}.v1`. An event may come twice; its id is the same.
    """
    found = await podium.runs.get(caller, RunId(run))
    after = last_event_id or ""
    if found.status.is_final and after == _id(_ended_at(found), found.id, "ended"):
        return Response(status_code=204)
    source = _source(_Follow(podium, caller, door, found.id), after)
    return EventStream(source, _spelled, _ending, heartbeat=door.heartbeat)


@asynccontextmanager
async def _source(follow: _Follow, after: str) -> AsyncGenerator[AsyncIterator[RunEvent]]:
    live = await follow.podium.events.subscribe(follow.caller, follow.run)
    try:
        send, receive = anyio.create_memory_object_stream[spans.Span | runs.Run](_BUFFER)
        ended = anyio.Event()
        async with anyio.create_task_group() as group, send, receive:
            past = await follow.podium.traces.trace(follow.caller, follow.run)
            _ = group.start_soon(_pump, live, send, ended)
            _ = group.start_soon(_look, follow, send, ended)
            async with aclosing(_events(follow, past, receive, after=after)) as events:
                yield events
            group.cancel_scope.cancel()
    finally:
        with anyio.move_on_after(_CLOSING, shield=True):
            await live.aclose()


async def _pump(
    live: Subscription, send: ObjectSendStream[spans.Span | runs.Run], ended: anyio.Event
) -> None:
    async for span in live:
        await send.send(span)
        if span.kind is SpanKind.RUN and span.ended_at is not None:
            ended.set()


async def _look(
    follow: _Follow, send: ObjectSendStream[spans.Span | runs.Run], ended: anyio.Event
) -> None:
    """The run's record has the last word: a cancelled run writes no last span."""
    while True:
        found = await follow.podium.runs.get(follow.caller, follow.run)
        if found.status.is_final:
            return await send.send(found)
        with anyio.move_on_after(follow.door.look):
            await ended.wait()
            await anyio.sleep(_IMPATIENCE)


async def _events(
    follow: _Follow,
    past: Sequence[spans.Span],
    live: ObjectReceiveStream[spans.Span | runs.Run],
    *,
    after: str,
) -> AsyncGenerator[RunEvent]:
    sent = {after}
    begin = _time_of(after) - _OVERLAP
    for event in _new(past, sent):
        if event.time.timestamp() >= begin:
            yield event
    async for item in live:
        if isinstance(item, runs.Run):
            rest = await follow.podium.traces.trace(follow.caller, follow.run)
            for event in _new(rest, sent):
                yield event
            yield _last(item)
            return
        for event in _new([item], sent):
            yield event


def _new(found: Sequence[spans.Span], sent: set[str]) -> Sequence[RunEvent]:
    """The events of these spans by time, without those of `sent`; notes them there."""
    events = [event for span in found for event in _of(span) if event.id not in sent]
    sent.update(event.id for event in events)
    return sorted(events, key=lambda event: event.time)


def _of(span: spans.Span) -> Iterator[RunEvent]:
    """Runs and tasks start and end; calls are recorded once, when they have ended."""
    subject = _SUBJECTS.get(span.kind)
    if subject is not None:
        yield _event(span, f"io.serverlessworkflow.{subject}.started.v1", span.started_at)
    if span.ended_at is None or span.kind is SpanKind.RUN:
        return
    how = "faulted" if span.status is SpanStatus.ERROR else "completed"
    kind = f"podium.{span.kind}" if subject is None else f"io.serverlessworkflow.{subject}"
    yield _event(span, f"{kind}.{how}.v1", span.ended_at)


def _event(span: spans.Span, kind: str, at: float) -> RunEvent:
    phase = "started" if kind.endswith(".started.v1") else "ended"
    return RunEvent(
        id=_id(at, span.id, phase),
        source=f"/api/v1/runs/{span.run}",
        type=kind,
        subject=span.path,
        time=datetime.fromtimestamp(at, UTC),
        data=Span.of(span),
    )


def _last(run: runs.Run) -> RunEvent:
    at = _ended_at(run)
    return RunEvent(
        id=_id(at, run.id, "ended"),
        source=f"/api/v1/runs/{run.id}",
        type=f"io.serverlessworkflow.workflow.{_ENDINGS[run.status]}.v1",
        subject="",
        time=datetime.fromtimestamp(at, UTC),
        data=Run.of(run),
    )


def _ended_at(run: runs.Run) -> float:
    return run.created_at if run.ended_at is None else run.ended_at


def _id(at: float, name: str, phase: str) -> str:
    """Computed from what happened, so that a replay and a reconnection give it again."""
    return f"{int(at * 1000)}.{name}.{phase}"


def _time_of(event: str) -> float:
    millis = event.partition(".")[0]
    return int(millis) / 1000 if millis.isdecimal() else 0.0


def _spelled(event: RunEvent) -> bytes:
    return f"id: {event.id}\nevent: {event.type}\ndata: {event.model_dump_json()}\n\n".encode()


def _ending(error: PodiumError | None) -> bytes:
    """Where it breaks off, clients come again by themselves with the last id they have."""
    return b"" if error is None else b": interrupted\n\n"
