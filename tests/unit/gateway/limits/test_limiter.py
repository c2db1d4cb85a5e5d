"""May a call go on? With counters of one process."""

from contextlib import suppress
from dataclasses import dataclass, field, replace

import anyio
import pytest
from tests.fakes_limits import MemorySpend, caller, usd
from tests.world import ANN, BOB, FakeClock

from podium.gateway.limits.grants import Estimate, Grant
from podium.gateway.limits.limiter import Away, Edges, Limiter
from podium.gateway.limits.plans import DAY_SECONDS, month_of
from podium.gateway.limits.replies import SoftLimit
from podium.gateway.limits.rules import Per, Rule
from podium.gateway.limits.spending import Spending
from podium.gateway.models import Usage
from podium.identity.limits import Limits
from podium.identity.principal import Principal
from podium.kernel.errors import LimitReached, Unavailable

pytestmark = pytest.mark.anyio

NOON = 20_000 * DAY_SECONDS + 12 * 3600.0
"""Of 2024-10-04."""


@dataclass
class House:
    rules: list[Rule] = field(default_factory=list)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOON))
    spend: MemorySpend = field(default_factory=MemorySpend)
    warnings: list[SoftLimit] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        edges = Edges(self.clock, Spending(self.spend), self.rules, warned=self.warnings.append)
        self.limiter: Limiter = Limiter(edges)

    async def admit(
        self, who: Principal, model: str = "gpt", *, tokens: int = 0, cost: float = 0.0
    ) -> Grant:
        return await self.limiter.admit(who, model, Estimate(tokens, usd(cost)))

    async def call(
        self, who: Principal, model: str = "gpt", *, tokens: int = 0, cost: float = 0.0
    ) -> None:
        """One that takes what was estimated."""
        grant = await self.admit(who, model, tokens=tokens, cost=cost)
        grant.settle(Usage(tokens), usd(cost))

    async def calls(self, who: Principal, model: str = "gpt") -> int:
        """As many as go on now."""
        count = 0
        while True:
            try:
                await self.call(who, model)
            except LimitReached:
                return count
            count += 1


async def test_without_limits_everything_goes_on_at_once():
    house = House()
    grant = house.limiter.at_once(ANN, "gpt", Estimate(10**9, usd(10**6)))
    assert grant is not None
    assert grant.headers("openai_chat", NOON) == {}


async def test_in_no_60_seconds_a_key_has_more_requests_than_its_limit():
    house = House()
    who = caller(limits=Limits(rpm=10))
    times: list[float] = []
    for _ in range(1500):
        with suppress(LimitReached):
            await house.call(who)
            times.append(house.clock.at)
        house.clock.at += 0.173
    assert len(times) > 10 * 1500 * 0.173 / 61 - 10, "and nearly as many as the limit"
    for first, eleventh in zip(times, times[10:], strict=False):
        assert eleventh - first > 60


async def test_a_refusal_says_which_limit_it_is_and_when_to_come_back():
    house = House()
    who = caller(limits=Limits(rpm=2))
    assert await house.calls(who) == 2
    with pytest.raises(LimitReached) as refused:
        await house.call(who)
    assert refused.value.message == (
        "The key 'ci' has 2 requests a minute, and they are used. Try again in 61 s."
    )
    assert refused.value.details == {"limit": "rpm", "of": "the key 'ci'", "most": 2, "used": 2}
    assert refused.value.retry_after is not None
    house.clock.at += refused.value.retry_after
    assert await house.calls(who) == 2


async def test_tokens_are_reserved_before_and_corrected_after():
    house = House()
    who = caller(limits=Limits(tpm=100))
    first = await house.admit(who, tokens=60)
    with pytest.raises(LimitReached, match="100 tokens a minute"):
        _ = await house.admit(who, tokens=50)
    first.settle(Usage(10, 20), None)
    second = await house.admit(who, tokens=70)
    second.settle(Usage(100, 0), None)
    with pytest.raises(LimitReached):
        _ = await house.admit(who, tokens=1)
    house.clock.at += 61
    _ = await house.admit(who, tokens=100)


