"""Sentences about events, schedules, fetched files, requests, and what must be nowhere."""

import json
import re
from typing import Any

import anyio
import yaml

from podium.identity.principal import Principal
from podium.kernel.errors import PodiumError
from podium.kernel.json import Json
from podium.workflows.documents.check import check
from podium.workflows.documents.yaml import load
from podium.workflows.events.cloudevents import Event, event
from podium.workflows.runs import Run, RunStatus
from podium.workflows.scheduling.schedules import Schedule
from tests.scenarios.more_steps import on
from tests.scenarios.steps import Action, Play, at, step, value
from tests.world import ANN

EVENTS: list[tuple[re.Pattern[str], Action]] = []
_SOON = 0.2


def whole(body: str, name: str = "scenario", version: str = "1.0.0") -> str:
    """A document of which everything but its head is given."""
    head = {"dsl": "1.0.3", "namespace": "test", "name": name, "version": version}
    return f"document: {yaml.safe_dump(head, default_flow_style=True)}{body}\n"


# Given


@step("a workflow with:", EVENTS)
async def _(play: Play, body: str) -> None:
    await on(play).define(whole(body))


@step(r"(?:another|a) workflow (\w+) with:", EVENTS)
async def _(play: Play, body: str, name: str) -> None:
    await on(play).define(whole(body, name))


@step(r"its version (\S+) is stored:", EVENTS)
async def _(play: Play, body: str, version: str) -> None:
    await on(play).define(whole(body, version=version))
    await anyio.sleep(_SOON)


@step(r"a workflow that cannot be stored:", EVENTS)
async def _(play: Play, body: str) -> None:
    try:
        await on(play).define(whole(body))
    except PodiumError as error:
        play.notes["refused"] = error.message
    else:
        raise AssertionError("it was stored")


@step("a definition that can be doubted:", EVENTS)
async def _(play: Play, body: str) -> None:
    known = {name: each.input for name, each in on(play).functions.items()}
    play.notes["findings"] = check(load(body, name="scenario"), known)


@step(r"the file at (\S+) is:", EVENTS)
async def _(play: Play, body: str, url: str) -> None:
    on(play).web.answers[url] = [{"body": body}]


@step(r"podium dies as soon as the event (\S+) is stored", EVENTS)
async def _(play: Play, _body: str, type: str) -> None:
    """The worst moment: it has happened, and nobody has written down that it did."""
    stage = on(play)
    add = stage.stores.events.add

    async def last(principal: Principal, added: Event, *, at: float) -> object:
        done = await add(principal, added, at=at)
        if added.type == type:
            stage.life.dead = True
            stage.stores.events.add = add
        return done

    stage.stores.events.add = last


@step(r"podium dies as soon as the service at (\S+) has been asked", EVENTS)
async def _(play: Play, _body: str, url: str) -> None:
    stage = on(play)
    ask = stage.web.request

    async def last(method: str, asked: str, **more: object) -> object:
        reply = await ask(method, asked, **more)
        if asked.startswith(url):
            stage.life.dead = True
            stage.web.request = ask
        return reply

    stage.web.request = last


# When


@step("the workflow is started with the input:", EVENTS)
async def _(play: Play, body: str) -> None:
    await on(play).start(value(body))
    await anyio.sleep(_SOON)


@step(r"the workflow is started (\d+) times, each time with a key of its own", EVENTS)
async def _(play: Play, _body: str, count: str) -> None:
    for number in range(int(count)):
        await on(play).start({"key": number})
    await anyio.sleep(_SOON)


@step(r"an event (\S+) comes for each of the (\d+) keys, the last one first", EVENTS)
async def _(play: Play, _body: str, type: str, count: str) -> None:
    for number in reversed(range(int(count))):
        said: Json = {
            "specversion": "1.0",
            "id": str(number),
            "source": "https://scenario.example",
            "type": type,
            "data": {"key": number},
        }
        _ = await on(play).bus.publish(ANN, event(said))
    await anyio.sleep(_SOON)


@step("an event comes to a podium that dies:", EVENTS)
async def _(play: Play, body: str) -> None:
    """Nobody answers who sent it."""
    given = {"specversion": "1.0", "id": "last", "source": "https://scenario.example"}
    with anyio.move_on_after(_SOON, shield=False):
        _ = await on(play).bus.publish(ANN, event({**given, **value(body)}))


@step("podium is killed", EVENTS)
async def _(play: Play, _body: str) -> None:
    await on(play).kill()


@step("podium is started again", EVENTS)
async def _(play: Play, _body: str) -> None:
    await on(play).restart()
    await anyio.sleep(_SOON)


@step(r"the catalog at (\S+) has gone", EVENTS)
async def _(play: Play, _body: str, url: str) -> None:
    answers = on(play).web.answers
    for each in [each for each in answers if each.startswith(url)]:
        del answers[each]


async def _schedule(play: Play) -> Schedule:
    (found,) = on(play).stores.schedules.rows.values()
    return found


