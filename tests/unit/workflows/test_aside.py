"""Texts are read beside the event loop: whoever else is served does not wait for them."""

import time
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Barrier

import anyio
import pytest
from tests.fakes_access import RULE
from tests.fakes_storage import MemoryWorkflows
from tests.pace import HANGS
from tests.unit.workflows.documents.hostile import hostile, large
from tests.world import ANN, FakeClock

from podium.kernel.errors import Invalid
from podium.workflows.aside import AT_ONCE, Aside
from podium.workflows.service import Workflows

pytestmark = pytest.mark.anyio

SCHEMAS = {"llm": {"type": "object"}}


@dataclass
class Heart:
    """Beats every 2 ms. `gaps` are the processor's seconds from one beat to the next: those of
    this process, so that a busy machine does not count.
    """

    gaps: list[float] = field(default_factory=list)

    async def _beat(self) -> None:
        last = time.process_time()
        while True:
            await anyio.sleep(0.002)
            now = time.process_time()
            self.gaps.append(now - last)
            last = now

    async def during(self, work: Awaitable[object]) -> None:
        """Work in the loop itself would be one gap as long as the work.

        A collection of garbage is a gap too, of a tenth of it.
        """
        async with anyio.create_task_group() as group:
            group.start_soon(self._beat)
            began = time.process_time()
            with suppress(Invalid):
                _ = await work
            took = time.process_time() - began
            group.cancel_scope.cancel()
        assert took > 0.05, "nothing is shown by a text that takes no time"
        assert len(self.gaps) > 10
        assert max(self.gaps) < took / 2, f"{max(self.gaps):.2f} s of {took:.2f} s"


def workflows() -> Workflows:
    return Workflows(MemoryWorkflows(), SCHEMAS, RULE, FakeClock())


@pytest.mark.timed
async def test_the_event_loop_goes_on_while_ten_thousand_tasks_are_stored():
    await Heart().during(workflows().put(ANN, large(), name="large.yaml"))


@pytest.mark.timed
@pytest.mark.parametrize(
    "kind", ["errors: wrong types", "schema: large patterns", "schema: many rules for many values"]
)
async def test_the_event_loop_goes_on_while_a_hostile_text_is_answered(kind: str):
    await Heart().during(workflows().put(ANN, hostile()[kind](), name="hostile.yaml"))


@pytest.mark.timed
async def test_a_small_text_does_not_wait_for_a_large_one():
    store, ended = workflows(), list[str]()

    async def check(name: str, text: str) -> None:
        _ = await store.validate(text, name=name)
        ended.append(name)

    async with anyio.create_task_group() as group:
        group.start_soon(check, "large", large())
        await anyio.sleep(0.05)
        group.start_soon(check, "small", large(1))

    assert ended == ["small", "large"]


async def test_no_more_than_two_texts_are_read_at_once():
    aside, running, most = Aside(), list[int](), list[int]()
    together = Barrier(AT_ONCE)  # nobody is through before so many are there

    def work(number: int) -> None:
        running.append(number)
        most.append(len(running))
        _ = together.wait(HANGS)
        running.remove(number)

    async with anyio.create_task_group() as group:
        for number in range(4 * AT_ONCE):
            group.start_soon(aside.run, partial(work, number))

    assert max(most) == AT_ONCE


async def test_what_the_work_raises_is_raised_to_who_waits():
    def work() -> None:
        raise Invalid("No.")

    with pytest.raises(Invalid, match=r"No\."):
        await Aside().run(work)
