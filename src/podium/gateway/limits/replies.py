"""What callers are told: headers, refusals, warnings."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from podium.gateway.limits.counters import SECONDS
from podium.gateway.limits.meters import Hold, Kind, Meter, Rate, Subject, taken_here
from podium.gateway.limits.plans import DAY_SECONDS, REQUESTS, TOKENS, WARN_ONLY, Plan
from podium.kernel.errors import LimitReached, Quota
from podium.kernel.money import usd

_ANTHROPIC = "anthropic_messages"
_NAMES = {
    (unit, anthropic): tuple(
        f"anthropic-ratelimit-{unit}-{what}" if anthropic else f"x-ratelimit-{what}-{unit}"
        for what in ("limit", "remaining", "reset")
    )
    for unit in ("requests", "tokens")
    for anthropic in (False, True)
}
_UNITS = {
    Kind.REQUESTS: "requests a minute",
    Kind.TOKENS: "tokens a minute",
    Kind.CONCURRENT: "requests at the same time",
    Kind.DAY: "a day",
    Kind.MONTH: "a month",
}


def quotas(plan: Plan, now: float) -> list[Quota]:
    """Of the requests and tokens that are nearest to their limit; nothing without such limits.

    `now` is seconds since 1970.
    """
    found: list[Quota] = []
    for unit, need in (("requests", REQUESTS), ("tokens", TOKENS)):
        rates = [rate for rate, its in plan.rates if its == need]
        if not rates:
            continue
        tightest = rates[0] if len(rates) == 1 else min(rates, key=_left)
        found.append(Quota(unit, tightest.limit, _left(tightest), SECONDS, now))
    return found


def headers(quotas: Iterable[Quota], protocol: str) -> dict[str, str]:
    """In OpenAI's names, and for callers of Anthropic's protocol in Anthropic's.

    The reset is when all that is counted now will have left the window.
    """
    anthropic = protocol == _ANTHROPIC
    found: dict[str, str] = {}
    for quota in quotas:
        limit, remaining, reset = _NAMES[quota.unit, anthropic]
        found[limit], found[remaining] = str(quota.limit), str(quota.left)
        found[reset] = _moment(quota.at + quota.window) if anthropic else f"{quota.window}s"
    return found


def _left(rate: Rate) -> int:
    return max(0, rate.limit - taken_here(rate))


def refusal(plan: Plan, meter: Meter, need: int, *, now: float) -> LimitReached:
    """Why a call may not go on, and when it may. `now` is seconds since 1970."""
    subject = meter.subject
    wait, message = _words(meter, need, now)
    details: dict[str, object] = {"limit": subject.kind.value, "of": subject.label}
    if subject.kind.is_money:
        details |= {"most_usd": meter.limit / 1e9, "used_usd": taken_here(meter) / 1e9}
    else:
        details |= {"most": meter.limit, "used": taken_here(meter)}
    return LimitReached(message, retry_after=wait, quotas=quotas(plan, now), details=details)


def _words(meter: Meter, need: int, now: float) -> tuple[float | None, str]:
    kind, label = meter.subject.kind, meter.subject.label
    whose = label[0].upper() + label[1:]
    if isinstance(meter, Rate) and need > meter.limit:
        return None, (
            f"This call may take {need} {_UNITS[kind]}, and {label} has {meter.limit}: it can "
            "never go on. Ask for fewer tokens, or ask an admin for a higher limit."
        )
    if kind.is_money:
        anew = (meter.subject.last + 1) * DAY_SECONDS
        return max(1.0, anew - now), (
            f"{whose} has a budget of {usd(meter.limit)} {_UNITS[kind]}, of which "
            f"{usd(taken_here(meter))} are spent or reserved; this call may cost {usd(need)}. It "
            f"begins anew at {_moment(anew)}. Ask an admin for a higher one."
        )
    wait = max(0.05, meter.wait)
    return wait, (
        f"{whose} has {meter.limit} {_UNITS[kind]}, and they are used. Try again in "
        f"{math.ceil(wait)} s."
    )


@dataclass(frozen=True, slots=True)
class SoftLimit:
    """A budget has come to where it is to be warned of. Money is nano-dollars; `limit` is None
    where nothing is refused. As text it is a sentence.
    """

    subject: Subject
    used: int
    warn: int
    limit: int | None

    @property
    def resets_at(self) -> float:
        """Seconds since 1970."""
        return (self.subject.last + 1.0) * DAY_SECONDS

    def __str__(self) -> str:
        return (
            f"{self.subject.label} has used {usd(self.used)} {_UNITS[self.subject.kind]}; "
            f"it is warned from {usd(self.warn)} on"
        )


def warning(hold: Hold) -> SoftLimit | None:
    """None where there is nothing to warn of."""
    used, warn = taken_here(hold), hold.warn
    if warn is None or used < warn:
        return None
    limit = None if hold.limit == WARN_ONLY else hold.limit
    return SoftLimit(hold.subject, used, warn, limit)


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
