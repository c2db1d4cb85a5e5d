"""Where requests may go. The rule is applied to the address that is connected to, after DNS,

so that neither a name that resolves to a private address nor one that changes between the check
and the connection (DNS rebinding) gets through.
"""

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import ClassVar, cast

from aiohttp import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver

_NAT64 = 0x0064FF9B << 96
_LOW_32 = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class Egress:
    """`Egress.anywhere()` is for addresses that the operator configured; the rest gets `public()`.

    `setting` is named in the refusal, so that its reader knows what would allow the request.
    """

    private: bool
    setting: str = "http.allow_private"

    @classmethod
    def anywhere(cls) -> "Egress":
        return cls(private=True)

    @classmethod
    def public(cls) -> "Egress":
        return cls(private=False)

    def allows(self, address: str) -> bool:
        return self.private or is_public(address)

    def refusal(self, host: str) -> str:
        return (
            f"Requests to '{host}' are refused: it is a loopback, private or reserved address. "
            f"Set {self.setting} to true in podium.yaml to allow such addresses."
        )


def is_public(address: str) -> bool:
    """True for an address anybody on the internet can reach; embedded IPv4 is looked into."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        inner = _embedded(parsed)
        if inner is not None:
            return _global(inner)
    return _global(parsed)


def _global(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside a mapped, 6to4, Teredo or NAT64 (64:ff9b::/96) address."""
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if int(address) >> 32 << 32 == _NAT64:
        return IPv4Address(int(address) & _LOW_32)
    return None


class AddressRefused(OSError):
    """Raised inside aiohttp; the client turns it into EgressRefused."""


class GuardedResolver(AbstractResolver):
    """Resolves, and leaves only the addresses that the rule allows."""

    def __init__(self, egress: Egress, inner: AbstractResolver | None = None) -> None:
        self._egress: Egress = egress
        self._inner: AbstractResolver = inner or DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        allowed = [each for each in found if self._egress.allows(each["host"])]
        if found and not allowed:
            raise AddressRefused(self._egress.refusal(host))
        return allowed

    async def close(self) -> None:
        await self._inner.close()


@dataclass(frozen=True, slots=True)
class GuardedSockets:
    """Makes the sockets of a connector: the last gate, which literal addresses pass as well."""

    egress: Egress
    options: ClassVar[tuple[tuple[int, int, int], ...]] = (
        (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    )

    def __call__(self, address: AddrInfoType) -> socket.socket:  # pyright: ignore[reportUnknownParameterType] - aiohttp types it so
        family, kind, protocol = address[0], address[1], address[2]
        host = str(cast("tuple[object, ...]", address[4])[0])
        if not self.egress.allows(host):
            raise AddressRefused(self.egress.refusal(host))
        made = socket.socket(family=family, type=kind, proto=protocol)
        for option in self.options:
            made.setsockopt(*option)
        return made
