"""Soft limits that were reached, in the log and as events for workflows to react to."""

import hashlib
import logging
from collections import deque
from typing import Final, Protocol

import anyio

from podium.gateway.limits.meters import Kind
from podium.gateway.limits.replies import SoftLimit
from podium.identity.principal import Principal
from podium.kernel.clock import Clock
from podium.kernel.errors import Unavailable
from podium.kernel.json import JsonObject
from podium.kernel.money import dollars
from podium.workflows.events.cloudevents import Emission, Event, emitted

SOFT_LIMIT_REACHED: Final = "podium.budget.soft_limit_reached"
_SOURCE: Final = "/podium/budgets"
_MOST: Final = 10_000
"""Events that wait while the database is away; beyond it the oldest are in the log alone."""
_AGAIN: Final = 5.0
_PERIODS: Final = {Kind.DAY: "day", Kind.MONTH: "month"}
_log: Final = logging.getLogger("podium.limits")


class Publisher(Protocol):
    async def publish(self, principal: Principal, event: Event) -> object: ...


class BudgetNews:
    """Once per budget and period: the id of its event says both, so that what several processes
    tell, or one again after a restart, is one event.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock: Clock = clock
        self._waiting: deque[Event] = deque(maxlen=_MOST)
        self._came: anyio.Event = anyio.Event()

    def hear(self, reached: SoftLimit) -> None:
        _log.warning("Budget: %s", reached)
        self._waiting.append(event(reached, self._clock.now()))
        self._came.set()

    async def run(self, bus: Publisher, principal: Principal) -> None:
        """Publish what came, on behalf of that one, until cancelled."""
        while True:
            await self._came.wait()
            self._came = anyio.Event()
            while self._waiting:
                await self._publish(bus, principal)

    async def _publish(self, bus: Publisher, principal: Principal) -> None:
        try:
            _ = await bus.publish(principal, self._waiting[0])
        except Unavailable:
            await self._clock.sleep(_AGAIN)
        else:
            _ = self._waiting.popleft()


def event(reached: SoftLimit, at: float) -> Event:
    """`data` names whom the budget is for: what is empty does not narrow it down."""
    subject, scope = reached.subject, reached.subject.scope
    data: JsonObject = {
        "of": subject.label,
        "period": _PERIODS.get(subject.kind, subject.kind),
        "used": dollars(reached.used),
        "warn": dollars(reached.warn),
        "limit": None if reached.limit is None else dollars(reached.limit),
        "resets_at": reached.resets_at,
        "key": scope.key,
        "user": scope.user,
        "team": scope.team,
        "model": scope.model,
    }
    said: JsonObject = {"type": SOFT_LIMIT_REACHED, "subject": subject.label, "data": data}
    id_ = hashlib.sha256(subject.name.encode()).hexdigest()[:32]
    return emitted(said, Emission(id_, _SOURCE, at))
