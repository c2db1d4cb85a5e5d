"""How much may be used: what a key, a user, a team, a workspace or a model is held to."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import cast

from podium.kernel.money import NanoUsd


@dataclass(frozen=True, slots=True)
class Limits:
    """None is no limit. Money is in nano-dollars; days and months are those of UTC.

    A budget is hard: what would go beyond it is refused. From `warn_day` and `warn_month` on
    callers are warned, and go on.
    """

    rpm: int | None = None
    """Requests in any 60 seconds."""
    tpm: int | None = None
    """Tokens, in and out together, in any 60 seconds."""
    concurrent: int | None = None
    """Requests at the same time."""
    budget_day: NanoUsd | None = None
    budget_month: NanoUsd | None = None
    warn_day: NanoUsd | None = None
    warn_month: NanoUsd | None = None

    def given(self) -> Mapping[str, int]:
        """Those that there are, by name."""
        every = ((name, cast("int | None", getattr(self, name))) for name in NAMES)
        return {name: value for name, value in every if value is not None}

    def over(self, below: "Limits") -> "Limits":
        """These, and where they say nothing those below."""
        return replace(below, **self.given())

    def beyond(self, other: "Limits") -> tuple[str, ...]:
        """Names of what they allow and the other ones do not; a warning allows nothing."""
        mine, hard = self.given(), set(NAMES) - {"warn_day", "warn_month"}
        return tuple(
            name
            for name, most in other.given().items()
            if name in hard and (name not in mine or mine[name] > most)
        )


NAMES = tuple(one.name for one in fields(Limits))
UNLIMITED = Limits()
