"""TensorZero's gateway as a library, called in this process: load is made here, not over a port.

    embedded.py CONFIG IGNORED_PORT

Reads lines of JSON `{"seconds": 5, "at_once": 64, "stream": false}` from standard input and answers
each with one line: calls, seconds; p50, p99 and first_p50 (of streams) in milliseconds. It runs
in the peers' environment.
"""

import asyncio
import json
import sys
import time

import uvloop
from tensorzero import AsyncTensorZeroGateway

ASKED = {
    "messages": [{"role": "user", "content": "Say in one sentence what a river carries. " * 9}],
    "system": "You answer in one sentence.",
}


async def ask(gateway: AsyncTensorZeroGateway, *, stream: bool) -> tuple[float, float]:
    began, first = time.perf_counter(), 0.0
    answer = await gateway.inference(model_name="swift", input=ASKED, stream=stream, dryrun=True)
    if stream:
        async for _ in answer:
            first = first or time.perf_counter() - began
    return time.perf_counter() - began, first


async def load(gateway: AsyncTensorZeroGateway, wish: dict) -> dict:
    ends, took = time.perf_counter() + wish["seconds"], []

    async def caller() -> None:
        while time.perf_counter() < ends:
            took.append(await ask(gateway, stream=wish["stream"]))

    began = time.perf_counter()
    await asyncio.gather(*[caller() for _ in range(wish["at_once"])])
    whole, firsts = sorted(t for t, _ in took), sorted(f for _, f in took)
    return {
        "calls": len(took),
        "seconds": time.perf_counter() - began,
        "p50": whole[len(whole) // 2] * 1000,
        "p99": whole[int(len(whole) * 0.99)] * 1000,
        "first_p50": firsts[len(firsts) // 2] * 1000,
    }


async def main() -> None:
    gateway = await AsyncTensorZeroGateway.build_embedded(config_file=sys.argv[1], async_setup=True)
    print(json.dumps({"ready": True}), flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(await load(gateway, json.loads(line))), flush=True)


uvloop.run(main())
