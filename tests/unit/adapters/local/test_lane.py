import threading
from collections.abc import Callable
from contextlib import aclosing

import anyio
import pytest
from tests.pace import HANGS

from podium.adapters.local.lane import Emit, Lane
from podium.kernel.errors import LimitReached, Unavailable

pytestmark = pytest.mark.anyio


def pause(_: object = None, seconds: float = 0.005) -> None:
    done = threading.Event().wait(seconds)
    assert not done


def held(gate: threading.Event) -> Callable[[str], bool]:
    return lambda model: gate.wait(HANGS) and bool(model)


def lane(start: Callable[[], str] = lambda: "model", waiting: int = 4) -> Lane[str]:
    return Lane("test", start, waiting=waiting)


async def test_the_model_starts_with_the_first_request_and_only_once():
    starts: list[str] = []

    def start() -> str:
        starts.append(threading.current_thread().name)
        return "model"

    one = lane(start)
    assert starts == []
    assert [await one.run(str.upper) for _ in range(3)] == ["MODEL"] * 3
    assert starts == ["podium-test_0"]
    await one.close()


async def test_a_model_that_cannot_start_is_tried_again_by_the_next_request():
    tries = iter([Unavailable("no weights"), "model"])

    def start() -> str:
        if isinstance(found := next(tries), Exception):
            raise found
        return found

    one = lane(start)
    with pytest.raises(Unavailable, match="no weights"):
        _ = await one.run(str.upper)
    assert await one.run(str.upper) == "MODEL"
    await one.close()


async def test_requests_take_turns_while_the_event_loop_goes_on():
    one, running, most = lane(), 0, 0

    def work(model: str) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        pause(model, 0.05)
        running -= 1

    ticks = 0
    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            _ = tasks.start_soon(one.run, work)
        for _ in range(5):
            await anyio.sleep(0.01)
            ticks += 1
    assert (most, ticks) == (1, 5)
    await one.close()


async def test_one_request_more_than_may_wait_is_refused():
    one, gate = lane(waiting=2), threading.Event()
    async with anyio.create_task_group() as tasks:
        for _ in range(2):
            _ = tasks.start_soon(one.run, held(gate))
        await anyio.sleep(0.01)
        with pytest.raises(LimitReached, match="as many requests as may wait"):
            _ = await one.run(str.upper)
        gate.set()
    assert await one.run(str.upper) == "MODEL"
    await one.close()


async def test_a_cancelled_request_that_waits_never_begins():
    one, gate, begun = lane(), threading.Event(), list[str]()
    async with anyio.create_task_group() as tasks:
        _ = tasks.start_soon(one.run, held(gate))
        await anyio.sleep(0.01)
        with anyio.move_on_after(0.01):
            await one.run(begun.append)
        gate.set()
    assert await one.run(str.upper) == "MODEL"
    assert begun == []
    await one.close()


async def test_a_stream_gives_each_item_and_then_what_went_wrong():
    def work(model: str, emit: Emit[str]) -> None:
        _ = [emit(letter) for letter in model[:2]]
        raise Unavailable("broke")

    one = lane()
    stream = one.stream(work)
    assert [await anext(stream), await anext(stream)] == ["m", "o"]
    with pytest.raises(Unavailable, match="broke"):
        _ = await anext(stream)
    await one.close()


async def test_a_stream_that_is_left_ends_with_its_next_item():
    emitted: list[int] = []

    def work(model: str, emit: Emit[int]) -> None:
        while not emit(len(emitted)):
            emitted.append(1)
            pause(model)

    one = lane()
    async with aclosing(one.stream(work)) as stream:
        assert await anext(stream) == 0
    with anyio.fail_after(HANGS):  # while it streams nobody else has a turn
        assert await one.run(str.upper) == "MODEL"
    await one.close()


async def test_closing_ends_what_streams_and_refuses_what_waits():
    def endless(model: str, emit: Emit[str]) -> None:
        while not emit("more"):
            pause(model)

    one = lane()
    stream = one.stream(endless)
    assert await anext(stream) == "more"
    refused: list[str] = []

    async def waits() -> None:
        try:
            _ = await one.run(str.upper)
        except Unavailable as error:
            refused.append(error.message)

    async with anyio.create_task_group() as tasks:
        _ = tasks.start_soon(waits)
        await anyio.sleep(0.01)
        await one.close()
    assert refused == ["The local model 'test' is closed: podium is stopping."]
    with pytest.raises(Unavailable):
        _ = await one.run(str.upper)
    await stream.aclose()
    await one.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "podium-test_0"]
