"""`limits:`, and what it means to the gateway."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from podium.gateway.limits.limiter import Away
from podium.gateway.limits.rules import Per, Rule
from podium.identity.limits import UNLIMITED, Limits
from podium.kernel.errors import Problem
from podium.kernel.json import pointer
from podium.kernel.money import NanoUsd, nano
from podium.settings.secrets import REFERENCE
from podium.settings.section import Price, Section

_STORE = rf"^(memory|database|rediss?://\S+|{REFERENCE})$"
_Count = Annotated[int, Field(ge=0, le=10**12)]


class LimitRule(Section):
    """What some callers may use. What is left out has no limit; budgets are in USD."""

    per: list[Per] = Field(
        default_factory=list[Per],
        description="What has these limits each for itself: `key`, `user`, `team`, `workspace`, "
        "`model`; several: each combination of them; empty: all of podium together.",
    )
    models: list[str] = Field(
        default_factory=list[str],
        description="For these models and routes alone, by the name that is asked for or by "
        "patterns such as `gpt-*`; needs `model` in `per`.",
    )
    teams: list[str] = Field(
        default_factory=list[str], description="For these teams alone; needs `team` in `per`."
    )
    rpm: _Count | None = Field(default=None, description="Requests in any 60 seconds.")
    tpm: _Count | None = Field(default=None, description="Tokens, in and out, in any 60 seconds.")
    concurrent: _Count | None = Field(default=None, description="Requests at the same time.")
    budget_day: Price | None = Field(default=None, description="USD a day (UTC).")
    budget_month: Price | None = Field(default=None, description="USD a month (UTC).")
    warn_day: Price | None = Field(
        default=None, description="USD a day from which callers are warned."
    )
    warn_month: Price | None = Field(
        default=None, description="USD a month from which callers are warned."
    )

    def limits(self) -> Limits:
        return Limits(
            rpm=self.rpm,
            tpm=self.tpm,
            concurrent=self.concurrent,
            budget_day=_nano(self.budget_day),
            budget_month=_nano(self.budget_month),
            warn_day=_nano(self.warn_day),
            warn_month=_nano(self.warn_month),
        )


class LimitsSection(Section):
    store: str = Field(
        default="memory",
        pattern=_STORE,
        description="Where processes share what is used: `memory` (each on its own), `database` "
        "(PostgreSQL of `storage.url`), the address of a Redis, or a secret:// reference to it.",
    )
    rates_away: Literal["open", "closed"] = Field(
        default="open",
        description="While the store does not answer: `open` holds rates in each process on its "
        "own, `closed` refuses calls that have rates.",
    )
    budgets_away: Literal["open", "closed"] = Field(
        default="closed",
        description="While the store does not answer: `closed` refuses calls that have budgets, "
        "`open` lets them go on and counts.",
    )
    rules: list[LimitRule] = Field(
        default_factory=list[LimitRule],
        description="Who may use how much. Of rules for the same things the last one that says "
        "something counts.",
    )

    def away(self) -> tuple[Away, Away]:
        """For rates, and for budgets."""
        return Away(self.rates_away), Away(self.budgets_away)


def limit_rules(section: LimitsSection) -> tuple[Rule, ...]:
    return tuple(
        Rule(frozenset(one.per), one.limits(), tuple(one.models), frozenset(one.teams))
        for one in section.rules
    )


def key_defaults(rules: Sequence[Rule]) -> Limits:
    """The limits of keys that have none of their own."""
    found = UNLIMITED
    for rule in rules:
        if rule.per == frozenset((Per.KEY,)):
            found = rule.limits.over(found)
    return found


def limit_checks(section: LimitsSection) -> Iterator[Problem]:
    """What a schema cannot say."""
    for number, rule in enumerate(section.rules):
        here = pointer("limits", "rules", number)
        if rule.limits() == UNLIMITED:
            yield Problem("This rule limits nothing. Give it rpm, say.", "settings/limits", here)
        for name, names, per in (
            ("models", rule.models, Per.MODEL),
            ("teams", rule.teams, Per.TEAM),
        ):
            if names and per not in rule.per:
                message = f"A rule for some {name} counts each of them: put {per.value} into per."
                yield Problem(message, "settings/limits", f"{here}/{name}")


def _nano(amount: Decimal | None) -> NanoUsd | None:
    return None if amount is None else nano(amount)
