"""The same requests through a proxy, by the client that knows how to speak to one."""

from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Self, final

from podium.adapters.http.client import HttpClient, HttpRequest
from podium.adapters.http.exchange import HttpResponse, HttpStream, Timeouts
from podium.adapters.upstream.target import Target


@final
class ProxiedClient(AbstractAsyncContextManager["ProxiedClient"]):
    def __init__(self, http: HttpClient) -> None:
        self._http: HttpClient = http

    async def __aenter__(self) -> Self:
        await self._http.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.close()

    async def send(
        self, target: Target, body: bytes, *, timeouts: Timeouts, max_bytes: int
    ) -> HttpResponse:
        """The whole response of any status. Raises as `HttpClient.request` does."""
        asked = _asked(target, body)
        async with self._http.stream(asked, timeouts) as opened:
            whole = await opened.whole(max_bytes)
            return HttpResponse(opened.status, opened.headers, whole, opened.url, asked.method)

    async def open(self, target: Target, body: bytes, *, timeouts: Timeouts) -> HttpStream:
        """The head of the response; close it after use."""
        return await self._http.open(_asked(target, body), timeouts)


def _asked(target: Target, body: bytes) -> HttpRequest:
    return HttpRequest(target.method, target.url, target.headers, {}, body)
