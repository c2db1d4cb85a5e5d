"""Sentences of our own: time, events, other workflows, services, crashes, people who intervene."""

import re
from typing import Any

import anyio

from podium.kernel.errors import Conflict, Invalid
from podium.kernel.json import Json
from podium.workflows.documents.check import parse
from podium.workflows.engine.journal import edits
from podium.workflows.events.cloudevents import event
from podium.workflows.ports import ABSENT
from podium.workflows.run_service import Fork
from podium.workflows.runs import RunStatus
from tests.scenarios.steps import Action, Play, at, fits, step, value
from tests.scenarios.theatre import Theatre
from tests.world import ANN

OURS: list[tuple[re.Pattern[str], Action]] = []
_UNITS = {"millisecond": 0.001, "second": 1, "minute": 60, "hour": 3600, "day": 86400}
_SOON = 0.2
_SECONDS = r"(\d+(?:\.\d+)?) (millisecond|second|minute|hour|day)s?"

_ = edits


def on(play: Play) -> Theatre:
    return play.stage


def seconds(number: str, unit: str) -> float:
    return float(number) * _UNITS[unit]


# Given


@step("another workflow with definition:", OURS)
async def _(play: Play, body: str) -> None:
    await on(play).define(body)


@step(r"the secret (\w+) is:", OURS)
async def _(play: Play, body: str, name: str) -> None:
    on(play).secrets[name] = value(body)


@step(r"the service at (\S+) answers:", OURS)
async def _(play: Play, body: str, url: str) -> None:
    """A list: one answer after the other, the last one again and again."""
    on(play).web.answers[url] = value(body)


# When


@step("the workflow is started", OURS)
async def _(play: Play, _body: str) -> None:
    await on(play).start(play.input)
    await anyio.sleep(_SOON)


@step(r"the workflow is started (\d+) times", OURS)
async def _(play: Play, _body: str, count: str) -> None:
    for _ in range(int(count)):
        await on(play).start(play.input)
    await anyio.sleep(_SOON)


@step(r"the workflow is started with the key (\S+)", OURS)
async def _(play: Play, _body: str, key: str) -> None:
    try:
        await on(play).start(play.input, key=key)
    except Conflict as error:
        play.notes["refused"] = error.message
    await anyio.sleep(_SOON)


@step(f"{_SECONDS} pass(?:es)?", OURS)
async def _(_play: Play, _body: str, number: str, unit: str) -> None:
    await anyio.sleep(seconds(number, unit))


@step("the workflow has ended", OURS)
async def _(play: Play, _body: str) -> None:
    await on(play).until_end()


@step("the event is published:", OURS)
async def _(play: Play, body: str) -> None:
    """With the attributes that are left out as a sender would fill them in."""
    count = play.notes["events"] = play.notes.get("events", 0) + 1
    given: dict[str, Json] = {
        "specversion": "1.0",
        "id": str(count),
        "source": "https://scenario.example",
        **value(body),
    }
    _ = await on(play).bus.publish(ANN, event(given))
    await anyio.sleep(_SOON)


@step("podium is killed and started again", OURS)
async def _(play: Play, _body: str) -> None:
    await on(play).kill()
    await on(play).restart()
    await anyio.sleep(_SOON)


@step(f"podium is killed and started again {_SECONDS} later", OURS)
async def _(play: Play, _body: str, number: str, unit: str) -> None:
    await on(play).kill()
    await anyio.sleep(seconds(number, unit))
    await on(play).restart()
    await anyio.sleep(_SOON)


@step(f"the clock is set (forward|back) by {_SECONDS}", OURS)
async def _(play: Play, _body: str, way: str, number: str, unit: str) -> None:
    by = seconds(number, unit)
    on(play).clock.set_by += by if way == "forward" else -by


@step("the workflow is (paused|cancelled|resumed)", OURS)
async def _(play: Play, _body: str, what: str) -> None:
    runs, id = on(play).runs, (await on(play).run()).id
    change = {"paused": runs.pause, "cancelled": runs.cancel, "resumed": runs.resume}[what]
    try:
        _ = await change(ANN, id)
    except Conflict as error:
        play.notes["refused"] = error.message
    await anyio.sleep(_SOON)


@step(r"the workflow is (retried|forked) from (\S+?)( with the input:)?", OURS)
async def _(play: Play, body: str, what: str, path: str, given: str | None) -> None:
    stage, new = on(play), value(body) if given else ABSENT
    run = await stage.run()
    if what == "retried":
        _ = await stage.runs.retry(ANN, run.id, path=path, input=new)
    else:
        stage.id = (await stage.runs.fork(ANN, run.id, Fork(path, new))).id
    await anyio.sleep(_SOON)


@step(r"the workflow is forked from (\S+) into version (\S+)", OURS)
async def _(play: Play, _body: str, path: str, version: str) -> None:
    stage = on(play)
    run = await stage.run()
    stage.id = (await stage.runs.fork(ANN, run.id, Fork(path, version=version))).id
    await anyio.sleep(_SOON)


@step("the time is (.+)", OURS)
async def _(play: Play, _body: str, moment: str) -> None:
    """A moment with its offset; for schedules."""
    from datetime import datetime  # noqa: PLC0415

    wanted = datetime.fromisoformat(moment).timestamp()
    stage = on(play)
    stage.clock.set_by += wanted - stage.clock.now()


