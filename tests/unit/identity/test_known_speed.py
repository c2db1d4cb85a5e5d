"""Who was seen a moment ago costs a request next to nothing."""

import time

import pytest
from tests.fakes_functions import TouchedIdentity, edges_of
from tests.pace import slowness
from tests.world import FakeChance

from podium.adapters.clock import SystemClock
from podium.identity.service import Identity

pytestmark = pytest.mark.anyio
TIMES = 20_000


@pytest.mark.timed
async def test_a_known_key_is_recognised_in_microseconds():
    identity = Identity(edges_of(TouchedIdentity(), SystemClock(), FakeChance()))
    start = await identity.start()
    secret = (await identity.accept(start.invitation, "Ann")).secret
    _ = await identity.authenticate(secret)
    best = 1.0
    for _ in range(5):
        began = time.process_time()
        for _ in range(TIMES // 5):
            _ = identity.known(secret)
        best = min(best, (time.process_time() - began) / (TIMES // 5))
    assert identity.known(secret) is not None
    assert best / slowness() < 15e-6, "It takes 0.8 microseconds on an idle machine; the goal is 3."
