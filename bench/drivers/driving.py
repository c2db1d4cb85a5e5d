"""The life of a driver: open, measure what is asked for line by line, close."""

import asyncio
import json
import os
import sys
import time
import traceback
from pathlib import Path

import uvloop

from bench.drivers.contract import Engine, Open, Opening, Tally
from bench.drivers.scenarios import SCENARIOS, Figures


def main(open_: Open) -> None:
    """The driver's whole life."""
    uvloop.run(_serve(open_))


async def _serve(open_: Open) -> None:
    # What peers print must not come between the lines of the contract.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    _ = os.dup2(2, 1)
    opening: Opening = json.loads(await asyncio.to_thread(sys.stdin.readline))
    Path(opening["folder"]).mkdir(parents=True, exist_ok=True)
    tally = Tally()
    began = time.perf_counter()
    async with open_(opening, tally) as engine:
        opened = {"seconds": time.perf_counter() - began, "pid": os.getpid()}
        print(json.dumps(engine.about.shown() | opened), file=answers)
        while line := await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(await _measured(engine, tally, json.loads(line))), file=answers)


async def _measured(engine: Engine, tally: Tally, asked: Figures) -> Figures:
    name, most = asked.pop("scenario"), asked.pop("most")
    try:
        async with asyncio.timeout(most):
            return await SCENARIOS[name](engine, tally, **asked)
    except TimeoutError:
        return {"failed": f"{name} was not done after {most:g} s"}
    except Exception as error:  # noqa: BLE001 - the edge of a process: the reason goes in the table
        traceback.print_exc()
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        return {"failed": f"{type(error).__name__}: {error}"[:300]}
