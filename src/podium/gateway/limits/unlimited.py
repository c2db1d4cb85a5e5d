"""No limits at all, where nothing counts: the port Admission of a gateway on its own."""

from podium.gateway.limits.grants import Estimate, Grant
from podium.gateway.limits.plans import Plan
from podium.gateway.limits.ports import Payer, Spent
from podium.identity.principal import Principal

_PLAN = Plan(None, float("inf"), Payer(0, "", "", "", "", ""), (), (), ())


class Unlimited:
    def at_once(self, who: Principal, model: str, estimate: Estimate) -> Grant:
        del who, model, estimate
        return Grant(_PLAN, (0, 0, 0), (), _count_nothing)

    async def admit(self, who: Principal, model: str, estimate: Estimate) -> Grant:
        return self.at_once(who, model, estimate)


def _count_nothing(_payer: Payer, _spent: Spent) -> None:
    """Nobody keeps it."""