@step("the schedule is (paused|resumed)", EVENTS)
async def _(play: Play, _body: str, what: str) -> None:
    schedules = on(play).schedules
    change = schedules.pause if what == "paused" else schedules.resume
    _ = await change(ANN, (await _schedule(play)).id)
    await anyio.sleep(_SOON)


# Then


def _all(play: Play) -> list[Run]:
    return [row.run for row in on(play).stores.journal.rows.values()]


@step("each run should have got the event with its own key", EVENTS)
async def _(play: Play, _body: str) -> None:
    found = [(run.input, run.output) for run in _all(play)]
    assert found
    assert all(output == [given] for given, output in found), found


def _emitted(play: Play, type: str) -> list[Any]:
    rows = on(play).stores.events.rows
    found = [each.event.envelope for each in rows if each.event.type == type]
    assert found, [each.event.type for each in rows]
    return found


@step(r"the event (\S+) should have the attributes:", EVENTS)
async def _(play: Play, body: str, type: str) -> None:
    found = _emitted(play, type)[-1]
    assert {name: found.get(name) for name in value(body)} == value(body), found


@step(r"the event (\S+) should have the attributes (.+)", EVENTS)
async def _(play: Play, _body: str, type: str, names: str) -> None:
    found = _emitted(play, type)[-1]
    assert set(re.split(r", | and ", names)) == set(found), found


@step(r"the id of the event (\S+) should be that of its run and its task (\S+)", EVENTS)
async def _(play: Play, _body: str, type: str, path: str) -> None:
    assert _emitted(play, type)[-1]["id"] == f"{on(play).id}:{path}"


@step(r"the (\d+) events (\S+) should have ids of their own", EVENTS)
async def _(play: Play, _body: str, count: str, type: str) -> None:
    ids = [each["id"] for each in _emitted(play, type)]
    assert len(ids) == len(set(ids)) == int(count), ids


@step(r"the workflow output should match:", EVENTS)
async def _(play: Play, body: str) -> None:
    """Names are paths into the output."""
    run = await on(play).run()
    assert run.status is RunStatus.COMPLETED, run.error
    wanted = value(body)
    found = {path: at(run.output, path) for path in wanted}
    assert found == wanted, run.output


@step(r"the runs of (\w+) should have the (inputs|outputs):", EVENTS)
async def _(play: Play, body: str, name: str, what: str) -> None:
    runs = on(play).runs_of(name)
    found = [run.input if what == "inputs" else run.output for run in runs]
    assert found == value(body), found


@step(r"no run of (\w+) should have been started", EVENTS)
async def _(play: Play, _body: str, name: str) -> None:
    assert not on(play).runs_of(name)


@step("nobody should wait for events any more", EVENTS)
async def _(play: Play, _body: str) -> None:
    left = on(play).stores.events.subscriptions
    assert not left, left


@step(r"the last request to (\S+) should have (?:been|had):", EVENTS)
async def _(play: Play, body: str, url: str) -> None:
    """`method`, `url`, `body` (as JSON where it is), `headers` (those that are named)."""
    method, asked, headers, sent = [each for each in on(play).web.asked if each[1].startswith(url)][
        -1
    ]
    wanted = value(body)
    names = {name.lower(): each for name, each in headers.items()}
    found: dict[str, Any] = {"method": method, "url": asked}
    if "headers" in wanted:
        found["headers"] = {name: names.get(name.lower()) for name in wanted["headers"]}
    if "body" in wanted:
        found["body"] = _read(sent)
    assert {name: found[name] for name in wanted} == wanted, found


def _read(sent: bytes | None) -> Json:
    if not sent:
        return None
    try:
        return json.loads(sent)
    except ValueError:
        return sent.decode()


@step(r"'([^']+)' should be nowhere in what is stored and shown", EVENTS)
async def _(play: Play, _body: str, text: str) -> None:
    stage = on(play)
    rows = [(row.run, row.steps) for row in stage.stores.journal.rows.values()]
    shown = repr([rows, stage.ledger.spans, stage.stores.events.rows, stage.stores.schedules.rows])
    assert rows
    assert text not in shown, shown[max(shown.find(text) - 300, 0) :][:600]


@step(r"the definition is refused, saying: (.+)", EVENTS)
async def _(play: Play, _body: str, said: str) -> None:
    assert said in play.notes["refused"], play.notes


@step(r"the definition is doubted for the rule ([\w-]+) at line (\d+)", EVENTS)
async def _(play: Play, _body: str, rule: str, line: str) -> None:
    findings = play.notes["findings"]
    assert all(each.severity == "warning" for each in findings), findings
    found = [each.line for each in findings if each.rule == rule]
    assert int(line) in found, [str(each.problem) for each in findings]


@step(r"the text is refused for the rule (\S+) at line (\d+)", EVENTS)
async def _(play: Play, _body: str, rule: str, line: str) -> None:
    found = [(each.rule, each.line) for each in play.notes["problems"]]
    assert (rule, int(line)) in found, found
