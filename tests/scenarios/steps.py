"""What the sentences of the conformance kit mean."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from podium.kernel.json import Json
from podium.observability.spans import SpanStatus
from podium.workflows.interpreter.problems import same_type
from podium.workflows.runs import RunStatus
from tests.scenarios.gherkin import Scenario, Step
from tests.scenarios.stage import Stage


@dataclass
class Play:
    """A scenario under way on its stage."""

    stage: Any
    input: Json = None
    notes: dict[str, Any] = field(default_factory=dict)


Yaml: TypeAlias = Any
"""Whatever stands in a feature file, or comes out of a run to be compared with it."""

Action: TypeAlias = Callable[..., Awaitable[None]]
KIT: list[tuple[re.Pattern[str], Action]] = []


def step(
    pattern: str, book: list[tuple[re.Pattern[str], Action]] = KIT
) -> Callable[[Action], Action]:
    """The function does what a sentence says, with play, YAML and the pattern's groups."""

    def keep(action: Action) -> Action:
        book.append((re.compile(pattern), action))
        return action

    return keep


async def perform(
    scenario: Scenario, stage: Stage, *books: Sequence[tuple[re.Pattern[str], Action]]
) -> None:
    play = Play(stage)
    for each in scenario.steps:
        action, groups = _meaning(each, books)
        try:
            await action(play, each.body, *groups)
        except BaseException as error:
            error.add_note(f"{scenario.id} (line {scenario.line}): {each.text}")
            raise


def _meaning(
    each: Step, books: Sequence[Sequence[tuple[re.Pattern[str], Action]]]
) -> tuple[Action, Sequence[str]]:
    for book in books:
        for pattern, action in book:
            if (found := pattern.fullmatch(each.text.strip())) is not None:
                return action, found.groups()
    raise AssertionError(f"no step says: {each.text}")


def value(text: str) -> Yaml:
    """What stands under a step. YAML 1.1, as the files are meant."""
    return yaml.safe_load(text) if text.strip() else None


def at(output: Yaml, path: str) -> Yaml:
    """The value at `a.b[0].c`; a KeyError says what is missing."""
    for name in re.findall(r"[^.\[\]]+", path):
        try:
            output = output[int(name)] if isinstance(output, list) else output[name]
        except (KeyError, IndexError, TypeError) as error:
            raise AssertionError(f"there is no {path} in {output!r}") from error
    return output


@step("(?:given )?a workflow with definition:")
async def _(play: Play, body: str) -> None:
    await play.stage.define(body)


@step("(?:given )?the workflow input is:")
async def _(play: Play, body: str) -> None:
    play.input = value(body)


@step("the workflow is executed")
async def _(play: Play, _body: str) -> None:
    await play.stage.execute(play.input)


@step("the workflow should complete(?: with output:)?")
async def _(play: Play, body: str) -> None:
    run = await play.stage.run()
    assert run.status is RunStatus.COMPLETED, run.error
    if body:
        assert run.output == value(body)


@step("the workflow should fault(?: with error:)?")
async def _(play: Play, body: str) -> None:
    run = await play.stage.run()
    assert run.status is RunStatus.FAULTED, (run.status, run.output)
    if body:
        fits(run.error, value(body))


def fits(error: Yaml, expected: Mapping[str, Any]) -> None:
    """Every member of `expected`; types by kind, as the specification spells them in many ways."""
    for name, wanted in expected.items():
        found = at(error, name)
        assert found == wanted or (name == "type" and same_type(found, wanted)), (name, error)


@step("the workflow should (?:cancel|be cancelled)")
async def _(play: Play, _body: str) -> None:
    run = await play.stage.run()
    assert run.status is RunStatus.CANCELLED, (run.status, run.error)


@step("the workflow output should have properties (.+)")
async def _(play: Play, _body: str, names: str) -> None:
    run = await play.stage.run()
    for name in re.findall(r"'([^']+)'", names):
        _ = at(run.output, name)


@step("the workflow output should have a '([^']+)' property with value:")
async def _(play: Play, body: str, name: str) -> None:
    run = await play.stage.run()
    assert at(run.output, name) == value(body)


@step(r"the workflow output should have a '([^']+)' property containing (\d+) items?")
async def _(play: Play, _body: str, name: str, count: str) -> None:
    run = await play.stage.run()
    assert len(at(run.output, name)) == int(count)


async def _order(play: Play) -> list[str]:
    return [span.name for span in await play.stage.spans()]


@step(r"(\w+) should run first")
async def _(play: Play, _body: str, name: str) -> None:
    assert (await _order(play))[0] == name


@step(r"(\w+) should run last")
async def _(play: Play, _body: str, name: str) -> None:
    assert (await _order(play))[-1] == name


@step(r"(\w+) should run (before|after) (\w+)")
async def _(play: Play, _body: str, name: str, word: str, other: str) -> None:
    order = await _order(play)
    one, two = order.index(name), order.index(other)
    assert (one < two) if word == "before" else (one > two), order


@step(r"(\w+) should (complete|fault|not run)")
async def _(play: Play, _body: str, name: str, how: str) -> None:
    spans = [span for span in await play.stage.spans() if span.name == name]
    if how == "not run":
        assert not spans
        return
    assert spans, f"{name} did not run"
    wanted = SpanStatus.OK if how == "complete" else SpanStatus.ERROR
    assert spans[-1].status is wanted, spans[-1]
