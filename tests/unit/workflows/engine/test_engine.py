"""The engine by itself: bodies written for a test, a journal in memory, simulated time."""

from collections.abc import Awaitable, Callable, Sequence

import anyio
import pytest
from anyio.streams.memory import MemoryObjectReceiveStream
from tests.fakes_journal import MemoryJournal
from tests.simulation.loop import simulate
from tests.simulation.stage import SimulatedClock
from tests.world import ANN

from podium.kernel.errors import Invalid, Unavailable
from podium.kernel.ids import RunId
from podium.kernel.json import Json, JsonObject
from podium.workflows.engine.ends import Ends
from podium.workflows.engine.engine import DurableEngine, Edges
from podium.workflows.engine.journal import Added, Claim, Ended, Entry, Wakes
from podium.workflows.engine.settings import EngineSettings
from podium.workflows.interpreter.execution import broken
from podium.workflows.ports import Body, Effects, End
from podium.workflows.runs import Run, RunStatus, WorkflowRef

RUN = RunId("run_1")
CLOCK = SimulatedClock()


class SlowJournal(MemoryJournal):
    """Takes its time as databases do, and ends a transaction that it has begun."""

    def __init__(self, seconds: float = 0.01) -> None:
        super().__init__()
        self.seconds: float = seconds
        self.away: bool = False
        self.lost_answers: int = 0
        self.lost_claims: int = 0

    async def _answer(self) -> None:
        with anyio.CancelScope(shield=True):
            await anyio.sleep(self.seconds)
        if self.away:
            raise Unavailable("the database is away")

    async def commit(self, entries: Sequence[Entry]) -> Sequence[Run | bool]:
        await self._answer()
        for entry in entries:
            if isinstance(entry, Ended) and entry.end.output == "no JSON":
                raise Invalid("A value cannot be stored as JSON.")
        answers = await super().commit(entries)
        if self.lost_answers:
            self.lost_answers -= 1
            raise Unavailable("the connection was lost during the commit")
        return answers

    async def claim(self, executor: str, *, limit: int, now: float) -> Sequence[Claim]:
        await self._answer()
        claims = await super().claim(executor, limit=limit, now=now)
        if claims and self.lost_claims:
            self.lost_claims -= 1
            raise Unavailable("the connection was lost during the commit")
        return claims

    async def beat(self, executor: str) -> None:
        await self._answer()
        await super().beat(executor)

    def status(self, run: str = RUN) -> RunStatus | None:
        row = self.rows.get(RunId(run))
        return None if row is None else row.run.status

    def all_ended(self) -> bool:
        return all(row.run.status.is_final for row in self.rows.values())

    def holds(self) -> int:
        return sum(row.executor is not None for row in self.rows.values())


def a_run(name: str = "1") -> Run:
    ref, id = WorkflowRef("test", "test", "1.0.0", "d"), RunId(f"run_{name}")
    return Run(id, ANN.workspace, ANN.user, ref, RunStatus.PENDING, None, CLOCK.now())


def an_engine(
    journal: MemoryJournal, body: Body, settings: EngineSettings, wakes: Wakes | None = None
) -> DurableEngine:
    return DurableEngine(Edges(journal, CLOCK, body, broken, wakes), settings)


async def until(holds: Callable[[], bool]) -> None:
    with anyio.fail_after(3600):
        while not holds():  # noqa: ASYNC110 - of rows, which tell nobody
            await anyio.sleep(0.01)


def lasting(seconds: float) -> Callable[[], Awaitable[JsonObject]]:
    async def action() -> JsonObject:
        await anyio.sleep(seconds)
        return {}

    return action


def a_body(seconds: float, output: Json = None) -> Body:
    async def body(_run: Run, effects: Effects) -> End:
        _ = await effects.call("work", lasting(seconds))
        return End(effects.now(), output=output)

    return body


