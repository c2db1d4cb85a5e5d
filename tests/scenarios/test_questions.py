"""What people are asked belongs to its run, whoever stops that."""

import anyio

from tests.scenarios.theatre import theatre
from tests.simulation.loop import simulate
from tests.world import ANN

HEAD = "document: {{dsl: '1.0.3', namespace: test, name: {name}, version: '1.0.0'}}\n"
PARENT = HEAD.format(name="parent") + (
    "do:\n- below: {run: {workflow: {namespace: test, name: child, version: '1.0.0'}}}\n"
)
CHILD = HEAD.format(name="child") + "do:\n- nap: {wait: {hours: 1}}\n"


def test_the_questions_of_runs_below_are_withdrawn_and_restored_with_their_parent():
    async def play() -> None:
        async with theatre() as stage:
            await stage.define(PARENT)
            await stage.define(CHILD)
            await stage.start({})
            await anyio.sleep(1.0)
            parent, (child,) = await stage.run(), stage.runs_of("child")
            _ = await stage.runs.cancel(ANN, parent.id)
            assert set(stage.approvals.withdrawn) == {parent.id, child.id}
            _ = await stage.runs.resume(ANN, parent.id)
            assert set(stage.approvals.restored) == {parent.id, child.id}

    simulate(play)
