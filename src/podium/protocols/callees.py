"""HTTP to the servers that a document names: credentials, refusals and streams of events.

No message holds a header, a query or a body's secret; excerpts of refusals are cut.
"""

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import ClassVar, Final
from urllib.parse import urlsplit

from podium.adapters.http.client import HttpClient, HttpRequest
from podium.adapters.http.exchange import HttpResponse, HttpStream, Timeouts
from podium.kernel.errors import PodiumError, Refused, Unauthenticated, Unavailable
from podium.protocols import jsonrpc
from podium.protocols.bodies import json_object
from podium.protocols.jsonrpc import Budget, Malformed
from podium.protocols.sse import Event, EventReader, NotEvents
from podium.workflows.calls.authentication.exchange import Authentication
from podium.workflows.calls.authentication.policies import Policy, policy, secrets_of
from podium.workflows.calls.callee import Endpoint
from podium.workflows.calls.requests import HttpAnswer, Request, checked
from podium.workflows.calls.uris import encoded
from podium.workflows.redaction import redacted

_OK: Final = range(200, 300)
_REDIRECTS: Final = range(300, 400)
_UNAUTHENTICATED: Final = 401
_FORBIDDEN: Final = 403
_ERROR_BYTES: Final = 65_536
_EXCERPT: Final = 300


class HttpRefusal(Unavailable):
    """A status that is no success, and no error of JSON-RPC in the body."""

    code: ClassVar[str] = "http_status"

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message, details={"status": status})
        self.status: int = status


@dataclass(frozen=True, slots=True)
class Callees:
    """How to reach the servers that documents name."""

    http: HttpClient
    authentication: Authentication


class Callee:
    """One server during one call: what it answers in all has `budget` bytes at most."""

    def __init__(
        self, callees: Callees, endpoint: Endpoint, *, budget: Budget, seconds: float
    ) -> None:
        self._callees: Callees = callees
        self._uri: str = encoded(endpoint.uri)
        self._policy: Policy | None = policy(endpoint.authentication)
        self._seconds: float = seconds
        self.budget: Budget = budget
        self.who: str = host(endpoint.uri)

    @asynccontextmanager
    async def opened(
        self, method: str, headers: Mapping[str, str], *, body: bytes | None = None, uri: str = ""
    ) -> AsyncGenerator[HttpStream]:
        """A response with a success as status, its body unread. `uri` takes the place of the
        endpoint's, and must be of its origin: the credentials go along.

        Raises CalleeFailed for an error of JSON-RPC, HttpRefusal, Unauthenticated, Refused and
        what the HTTP client raises.
        """
        asked = checked(Request(method, uri or self._uri, headers, body))
        async with AsyncExitStack() as stack:
            opening = _Opening(self._callees.http, self._seconds, stack)
            _ = await self._callees.authentication.send(asked, self._policy, opening)
            stream = opening.stream
            if stream.status not in _OK:
                raise await self._refusal(stream)
            yield stream

    async def whole(self, stream: HttpStream) -> bytes:
        """Raises TooLarge."""
        pieces: list[bytes] = []
        while piece := await stream.read():
            self.budget.take(len(piece))
            pieces.append(piece)
        return b"".join(pieces)

    async def events(self, stream: HttpStream, reader: EventReader) -> AsyncGenerator[Event]:
        """Events with data, until the stream ends. Raises TooLarge, Malformed."""
        while piece := await stream.read():
            self.budget.take(len(piece))
            for event in self._events(reader, piece):
                if event.data.strip():
                    yield event

    def reader(self) -> EventReader:
        return EventReader(max(self.budget.left, 1))

    def _events(self, reader: EventReader, piece: bytes) -> Iterator[Event]:
        try:
            yield from reader.feed(piece)
        except NotEvents as bad:
            raise Malformed(f"The stream of '{self.who}' cannot be read: {bad}.") from bad

    async def _refusal(self, stream: HttpStream) -> PodiumError:
        status = stream.status
        if status in _REDIRECTS:
            there = host(stream.headers.get("location", "")) or self.who
            said = f"'{self.who}' redirects ({status}) to '{there}'. Write that address instead."
            return HttpRefusal(said, status)
        try:
            body = await stream.whole(_ERROR_BYTES)
        except PodiumError:
            body = b""
        text = redacted(body.decode(errors="replace"), secrets_of(self._policy))
        excerpt = " ".join(text[:_EXCERPT].split()) or "no reason given"
        message = f"'{self.who}' answers {status}: {excerpt}"
        if status == _UNAUTHENTICATED:
            advice = "Give the endpoint an `authentication` that it accepts."
            return Unauthenticated(f"{message}. {advice}", details={"status": status})
        if status == _FORBIDDEN:
            return Refused(message, details={"status": status})
        match json_object(body):
            case {"error": Mapping() as failure} if isinstance(failure.get("code"), int):
                return jsonrpc.failed(failure, self.who)
            case _:
                return HttpRefusal(message, status)


class _Opening:
    """Opens a stream in place of each whole exchange that authentication asks for; the last one
    stays open.
    """

    def __init__(self, http: HttpClient, seconds: float, stack: AsyncExitStack) -> None:
        self._http: HttpClient = http
        self._seconds: float = seconds
        self._stack: AsyncExitStack = stack
        self._opened: HttpStream | None = None

    @property
    def stream(self) -> HttpStream:
        if self._opened is None:
            raise Unavailable("Authentication made no request of what it was to send.")
        return self._opened

    async def __call__(self, request: Request) -> HttpAnswer:
        await self._stack.aclose()
        seconds = self._seconds
        timeouts = Timeouts(seconds, seconds, seconds, seconds)
        asked = HttpRequest(request.method, request.url, request.headers, {}, request.body)
        opened = await self._stack.enter_async_context(self._http.stream(asked, timeouts))
        self._opened = opened
        return HttpResponse(opened.status, opened.headers, b"", opened.url, request.method)

    async def token(self, request: Request, max_bytes: int) -> HttpAnswer:
        return await self._http.request(
            request.method,
            request.url,
            headers=request.headers,
            query={},
            body=request.body,
            deadline=self._seconds,
            max_bytes=max_bytes,
            follow_redirects=False,
        )


def is_json(stream: HttpStream) -> bool:
    media = media_type(stream)
    return media == "application/json" or media.endswith("+json")


def is_events(stream: HttpStream) -> bool:
    return media_type(stream) == "text/event-stream"


def media_type(stream: HttpStream) -> str:
    return stream.headers.get("content-type", "").split(";")[0].strip().lower()


def host(uri: str) -> str:
    """The part of a URI that may stand in a message; empty where it has none."""
    try:
        return urlsplit(uri).hostname or ""
    except ValueError:
        return ""
