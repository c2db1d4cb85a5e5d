"""What credentials need to get theirs: HTTP, a clock, files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import anyio

from podium.adapters.http.client import HttpRequest
from podium.adapters.http.exchange import HttpResponse
from podium.kernel.clock import Clock

_DEADLINE: Final = 10.0
_MOST_BYTES: Final = 262_144


class Http(Protocol):
    async def request(  # noqa: PLR0913 - as the HTTP client has it
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
    ) -> HttpResponse: ...


class Files(Protocol):
    async def text(self, path: str) -> str:
        """Raises OSError."""
        ...

    def has(self, path: str) -> bool: ...


class SystemFiles:
    async def text(self, path: str) -> str:
        data = await anyio.Path(path).expanduser()
        return (await data.read_bytes())[:_MOST_BYTES].decode("utf-8", "replace")

    def has(self, path: str) -> bool:
        return Path(path).expanduser().is_file()


@dataclass(frozen=True, slots=True)
class Means:
    http: Http
    clock: Clock
    files: Files

    async def fetched(self, asked: HttpRequest) -> HttpResponse:
        """Raises what the HTTP client raises."""
        return await self.http.request(
            asked.method,
            asked.url,
            headers=asked.headers,
            query=asked.query,
            body=asked.body,
            deadline=_DEADLINE,
            max_bytes=_MOST_BYTES,
            follow_redirects=False,
        )


def system_means(http: Http, clock: Clock) -> Means:
    return Means(http, clock, SystemFiles())
