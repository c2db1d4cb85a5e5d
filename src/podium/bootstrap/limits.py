"""Limits, over the store that the settings name."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from podium.adapters.redis_limits import RedisLimits
from podium.adapters.storage.database import Database
from podium.adapters.storage.limits import SqlLimits
from podium.adapters.storage.spending import SqlSpending
from podium.bootstrap.budget_news import BudgetNews
from podium.gateway.limits.budgets import Budgets
from podium.gateway.limits.limiter import Edges, Limiter
from podium.gateway.limits.ports import LimitStore
from podium.gateway.limits.spending import Spending
from podium.identity.issuing import Edges as IdentityEdges
from podium.identity.key_service import Keys
from podium.settings import Settings
from podium.settings.limits import key_defaults, limit_rules


@dataclass(frozen=True, slots=True)
class Limiting:
    """The limiter runs beside the work, and is closed after it."""

    keys: Keys
    limiter: Limiter
    budgets: Budgets
    news: BudgetNews


def limiting(
    settings: Settings,
    database: Database,
    people: IdentityEdges,
    *,
    stack: AsyncExitStack,
    models: Callable[[], Sequence[str]],
) -> Limiting:
    """Raises Invalid where `limits.store` refers to a secret that is not set."""
    rules = limit_rules(settings.limits)
    rates, budgets = settings.limits.away()
    spending = Spending(SqlSpending(database))
    edges = Edges(
        clock=people.clock,
        spending=spending,
        rules=rules,
        store=_store(settings, database, stack),
        process=people.chance.token(12).hex(),
        rates_away=rates,
        budgets_away=budgets,
        warned=(news := BudgetNews(people.clock)).hear,
    )
    keys = Keys(people, key_defaults(rules))
    budgets_ = Budgets(rules, keys, spending, people.clock, models)
    return Limiting(keys, Limiter(edges), budgets_, news)


def _store(settings: Settings, database: Database, stack: AsyncExitStack) -> LimitStore | None:
    match settings.limits.store:
        case "memory":
            return None
        case "database":
            # A SQLite file has one process, whose memory is enough.
            return SqlLimits(database) if database.shared else None
        case address:
            redis = RedisLimits(settings.reveal(address))
            _ = stack.push_async_callback(redis.close)
            return redis
