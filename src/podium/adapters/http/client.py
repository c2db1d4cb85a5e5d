"""Requests and streams over one pool of connections: verified, bounded in time and in size."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Self
from urllib.parse import urljoin

import aiohttp
from yarl import URL

from podium.adapters.http.egress import Egress, GuardedResolver, GuardedSockets
from podium.adapters.http.errors import EgressRefused
from podium.adapters.http.exchange import HttpResponse, HttpStream, Timeouts, Wait, translated
from podium.adapters.http.urls import checked_host, exact, split
from podium.kernel.errors import Invalid, Unavailable

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KEEPS_METHOD = frozenset({307, 308})
_MOST_REDIRECTS = 5
_FOR_ANY_ORIGIN = frozenset(
    {
        "accept",
        "accept-language",
        "content-encoding",
        "content-language",
        "content-type",
        "idempotency-key",
        "user-agent",
    }
)
"""What may follow a redirect to another origin: a key can be in a header of any other name."""
_FOR_A_BODY = frozenset({"content-type", "content-length", "content-encoding"})
_AGENT = "podium"


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """`ca_file` adds authorities to those of the system; `proxy` is never read from elsewhere."""

    proxy: str = ""
    ca_file: str = ""
    connections: int = 200
    connections_each_host: int = 100
    keep_alive: float = 15.0
    max_header_bytes: int = 32_768


@dataclass(frozen=True, slots=True)
class HttpRequest:
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes | None = None


class HttpClient:
    """`start` before the first request, `close` after the last; or `async with`.

    With a proxy the proxy decides what a name resolves to: then `egress` only sees addresses
    that are written as numbers, and the proxy has to keep the rest.
    """

    def __init__(self, egress: Egress, options: HttpOptions | None = None) -> None:
        self._egress: Egress = egress
        self._options: HttpOptions = options or HttpOptions()
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        options = self._options
        reach = Egress.anywhere() if options.proxy else self._egress
        trust = ssl.create_default_context()
        if options.ca_file:
            trust.load_verify_locations(options.ca_file)
        connector = aiohttp.TCPConnector(
            limit=options.connections,
            limit_per_host=options.connections_each_host,
            keepalive_timeout=options.keep_alive,
            ssl=trust,
            resolver=GuardedResolver(reach),
            socket_factory=GuardedSockets(reach),
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": _AGENT},
            trust_env=False,
            max_line_size=options.max_header_bytes,
            max_field_size=options.max_header_bytes,
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def request(  # noqa: PLR0913 - the parts of a request, each by name
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        query: Mapping[str, str],
        body: bytes | None,
        deadline: float,
        max_bytes: int,
        follow_redirects: bool,
    ) -> HttpResponse:
        """The whole response, of any status, within `deadline` seconds and `max_bytes` bytes.

        Raises ConnectFailed, BrokenOff, DeadlinePassed, TooLarge, EgressRefused, Invalid (the
        address). A redirect to another origin goes without credentials, one from https to http is
        refused; at most five are followed.
        """
        ends = asyncio.get_running_loop().time() + deadline
        asked = HttpRequest(method, url, headers, query, body)
        for _ in range(_MOST_REDIRECTS + 1):
            left = max(0.0, ends - asyncio.get_running_loop().time())
            async with self.stream(asked, Timeouts(left, left, left, left)) as stream:
                target = stream.headers.get("location", "")
                if not (follow_redirects and target and stream.status in _REDIRECTS):
                    whole = await stream.whole(max_bytes)
                    return HttpResponse(
                        stream.status, stream.headers, whole, stream.url, asked.method
                    )
                asked = _redirected(asked, stream.status, _joined(stream.url, target))
        raise Unavailable(f"'{split(url).hostname}' redirects more than {_MOST_REDIRECTS} times.")

    @asynccontextmanager
    async def stream(
        self, asked: HttpRequest, timeouts: Timeouts
    ) -> AsyncGenerator[HttpStream, None]:
        """The head of the response, and its body piece by piece. Raises as `request` does."""
        opened = await self.open(asked, timeouts)
        try:
            yield opened
        finally:
            opened.close()

    async def open(self, asked: HttpRequest, timeouts: Timeouts) -> HttpStream:
        """As `stream`; close it after use."""
        host = self._checked_host(asked.url)
        url = exact(asked.url)
        ends = asyncio.get_running_loop().time() + timeouts.total
        wait = Wait(host, timeouts, ends)
        return HttpStream(await self._send(asked, url, wait), wait)

    async def _send(self, asked: HttpRequest, url: URL, wait: Wait) -> aiohttp.ClientResponse:
        if self._session is None:
            raise Unavailable("The HTTP client is not started. Call start() first.")
        timeout = aiohttp.ClientTimeout(total=None, connect=wait.timeouts.connect)
        async with wait.for_first():
            with translated(wait.host):
                return await self._session.request(
                    asked.method,
                    url,
                    params=asked.query or None,
                    data=asked.body,
                    headers=asked.headers,
                    skip_auto_headers=("Content-Type",),
                    allow_redirects=False,
                    proxy=self._options.proxy or None,
                    timeout=timeout,
                )

    def _checked_host(self, url: str) -> str:
        host = checked_host(url)
        if _is_number(host) and not self._egress.allows(host):
            raise EgressRefused(self._egress.refusal(host))
        return host


def _joined(base: str, target: str) -> str:
    try:
        return urljoin(base, target)
    except ValueError as bad:
        raise Invalid(f"A redirect leads to a URL that cannot be read: {bad}.") from bad


def _is_number(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _redirected(asked: HttpRequest, status: int, url: str) -> HttpRequest:
    """RFC 9110, 15.4: 307 and 308 repeat the request; the others fetch the new place with GET.

    An answer to a digest challenge names the address it was made for, so it never moves on.
    """
    if asked.url.lower().startswith("https:") and not url.lower().startswith("https:"):
        host = split(asked.url).hostname
        raise Unavailable(f"'{host}' redirects from https to a place that is not. Not followed.")
    same = _origin(asked.url) == _origin(url)
    repeat = status in _KEEPS_METHOD or asked.method in {"GET", "HEAD"}

    def stays(name: str, value: str) -> bool:
        if not repeat and name in _FOR_A_BODY:
            return False
        return value[:7].lower() != "digest " if same else name in _FOR_ANY_ORIGIN

    headers = {name: value for name, value in asked.headers.items() if stays(name.lower(), value)}
    moved = replace(asked, url=url, headers=headers, query={})
    return moved if repeat else replace(moved, method="GET", body=None)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parsed = URL(url)
    except ValueError as bad:
        raise Invalid(f"A URL cannot be read: {bad}.") from bad
    return parsed.scheme, parsed.host, parsed.port
