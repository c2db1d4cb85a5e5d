"""podium, in process: documents through its use cases, as the API calls them."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path

from bench.drivers.contract import WIDTH, About, Opening, Tally, WrongError
from bench.drivers.driving import main
from bench.drivers.tallying import install
from podium.bootstrap.podium import Podium, open_podium
from podium.governance.approvals import ApprovalQuery
from podium.kernel.ids import RunId
from podium.kernel.json import Json
from podium.settings import Origin
from podium.workflows.run_service import Start
from podium.workflows.runs import Run, RunQuery, RunStatus

LONG = 600.0

VERSION = "1.0.0"
HEAD = f"document: {{dsl: '1.0.3', namespace: bench, name: %s, version: '{VERSION}'}}\ndo:\n"
FIVE = (
    HEAD % "five"
    + """
- first:
    set: {n: "${ .n + 1 }"}
- second:
    call: tally
    with: {n: "${ .n }"}
- third:
    set: {n: "${ .n + 1 }"}
- fourth:
    call: tally
    with: {n: "${ .n }"}
- fifth:
    set: {n: "${ .n + 1 }"}
"""
)
BRANCH = """
    - b{i}:
        call: tally
        with: {{n: "${{ .n + {i} }}"}}"""
FAN = (
    HEAD % "fan"
    + "- all:\n    fork:\n      branches:"
    + "".join(BRANCH.format(i=i).replace("\n", "\n  ") for i in range(WIDTH))
    + "\n"
)
WAIT = (
    HEAD % "wait"
    + """
- before:
    set: {n: "${ .n + 1 }"}
- ask:
    call: approve
    with: {title: "Go on?", self_approval: true, payload: {n: "${ .n }"}}
- between:
    set: {n: "${ .payload.n + 2 }"}
- count:
    call: tally
    with: {n: "${ .n }"}
- after:
    set: {n: "${ .n + 1 }"}
"""
)
RUNS_AT_ONCE = 50
STARTS_AT_ONCE = 64
SINCE_ASKED = 0.02


class Driver:
    def __init__(self, podium: Podium, opening: Opening) -> None:
        self._podium: Podium = podium
        self._opening: Opening = opening
        self._runs: dict[int, RunId] = {}

    @property
    def about(self) -> About:
        return About(
            engine="podium",
            packages=["podium", "sqlalchemy", "aiosqlite", "psycopg"],
            records="the run, each effect's outcome, the end with its output; besides, a trace",
            durability=(
                "PostgreSQL's defaults"
                if self._opening["database"]
                else f"SQLite, WAL, synchronous={self._opening['synchronous'].upper()}"
            ),
            queue=f"starting is queueing: {RUNS_AT_ONCE} runs execute at once",
        )

    async def five(self, n: int) -> int:
        return await self._output(await self._start("five", n))

    async def fan(self, n: int) -> int:
        run = await self._ended(await self._start("fan", n))
        return len(run.output) if isinstance(run.output, list) else 0

    async def start(self, n: int) -> Awaitable[int]:
        return self._output(await self._start("five", n))

    queue = start

    async def wait(self, first: int, after: int) -> None:
        gate = asyncio.Semaphore(STARTS_AT_ONCE)

        async def one(n: int) -> None:
            async with gate:
                self._runs[n] = await self._start("wait", n)

        async with asyncio.TaskGroup() as group:
            for n in range(first, after):
                _ = group.create_task(one(n))
        while await self.waiting() < after - first:
            await asyncio.sleep(SINCE_ASKED)

    async def waiting(self) -> int:
        podium = self._podium
        counts = await podium.runs.counts(podium.local, _waits(podium))
        return counts[RunStatus.WAITING]

    async def answer(self, n: int) -> int:
        if n not in self._runs:
            await self._find()
        podium, run = self._podium, self._runs[n]
        asked = ApprovalQuery(podium.local.workspace, run=run)
        (approval,) = (await podium.approvals.list(podium.local, asked, cursor=None, limit=1)).items
        _ = await podium.approvals.approve(
            podium.local, approval.id, expected_digest=approval.payload_digest
        )
        return await self._output(run)

    async def _find(self) -> None:
        """The runs that another process started."""
        podium, cursor = self._podium, None
        while True:
            page = await podium.runs.list(podium.local, _waits(podium), cursor=cursor, limit=1000)
            self._runs |= {_number(run.input): run.id for run in page.items}
            if (cursor := page.next) is None:
                return

    async def _start(self, name: str, n: int) -> RunId:
        wish = Start("bench", name, VERSION, input={"n": n}, batch=name)
        return (await self._podium.runs.start(self._podium.local, wish)).id

    async def _ended(self, id: RunId) -> Run:
        run = await self._podium.runs.ended(self._podium.local, id, seconds=LONG)
        if run.status is not RunStatus.COMPLETED:
            raise WrongError(f"{id} is {run.status}: {run.error}")
        return run

    async def _output(self, id: RunId) -> int:
        return _number((await self._ended(id)).output)


def _waits(podium: Podium) -> RunQuery:
    return RunQuery(podium.local.workspace, batch="wait")


def _number(value: Json) -> int:
    n = value.get("n") if isinstance(value, dict) else None
    if not isinstance(n, int):
        raise WrongError(f"a run's value is {value!r}, not a number n")
    return n


@asynccontextmanager
async def open_driver(opening: Opening, tally: Tally) -> AsyncGenerator[Driver]:
    install(Path(opening["folder"]), tally)
    storage = {"synchronous": opening["synchronous"]}
    if opening["database"]:
        storage["url"] = opening["database"].replace("postgresql:", "postgresql+psycopg:")
    written = Path(opening["folder"]) / "podium.yaml"
    said = {"version": 1, "storage": storage, "engine": {"concurrency": RUNS_AT_ONCE}}
    _ = written.write_text(json.dumps(said), "utf-8")
    async with open_podium(Origin(written, {}).read(), written.parent / ".podium") as podium:
        for text in (FIVE, FAN, WAIT):
            _ = await podium.workflows.put(podium.local, text, name="bench")
        yield Driver(podium, opening)


if __name__ == "__main__":
    main(open_driver)
