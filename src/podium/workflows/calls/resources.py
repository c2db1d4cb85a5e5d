"""What a document refers to outside of itself while it runs: proto files, AsyncAPI documents."""

import base64
import binascii
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import unquote_to_bytes, urlsplit

from podium.kernel.clock import Clock
from podium.kernel.errors import Invalid, LimitReached, Unavailable
from podium.kernel.json import Json
from podium.workflows.calls.callee import Allowance, Endpoint, endpoint
from podium.workflows.functions import Call

KEPT: Final = 64
KEPT_SECONDS: Final = 60.0
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Resource:
    """`uri` is where it was asked for; a `data:` URI is its own text."""

    uri: str
    text: str


class Resources(Protocol):
    async def read(self, resource: Json, call: Call) -> Resource:
        """The text of {endpoint: URI or {uri, authentication}}.

        Raises Invalid, Unavailable, LimitReached, Refused, Unauthenticated.
        """
        ...


class Answer(Protocol):
    @property
    def status(self) -> int: ...
    @property
    def body(self) -> bytes: ...


class Fetching(Protocol):
    async def get(self, endpoint: Endpoint, call: Call, allowance: Allowance) -> Answer:
        """A GET with the endpoint's credentials; redirects are followed."""
        ...


class FetchedResources:
    """Fetches, and keeps what needed no credentials for a minute: a task in a loop asks once."""

    def __init__(self, fetching: Fetching, clock: Clock, allowance: Allowance) -> None:
        self._fetching: Fetching = fetching
        self._clock: Clock = clock
        self._allowance: Allowance = allowance
        self._kept: OrderedDict[str, tuple[float, Resource]] = OrderedDict()

    async def read(self, resource: Json, call: Call) -> Resource:
        given = resource.get("endpoint") if isinstance(resource, Mapping) else None
        where = endpoint(given, "The endpoint of a resource")
        if where.uri.startswith("data:"):
            return Resource("data:", _inline(where.uri, self._allowance.max_bytes))
        if urlsplit(where.uri).scheme not in {"http", "https"}:
            raise Invalid(
                f"The resource {where.uri} cannot be fetched. Give an http:// or https:// URL, or "
                f"the text itself as a data: URI."
            )
        if where.authentication:
            return Resource(where.uri, await self._fetched(where, call))
        now = self._clock.monotonic()
        kept_at, kept = self._kept.get(where.uri, (now - KEPT_SECONDS, None))
        if kept is not None and now - kept_at < KEPT_SECONDS:
            return kept
        found = Resource(where.uri, await self._fetched(where, call))
        self._keep(found, now)
        return found

    async def _fetched(self, where: Endpoint, call: Call) -> str:
        answer = await self._fetching.get(where, call, self._allowance)
        if answer.status != _OK:
            raise Unavailable(
                f"{where.uri} answered {answer.status} instead of the resource.",
                details={"status": answer.status},
            )
        return _text(answer.body, where.uri)

    def _keep(self, found: Resource, now: float) -> None:
        self._kept[found.uri] = (now, found)
        self._kept.move_to_end(found.uri)
        if len(self._kept) > KEPT:
            _ = self._kept.popitem(last=False)


def _inline(uri: str, max_bytes: int) -> str:
    """RFC 2397. Raises Invalid, LimitReached."""
    if len(uri) > 2 * max_bytes:
        raise LimitReached(f"The data: URI is longer than {2 * max_bytes:,} characters.")
    head, comma, data = uri.removeprefix("data:").partition(",")
    if not comma:
        raise Invalid("The data: URI has no comma before its data. Write data:text/plain,….")
    body = unquote_to_bytes(data)
    if head.endswith(";base64"):
        try:
            body = base64.b64decode(body, validate=True)
        except binascii.Error as error:
            raise Invalid(f"The data: URI is not base64: {error}.") from error
    return _text(body, "The data: URI")


def _text(body: bytes, what: str) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"{what} is no text in UTF-8: {error.reason} at {error.start}.") from error
