"""Each scenario: what is done, what is measured, and the proof that the work was done."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeAlias

from bench.drivers.contract import ADDED, CALLS, WIDTH, Engine, Tally, Waits, WrongError

Figures: TypeAlias = dict[str, Any]


async def warm(engine: Engine, tally: Tally, *, runs: int) -> Figures:
    for n in range(runs):
        _ = await engine.five(n)
    await _together([engine.five(n) for n in range(runs)], 10)
    _ = await engine.fan(0)
    _ = await (await engine.queue(0))
    return {}


async def sequential(engine: Engine, tally: Tally, *, runs: int, seconds: float) -> Figures:
    """(a) One at a time: the latency of each run, ms."""
    before = tally.count
    latencies = await _timed(engine.five, runs, seconds, expected=lambda n: n + ADDED)
    _check(tally.count - before, CALLS * len(latencies))
    return {"ms": latencies, "runs": len(latencies)}


async def many(engine: Engine, tally: Tally, *, runs: int, seconds: float, at_once: int) -> Figures:
    """(b) So many at once: runs per second."""
    before, began, done = tally.count, time.perf_counter(), 0
    numbers = iter(range(runs))

    async def one_after_the_other() -> None:
        nonlocal done
        for n in numbers:
            if time.perf_counter() - began > seconds:
                return
            _equal(await engine.five(n), n + ADDED)
            done += 1

    await _together([one_after_the_other() for _ in range(at_once)], at_once)
    took = time.perf_counter() - began
    _check(tally.count - before, CALLS * done)
    return {"runs_per_second": done / took, "runs": done}


async def fan(engine: Engine, tally: Tally, *, runs: int, seconds: float) -> Figures:
    """(c) A run with 20 effects at once, one run at a time: the latency of each, ms."""
    before = tally.count
    latencies = await _timed(engine.fan, runs, seconds, expected=lambda _n: WIDTH)
    _check(tally.count - before, WIDTH * len(latencies))
    return {"ms": latencies, "runs": len(latencies)}


async def queue(engine: Engine, tally: Tally, *, runs: int, at_once: int) -> Figures:
    """(d) So many runs handed over, and then until all are done, s."""
    before, began = tally.count, time.perf_counter()
    gate = asyncio.Semaphore(at_once)

    async def hand_over(n: int) -> Awaitable[int]:
        async with gate:
            return await engine.queue(n)

    handed = [asyncio.ensure_future(hand_over(n)) for n in range(runs)]
    waiting = [await one for one in handed]
    accepted = time.perf_counter() - began
    for n, one in enumerate(waiting):
        _equal(await one, n + ADDED)
    took = time.perf_counter() - began
    _check(tally.count - before, CALLS * runs)
    return {"seconds": took, "accepted_seconds": accepted, "runs": runs}


async def first(engine: Engine, tally: Tally, *, times: int, pause: float) -> Figures:
    """(e) From handing a run to an engine that does nothing until its first effect, ms."""
    figures: Figures = {"runs": times}
    for name, hand_over in (("ms", engine.start), ("queued_ms", engine.queue)):
        latencies: list[float] = []
        for n in range(times):
            # Not in step with whatever the engine does at fixed intervals.
            await asyncio.sleep(pause * (1 + n / times))
            tally.arm()
            began = time.perf_counter()
            _equal(await (await hand_over(n)), n + ADDED)
            if tally.first is None:
                raise WrongError("a run ended without an effect")
            latencies.append(round((tally.first - began) * 1000, 3))
        figures[name] = latencies
        if engine.start == engine.queue:
            break
    return figures


async def idle(engine: Engine, tally: Tally, *, seconds: float) -> Figures:
    """Nothing; `bench.run` measures what that costs."""
    await asyncio.sleep(seconds)
    return {"seconds": seconds}


async def wait(engine: Engine, tally: Tally, *, runs: int) -> Figures:
    """So many runs come to wait for a message each."""
    began = time.perf_counter()
    await _waits(engine).wait(0, runs)
    return {"seconds": time.perf_counter() - began, "runs": await _waits(engine).waiting()}


async def recovered(engine: Engine, tally: Tally, *, runs: int) -> Figures:
    """After a crash: until the engine has all of them again, and one goes on when told to."""
    began = time.perf_counter()
    while (found := await _waits(engine).waiting()) < runs:
        await asyncio.sleep(0.05)
    all_there = time.perf_counter() - began
    _equal(await _waits(engine).answer(runs // 2), runs // 2 + ADDED)
    return {"seconds": all_there, "first_seconds": time.perf_counter() - began, "runs": found}


async def answered(engine: Engine, tally: Tally, *, runs: int, skip: int, at_once: int) -> Figures:
    """Every one of them but `skip` is told to go on, and ends with what it should."""
    began, before = time.perf_counter(), tally.count

    async def tell(n: int) -> None:
        _equal(await _waits(engine).answer(n), n + ADDED)

    await _together([tell(n) for n in range(runs) if n != skip], at_once)
    took = time.perf_counter() - began
    _check(tally.count - before, runs - 1)
    return {"seconds": took, "runs": runs - 1}


SCENARIOS: Mapping[str, Callable[..., Coroutine[Any, Any, Figures]]] = {
    one.__name__: one
    for one in (warm, sequential, many, fan, queue, first, idle, wait, recovered, answered)
}


def _waits(engine: Engine) -> Waits:
    if not hasattr(engine, "wait"):
        raise WrongError("its driver has no waiting runs")
    return engine  # type: ignore[return-value]


async def _timed(
    one: Callable[[int], Awaitable[int]],
    runs: int,
    seconds: float,
    *,
    expected: Callable[[int], int],
) -> list[float]:
    latencies: list[float] = []
    ends = time.perf_counter() + seconds
    for n in range(runs):
        began = time.perf_counter()
        if began > ends:
            break
        answer = await one(n)
        latencies.append(round((time.perf_counter() - began) * 1000, 3))
        _equal(answer, expected(n))
    return latencies


async def _together(work: Sequence[Coroutine[Any, Any, object]], at_once: int) -> None:
    gate = asyncio.Semaphore(at_once)

    async def through(one: Coroutine[Any, Any, object]) -> None:
        async with gate:
            _ = await one

    async with asyncio.TaskGroup() as group:
        for one in work:
            _ = group.create_task(through(one))


def _equal(answer: object, expected: int) -> None:
    if answer != expected:
        raise WrongError(f"a run answered {answer!r}, not {expected}")


def _check(effects: int, expected: int) -> None:
    if effects != expected:
        raise WrongError(f"there were {effects} effects, not {expected}")
