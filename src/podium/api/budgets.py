"""/api/v1/budgets: what is spent, and what is left."""

from typing import Final

from fastapi import APIRouter
from pydantic import BaseModel, Field

from podium.api.context import Caller, Services
from podium.gateway.limits.budgets import Budget as Value
from podium.kernel.money import dollars

router: Final = APIRouter(prefix="/api/v1/budgets", tags=["budgets"])


class Budget(BaseModel):
    """Money is in USD. Null: nothing is refused, or nobody is warned."""

    of: str = Field(description="Whose it is.", examples=["the key 'ci'"])
    period: str = Field(description="`day` or `month`, of UTC.")
    spent: float = Field(description="Without what calls under way have reserved.")
    limit: float | None
    left: float | None
    warn: float | None = Field(description="The soft limit: from so much on callers are warned.")
    warned: bool = Field(description="Whether the soft limit is reached.")
    resets_at: float = Field(description="When it begins anew, in seconds since 1970.")

    @classmethod
    def shown(cls, value: Value) -> "Budget":
        return cls(
            of=value.of,
            period=value.period,
            spent=dollars(value.spent),
            limit=_dollars(value.limit),
            left=_dollars(value.left),
            warn=_dollars(value.warn),
            warned=value.is_warned,
            resets_at=value.resets_at,
        )


class BudgetList(BaseModel):
    items: list[Budget]


@router.get("", summary="List budgets")
async def list_budgets(podium: Services, caller: Caller) -> BudgetList:
    """Those that hold for your calls and keys; for admins those of the workspace."""
    return BudgetList(items=[Budget.shown(one) for one in await podium.budgets.list(caller)])


def _dollars(amount: int | None) -> float | None:
    return None if amount is None else dollars(amount)
