"""The machine's clock is set while runs sleep: on every database each step is taken once, in order.

`make drills` runs it too.
"""

import time
from dataclasses import dataclass

import anyio
import pytest
from tests.contract.storage.world import Stores, a_run

from podium.kernel.json import JsonObject
from podium.workflows.engine.engine import DurableEngine, Edges
from podium.workflows.engine.settings import EngineSettings
from podium.workflows.interpreter.execution import broken
from podium.workflows.ports import Effects, End
from podium.workflows.runs import Run, RunStatus

pytestmark = pytest.mark.anyio

HOUR = 3600.0
RUNS = 20
PATIENCE = 120.0
HASTY = EngineSettings("one", runs=RUNS, patience=0.1, alone=False, poll=0.05)


@dataclass
class Clock:
    """It goes as fast as any, and can be set."""

    set_by: float = 1_000_000.0

    def now(self) -> float:
        return time.monotonic() + self.set_by

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


@dataclass
class Drill:
    stores: Stores
    clock: Clock
    taken: list[str]

    async def body(self, run: Run, effects: Effects) -> End:
        """A step, an hour of sleep, a step."""
        for name in ("before", "after"):

            async def step(name: str = name) -> JsonObject:
                self.taken.append(f"{run.id} {name}")
                return {"ok": name, "at": effects.now()}

            _ = await effects.call(f"/do/{name} step", step)
            if name == "before":
                await effects.sleep(run.created_at + HOUR, reason="an hour")
        return End(effects.now(), output="done")

    async def come_to(self, status: RunStatus) -> None:
        with anyio.fail_after(PATIENCE):
            while await self.statuses() != {status}:  # noqa: ASYNC110 - rows tell nobody
                await anyio.sleep(0.05)

    async def statuses(self) -> set[RunStatus]:
        return {(await self.stores.runs.find(run.id)).status for run in self.runs}

    @property
    def runs(self) -> list[Run]:
        return [a_run(f"{number:02}", at=self.clock.now()) for number in range(RUNS)]


@pytest.mark.parametrize("jumps", [(2 * HOUR,), (-24 * HOUR, 26 * HOUR)], ids=["forward", "back"])
async def test_a_clock_that_is_set_while_runs_sleep_loses_and_repeats_nothing(
    stores: Stores, jumps: tuple[float, ...]
):
    drill = Drill(stores, Clock(), [])
    engine = DurableEngine(Edges(stores.journal, drill.clock, drill.body, broken), HASTY)
    async with engine.serving():
        for run in drill.runs:
            _ = await engine.start(run)
        await drill.come_to(RunStatus.WAITING)
        for jump in jumps:
            assert [step for step in drill.taken if "after" in step] == []
            drill.clock.set_by += jump
            await anyio.sleep(0.3)
        await drill.come_to(RunStatus.COMPLETED)
    assert sorted(drill.taken) == sorted(
        f"{run.id} {step}" for run in drill.runs for step in ("before", "after")
    )
