"""Connections to gRPC servers, kept for the next call."""

import ssl
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Protocol, TypeVar, cast

from podium.adapters.addresses import addresses
from podium.adapters.http.egress import Egress

T_co = TypeVar("T_co", covariant=True)

MOST: Final = 64
IDLE_MILLISECONDS: Final = 60_000
METADATA_BYTES: Final = 32_768
_TLS_PORT: Final = 443
_PLAIN_PORT: Final = 80


class Answers(Protocol):
    """The messages of an answer as they come; `cancel` ends a call that is still under way."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...
    def cancel(self) -> bool: ...


class One(Protocol):
    """A method that is sent one message."""

    def __call__(
        self, request: bytes, *, timeout: float, metadata: Sequence[tuple[str, str]]
    ) -> Answers: ...


class Channel(Protocol):
    """Whether one message or a stream comes back makes no difference on the wire."""

    def unary_stream(self, method: str) -> One: ...
    async def close(self, grace: float | None = None) -> None: ...


class _Credentials(Protocol):
    def ssl_channel_credentials(self, root_certificates: bytes | None) -> object: ...


class Opening(Protocol[T_co]):
    def insecure_channel(self, target: str, options: Sequence[tuple[str, object]]) -> T_co: ...
    def secure_channel(
        self, target: str, credentials: object, options: Sequence[tuple[str, object]]
    ) -> T_co: ...


@dataclass(frozen=True, slots=True)
class GrpcOptions:
    """`plaintext` are hosts that are called without TLS, `tls` private hosts that are called with
    it. `ca_file` adds authorities to those of the system.
    """

    plaintext: frozenset[str] = frozenset()
    tls: frozenset[str] = frozenset()
    ca_file: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """What one connection is for."""

    target: str
    host: str
    port: int
    secure: bool
    max_bytes: int


@dataclass(slots=True)
class _Kept:
    channel: Channel
    users: int = 0


class Channels:
    """Calls go to the addresses that the egress rule has let through, never to the name: gRPC would
    resolve it once more by itself.
    """

    def __init__(self, egress: Egress, options: GrpcOptions | None = None) -> None:
        self._egress: Egress = egress
        self._options: GrpcOptions = options or GrpcOptions()
        self._kept: OrderedDict[Place, _Kept] = OrderedDict()

    @asynccontextmanager
    async def channel(self, host: str, port: int | None, max_bytes: int) -> AsyncGenerator[Channel]:
        """Raises ConnectFailed (no such host), EgressRefused."""
        place = await self.place(host, port, max_bytes)
        kept = self._kept.get(place) or _Kept(self._opened(place))
        self._kept[place] = kept
        self._kept.move_to_end(place)
        kept.users += 1
        try:
            await self._evict()
            yield kept.channel
        finally:
            kept.users -= 1

    async def close(self) -> None:
        while self._kept:
            _, kept = self._kept.popitem()
            await kept.channel.close(grace=None)

    async def _evict(self) -> None:
        """The one that was used least recently goes; one that is in use stays."""
        if len(self._kept) > MOST:
            idle = next((place for place, kept in self._kept.items() if not kept.users), None)
            if idle is not None:
                await self._kept.pop(idle).channel.close(grace=None)

    async def place(self, host: str, port: int | None, max_bytes: int) -> Place:
        found = await addresses(host, port or _TLS_PORT, self._egress)
        secure = self._secure(host, port, found)
        port = port or (_TLS_PORT if secure else _PLAIN_PORT)
        return Place(_target(found, port), host, port, secure, max_bytes)

    def _secure(self, host: str, port: int | None, found: Sequence[str]) -> bool:
        """TLS, but where the operator says otherwise; and but for private addresses, which are
        reached only where the operator allows them, and whose servers rarely have certificates.
        """
        if host in self._options.plaintext:
            return False
        if host in self._options.tls or port == _TLS_PORT:
            return True
        public = Egress.public()
        return any(public.allows(address) for address in found)

    def _opened(self, place: Place) -> Channel:
        return self.opened(
            place, cast("Opening[Channel]", cast("object", import_module("grpc.aio")))
        )

    def opened(self, place: Place, opening: "Opening[T_co]") -> T_co:
        """A new connection, by one of grpcio's two interfaces."""
        options: list[tuple[str, object]] = [
            ("grpc.default_authority", f"{place.host}:{place.port}"),
            ("grpc.max_receive_message_length", place.max_bytes),
            ("grpc.max_send_message_length", place.max_bytes),
            ("grpc.max_metadata_size", METADATA_BYTES),
            ("grpc.client_idle_timeout_ms", IDLE_MILLISECONDS),
            ("grpc.enable_http_proxy", 0),
            ("grpc.enable_retries", 0),
            ("grpc.service_config_disable_resolution", 1),
        ]
        if not place.secure:
            return opening.insecure_channel(place.target, options)
        grpc = cast("_Credentials", cast("object", import_module("grpc")))
        credentials = grpc.ssl_channel_credentials(_authorities(self._options.ca_file))
        options.append(("grpc.ssl_target_name_override", place.host))
        return opening.secure_channel(place.target, credentials, options)


def _target(found: Sequence[str], port: int) -> str:
    """Addresses of one family: gRPC takes no mixture."""
    family = ip_address(found[0].partition("%")[0]).version
    same = [each for each in found if ip_address(each.partition("%")[0]).version == family]
    shown = [f"[{each}]:{port}" if family == 6 else f"{each}:{port}" for each in same]  # noqa: PLR2004 - IPv6
    return f"ipv{family}:{','.join(shown)}"


def _authorities(ca_file: str) -> bytes | None:
    """The system's and the operator's; None: the ones that gRPC brings."""
    system = ssl.get_default_verify_paths().cafile
    files = [Path(each) for each in (system, ca_file) if each]
    return b"\n".join(each.read_bytes() for each in files) or None
