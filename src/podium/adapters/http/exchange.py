"""One exchange: its deadlines, its body piece by piece, and aiohttp's errors in podium's words."""

import asyncio
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType

import aiohttp
from msgspec import Struct

from podium.adapters.http.egress import AddressRefused
from podium.adapters.http.errors import (
    BrokenOff,
    ConnectFailed,
    DeadlinePassed,
    EgressRefused,
    Phase,
    TooLarge,
)
from podium.kernel.errors import Invalid


class Timeouts(Struct, frozen=True, gc=False):
    """Seconds. `first_byte` counts from the request to the head of the response, then again to the
    first piece of the body.
    """

    connect: float
    first_byte: float
    between_bytes: float
    total: float


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """`headers` have lower-case names; the values of repeated ones are joined by `, `.

    `url` and `method` are those of the last request, behind all redirects.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str = ""
    method: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """The deadlines of one exchange; `ends` is on the loop's clock."""

    host: str
    timeouts: Timeouts
    ends: float

    def for_first(self) -> "_Patience":
        return _Patience(self, Phase.FIRST_BYTE, self.timeouts.first_byte)

    def for_more(self) -> "_Patience":
        return _Patience(self, Phase.BETWEEN_BYTES, self.timeouts.between_bytes)


class _Patience:
    """Raises DeadlinePassed where its block takes longer than the phase or the whole may."""

    def __init__(self, wait: Wait, phase: Phase, seconds: float) -> None:
        soonest = asyncio.get_running_loop().time() + seconds
        late = wait.ends < soonest
        self._wait: Wait = wait
        self._phase: Phase = Phase.TOTAL if late else phase
        self._seconds: float = wait.timeouts.total if late else seconds
        self._timeout: asyncio.Timeout = asyncio.timeout_at(wait.ends if late else soonest)

    async def __aenter__(self) -> None:
        _ = await self._timeout.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            _ = await self._timeout.__aexit__(kind, raised, trace)
        except TimeoutError as late:
            raise DeadlinePassed(
                f"'{self._wait.host}' was too slow: {self._phase.value}, {self._seconds:g} s.",
                self._phase,
            ) from late


class HttpStream:
    """A response whose body is read piece by piece."""

    def __init__(self, response: aiohttp.ClientResponse, wait: Wait) -> None:
        self._response: aiohttp.ClientResponse = response
        self._wait: Wait = wait
        self._begun: bool = False
        self.status: int = response.status
        self.url: str = str(response.url)
        self.headers: Mapping[str, str] = _headers(response)

    async def read(self) -> bytes:
        """Some bytes as they came; empty at the end. Raises DeadlinePassed, BrokenOff."""
        patience = self._wait.for_more() if self._begun else self._wait.for_first()
        async with patience:
            with translated(self._wait.host):
                piece = await self._response.content.readany()
        self._begun = True
        return piece

    def close(self) -> None:
        """A body that was not read to its end takes its connection with it."""
        if self._response.content.at_eof():
            self._response.release()
        else:
            self._response.close()

    async def settle(self, seconds: float) -> None:
        """Give the end of the body, where it is just coming, time to arrive: the connection can
        then be used again. Bytes that come instead are dropped.
        """
        if self._response.content.at_eof():
            return
        with suppress(TimeoutError, aiohttp.ClientError):
            async with asyncio.timeout(seconds):
                _ = await self._response.content.readany()

    async def whole(self, max_bytes: int) -> bytes:
        """The rest of the body. Raises TooLarge, DeadlinePassed, BrokenOff."""
        pieces: list[bytes] = []
        size = 0
        expected = self._response.content_length or 0
        while max(size, expected) <= max_bytes:
            piece = await self.read()
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)
            size += len(piece)
        raise TooLarge(f"The response of '{self._wait.host}' is larger than {max_bytes:,} bytes.")


def _headers(response: aiohttp.ClientResponse) -> Mapping[str, str]:
    headers: dict[str, str] = {}
    for name, raw in response.headers.items():
        key, value = name.lower(), raw if raw.isascii() else _readable(raw)
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers


def _readable(value: str) -> str:
    """Aiohttp leaves bytes that are no UTF-8 as halves of characters, which nobody can write down;
    RFC 9110, 5.5 takes such bytes for ISO 8859-1.
    """
    data = value.encode("utf-8", "surrogateescape")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


@contextmanager
def translated(host: str) -> Generator[None]:
    """Turns aiohttp's errors into those of `errors`; their texts hold no header, query or body."""
    try:
        yield
    except aiohttp.ConnectionTimeoutError as slow:
        raise DeadlinePassed(f"'{host}' was too slow: connect.", Phase.CONNECT) from slow
    except aiohttp.ClientSSLError as failed:
        raise ConnectFailed(f"Cannot connect to '{host}': TLS failed ({failed}).") from failed
    except aiohttp.ClientConnectorError as failed:
        if isinstance(failed.os_error, AddressRefused):
            raise EgressRefused(str(failed.os_error)) from failed
        raise ConnectFailed(f"Cannot connect to '{host}': {_reason(failed.os_error)}.") from failed
    except aiohttp.InvalidURL as bad:
        raise Invalid(f"The URL of '{host}' cannot be called.") from bad
    except (aiohttp.ClientError, ConnectionError, asyncio.IncompleteReadError) as broken:
        raise BrokenOff(f"'{host}' broke off ({type(broken).__name__}).") from broken


def _reason(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
