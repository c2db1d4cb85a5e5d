"""The Java runtime's samples about events and schedules, as its own tests run them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from tests.unit.workflows.interpreter.listening import Stage, stage
from tests.unit.workflows.scheduling.board import Board
from tests.world import Scene

from podium.kernel.json import Json, JsonObject
from podium.workflows.documents.yaml import load
from podium.workflows.runs import RunStatus
from podium.workflows.scheduling.schedules import Kind

SAMPLES = Path(__file__).parents[5] / "shared" / "openworkflow" / "examples" / "sdk-java-7.26"

pytestmark = [pytest.mark.anyio, pytest.mark.shared]

CRUELLA: Json = {
    "client": {"firstName": "Cruella", "lastName": "de Vil"},
    "items": [{"breed": "dalmatian", "quantity": 101}],
}


def text(name: str) -> str:
    return (SAMPLES / f"{name}.yaml").read_text(encoding="utf-8")


class Sample:
    """A run of a sample that waits, and runs of others that emit."""

    def __init__(self, stage: Stage) -> None:
        self.stage: Stage = stage
        self.count: int = 0

    async def emit(self, name: str, input: Json = None) -> None:
        """Run the sample of that name to its end."""
        scene, other = self.stage.scene, Scene(text(name))
        scene.ledger.versions |= other.ledger.versions
        scene.clock.at += 1
        self.count += 1
        run = f"run_emit{self.count}"
        listens = scene.wish
        scene.wish = replace(other.wish, created_at=scene.clock.at)
        await self.stage.start(input, run=run)
        scene.wish = listens
        _ = await self.stage.output(run)
        await self.stage.waits()

    @property
    def waits(self) -> bool:
        return self.stage.run().status is RunStatus.WAITING


@asynccontextmanager
async def sample(name: str, input: Json = None) -> AsyncGenerator[Sample]:
    async with stage(text(name)) as here:
        await here.start({} if input is None else input)
        await here.waits()
        yield Sample(here)


@pytest.mark.parametrize("name", ["listen-to-any", "set-listen-to-any"])
async def test_any_event(name: str):
    async with sample(name) as here:
        await here.emit("emit")
        assert await here.stage.output() == [CRUELLA]


async def test_any_with_a_filter_and_foreach():
    async with sample("listen-to-any-filter") as here:
        await here.emit("emit-doctor", {"temperature": 39})
        assert await here.stage.output() == [{"temperature": 39, "isSick": True}]


async def test_all():
    async with sample("listen-to-all") as here:
        for temperature in (35, 39):
            await here.emit("emit-doctor", {"temperature": temperature})
            assert here.waits
        await here.emit("emit")
        assert await here.stage.output() == [{"temperature": 39}, CRUELLA]


async def test_any_until_another_event():
    async with sample("listen-to-any-until-consumed") as here:
        for temperature in (35, 39):
            await here.emit("emit-doctor", {"temperature": temperature})
            assert here.waits
        await here.emit("emit-out")
        assert await here.stage.output() == [{"temperature": 39}]


async def test_foreach_is_done_as_each_event_comes():
    async with sample("listen-to-any-until") as here:
        await here.emit("emit-doctor", {"temperature": 35})
        assert here.waits
        await here.emit("emit-doctor", {"temperature": 39})
        cold, hot = cast("list[dict[str, float]]", await here.stage.output())
        assert (cold["temperature"], hot["temperature"]) == (35, 39)
        assert hot["time"] > cold["time"], "not both at the end"


async def test_correlation_with_what_the_run_knows():
    async with sample("listen-correlate", {"patientId": "P123"}) as here:
        for patient in ("P456", "P123"):
            assert here.waits
            _ = await here.stage.publish(
                "com.example.hospital.patient.admitted", {"patientId": patient}
            )
            await here.stage.waits()
        assert await here.stage.output() == [{"patientId": "P123"}]


async def test_correlation_with_the_first_event():
    async with sample("listen-correlate-no-expect") as here:
        _ = await here.stage.publish("com.example.hospital.patient.admitted", {"patientId": "P9"})
        assert await here.stage.output() == [{"patientId": "P9"}]


async def test_a_timeout_that_is_an_expression():
    async with sample("listen-to-one-timeout", {"delay": 0.01}) as here:
        assert await here.stage.output() == {"message": "Viva er Beti Balompie"}


def schedule(name: str) -> JsonObject:
    return cast("JsonObject", load(text(name), name=name).value["schedule"])


async def test_each_event_starts_a_run():
    board = Board()
    await board.store(schedule("listen-start"))
    for name in ("Javierito", "Fulanito"):
        _ = await board.publish("com.example.hospital.events.patients.recover", {"name": name})
    runs = cast("list[list[dict[str, JsonObject]]]", board.inputs())
    assert [events[0]["data"]["name"] for events in runs] == ["Javierito", "Fulanito"]


async def test_all_events_start_one_run():
    board = Board()
    await board.store(schedule("listen-start-all"))
    for name in ("Javierito", "Fulanito"):
        _ = await board.publish("com.example.hospital.events.patients.recover", {"name": name})
    (events,) = cast("list[list[dict[str, JsonObject]]]", board.inputs())
    assert sorted(str(each["data"]["name"]) for each in events) == ["Fulanito", "Javierito"]


async def test_by_the_clock():
    board = Board("2026-11-22T10:00")
    await board.store(schedule("cron-start"))
    assert await board.due(150) == "10:01 10:02"
    await board.store(schedule("every-start"), version="2.0.0")
    _ = await board.due(0.055)
    assert len(board.runs.wishes) >= 2 + 4
    await board.store(schedule("after-start"), version="3.0.0")
    before = len(board.runs.wishes)
    _ = await board.due(0.01)
    assert len(board.runs.wishes) == before + 1
    await board.end(f"run_{before + 1}")
    _ = await board.due(0.06)
    assert len(board.runs.wishes) == before + 2
    assert (await board.schedule(Kind.AFTER)).last_run == f"run_{before + 2}"
