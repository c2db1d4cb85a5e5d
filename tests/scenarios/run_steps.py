"""Sentences about runs: short documents, other runs, when tasks began and in which order."""

import re
from itertools import pairwise

import anyio
import yaml

from podium.kernel.errors import Conflict, PodiumError
from podium.workflows.run_service import Fork, Start
from podium.workflows.runs import Run, RunStatus
from tests.scenarios.more_steps import on
from tests.scenarios.steps import Action, Play, at, step, value
from tests.world import ANN

RUNS: list[tuple[re.Pattern[str], Action]] = []
_SOON = 0.2
_NEAR = 0.05
"""Seconds by which a task may begin later: each one moves the run's clock a little."""


def document(tasks: str, name: str = "scenario", version: str = "1.0.0") -> str:
    """A whole document around a list of tasks."""
    head = {"dsl": "1.0.3", "namespace": "test", "name": name, "version": version}
    return f"document: {yaml.safe_dump(head, default_flow_style=True)}do:\n{tasks}\n"


# Given


@step(r"a workflow that does:", RUNS)
async def _(play: Play, body: str) -> None:
    await on(play).define(document(body))


@step(r"(?:another|a) workflow (\w+) that does:", RUNS)
async def _(play: Play, body: str, name: str) -> None:
    await on(play).define(document(body, name))


@step(r"its version (\S+) does:", RUNS)
async def _(play: Play, body: str, version: str) -> None:
    await on(play).define(document(body, on(play).versions[0].ref.name, version))


# When


@step(r"the workflow is started with the key (\S+) and the input:", RUNS)
async def _(play: Play, body: str, key: str) -> None:
    try:
        await on(play).start(value(body), key=key)
    except Conflict as error:
        play.notes["refused"] = error.message
    await anyio.sleep(_SOON)


@step(r"the run of (\w+) is (paused|cancelled|resumed)", RUNS)
async def _(play: Play, _body: str, name: str, what: str) -> None:
    runs, id = on(play).runs, on(play).runs_of(name)[-1].id
    change = {"paused": runs.pause, "cancelled": runs.cancel, "resumed": runs.resume}[what]
    _ = await change(ANN, id)
    await anyio.sleep(_SOON)


@step(r"somebody tries to (retry|fork|pause|cancel|resume) the workflow(?: from (\S+))?", RUNS)
async def _(play: Play, _body: str, what: str, path: str | None) -> None:
    runs, id = on(play).runs, (await on(play).run()).id
    try:
        match what:
            case "retry":
                _ = await runs.retry(ANN, id, path=path or "")
            case "fork":
                _ = await runs.fork(ANN, id, Fork(path or ""))
            case "pause":
                _ = await runs.pause(ANN, id)
            case "cancel":
                _ = await runs.cancel(ANN, id)
            case _:
                _ = await runs.resume(ANN, id)
    except PodiumError as error:
        play.notes["refused"] = error.message
    else:
        raise AssertionError(f"nobody refused to {what} it")


@step(r"a run of (\w+) is started", RUNS)
async def _(play: Play, _body: str, name: str) -> None:
    _ = await on(play).runs.start(ANN, Start("test", name))
    await anyio.sleep(_SOON)


# Then


@step(r"the newest run of (\w+) should be (\w+)(?: for (.+))?", RUNS)
async def _(play: Play, _body: str, name: str, status: str, reason: str | None) -> None:
    run = on(play).runs_of(name)[-1]
    assert run.status is RunStatus(status), (run.status, run.waiting_on, run.error)
    assert reason is None or reason in (run.waiting_on or ""), run.waiting_on


def _first(play: Play) -> Run:
    return on(play).stores.journal.rows[on(play).started[0]].run


@step(r"the first run should be (\w+)(?: with the output:)?", RUNS)
async def _(play: Play, body: str, status: str) -> None:
    run = _first(play)
    assert run.status is RunStatus(status), (run.status, run.error)
    assert not body or run.output == value(body), run.output


@step(r"(\w+) should have begun after:", RUNS)
async def _(play: Play, body: str, name: str) -> None:
    """Each time that it ran, in seconds from the start of the run, or from its own first time."""
    spans = [span for span in await on(play).spans() if span.name == name]
    began = (await on(play).run()).started_at
    found = [span.started_at - (began or 0) for span in spans]
    wanted = value(body)
    assert len(found) == len(wanted), found
    assert all(0 <= f - w <= _NEAR for f, w in zip(found, wanted, strict=True)), found


@step(r"the pauses between the runs of (\w+) should have been between:", RUNS)
async def _(play: Play, body: str, name: str) -> None:
    """Pairs of seconds."""
    spans = [span.started_at for span in await on(play).spans() if span.name == name]
    found = [late - early for early, late in pairwise(spans)]
    wanted = value(body)
    assert len(found) == len(wanted), found
    fit = (low <= f <= high + _NEAR for f, (low, high) in zip(found, wanted, strict=True))
    assert all(fit), found


@step(r"the pauses between the runs of (\w+) should differ", RUNS)
async def _(play: Play, _body: str, name: str) -> None:
    spans = [span.started_at for span in await on(play).spans() if span.name == name]
    found = {round(late - early, 3) for early, late in pairwise(spans)}
    assert len(found) > 1, found


@step("the tasks should have run in this order:", RUNS)
async def _(play: Play, body: str) -> None:
    found = [span.name for span in await on(play).spans()]
    assert found == value(body), found


@step(r"the workflow output should have a '([^']+)' property that says: (.+)", RUNS)
async def _(play: Play, _body: str, name: str, said: str) -> None:
    run = await on(play).run()
    assert said in str(at(run.output, name)), run.output


@step(r"(\w+) should have been done (\d+) times?", RUNS)
async def _(play: Play, _body: str, name: str, count: str) -> None:
    """An effect at a task of that name, over all runs and restarts."""
    done = [path for path in on(play).ledger.calls if re.search(rf"/{name}(?:$|[\[#~])", path)]
    assert len(done) == int(count), on(play).ledger.calls


@step(r"(\d+) runs? should exist", RUNS)
async def _(play: Play, _body: str, count: str) -> None:
    assert len(on(play).stores.journal.rows) == int(count)


@step(r"no run of (\w+) should be left", RUNS)
async def _(play: Play, _body: str, name: str) -> None:
    left = [run.id for run in on(play).runs_of(name) if not run.status.is_final]
    assert not left, left


@step(r"the service at (\S+) should have been asked with (\d+) keys?", RUNS)
async def _(play: Play, _body: str, url: str, count: str) -> None:
    asked = [each for each in on(play).web.asked if each[1].startswith(url)]
    keys = {each[2].get("Idempotency-Key") for each in asked} - {None}
    assert len(keys) == int(count), keys


@step(r"a newer version (\S+) is stored that does:", RUNS)
async def _(play: Play, body: str, version: str) -> None:
    await on(play).define(document(body, on(play).versions[0].ref.name, version))
