"""New connections: guarded after DNS, IPv6 and IPv4 side by side, TLS verified."""

import asyncio
import os
import socket
import ssl
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from aiohappyeyeballs import (
    start_connection,  # pyright: ignore[reportUnknownVariableType] - an address is a bare tuple
)

from podium.adapters.addresses import addresses
from podium.adapters.http.egress import AddressRefused, Egress, GuardedSockets
from podium.adapters.http.errors import ConnectFailed, EgressRefused
from podium.adapters.upstream.connection import Connection
from podium.adapters.upstream.target import Origin

_HEAD_START = 0.25
"""Seconds before the next address is tried beside the one before it (RFC 8305, 8)."""


def trust(ca_file: str) -> ssl.SSLContext:
    """The authorities of the system, and those of `ca_file` if it is not empty."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


@dataclass(frozen=True, slots=True)
class Dialer:
    egress: Egress
    trust: ssl.SSLContext

    async def dial(self, origin: Origin, connection: Connection) -> None:
        """Raises ConnectFailed, EgressRefused. Cancelled, it leaves nothing open."""
        try:
            found = await self._socket(origin)
            await self._open(found, origin, connection)
        except AddressRefused as refused:
            raise EgressRefused(str(refused)) from refused
        except ssl.SSLError as failed:
            raise ConnectFailed(f"{_cannot(origin)}: TLS failed ({_tls(failed)}).") from failed
        except OSError as failed:
            raise ConnectFailed(f"{_cannot(origin)}: {_reason(failed)}.") from failed

    async def _socket(self, origin: Origin) -> socket.socket:
        numbers = await addresses(origin.host, origin.port, self.egress)
        return await start_connection(
            [_info(number, origin.port) for number in numbers],
            happy_eyeballs_delay=_HEAD_START,
            interleave=1,
            loop=asyncio.get_running_loop(),
            socket_factory=GuardedSockets(self.egress),
        )

    async def _open(self, found: socket.socket, origin: Origin, connection: Connection) -> None:
        secure = origin.scheme == "https"
        try:
            _ = await asyncio.get_running_loop().create_connection(
                lambda: connection,
                sock=found,
                ssl=self.trust if secure else None,
                server_hostname=origin.host if secure else None,
            )
        except BaseException:
            connection.drop()
            found.close()
            raise
        if not connection.open:
            raise ConnectFailed(f"{_cannot(origin)}: it closed the connection at once.")


def _info(number: str, port: int) -> tuple[int, int, int, str, tuple[str, int]]:
    v6 = isinstance(ip_address(number.partition("%")[0]), IPv6Address)
    family = socket.AF_INET6 if v6 else socket.AF_INET
    return family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (number, port)


def _cannot(origin: Origin) -> str:
    return f"Cannot connect to '{origin.host}'"


def _reason(failed: OSError) -> str:
    """The system's own words: those of the loops name the address in each its own way."""
    if failed.errno:
        return os.strerror(failed.errno)
    return str(failed) or type(failed).__name__


def _tls(failed: ssl.SSLError) -> str:
    if isinstance(failed, ssl.SSLCertVerificationError):
        return failed.verify_message
    return failed.reason or "the other side speaks no TLS that can be understood"
