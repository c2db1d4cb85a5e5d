"""Money: US dollars in whole nano-dollars, so that sums are exact and columns are integers."""

from decimal import Decimal
from typing import NewType

NanoUsd = NewType("NanoUsd", int)


def per_million(price_usd: Decimal | str, tokens: int) -> NanoUsd:
    """Cost of `tokens` at a list price in USD per million tokens, rounded half up."""
    return NanoUsd(int(Decimal(price_usd) * tokens * 1000 + Decimal("0.5")))


def usd(amount: int) -> str:
    """For people: four significant places below a dollar, cents above a hundred."""
    value = amount / 1e9
    if value == 0:
        return "$0"
    return f"${value:,.2f}" if value >= 100 else f"${value:.4f}"