async def test_tokens_of_a_call_that_ends_later_are_corrected_in_its_own_second():
    house = House()
    who = caller(limits=Limits(tpm=100))
    grant = await house.admit(who, tokens=90)
    house.clock.at += 30
    with pytest.raises(LimitReached):
        _ = await house.admit(who, tokens=50)
    grant.settle(Usage(20), None)
    house.clock.at += 0.3
    (await house.admit(who, tokens=80)).settle(Usage(80), None)
    house.clock.at += 31
    _ = await house.admit(who, tokens=20)


async def test_a_call_that_can_never_go_on_is_told_so():
    house = House()
    with pytest.raises(LimitReached, match=r"may take 101 tokens a minute.*never go on") as refused:
        _ = await house.admit(caller(limits=Limits(tpm=100)), tokens=101)
    assert refused.value.retry_after is None


async def test_so_many_calls_are_under_way_at_once_and_each_ends_once():
    house = House()
    who = caller(limits=Limits(concurrent=2))
    first, second = await house.admit(who), await house.admit(who)
    with pytest.raises(LimitReached, match="2 requests at the same time") as refused:
        _ = await house.admit(who)
    assert refused.value.retry_after == 1.0
    first.release()
    first.release()
    first.settle(Usage(5), usd(1))
    third = await house.admit(who)
    with pytest.raises(LimitReached):
        _ = await house.admit(who)
    with pytest.raises(ZeroDivisionError), third:
        _ = 1 / 0
    second.settle(Usage(), None)
    assert [await house.admit(who) for _ in range(2)]


async def test_a_call_that_is_refused_by_one_limit_takes_nothing_from_others():
    house = House()
    who = caller(limits=Limits(rpm=5, concurrent=1))
    grant = await house.admit(who)
    for _ in range(10):
        with pytest.raises(LimitReached, match="at the same time"):
            _ = await house.admit(who)
    grant.release()
    assert await house.calls(who) == 4


async def test_a_hard_budget_counts_what_is_reserved_and_what_was_spent():
    house = House()
    who = caller(limits=Limits(budget_day=usd(1)))
    first = await house.admit(who, cost=0.6)
    with pytest.raises(LimitReached) as refused:
        _ = await house.admit(who, cost=0.5)
    assert refused.value.message == (
        "The key 'ci' has a budget of $1.0000 a day, of which $0.6000 are spent or reserved; this "
        "call may cost $0.5000. It begins anew at 2024-10-05T00:00:00Z. Ask an admin for a higher "
        "one."
    )
    assert refused.value.retry_after == 12 * 3600
    first.settle(Usage(10), usd(0.2))
    await house.call(who, cost=0.8)
    with pytest.raises(LimitReached):
        await house.call(who, cost=1e-9)


async def test_a_budget_begins_anew_with_the_day_and_the_month():
    house = House()
    who = caller(limits=Limits(budget_day=usd(1), budget_month=usd(2.5)))
    for _ in range(2):
        await house.call(who, cost=1)
        with pytest.raises(LimitReached, match="a day"):
            await house.call(who, cost=0.1)
        house.clock.at += DAY_SECONDS
    with pytest.raises(LimitReached, match=r"budget of \$2.5000 a month.*2024-11-01T00:00:00Z"):
        await house.call(who, cost=1)
    house.clock.at += 28 * DAY_SECONDS
    await house.call(who, cost=1)


async def test_what_was_spent_outlives_the_process():
    house = House()
    who = caller(limits=Limits(budget_month=usd(1)))
    await house.call(who, cost=0.7)
    await house.limiter.close()
    house.restart()
    assert house.limiter.at_once(who, "gpt", Estimate(0, usd(0.1))) is None, "it must look it up"
    with pytest.raises(LimitReached, match=r"\$0.7000 are spent"):
        _ = await house.admit(who, cost=0.4)
    await house.call(who, cost=0.3)


async def test_what_is_spent_before_a_budget_is_given_counts():
    house = House()
    await house.call(caller(), cost=0.7)
    with pytest.raises(LimitReached, match=r"\$0.7000 are spent"):
        _ = await house.admit(caller(limits=Limits(budget_day=usd(1))), cost=0.4)


