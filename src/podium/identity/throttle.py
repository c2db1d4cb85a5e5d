"""Who shows unknown secrets must wait. 256 bits cannot be guessed: this saves the database."""

from collections import OrderedDict
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address

from podium.kernel.clock import Clock
from podium.kernel.errors import LimitReached

BURST = 20.0
PER_SECOND = 0.5
_MOST = 10_000
_SITE = 64
"""A single customer has this many bits of IPv6 addresses."""


@dataclass(slots=True)
class Throttle:
    """A bucket for each address or name, of `burst` failures that come back at `per_second`.

    With more than 10,000 of them at once the one that failed longest ago is forgotten.
    """

    clock: Clock
    burst: float = BURST
    per_second: float = PER_SECOND
    what: str = "unknown keys"
    _failed: OrderedDict[str, tuple[float, float]] = field(
        default_factory=OrderedDict[str, tuple[float, float]]
    )

    def check(self, address: str) -> None:
        """Raises LimitReached, saying when to come back."""
        level = self._level(_site(address))
        if level > self.burst - 1:
            wait = (level - self.burst + 1) / self.per_second
            raise LimitReached(
                f"Too many {self.what} were shown from {address or 'this address'}. Correct them, "
                f"and try again in {wait:.0f} s.",
                retry_after=wait,
            )

    def failed(self, address: str) -> None:
        site = _site(address)
        self._failed[site] = (self._level(site) + 1, self.clock.monotonic())
        self._failed.move_to_end(site)
        if len(self._failed) > _MOST:
            _ = self._failed.popitem(last=False)

    def _level(self, site: str) -> float:
        level, at = self._failed.get(site, (0.0, 0.0))
        return max(0.0, level - (self.clock.monotonic() - at) * self.per_second)


def _site(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(int(found) >> (128 - _SITE))
    return address
