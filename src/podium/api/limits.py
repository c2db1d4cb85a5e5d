"""Limits as the API spells them."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field, PlainSerializer

from podium.identity.limits import Limits
from podium.kernel.money import NanoUsd, dollars, nano

_MOST = 1_000_000_000
_Count = Annotated[int, Field(ge=0, le=_MOST)]
_Usd = Annotated[
    Decimal,
    Field(ge=0, le=_MOST, allow_inf_nan=False),
    PlainSerializer(float, return_type=float),
]


class LimitsBody(BaseModel, extra="forbid"):
    """Null: no limit. Budgets are in USD, by days and months of UTC."""

    rpm: _Count | None = Field(default=None, description="Requests in any 60 seconds.")
    tpm: _Count | None = Field(default=None, description="Tokens in any 60 seconds.")
    concurrent: _Count | None = Field(default=None, description="Requests at the same time.")
    budget_day: _Usd | None = Field(default=None, description="USD a day.")
    budget_month: _Usd | None = Field(default=None, description="USD a month.")
    warn_day: _Usd | None = Field(default=None, description="USD a day from which it is warned.")
    warn_month: _Usd | None = Field(
        default=None, description="USD a month from which it is warned."
    )

    def value(self) -> Limits:
        return Limits(
            rpm=self.rpm,
            tpm=self.tpm,
            concurrent=self.concurrent,
            budget_day=_nano(self.budget_day),
            budget_month=_nano(self.budget_month),
            warn_day=_nano(self.warn_day),
            warn_month=_nano(self.warn_month),
        )

    @classmethod
    def of(cls, limits: Limits) -> "LimitsBody":
        return cls(
            rpm=limits.rpm,
            tpm=limits.tpm,
            concurrent=limits.concurrent,
            budget_day=_usd(limits.budget_day),
            budget_month=_usd(limits.budget_month),
            warn_day=_usd(limits.warn_day),
            warn_month=_usd(limits.warn_month),
        )


def _nano(amount: Decimal | None) -> NanoUsd | None:
    return None if amount is None else nano(amount)


def _usd(amount: NanoUsd | None) -> Decimal | None:
    return None if amount is None else Decimal(str(dollars(amount)))
