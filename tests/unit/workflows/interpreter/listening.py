"""A run that waits for events, and those who publish them."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import cast

import anyio
from tests.pace import HANGS
from tests.world import ANN, Scene

from podium.kernel.ids import RunId
from podium.kernel.json import Json, JsonObject
from podium.workflows.engine.engine import DurableEngine
from podium.workflows.events.cloudevents import event
from podium.workflows.events.ports import Receipt
from podium.workflows.runs import Run, RunStatus


def an_event(type: str = "order.paid", data: Json = None, **attributes: Json) -> JsonObject:
    return {
        "specversion": "1.0",
        "id": "1",
        "source": "https://shop.example",
        "type": type,
        "data": data,
        **attributes,
    }


@dataclass
class Stage:
    """A scene whose engine is serving."""

    scene: Scene
    engine: DurableEngine
    published: int = 0
    receipts: list[Receipt] = field(default_factory=list)

    def run(self, run: str = "run_1") -> Run:
        return self.scene.journal.rows[RunId(run)].run

    async def start(self, input: Json = None, *, run: str = "run_1") -> None:
        wish = replace(self.scene.wish, id=RunId(run), input=input, created_at=self.scene.clock.at)
        _ = await self.engine.start(wish)

    async def waits(self, run: str = "run_1") -> None:
        """It has come to rest: it waits for events, or has ended."""

        def rests() -> bool:
            now = self.run(run)
            return now.status is RunStatus.WAITING or now.status.is_final

        await until(rests)
        for _ in range(20):
            await anyio.lowlevel.checkpoint()

    async def publish(self, type: str = "order.paid", data: Json = None, **more: Json) -> Receipt:
        """A little later than all before."""
        self.published += 1
        self.scene.clock.at += 1
        said = an_event(type, data, **{"id": str(self.published), **more})
        receipt = await self.scene.bus.publish(ANN, event(said))
        self.receipts.append(receipt)
        return receipt

    async def output(self, run: str = "run_1") -> Json:
        await until(lambda: self.run(run).status.is_final)
        ended = self.run(run)
        assert ended.error is None, ended.error
        return ended.output

    async def error(self, run: str = "run_1") -> JsonObject:
        await until(lambda: self.run(run).status.is_final)
        return cast("JsonObject", self.run(run).error)


@asynccontextmanager
async def stage(text: str) -> AsyncGenerator[Stage]:
    scene = Scene(text)
    async with scene.serving() as engine:
        yield Stage(scene, engine)


async def until(holds: Callable[[], bool]) -> None:
    with anyio.fail_after(HANGS):
        while not holds():
            await anyio.lowlevel.checkpoint()


def paid(order: int) -> Mapping[str, Json]:
    return {"order": order}
