"""Limits cost a call next to nothing while this process has something left of each."""

import time

import pytest
from tests.fakes_limits import MemorySpend, caller, usd

from podium.adapters.clock import SystemClock
from podium.gateway.limits.grants import Estimate
from podium.gateway.limits.limiter import Edges, Limiter
from podium.gateway.limits.rules import Per, Rule
from podium.gateway.limits.spending import Spending
from podium.gateway.models import Usage
from podium.identity.limits import Limits

pytestmark = pytest.mark.anyio
EVERY = Limits(rpm=10**9, tpm=10**12, concurrent=10**6, budget_day=usd(10**6))


@pytest.mark.timed
@pytest.mark.parametrize("limits", [Limits(), Limits(rpm=10**9, tpm=10**12), EVERY])
async def test_a_call_passes_its_limits_in_microseconds(limits: Limits):
    rules = [Rule(frozenset({Per.TEAM}), limits)]
    limiter = Limiter(Edges(SystemClock(), Spending(MemorySpend()), rules))
    who, estimate, usage = caller(team="ops", limits=limits), Estimate(500, usd(0.001)), Usage(450)
    (await limiter.admit(who, "gpt", estimate)).release()
    best, count = 1.0, 4_000
    for _ in range(5):
        began = time.process_time()
        for _ in range(count):
            grant = limiter.at_once(who, "gpt", estimate)
            if grant is None:
                grant = await limiter.admit(who, "gpt", estimate)
            grant.settle(usage, usd(0.001))
        best = min(best, (time.process_time() - began) / count)
    assert best < 60e-6, "With eight limits it takes 5 microseconds on an idle machine."
