"""Streamable HTTP, as MCP has it since 2025-03-26: a POST for each message.

The answer is one JSON object or a stream of events that ends with it. Up to 2025-11-25 there may
be a session, the server may ask back on the stream, and a stream that breaks off is taken up again
with a GET. Since 2026-07-28 there is none of this.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from typing import Final

import anyio

from podium.adapters.http.errors import BrokenOff
from podium.adapters.http.exchange import HttpStream
from podium.kernel.errors import PodiumError
from podium.kernel.json import JsonObject
from podium.protocols import jsonrpc
from podium.protocols.callees import Callee, HttpRefusal, is_events, is_json, media_type
from podium.protocols.jsonrpc import Malformed
from podium.protocols.sse import MESSAGE, EventReader

SESSION_HEADER: Final = "mcp-session-id"
_ACCEPTED: Final = 202
_MOST_RESUMPTIONS: Final = 20
_MOST_QUESTIONS: Final = 100
_SHORTEST_RETRY: Final = 0.1
_FAREWELL: Final = 1.0
_POST: Final[Mapping[str, str]] = {
    "Content-Type": "application/json",
    "Accept": "application/json, text/event-stream",
}


class StreamableHttp:
    """A channel to one server, for one session. `given` are the document's own headers."""

    def __init__(self, callee: Callee, given: Mapping[str, str]) -> None:
        self._callee: Callee = callee
        taken = {"accept", "content-type", "last-event-id", SESSION_HEADER}
        self._given: dict[str, str] = {k: v for k, v in given.items() if k.lower() not in taken}
        self._session: dict[str, str] = {}
        self.who: str = callee.who
        self.mirrors: bool = True

    async def exchange(self, message: JsonObject, head: Mapping[str, str]) -> JsonObject:
        """The response to a request. Raises what Callee raises, and Malformed."""
        headers = {**self._given, **_POST, **self._session, **head}
        reader = self._callee.reader()
        body = jsonrpc.encoded(message)
        async with self._callee.opened("POST", headers, body=body) as stream:
            if message.get("method") == "initialize" and SESSION_HEADER in stream.headers:
                self._session = {"Mcp-Session-Id": stream.headers[SESSION_HEADER]}
            if is_json(stream):
                return jsonrpc.parsed(await self._callee.whole(stream), self.who)
            if not is_events(stream):
                raise self._unreadable(stream)
            found = await self._response(stream, reader, head)
        return found or await self._resumed(reader, head)

    async def tell(self, message: JsonObject, head: Mapping[str, str]) -> None:
        """A notification or a reply: it has no answer."""
        headers = {**self._given, **_POST, **self._session, **head}
        async with self._callee.opened("POST", headers, body=jsonrpc.encoded(message)) as stream:
            await stream.settle(_SHORTEST_RETRY)

    async def close(self, head: Mapping[str, str]) -> None:
        """Tell the server that its session is over, if it began one and listens."""
        if not self._session:
            return
        headers = {**self._given, **self._session, **head}
        with anyio.move_on_after(_FAREWELL, shield=True), suppress(PodiumError):
            async with self._callee.opened("DELETE", headers) as stream:
                await stream.settle(_SHORTEST_RETRY)

    async def _response(
        self, stream: HttpStream, reader: EventReader, head: Mapping[str, str]
    ) -> JsonObject | None:
        """None where the stream ended before the response, and can be taken up again."""
        try:
            async with aclosing(self._messages(stream, reader)) as messages:
                async for message in messages:
                    if jsonrpc.is_response(message):
                        return message
                    if jsonrpc.is_request(message):
                        await self.tell(jsonrpc.reply(message), head)
        except BrokenOff:
            if not reader.last_id:
                raise
        if not reader.last_id:
            raise BrokenOff(f"'{self.who}' ended its stream before it answered.")
        return None

    async def _messages(
        self, stream: HttpStream, reader: EventReader
    ) -> AsyncGenerator[JsonObject]:
        questions = 0
        async with aclosing(self._callee.events(stream, reader)) as events:
            async for event in events:
                if event.name != MESSAGE:
                    continue
                message = jsonrpc.parsed(event.data, self.who)
                questions += jsonrpc.is_request(message)
                if questions > _MOST_QUESTIONS:
                    raise Malformed(f"'{self.who}' asks back more than {_MOST_QUESTIONS} times.")
                yield message

    async def _resumed(self, reader: EventReader, head: Mapping[str, str]) -> JsonObject:
        for _ in range(_MOST_RESUMPTIONS):
            await anyio.sleep(max(reader.retry / 1000, _SHORTEST_RETRY))
            more = {"Accept": "text/event-stream", "Last-Event-ID": reader.last_id}
            headers = {**self._given, **self._session, **head, **more}
            async with self._callee.opened("GET", headers) as stream:
                if not is_events(stream):
                    raise self._unreadable(stream)
                again = self._callee.reader()
                again.last_id, again.retry = reader.last_id, reader.retry
                found = await self._response(stream, again, head)
            if found is not None:
                return found
            reader = again
        raise BrokenOff(f"'{self.who}' broke its stream off {_MOST_RESUMPTIONS} times.")

    def _unreadable(self, stream: HttpStream) -> PodiumError:
        if stream.status == _ACCEPTED:
            return Malformed(f"'{self.who}' accepts the request (202) and never answers it.")
        kind = media_type(stream)[:60] or "nothing that says what it is"
        return HttpRefusal(f"'{self.who}' answers with {kind} instead of JSON.", stream.status)
