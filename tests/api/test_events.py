"""/api/v1/runs/{run}/events."""

import json
from datetime import datetime

import anyio
import pytest
from msgspec.structs import replace
from tests.api.asgi import Caller
from tests.fakes_api import FakePodium
from tests.pace import HANGS

from podium.api.app import create_app
from podium.api.door import Door
from podium.observability.spans import Span, SpanKind, SpanStatus
from podium.workflows.runs import Run

pytestmark = pytest.mark.anyio
TASK = "io.serverlessworkflow.task"
WORKFLOW = "io.serverlessworkflow.workflow"
FAST = Door(heartbeat=0.05, look=0.02)


@pytest.fixture
def ann(podium: FakePodium) -> Caller:
    return Caller(create_app(podium, FAST), {"authorization": f"Bearer {podium.secret}"})


async def test_a_run_that_has_ended_is_told_from_its_start_to_its_end(
    ann: Caller, podium: FakePodium
):
    run = await _ended(podium)
    answer = await ann.get(f"/api/v1/runs/{run.id}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert [event["type"] for event in _events(answer.text)] == [
        f"{WORKFLOW}.started.v1",
        f"{TASK}.started.v1",
        "podium.model.completed.v1",
        f"{TASK}.completed.v1",
        f"{WORKFLOW}.completed.v1",
    ]
    assert podium.events.subscriptions[0].closed


async def test_an_event_is_a_cloud_event(ann: Caller, podium: FakePodium):
    run = await _ended(podium)
    answer = await ann.get(f"/api/v1/runs/{run.id}/events")
    event = _events(answer.text)[1]
    assert event["specversion"] == "1.0"
    assert event["source"] == f"/api/v1/runs/{run.id}"
    assert event["subject"] == "/do/ask"
    at = datetime.fromisoformat(event["time"])
    assert event["time"].endswith("Z")
    assert at.timestamp() == event["data"]["started_at"]
    assert event["data"]["name"] == "ask"
    assert f"id: {event['id']}\nevent: {event['type']}\ndata: " in answer.text
    assert _events(answer.text)[-1]["data"]["status"] == "completed"


async def test_live_spans_follow_the_past_ones_and_none_comes_twice(
    ann: Caller, podium: FakePodium
):
    run = await podium.run()
    opened = podium.span(run, SpanKind.TASK, "/do/ask")
    await podium.stores.spans.write([podium.span(run, SpanKind.RUN, ""), opened])
    async with ann.stream("GET", f"/api/v1/runs/{run.id}/events") as exchange:
        _ = await exchange.until(f"{TASK}.started.v1")
        live = podium.events.subscriptions[0].send
        await live.send(opened)
        failed = _closed(opened, podium, SpanStatus.ERROR)
        await live.send(failed)
        _ = await exchange.until(f"{TASK}.faulted.v1")
        assert not exchange.ended.is_set()
        error = {"title": "Failed"}
        _ = await podium.engine.finish(run.id, podium.clock.at + 9, error=error)
        text = await exchange.until(f"{WORKFLOW}.faulted.v1")
        with anyio.fail_after(HANGS):
            await exchange.ended.wait()
    types = [event["type"] for event in _events(text)]
    assert types == [
        f"{WORKFLOW}.started.v1",
        f"{TASK}.started.v1",
        f"{TASK}.faulted.v1",
        f"{WORKFLOW}.faulted.v1",
    ]


async def test_a_cancelled_run_ends_the_stream_though_it_writes_no_last_span(
    ann: Caller, podium: FakePodium
):
    run = await podium.run()
    async with ann.stream("GET", f"/api/v1/runs/{run.id}/events") as exchange:
        _ = await exchange.until(": still here")
        _ = await podium.runs.cancel(podium.ann, run.id)
        _ = await exchange.until(f"{WORKFLOW}.cancelled.v1")
        with anyio.fail_after(HANGS):
            await exchange.ended.wait()


