"""One of several processes that use one key as fast as they can.

Its arguments: STORE DATABASE KEY NAME COST. Prints a line of JSON: how many requests went on.
"""

import json
import sys
import time
from contextlib import suppress

import anyio
from tests.fakes_limits import caller, usd

from podium.adapters.clock import SystemClock
from podium.adapters.redis_limits import RedisLimits
from podium.adapters.storage.database import open_database
from podium.adapters.storage.limits import SqlLimits
from podium.adapters.storage.spending import SqlSpending
from podium.gateway.limits.grants import Estimate, Grant
from podium.gateway.limits.limiter import Edges, Limiter
from podium.gateway.limits.spending import Spending
from podium.gateway.models import Usage
from podium.identity.limits import Limits
from podium.kernel.errors import LimitReached

RPM, CONCURRENT, BUDGET = 300, 8, 0.5
COST = 0.004
SECONDS = 6.0


async def main(store: str, url: str, key: str, name: str, cost: str) -> None:
    database, price = open_database(url), float(cost)
    shared = RedisLimits(store) if store.startswith("redis:") else SqlLimits(database)
    spending = Spending(SqlSpending(database))
    limiter = Limiter(Edges(SystemClock(), spending, store=shared, process=name))
    limits = Limits(rpm=RPM, concurrent=CONCURRENT, budget_day=usd(BUDGET))
    who, estimate = caller(key, limits=limits), Estimate(10, usd(2.5 * price))
    ends, count = time.monotonic() + SECONDS, 0

    async def use() -> None:
        nonlocal count
        while time.monotonic() < ends:
            grant: Grant | None = None
            with suppress(LimitReached):
                grant = await limiter.admit(who, "gpt", estimate)
            if grant is None:
                await anyio.sleep(0.02)
                continue
            count += 1
            await anyio.sleep(0.005)
            grant.settle(Usage(10), usd(price))

    async with anyio.create_task_group() as group:
        group.start_soon(limiter.run)
        async with anyio.create_task_group() as users:
            for _ in range(16):
                users.start_soon(use)
        group.cancel_scope.cancel()
    await limiter.close()
    sys.stdout.write(json.dumps({"count": count}) + "\n")


if __name__ == "__main__":
    anyio.run(main, *sys.argv[1:])
