"""The meters that one caller's calls to one model must pass."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from podium.gateway.limits.meters import Hold, Kind, Meter, Rate, Subject
from podium.gateway.limits.ports import Payer
from podium.gateway.limits.rules import Bound, Rule, bounds
from podium.identity.keys import Key
from podium.identity.principal import Principal
from podium.kernel.clock import Clock

DAY_SECONDS = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
_MOST_PLANS = 20_000
_MOST_METERS = 50_000

REQUESTS, TOKENS, COST = 0, 1, 2
"""Places in what a call needs: one request, so many tokens, so many nano-dollars."""

_NEEDS = {
    Kind.REQUESTS: REQUESTS,
    Kind.CONCURRENT: REQUESTS,
    Kind.TOKENS: TOKENS,
    Kind.DAY: COST,
    Kind.MONTH: COST,
}


@dataclass(slots=True)
class Plan:
    """`until` is on the monotonic clock: at midnight budgets begin anew."""

    key: Key | None
    until: float
    payer: Payer
    gates: tuple[tuple[Meter, int], ...]
    """Each meter with the place of what it needs of a call."""
    rates: tuple[tuple[Rate, int], ...]
    holds: tuple[tuple[Hold, int], ...]


@dataclass(slots=True)
class Plans:
    """Bounded: beyond 20,000 callers and models the plan that was made longest ago is dropped."""

    rules: Sequence[Rule]
    clock: Clock
    meters: dict[str, Meter] = field(default_factory=dict[str, Meter])
    _plans: OrderedDict[tuple[str, str, str, str], Plan] = field(
        default_factory=OrderedDict[tuple[str, str, str, str], Plan]
    )

    def find(self, who: Principal, model: str, now: float) -> Plan:
        key = who.key
        name = (who.workspace, who.user, "" if key is None else key.id, model)
        plan = self._plans.get(name)
        if plan is not None and now < plan.until:
            if plan.key is key:
                return plan
            if plan.key == key:
                plan.key = key  # read anew, and the same
                return plan
        plan = self._plans[name] = self._made(who, model, now)
        self._plans.move_to_end(name)
        if len(self._plans) > _MOST_PLANS:
            _ = self._plans.popitem(last=False)
        return plan

    def change(self, rules: Sequence[Rule]) -> None:
        """Meters stay, with what they have counted."""
        self.rules = rules
        self._plans.clear()

    def sweep(self) -> None:
        """Forget meters that nobody uses; where there are very many, those that rest as well."""
        used = {id(meter) for plan in self._plans.values() for meter, _ in plan.gates}
        if len(self.meters) > _MOST_METERS:
            self._plans.clear()
            used = set[int]()
        kept = {n: m for n, m in self.meters.items() if id(m) in used or not m.is_idle}
        self.meters = kept

    def _made(self, who: Principal, model: str, now: float) -> Plan:
        wall = self.clock.now()
        day = int(wall) // DAY_SECONDS
        found = [
            meter
            for bound in bounds(self.rules, who, model)
            for kind in Kind
            if (meter := self._meter(bound, kind, day)) is not None
        ]
        gates = tuple((meter, _NEEDS[meter.subject.kind]) for meter in found)
        return Plan(
            key=who.key,
            until=now + (day + 1) * DAY_SECONDS - wall,
            payer=_payer(who, model, day),
            gates=gates,
            rates=tuple((m, need) for m, need in gates if isinstance(m, Rate)),
            holds=tuple((m, need) for m, need in gates if isinstance(m, Hold)),
        )

    def _meter(self, bound: Bound, kind: Kind, day: int) -> Meter | None:
        limits = bound.limits
        match kind:
            case Kind.REQUESTS:
                return self._rate(bound, kind, limits.rpm)
            case Kind.TOKENS:
                return self._rate(bound, kind, limits.tpm)
            case Kind.CONCURRENT:
                return self._hold(bound, kind, (0, 0), limit=limits.concurrent, warn=None)
            case Kind.DAY:
                most, warn = limits.budget_day, limits.warn_day
                return self._hold(bound, kind, (day, day), limit=most, warn=warn)
            case Kind.MONTH:
                most, warn = limits.budget_month, limits.warn_month
                return self._hold(bound, kind, month_of(day), limit=most, warn=warn)

    def _rate(self, bound: Bound, kind: Kind, limit: int | None) -> Rate | None:
        if limit is None:
            return None
        subject = Subject(f"{kind}\n{bound.scope.name}", kind, bound.label, bound.scope)
        meter = self.meters.get(subject.name)
        if not isinstance(meter, Rate):
            meter = self.meters[subject.name] = Rate(subject, limit)
        meter.limit, meter.subject = limit, subject
        return meter

    def _hold(
        self,
        bound: Bound,
        kind: Kind,
        days: tuple[int, int],
        *,
        limit: int | None,
        warn: int | None,
    ) -> Hold | None:
        if limit is None and warn is None:
            return None
        first, last = days
        name = f"{kind}\n{bound.scope.name}\n{first}"
        subject = Subject(name, kind, bound.label, bound.scope, first, last)
        most = WARN_ONLY if limit is None else limit
        meter = self.meters.get(name)
        if not isinstance(meter, Hold):
            ends = (last + 1.0) * DAY_SECONDS if kind.is_money else 0.0
            meter = self.meters[name] = Hold(subject, most, ends)
        meter.limit, meter.warn, meter.subject = most, warn, subject
        return meter


def _payer(who: Principal, model: str, day: int) -> Payer:
    key = who.key
    return Payer(
        day=day,
        workspace=who.workspace,
        user=who.user,
        key="" if key is None else key.id,
        team="" if key is None else key.team,
        model=model,
    )


WARN_ONLY = 2**60
"""The limit of a budget that only warns: a billion dollars."""


def month_of(day: int) -> tuple[int, int]:
    """The first and the last day of its month, in days since 1970."""
    found = date.fromordinal(_EPOCH + day)
    first = found.replace(day=1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first.toordinal() - _EPOCH, following.toordinal() - _EPOCH - 1
