"""Money: US dollars in whole nano-dollars, so that sums are exact and columns are integers."""

from typing import NewType

NanoUsd = NewType("NanoUsd", int)

NOTHING = NanoUsd(0)
_FROM_HERE_IN_CENTS = 100


def usd(amount: int) -> str:
    """For people: four decimal places below a hundred dollars, cents from there on."""
    value = amount / 1e9
    if value == 0:
        return "$0"
    return f"${value:,.2f}" if value >= _FROM_HERE_IN_CENTS else f"${value:.4f}"
