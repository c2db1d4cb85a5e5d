"""21 of 21 scenarios of the kit, in both versions; its files are read where they lie."""

import json
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from podium.bootstrap.podium import Podium, open_podium
from podium.kernel.ids import RunId
from podium.kernel.json import Json
from podium.observability.spans import Span, SpanKind
from podium.settings import Origin
from podium.workflows.run_service import Start
from podium.workflows.runs import Run, WorkflowRef
from tests.conformance.beside import SHARED
from tests.conformance.internet import internet
from tests.scenarios.gherkin import Scenario, scenarios
from tests.scenarios.steps import KIT, perform

pytestmark = [pytest.mark.anyio, pytest.mark.shared]
VERSIONS = ("v1.0.3", "main-2026-07-29")
COUNT = 21
FOLDER = SHARED / "openworkflow" / "ctk"
ALL = [(version, each) for version in VERSIONS for each in scenarios(FOLDER / version)]


class Whole:
    """A stage: a podium that is served as `podium up` serves it."""

    def __init__(self, podium: Podium) -> None:
        self.podium: Podium = podium
        self.ref: WorkflowRef | None = None
        self.id: RunId | None = None

    async def define(self, text: str) -> None:
        stored = await self.podium.workflows.put(self.podium.local, text, name="scenario")
        self.ref = stored.ref

    async def execute(self, input: Json) -> None:
        assert self.ref is not None
        wish = Start(self.ref.namespace, self.ref.name, self.ref.version, input=input)
        self.id = (await self.podium.runs.start(self.podium.local, wish)).id
        _ = await self.podium.runs.ended(self.podium.local, self.id, seconds=20)

    async def run(self) -> Run:
        assert self.id is not None
        return await self.podium.runs.get(self.podium.local, self.id)

    async def spans(self) -> list[Span]:
        assert self.id is not None
        found = await self.podium.traces.trace(self.podium.local, self.id)
        tasks = [span for span in found if span.kind is SpanKind.TASK]
        return sorted(tasks, key=lambda span: (span.started_at, span.path))


@asynccontextmanager
async def whole(folder: Path) -> AsyncGenerator[Whole]:
    async with internet(folder) as net:
        http = {"proxy": net.proxy, "ca_file": str(net.ca_file)}
        file = folder / "podium.yaml"
        _ = file.write_text(json.dumps({"version": 1, "http": http}))
        async with open_podium(Origin(file, {}).read(), folder / "state") as podium:
            yield Whole(podium)


@pytest.mark.parametrize(
    "scenario",
    [each for _, each in ALL],
    ids=[f"{version} {each.id}" for version, each in ALL],
)
async def test_the_kit(scenario: Scenario, tmp_path: Path) -> None:
    async with whole(tmp_path) as stage:
        await perform(scenario, stage, KIT)


@pytest.fixture(autouse=True, scope="module")
def _shared() -> None:
    if not FOLDER.is_dir():
        if os.environ.get("CI") == "true":  # noqa: TID251 - the suite's edge
            raise AssertionError(f"{FOLDER} is missing, and CI is true")
        pytest.skip(f"{FOLDER} is missing")


@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_of_the_kit_is_left_out(version: str) -> None:
    assert len([each for of, each in ALL if of == version]) == COUNT