def test_a_result_that_cannot_be_stored_faults_its_run_and_nothing_else():
    async def main() -> None:
        journal = SlowJournal()
        engine = an_engine(journal, a_body(0.1, "no JSON"), EngineSettings("one"))
        async with engine.serving():
            _ = await engine.start(a_run())
            await until(lambda: journal.status() is RunStatus.FAULTED)
            _ = await engine.start(a_run("2"))
            await until(lambda: journal.status("run_2") is RunStatus.FAULTED)

    simulate(main)


def test_a_run_is_executed_also_where_who_started_it_has_gone():
    async def main() -> None:
        journal = SlowJournal()
        engine = an_engine(journal, a_body(0.1), EngineSettings("one"))
        async with engine.serving():
            with anyio.move_on_after(0.005):
                _ = await engine.start(a_run())
            await until(lambda: journal.status() is RunStatus.COMPLETED)

    simulate(main)


def test_of_many_starts_at_once_no_more_are_held_than_there_is_room_for():
    async def main() -> None:
        journal = SlowJournal()
        engine = an_engine(journal, a_body(5.0), EngineSettings("one", runs=2))
        async with engine.serving(), anyio.create_task_group() as group:
            for number in range(50):
                _ = group.start_soon(engine.start, a_run(str(number)))
            await anyio.sleep(1.0)
            # Two execute; as many again wait for their turn.
            assert journal.holds() == 4

    simulate(main)


def branches(effects: Effects, *, fails: bool) -> list[Callable[[], Awaitable[JsonObject]]]:
    """One that takes half a second, and one that waits for long."""

    async def quick() -> JsonObject:
        answer = await effects.call("quick", lasting(0.5))
        if fails:
            raise Invalid("a branch that fails")
        return answer

    async def waits() -> JsonObject:
        await effects.sleep(effects.now() + 1000.0, reason="long")
        return {}

    return [quick, waits]


async def a_race(effects: Effects) -> None:
    _ = await effects.race("winner", branches(effects, fails=False))


async def a_fork(effects: Effects) -> None:
    with pytest.raises(Invalid):
        _ = await effects.fork(branches(effects, fails=True))


stopped = {"race": a_race, "fork": a_fork}


@pytest.mark.parametrize("how", ["race", "fork"])
def test_a_run_whose_branches_were_stopped_has_a_slot_again(how: str):
    async def main() -> None:
        journal, busy, most = SlowJournal(), 0, 0

        async def work() -> JsonObject:
            nonlocal busy, most
            busy, most = busy + 1, max(most, busy + 1)
            await anyio.sleep(5.0)
            busy -= 1
            return {}

        async def body(_run: Run, effects: Effects) -> End:
            await stopped[how](effects)
            _ = await effects.call("work", work)
            return End(effects.now())

        engine = an_engine(journal, body, EngineSettings("one", runs=1))
        async with engine.serving():
            for name in "123":
                _ = await engine.start(a_run(name))
            await until(journal.all_ended)
        assert most == 1

    simulate(main)


def test_nobody_loses_runs_because_the_database_was_away():
    async def main() -> None:
        journal, began = SlowJournal(), 0

        async def body(_run: Run, effects: Effects) -> End:
            async def work() -> JsonObject:
                nonlocal began
                began += 1
                await anyio.sleep(60.0)
                return {}

            return End(effects.now(), output=await effects.call("work", work))

        one = an_engine(journal, body, EngineSettings("one", alone=False))
        two = an_engine(journal, body, EngineSettings("two", alone=False))
        async with one.serving():
            await anyio.sleep(0.7)
            async with two.serving():
                _ = await one.start(a_run())
                await anyio.sleep(5.0)
                journal.away = True
                await anyio.sleep(30.5)
                journal.away = False
                await until(lambda: journal.status() is RunStatus.COMPLETED)
        assert began == 1

    simulate(main)