async def test_the_end_is_told_at_once_where_the_last_span_is_heard(podium: FakePodium):
    slow = create_app(podium, Door(look=10 * HANGS))
    run = await podium.run()
    async with Caller(slow, {"authorization": f"Bearer {podium.secret}"}).stream(
        "GET", f"/api/v1/runs/{run.id}/events"
    ) as exchange:
        while not podium.events.subscriptions:
            await anyio.lowlevel.checkpoint()
        last = _closed(podium.span(run, SpanKind.RUN, ""), podium, SpanStatus.OK)
        await podium.events.subscriptions[0].send.send(last)
        _ = await exchange.until(f"{WORKFLOW}.started.v1")
        _ = await podium.engine.finish(run.id, podium.clock.at + 5, output=1)
        _ = await exchange.until(f"{WORKFLOW}.completed.v1")


async def test_spans_that_were_never_heard_live_come_before_the_end(
    ann: Caller, podium: FakePodium
):
    run = await podium.run()
    async with ann.stream("GET", f"/api/v1/runs/{run.id}/events") as exchange:
        _ = await exchange.until(": still here")
        await podium.stores.spans.write([podium.span(run, SpanKind.TASK, "/do/elsewhere")])
        _ = await podium.runs.cancel(podium.ann, run.id)
        text = await exchange.until(f"{WORKFLOW}.cancelled.v1")
    assert [event["subject"] for event in _events(text)] == ["/do/elsewhere", ""]


async def test_an_idle_stream_is_kept_open_by_comments(ann: Caller, podium: FakePodium):
    run = await podium.run()
    async with ann.stream("GET", f"/api/v1/runs/{run.id}/events") as exchange:
        _ = await exchange.until(": still here\n\n: still here\n\n")


async def test_after_a_reconnection_the_stream_goes_on(ann: Caller, podium: FakePodium):
    run = await _ended(podium)
    target = f"/api/v1/runs/{run.id}/events"
    events = _events((await ann.get(target)).text)
    again = await ann.get(target, last_event_id=events[2]["id"])
    assert [one["id"] for one in _events(again.text)] == [one["id"] for one in events[3:]]


async def test_who_has_the_last_event_of_an_ended_run_need_not_come_again(
    ann: Caller, podium: FakePodium
):
    run = await _ended(podium)
    target = f"/api/v1/runs/{run.id}/events"
    last = _events((await ann.get(target)).text)[-1]["id"]
    assert (await ann.get(target, last_event_id=last)).status == 204


@pytest.mark.parametrize("last", ["nonsense", "9999999999999999999999.x.y", "-1.a.b", "é", "1"])
async def test_an_unknown_last_event_id_loses_no_end(ann: Caller, podium: FakePodium, last: str):
    run = await _ended(podium)
    answer = await ann.get(f"/api/v1/runs/{run.id}/events", last_event_id=last)
    assert _events(answer.text)[-1]["type"] == f"{WORKFLOW}.completed.v1"


async def test_a_client_that_leaves_lets_go_of_the_subscription(ann: Caller, podium: FakePodium):
    run = await podium.run()
    async with ann.stream("GET", f"/api/v1/runs/{run.id}/events") as exchange:
        _ = await exchange.until(": still here")
        exchange.left.set()
        with anyio.fail_after(HANGS):
            await exchange.ended.wait()
    assert podium.events.subscriptions[0].closed


def _closed(span: Span, podium: FakePodium, status: SpanStatus) -> Span:
    return replace(span, ended_at=podium.clock.at + 5, status=status)


async def _ended(podium: FakePodium) -> Run:
    """A run with one task of one model call, each some seconds after the other."""
    run = await podium.run()
    at = podium.clock.at
    times = [
        (SpanKind.RUN, "", at, at + 40),
        (SpanKind.TASK, "/do/ask", at + 10, at + 30),
        (SpanKind.MODEL, "/do/ask!0", at + 15, at + 20),
    ]
    await podium.stores.spans.write(
        [
            podium.span(run, kind, path, started_at=start, ended_at=end, status=SpanStatus.OK)
            for kind, path, start, end in times
        ]
    )
    _ = await podium.engine.finish(run.id, at + 40, output=1)
    return run


def _events(text: str):
    lines = [line for line in text.splitlines() if line.startswith("data: ")]
    return [json.loads(line.removeprefix("data: ")) for line in lines]