# Then


@step("the workflow should (?:be )?(pending|running|waiting|suspended)( for .+)?", OURS)
async def _(play: Play, _body: str, status: str, reason: str | None) -> None:
    run = await on(play).run()
    assert run.status is RunStatus(status), (run.status, run.waiting_on, run.error)
    if reason:
        assert reason.removeprefix(" for ") in (run.waiting_on or ""), run.waiting_on


@step(f"the workflow should have taken {_SECONDS}", OURS)
async def _(play: Play, _body: str, number: str, unit: str) -> None:
    """To a hundredth, or 0.3 seconds where that is more: the engine needs a moment."""
    run = await on(play).run()
    assert run.started_at is not None
    assert run.ended_at is not None
    wanted, took = seconds(number, unit), run.ended_at - run.started_at
    assert abs(took - wanted) <= max(0.3, wanted / 100), f"it took {took} s"


@step(f"the workflow should have taken between {_SECONDS} and {_SECONDS}", OURS)
async def _(play: Play, _body: str, *given: str) -> None:
    run = await on(play).run()
    assert run.started_at is not None
    assert run.ended_at is not None
    took = run.ended_at - run.started_at
    assert seconds(given[0], given[1]) <= took <= seconds(given[2], given[3]), f"it took {took} s"


@step(r"(\w+) should have run (\d+) times?", OURS)
async def _(play: Play, _body: str, name: str, count: str) -> None:
    spans = [span for span in await on(play).spans() if span.name == name]
    assert len(spans) == int(count), [span.path for span in spans]


@step(r"the service at (\S+) should have been asked (\d+) times?", OURS)
async def _(play: Play, _body: str, url: str, count: str) -> None:
    asked = [each for each in on(play).web.asked if each[1].startswith(url)]
    assert len(asked) == int(count), [each[:2] for each in asked]


@step(r"the service at (\S+) should have been asked with the same key each time", OURS)
async def _(play: Play, _body: str, url: str) -> None:
    keys = {
        each[2].get("Idempotency-Key") for each in on(play).web.asked if each[1].startswith(url)
    }
    assert len(keys) == 1, keys
    assert None not in keys


@step("the effects should have been performed once", OURS)
async def _(play: Play, _body: str) -> None:
    calls = on(play).ledger.calls
    assert len(calls) == len(set(calls)), calls


@step(r"(\d+) runs? of (\S+) should have been started", OURS)
async def _(play: Play, _body: str, count: str, name: str) -> None:
    runs = on(play).runs_of(name)
    assert len(runs) == int(count), [(run.status, run.created_at) for run in runs]


@step(r"the runs of (\S+) should have been started at:", OURS)
async def _(play: Play, body: str, name: str) -> None:
    from datetime import UTC, datetime  # noqa: PLC0415

    found = [
        datetime.fromtimestamp(round(run.created_at), UTC).isoformat()
        for run in on(play).runs_of(name)
    ]
    wanted = [
        (each if isinstance(each, datetime) else datetime.fromisoformat(each))
        .astimezone(UTC)
        .isoformat()
        for each in value(body)
    ]
    assert found == wanted, found


@step(r"the newest run of (\S+) should have the (input|output):", OURS)
async def _(play: Play, body: str, name: str, what: str) -> None:
    run = on(play).runs_of(name)[-1]
    found = run.input if what == "input" else run.output
    assert found == value(body), found


@step(r"the event (\S+) should have been published(?: with data:)?", OURS)
async def _(play: Play, body: str, type: str) -> None:
    found = [each.event for each in on(play).stores.events.rows if each.event.type == type]
    assert found, [each.event.type for each in on(play).stores.events.rows]
    if body:
        assert found[-1].data == value(body), found[-1]


@step(r"the event (\S+) should have been published (\d+) times?", OURS)
async def _(play: Play, _body: str, type: str, count: str) -> None:
    found = [each for each in on(play).stores.events.rows if each.event.type == type]
    assert len(found) == int(count)


@step("the change should have been refused(?:, saying: (.+))?", OURS)
async def _(play: Play, _body: str, said: str | None) -> None:
    assert said is None or said in play.notes["refused"], play.notes


@step("the error should say: (.+)", OURS)
async def _(play: Play, _body: str, said: str) -> None:
    run = await on(play).run()
    assert run.error is not None, run.output
    assert said in str(run.error.get("detail", "")), run.error


@step("the error of (\\w+) should be:", OURS)
async def _(play: Play, body: str, name: str) -> None:
    run: Any = (await on(play).run()).output
    fits(at(run, name), value(body))


@step(r"the definition is refused for the rule ([\w-]+)(?: at line (\d+))?", OURS)
async def _(play: Play, _body: str, rule: str, line: str | None) -> None:
    problems = play.notes["problems"]
    found = [each for each in problems if each.rule == rule]
    assert found, [str(each) for each in problems]
    assert line is None or int(line) in {each.line for each in found}, [str(e) for e in found]


@step("a definition that cannot be used:", OURS)
async def _(play: Play, body: str) -> None:
    known = {name: each.input for name, each in on(play).functions.items()}
    try:
        _ = parse(body, name="scenario", functions=known)
    except Invalid as error:
        play.notes["problems"] = error.problems
    else:
        raise AssertionError("it was accepted")
