"""What a document refers to outside of itself, fetched from the scripted services and pinned."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol, TypeVar

from podium.kernel.errors import Unavailable
from podium.kernel.json import JsonObject, digest
from podium.workflows.aside import Aside
from podium.workflows.documents.check import parse
from podium.workflows.documents.external import references
from podium.workflows.documents.model import Document
from podium.workflows.pinning import Pins, schemas_of

T = TypeVar("T")
_SECONDS = 10.0
_BYTES = 1_000_000


class _Reply(Protocol):
    @property
    def status(self) -> int: ...
    @property
    def body(self) -> bytes: ...


class Asked(Protocol):
    async def request(  # noqa: PLR0913 the port's
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
    ) -> _Reply: ...


class _AtOnce(Aside):
    """Threads take time of their own; in simulated time everything is done at once."""

    async def run(self, work: Callable[[], T]) -> T:
        return work()


class _Fetched:
    """`Catalogs`."""

    def __init__(self, web: Asked) -> None:
        self._web: Asked = web

    async def fetch(self, uri: str, authentication: JsonObject) -> str:
        reply = await self._web.request(
            "GET",
            uri,
            headers={"X-Policy": ", ".join(authentication)},
            query={},
            body=None,
            deadline=_SECONDS,
            max_bytes=_BYTES,
            follow_redirects=True,
        )
        if reply.status != 200:
            raise Unavailable(f"{uri} answered {reply.status}.")
        return reply.body.decode()


async def read(text: str, functions: Mapping[str, JsonObject], web: Asked) -> Document:
    """As `Workflows.put` reads a document that it stores."""
    document = parse(text, name="scenario", functions=functions)
    if not any(True for _ in references(document.source)):
        return document
    source = await Pins(_Fetched(web), functions, _AtOnce()).pinned(document.source)
    checked = parse(text, name="scenario", functions={**functions, **schemas_of(source)})
    return replace(checked, source=source, digest=digest(source))
