"""A message that comes while the journal is asked for it is not missed."""

import anyio

from podium.kernel.ids import RunId
from podium.kernel.json import JsonObject
from podium.workflows.engine.journal import Claim, Entry, Hold, Message
from podium.workflows.engine.live import Live
from podium.workflows.engine.writer import Given
from podium.workflows.runs import Run, RunStatus, WorkflowRef
from tests.simulation.loop import simulate
from tests.simulation.stage import RUN, START, SimulatedClock
from tests.world import ANN


class SlowDesk:
    """Its journal looked before the message came, and answers after it has."""

    def __init__(self) -> None:
        self.clock: SimulatedClock = SimulatedClock()
        self.asked: int = 0

    def give(self, entry: Entry) -> Given:
        given = Given(entry)
        given.end(True)
        return given

    async def message(self, _run: RunId, _topic: str) -> Message | None:
        self.asked += 1
        if self.asked > 1:
            return Message(1, "here")
        await anyio.sleep(1.0)
        return None

    async def busy(self, _live: Live) -> None:
        return

    def idle(self, _live: Live) -> None:
        return


def test_a_message_that_comes_while_the_journal_is_asked_is_received() -> None:
    async def play() -> JsonObject:
        ref = WorkflowRef("sim", "sim", "1.0.0", "")
        run = Run(RUN, ANN.workspace, ANN.user, ref, RunStatus.RUNNING, None, START)
        # It had an earlier message on this topic, so that it asks.
        claim = Claim(run, Hold(RUN, ANN.workspace, 1), {}, topics=frozenset({"t"}))
        live = Live(claim, SlowDesk())
        found: list[JsonObject] = []

        async def receive() -> None:
            found.append(await live.receive("r", "t", until=START + 60.0, reason="an answer"))

        async with anyio.create_task_group() as group:
            _ = group.start_soon(receive)
            await anyio.sleep(0.5)
            live.mail("t")
        return found[0]

    assert simulate(play).get("message") == "here"
