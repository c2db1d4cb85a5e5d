"""Money: US dollars in whole nano-dollars, so that sums are exact and columns are integers."""

from decimal import Decimal
from typing import NewType

NanoUsd = NewType("NanoUsd", int)

NOTHING = NanoUsd(0)
_FROM_HERE_IN_CENTS = 100


def nano(amount: Decimal) -> NanoUsd:
    """From dollars; what is smaller than a nano-dollar is cut off."""
    return NanoUsd(int(amount * 10**9))


def dollars(amount: int) -> float:
    """For machines."""
    return amount / 1e9


def usd(amount: int) -> str:
    """For people: four decimal places below a hundred dollars, cents from there on."""
    value = amount / 1e9
    if value == 0:
        return "$0"
    return f"${value:,.2f}" if value >= _FROM_HERE_IN_CENTS else f"${value:.4f}"
