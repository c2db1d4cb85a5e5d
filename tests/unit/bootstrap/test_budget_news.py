"""Soft limits that were reached, on the way to whoever reacts to them."""

from dataclasses import dataclass, field

import anyio
import pytest
from tests.world import ANN, FakeClock, Scene, document

from podium.bootstrap.budget_news import SOFT_LIMIT_REACHED, BudgetNews, event
from podium.gateway.limits.meters import Kind, Subject
from podium.gateway.limits.replies import SoftLimit
from podium.gateway.limits.rules import Scope
from podium.identity.principal import Principal
from podium.kernel.errors import Unavailable
from podium.workflows.events.cloudevents import Event

pytestmark = pytest.mark.anyio
DAY = 20_000


def reached(day: int = DAY, used: int = 1_800_000_000) -> SoftLimit:
    scope = Scope(key="key_1", team="ops")
    subject = Subject(f"budget_day\n{scope.name}\n{day}", Kind.DAY, "the key 'ci'", scope, day, day)
    return SoftLimit(subject, used, 10**9, None)


@dataclass
class Flaky:
    """Does not answer the first time."""

    published: list[Event] = field(default_factory=list)
    asked: int = 0
    done: anyio.Event = field(default_factory=anyio.Event)

    async def publish(self, principal: Principal, event: Event) -> object:
        assert principal is ANN
        self.asked += 1
        if self.asked == 1:
            raise Unavailable("The database is away.")
        self.published.append(event)
        self.done.set()
        return None


async def test_an_event_says_whose_budget_it_is_and_how_far_it_is():
    told = event(reached(), 1_728_043_200.0)
    assert (told.type, told.source) == (SOFT_LIMIT_REACHED, "/podium/budgets")
    assert told.envelope["subject"] == "the key 'ci'"
    assert told.envelope["time"] == "2024-10-04T12:00:00.000Z"
    assert told.data == {
        "of": "the key 'ci'",
        "period": "day",
        "used": 1.8,
        "warn": 1.0,
        "limit": None,
        "resets_at": (DAY + 1) * 86_400.0,
        "key": "key_1",
        "user": "",
        "team": "ops",
        "model": "",
    }


async def test_what_is_told_twice_of_one_period_is_one_event():
    scene = Scene(document("- a: {set: {x: 1}}"))
    first, again, tomorrow = reached(), reached(used=2 * 10**9), reached(DAY + 1)
    fresh = [
        (await scene.bus.publish(ANN, event(one, 0.0))).fresh for one in (first, again, tomorrow)
    ]
    assert fresh == [True, False, True]


async def test_it_is_published_also_where_the_database_was_away_for_a_while():
    clock, bus = FakeClock(), Flaky()
    news, began = BudgetNews(clock), clock.at
    async with anyio.create_task_group() as group:
        group.start_soon(news.run, bus, ANN)
        await anyio.lowlevel.checkpoint()
        news.hear(reached())
        await bus.done.wait()
        group.cancel_scope.cancel()
    assert [one.type for one in bus.published] == [SOFT_LIMIT_REACHED]
    assert clock.at > began
