"""May a call go on? With counters that several processes share."""

from dataclasses import dataclass, field

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes_limits import MemorySpend, SharedStore, caller, usd
from tests.world import FakeClock

from podium.gateway.limits.grants import Estimate, Grant
from podium.gateway.limits.limiter import Away, Edges, Limiter
from podium.gateway.limits.spending import Spending
from podium.gateway.models import Usage
from podium.identity.limits import Limits
from podium.identity.principal import Principal
from podium.kernel.errors import LimitReached, Unavailable

pytestmark = pytest.mark.anyio

NOON = 20_000 * 86_400 + 12 * 3600.0


@dataclass
class Cluster:
    """Some processes over one store of counters and one of spending."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(NOON))
    spend: MemorySpend = field(default_factory=MemorySpend)
    rates_away: Away = Away.OPEN
    budgets_away: Away = Away.CLOSED

    def __post_init__(self) -> None:
        self.store: SharedStore = SharedStore(self.clock)
        self.made: int = 0

    def process(self) -> Limiter:
        self.made += 1
        edges = Edges(
            self.clock,
            Spending(self.spend),
            store=self.store,
            process=f"process {self.made}",
            rates_away=self.rates_away,
            budgets_away=self.budgets_away,
        )
        return Limiter(edges)


async def _admit(limiter: Limiter, who: Principal, *, cost: float = 0, tokens: int = 0) -> Grant:
    return await limiter.admit(who, "gpt", Estimate(tokens, usd(cost)))


async def _as_many(limiter: Limiter, who: Principal) -> int:
    count = 0
    while True:
        try:
            (await _admit(limiter, who)).release()
        except LimitReached:
            return count
        count += 1


async def test_processes_share_one_limit():
    cluster = Cluster()
    who = caller(limits=Limits(rpm=100))
    one, two = cluster.process(), cluster.process()
    (await _admit(one, who)).release()
    first = await _as_many(two, who)
    assert 100 - 7 <= 1 + first <= 100, "a slice of a sixteenth rests with the first"
    assert await _as_many(one, who) + 1 + first == 100
    cluster.clock.at += 61
    assert await _as_many(two, who) == 100


async def test_a_slice_saves_most_questions():
    cluster = Cluster()
    who = caller(limits=Limits(rpm=1600))
    assert await _as_many(cluster.process(), who) == 1600
    assert cluster.store.asked <= 18


async def test_what_is_not_used_of_a_slice_is_given_back():
    cluster = Cluster()
    who = caller(limits=Limits(rpm=64))
    one, two = cluster.process(), cluster.process()
    (await _admit(one, who)).release()
    cluster.clock.at += 1
    await one.sync()
    assert await _as_many(two, who) == 63


async def test_a_refusal_is_not_asked_again_at_once():
    cluster = Cluster()
    who = caller(limits=Limits(rpm=1))
    one = cluster.process()
    (await _admit(one, who)).release()
    assert await _as_many(one, who) == 0
    asked = cluster.store.asked
    for _ in range(50):
        assert await _as_many(one, who) == 0
    assert cluster.store.asked == asked


async def test_a_process_that_dies_holds_its_requests_for_seconds_only():
    cluster = Cluster()
    who = caller(limits=Limits(concurrent=2, budget_day=usd(1)))
    dying, other = cluster.process(), cluster.process()
    for _ in range(2):
        _ = await _admit(dying, who, cost=0.5)
    with pytest.raises(LimitReached):
        _ = await _admit(other, who, cost=0.1)
    cluster.clock.at += 15
    (await _admit(other, who, cost=1)).release()


async def test_a_long_call_keeps_its_place():
    cluster = Cluster()
    who = caller(limits=Limits(concurrent=1))
    one, two = cluster.process(), cluster.process()
    grant = await _admit(one, who)
    for _ in range(20):
        cluster.clock.at += 5
        await one.sync()
        with pytest.raises(LimitReached):
            _ = await _admit(two, who)
    grant.release()
    cluster.clock.at += 5
    await one.sync()
    (await _admit(two, who)).release()


async def test_a_process_that_stops_gives_everything_back():
    cluster = Cluster()
    who = caller(limits=Limits(rpm=64, concurrent=64, budget_day=usd(1)))
    one, two = cluster.process(), cluster.process()
    (await _admit(one, who, cost=0.5)).settle(Usage(), usd(0.25))
    await one.close()
    assert await _as_many(two, who) == 63
    cluster.clock.at += 61
    (await _admit(two, who, cost=0.75)).settle(Usage(), usd(0.75))


async def test_rates_go_on_in_each_process_while_the_store_is_away():
    cluster = Cluster()
    who = caller(limits=Limits(rpm=10, concurrent=3))
    one, two = cluster.process(), cluster.process()
    cluster.store.is_away = True
    assert [await _as_many(one, who), await _as_many(two, who)] == [10, 10]
    assert cluster.store.asked == 2, "it is left alone for a second"
    cluster.store.is_away = False
    cluster.clock.at += 2
    assert await _as_many(one, who) == 10


async def test_rates_can_be_closed_while_the_store_is_away():
    cluster = Cluster(rates_away=Away.CLOSED)
    cluster.store.is_away = True
    with pytest.raises(Unavailable, match="limits of the key 'ci' cannot be looked up"):
        _ = await _admit(cluster.process(), caller(limits=Limits(rpm=10)))


async def test_budgets_are_closed_while_the_store_is_away_unless_they_are_to_be_open():
    who = caller(limits=Limits(budget_day=usd(1)))
    cluster = Cluster()
    one = cluster.process()
    (await _admit(one, who, cost=0.1)).settle(Usage(), usd(0.1))
    cluster.store.is_away = True
    cluster.clock.at += 20
    with pytest.raises(Unavailable, match="nothing goes on without them"):
        _ = await _admit(one, who, cost=0.1)
    _ = await _admit(one, caller("warned", limits=Limits(warn_day=usd(1))), cost=0.1)
    cluster = Cluster(budgets_away=Away.OPEN)
    cluster.store.is_away = True
    one = cluster.process()
    (await _admit(one, who, cost=0.9)).settle(Usage(), usd(0.9))
    cluster.clock.at += 2
    (await _admit(one, who, cost=0.9)).settle(Usage(), usd(0.9))
    cluster.store.is_away = False
    cluster.clock.at += 2
    with pytest.raises(LimitReached, match=r"\$1.8000 are spent"):
        _ = await _admit(one, who, cost=0.1)


async def test_a_store_that_forgot_is_told_what_was_spent():
    cluster = Cluster()
    who = caller(limits=Limits(budget_day=usd(1)))
    one = cluster.process()
    (await _admit(one, who, cost=0.6)).settle(Usage(), usd(0.6))
    await one.sync()
    cluster.store.counters._pools.clear()  # noqa: SLF001 - Redis was emptied
    cluster.clock.at += 20
    with pytest.raises(LimitReached, match=r"\$0.6000 are spent"):
        _ = await _admit(one, who, cost=0.5)


_STEP = st.tuples(
    st.integers(0, 2),
    st.sampled_from(["call", "call", "call", "many", "end", "wait", "tell", "lose"]),
    st.floats(0.05, 12.0),
)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(_STEP, max_size=60), limit=st.integers(1, 40))
def test_no_history_of_three_processes_goes_beyond_a_limit(
    steps: list[tuple[int, str, float]], limit: int
):
    async def run() -> None:
        history = History(limit)
        for number, what, seconds in steps:
            await history.step(what, history.processes[number], seconds)
            history.check()

    anyio.run(run)


class History:
    """What happens to three processes, in any order. Calls cost less than was estimated."""

    def __init__(self, limit: int) -> None:
        self.cluster: Cluster = Cluster(rates_away=Away.CLOSED)
        self.processes: list[Limiter] = [self.cluster.process() for _ in range(3)]
        limits = Limits(rpm=limit, concurrent=3, budget_day=usd(1))
        self.who: Principal = caller(limits=limits)
        self.limit: int = limit
        self.times: list[float] = []
        self.open: list[Grant] = []
        self.spent: float = 0.0
        self.is_lossy: bool = False

    async def step(self, what: str, process: Limiter, seconds: float) -> None:
        match what:
            case "call":
                await self.call(process)
            case "many":
                async with anyio.create_task_group() as group:
                    for one in self.processes * 4:
                        group.start_soon(self.call, one)
            case "end":
                self.end()
            case "wait":
                self.cluster.clock.at += seconds
                for one in self.processes:  # as they do twice a second
                    await one.sync()
            case "lose":
                self.is_lossy = True
                self.cluster.store.loses_answers = not self.cluster.store.loses_answers
            case _:
                await process.sync()

    async def call(self, limiter: Limiter) -> None:
        try:
            grant = await _admit(limiter, self.who, cost=0.07)
        except (LimitReached, Unavailable):
            return
        self.times.append(self.cluster.clock.at)
        self.open.append(grant)

    def end(self) -> None:
        if self.open:
            self.open.pop(0).settle(Usage(), usd(0.05))
            self.spent += 0.05

    def check(self) -> None:
        for first, last in zip(self.times, self.times[self.limit :], strict=False):
            assert last - first > 60, f"{self.limit + 1} requests in {last - first} seconds"
        under_way = 0.07 * len(self.open)
        if not self.is_lossy:  # else what a process holds may end while its calls are under way
            assert len(self.open) <= 3
            assert self.spent + under_way <= 1.0 + 1e-9
