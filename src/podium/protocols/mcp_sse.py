"""HTTP with server-sent events, as MCP had it in 2024-11-05: a GET opens a stream of events, its
first one says where to POST messages to, and the answers come on the stream.

Source: Model Context Protocol 2024-11-05, Transports, "HTTP with SSE".
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Final

from podium.adapters.http.errors import BrokenOff
from podium.kernel.errors import Refused
from podium.kernel.json import JsonObject
from podium.protocols import jsonrpc
from podium.protocols.callees import Callee, is_events, media_type
from podium.protocols.jsonrpc import Malformed
from podium.protocols.sse import MESSAGE, Event
from podium.workflows.calls.uris import joined, origin

_SETTLE: Final = 0.1
_MOST_QUESTIONS: Final = 100


class EventChannel:
    """Answers are read after the message was accepted: one request at a time is under way."""

    def __init__(
        self,
        callee: Callee,
        headers: Mapping[str, str],
        *,
        uri: str,
        events: AsyncGenerator[Event],
    ) -> None:
        self._callee: Callee = callee
        self._headers: Mapping[str, str] = headers
        self._uri: str = uri
        self._events: AsyncGenerator[Event] = events
        self.who: str = callee.who
        self.mirrors: bool = False

    async def exchange(self, message: JsonObject, head: Mapping[str, str]) -> JsonObject:
        """The response to a request. Raises what Callee raises, and Malformed."""
        await self.tell(message, head)
        questions = 0
        async for event in self._events:
            if event.name != MESSAGE:
                continue
            found = jsonrpc.parsed(event.data, self.who)
            if jsonrpc.is_response(found):
                return found
            if jsonrpc.is_request(found):
                questions += 1
                if questions > _MOST_QUESTIONS:
                    raise Malformed(f"'{self.who}' asks back more than {_MOST_QUESTIONS} times.")
                await self.tell(jsonrpc.reply(found), head)
        raise BrokenOff(f"'{self.who}' ended its stream before it answered.")

    async def tell(self, message: JsonObject, head: Mapping[str, str]) -> None:
        headers = {**self._headers, **head, "Content-Type": "application/json"}
        body = jsonrpc.encoded(message)
        async with self._callee.opened("POST", headers, body=body, uri=self._uri) as stream:
            await stream.settle(_SETTLE)


@asynccontextmanager
async def event_channel(
    callee: Callee, endpoint: str, given: Mapping[str, str]
) -> AsyncGenerator[EventChannel]:
    """Raises Malformed where no stream begins with an `endpoint`, Refused where that is a place
    of another origin: the credentials would go there.
    """
    headers = {**given, "Accept": "text/event-stream"}
    async with callee.opened("GET", headers) as stream:
        if not is_events(stream):
            said = media_type(stream)[:60] or "nothing that says what it is"
            raise Malformed(f"'{callee.who}' answers with {said} instead of events.")
        async with aclosing(callee.events(stream, callee.reader())) as events:
            first = await anext(events, None)
            if first is None or first.name != "endpoint":
                raise Malformed(f"'{callee.who}' does not begin its events with an 'endpoint'.")
            uri = joined(endpoint, first.data.strip())
            if origin(uri) != origin(endpoint):
                raise Refused(f"'{callee.who}' wants its messages at another place. Not followed.")
            yield EventChannel(callee, given, uri=uri, events=events)