def test_a_step_whose_commit_was_answered_by_silence_is_recorded_once():
    async def main() -> None:
        journal = SlowJournal()

        async def body(_run: Run, effects: Effects) -> End:
            async def work() -> JsonObject:
                journal.lost_answers = 1
                return {}

            return End(effects.now(), output=await effects.call("work", work))

        engine = an_engine(journal, body, EngineSettings("one"))
        async with engine.serving():
            _ = await engine.start(a_run())
            await until(lambda: journal.status() is RunStatus.COMPLETED)

    simulate(main)


def test_runs_whose_claim_was_answered_by_silence_are_executed():
    async def main() -> None:
        journal = SlowJournal()
        journal.lost_claims = 1
        _ = await journal.commit([Added(a_run(), None)])
        engine = an_engine(journal, a_body(0.1), EngineSettings("one", alone=False))
        async with engine.serving():
            await until(lambda: journal.status() is RunStatus.COMPLETED)

    simulate(main)


def test_who_leaves_in_peace_holds_nothing():
    async def main() -> None:
        journal = SlowJournal(seconds=0.05)
        engine = an_engine(journal, a_body(60.0), EngineSettings("one", runs=1))
        async with engine.serving():
            for name in "12345":
                _ = await engine.start(a_run(name))
        assert journal.holds() == 0

    simulate(main)


class Word:
    """Says "any run" when it is given something."""

    def __init__(self, given: MemoryObjectReceiveStream[None]) -> None:
        self._given: MemoryObjectReceiveStream[None] = given

    async def next(self) -> RunId | None:
        return await self._given.receive()


def test_what_was_said_while_nobody_listened_reaches_who_waits():
    async def main() -> None:
        journal, got = SlowJournal(), list[JsonObject]()
        give, given = anyio.create_memory_object_stream[None](1)

        async def body(_run: Run, effects: Effects) -> End:
            async def waits() -> None:
                until = effects.now() + 100.0
                got.append(await effects.receive("r", "topic", until=until, reason="word"))

            async def works() -> None:
                _ = await effects.call("work", lasting(200.0))

            _ = await effects.fork([waits, works])
            return End(effects.now())

        engine = an_engine(journal, body, EngineSettings("one", alone=False), Word(given))
        async with give, given, engine.serving():
            _ = await engine.start(a_run())
            await anyio.sleep(10.0)
            # Another process's message, of which the word was lost.
            _ = await journal.send(RUN, "topic", "hello", key="k", now=CLOCK.now())
            await give.send(None)
            await until(lambda: bool(got))
        assert got[0]["message"] == "hello"

    simulate(main)


def test_nothing_is_kept_of_who_waited_for_an_end_in_vain():
    async def main() -> None:
        ends = Ends()
        assert not await ends.wait(RUN, 0.1)
        assert vars(ends) == {"_waiting": {}}

    simulate(main)


def test_a_call_that_waits_in_the_process_gives_its_slot_away_and_is_not_parked():
    async def listening(_run: Run, effects: Effects) -> End:
        _ = await effects.call("message 1", lasting(120.0), waits="message: /do/hear")
        return End(effects.now(), output="heard")

    async def main() -> None:
        journal = SlowJournal()
        bodies = {"run_1": listening, "run_2": a_body(1.0, "done")}

        async def body(run: Run, effects: Effects) -> End:
            return await bodies[run.id](run, effects)

        engine = an_engine(journal, body, EngineSettings("one", runs=1, patience=5.0))
        async with engine.serving():
            _ = await engine.start(a_run())
            await until(lambda: journal.status() is RunStatus.WAITING)
            _ = await engine.start(a_run("2"))
            await until(lambda: journal.status("run_2") is RunStatus.COMPLETED)
            await anyio.sleep(30.0)
            assert journal.holds() == 1
            await until(lambda: journal.status() is RunStatus.COMPLETED)
            assert journal.rows[RUN].epoch == 1

    simulate(main)