async def test_free_calls_go_on_where_a_budget_is_spent():
    house = House()
    who = caller(limits=Limits(budget_day=usd(1)))
    await house.call(who, cost=1)
    await house.call(who, "local", cost=0)


async def test_a_budget_that_only_warns_warns_once_and_refuses_nobody():
    house = House()
    who = caller(limits=Limits(warn_day=usd(1)))
    for _ in range(3):
        grant = await house.admit(who, cost=0.6)
        grant.settle(Usage(), usd(0.6))
        await house.limiter.sync()
        house.clock.at += 20
    assert grant.warnings == ("the key 'ci' has used $1.8000 a day; it is warned from $1.0000 on",)
    (reached,) = house.warnings
    assert (reached.used, reached.warn, reached.limit) == (usd(1.2), usd(1), None)
    assert reached.resets_at == (NOON // DAY_SECONDS + 1) * DAY_SECONDS


async def test_keys_of_a_team_share_its_limits():
    house = House([Rule(frozenset({Per.TEAM}), Limits(rpm=3))])
    one, two = caller("one", team="research"), caller("two", team="research")
    assert await house.calls(one) == 3
    assert await house.calls(two) == 0
    assert await house.calls(caller("three", team="ops")) == 3
    await house.call(caller("four"))
    await house.call(ANN)


async def test_rules_are_for_what_they_name_and_the_last_one_counts():
    house = House(
        [
            Rule(frozenset({Per.KEY}), Limits(rpm=5)),
            Rule(frozenset({Per.KEY, Per.MODEL}), Limits(rpm=2), models=("gpt*",)),
            Rule(frozenset({Per.TEAM}), Limits(rpm=100)),
            Rule(frozenset({Per.TEAM}), Limits(rpm=1), teams=frozenset({"slow"})),
        ]
    )
    who = caller("one")
    assert await house.calls(who, "gpt-5") == 2
    assert await house.calls(who, "gpt-6") == 2
    assert await house.calls(who, "claude") == 1, "five in all"
    assert await house.calls(caller("two", team="slow")) == 1
    assert await house.calls(caller("three", limits=Limits(rpm=7)), "claude") == 7


async def test_a_limit_can_be_for_everybody_together_or_for_each_user():
    house = House([Rule(frozenset(), Limits(rpm=5)), Rule(frozenset({Per.USER}), Limits(rpm=3))])
    assert await house.calls(ANN) == 3
    with pytest.raises(LimitReached, match="The user 'Ann'"):
        await house.call(caller("one"))
    assert await house.calls(BOB) == 2
    with pytest.raises(LimitReached, match="All of podium has 5 requests a minute"):
        await house.call(BOB)


async def test_a_limit_that_is_changed_holds_from_the_next_call_on():
    house = House()
    assert await house.calls(caller(limits=Limits(rpm=2))) == 2
    house.clock.at += 1
    assert await house.calls(caller(limits=Limits(rpm=5))) == 3
    house.clock.at += 1
    assert await house.calls(caller(limits=Limits(rpm=1))) == 0


async def test_headers_name_the_tightest_limits_in_the_callers_words():
    house = House([Rule(frozenset({Per.KEY, Per.MODEL}), Limits(rpm=3, tpm=50))])
    who = caller(limits=Limits(rpm=100, tpm=1000))
    grant = await house.admit(who, tokens=10)
    assert grant.headers("openai_chat", house.clock.at) == {
        "x-ratelimit-limit-requests": "3",
        "x-ratelimit-remaining-requests": "2",
        "x-ratelimit-reset-requests": "60s",
        "x-ratelimit-limit-tokens": "50",
        "x-ratelimit-remaining-tokens": "40",
        "x-ratelimit-reset-tokens": "60s",
    }
    assert grant.headers("anthropic_messages", house.clock.at) == {
        "anthropic-ratelimit-requests-limit": "3",
        "anthropic-ratelimit-requests-remaining": "2",
        "anthropic-ratelimit-requests-reset": "2024-10-04T12:01:00Z",
        "anthropic-ratelimit-tokens-limit": "50",
        "anthropic-ratelimit-tokens-remaining": "40",
        "anthropic-ratelimit-tokens-reset": "2024-10-04T12:01:00Z",
    }


async def test_a_refusal_carries_what_is_left_of_each_limit():
    house = House([Rule(frozenset({Per.KEY}), Limits(rpm=3, tpm=50))])
    (await house.admit(who := caller(), tokens=30)).settle(Usage(20, 10), None)
    with pytest.raises(LimitReached) as refused:
        await house.admit(who, tokens=30)
    told = [(quota.unit, quota.limit, quota.left) for quota in refused.value.quotas]
    assert told == [("requests", 3, 2), ("tokens", 50, 20)]


async def test_spending_is_written_by_who_and_what_each_second_or_so():
    house = House()
    async with anyio.create_task_group() as group:
        group.start_soon(house.limiter.run)
        await house.call(caller(team="ops"), tokens=5, cost=0.5)
        await house.call(caller(team="ops"), tokens=5, cost=0.25)
        (await house.admit(ANN)).release()
        while not house.spend.rows:
            await house.clock.sleep(1)
        group.cancel_scope.cancel()
    ((payer, spent),) = house.spend.rows.items()
    assert (payer.day, payer.key, payer.team, payer.model) == (
        20_000, "key_ci", "ops", "gpt",
    )  # fmt: skip
    assert (spent.requests, spent.tokens, spent.cost) == (2, 10, usd(0.75))


async def test_spending_waits_while_its_store_is_away():
    house = House()
    house.spend.is_away = True
    await house.call(caller(), cost=0.5)
    with pytest.raises(Unavailable):
        await house.limiter.sync()
    with pytest.raises(Unavailable, match="cannot be looked up"):
        _ = await house.admit(caller(limits=Limits(budget_day=usd(9))), cost=0.1)
    house.spend.is_away = False
    await house.call(caller(), cost=0.25)
    await house.limiter.sync()
    assert [one.cost for one in house.spend.rows.values()] == [usd(0.75)]


async def test_what_nobody_uses_is_forgotten():
    house = House()
    for number in range(50):
        await house.call(caller(str(number), limits=Limits(rpm=5, concurrent=1, tpm=9)), tokens=3)
    house.clock.at += 200
    await house.limiter.sync()
    house.limiter._plans._plans.clear()  # noqa: SLF001 - as after 20,000 other callers
    await house.limiter.sync()
    assert house.limiter._plans.meters == {}  # noqa: SLF001
    house.clock.at += 100
    await house.call(caller("x", limits=Limits(rpm=5)))
    assert len(house.limiter._local._windows) == 1  # noqa: SLF001


def test_a_month_has_its_days():
    assert month_of(0) == (0, 30)
    assert month_of(20_000) == (19_997, 20_027)
    assert month_of(364) == (334, 364)


async def test_a_caller_that_is_read_anew_keeps_its_plan():
    house = House()
    who = caller(limits=Limits(rpm=5))
    assert await house.calls(who) == 5
    assert who.key is not None
    again = replace(who, key=replace(who.key))
    assert await house.calls(again) == 0


async def test_other_rules_hold_at_once_and_what_was_used_counts_on():
    house = House([Rule(frozenset({Per.USER}), Limits(rpm=10))])
    assert await house.calls(ANN) == 10
    rules = [Rule(frozenset({Per.USER}), Limits(rpm=12))]
    house.limiter.change(rules, rates_away=Away.OPEN, budgets_away=Away.CLOSED)
    house.clock.at += 1.0
    assert await house.calls(ANN) == 2
    house.limiter.change([], rates_away=Away.OPEN, budgets_away=Away.CLOSED)
    for _ in range(20):
        await house.call(ANN)


async def test_a_call_under_way_settles_what_it_took_by_the_rules_before():
    house = House([Rule(frozenset({Per.USER}), Limits(concurrent=1))])
    grant = await house.admit(ANN)
    rules = [Rule(frozenset({Per.USER}), Limits(concurrent=2))]
    house.limiter.change(rules, rates_away=Away.OPEN, budgets_away=Away.CLOSED)
    second = await house.admit(ANN)
    with pytest.raises(LimitReached):
        _ = await house.admit(ANN)
    grant.settle(Usage(1), usd(0))
    _ = await house.admit(ANN)
    second.settle(Usage(1), usd(0))
