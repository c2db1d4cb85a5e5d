"""The OpenAI wire format for chat and embeddings, outbound.

Fields that podium does not know pass through in both directions.
"""

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Protocol

import msgspec

from podium.adapters.http.client import HttpRequest
from podium.adapters.http.errors import BrokenOff, DeadlinePassed, Phase, TooLarge
from podium.adapters.http.exchange import Timeouts
from podium.gateway.errors import Failure, UpstreamFailed
from podium.gateway.models import Deadlines, Model, Outcome
from podium.gateway.usage import finish_reasons
from podium.kernel.errors import PodiumError, TimedOut
from podium.kernel.json import Json, JsonObject
from podium.protocols.bodies import json_object
from podium.protocols.endpoints import Endpoint
from podium.protocols.refusals import clean, error_in_stream, refusal
from podium.protocols.sse import Event, EventReader, NotEvents

_DONE = "[DONE]"
_ERROR_BYTES = 65_536
_OK = range(200, 300)
_SETTLE = 0.05


class Body(Protocol):
    status: int

    @property
    def headers(self) -> Mapping[str, str]: ...
    async def read(self) -> bytes: ...
    async def whole(self, max_bytes: int) -> bytes: ...
    async def settle(self, seconds: float) -> None: ...


class Http(Protocol):
    """What is needed of the HTTP client."""

    def stream(
        self, asked: HttpRequest, timeouts: Timeouts
    ) -> AbstractAsyncContextManager[Body]: ...


class OpenAIChat:
    """The port Upstream over this format."""

    def __init__(self, endpoint: Endpoint, http: Http) -> None:
        self._endpoint: Endpoint = endpoint
        self._http: Http = http

    async def chat(
        self, model: Model, request: JsonObject, deadlines: Deadlines
    ) -> dict[str, Json]:
        sent = {**request, "model": model.upstream_name}
        return await self._whole("/chat/completions", sent, deadlines, needs="choices")

    async def embeddings(
        self, model: Model, request: JsonObject, deadlines: Deadlines
    ) -> dict[str, Json]:
        sent = {**request, "model": model.upstream_name}
        return await self._whole("/embeddings", sent, deadlines, needs="data")

    async def chat_stream(
        self, model: Model, request: JsonObject, deadlines: Deadlines
    ) -> AsyncGenerator[dict[str, Json], None]:
        options = request.get("stream_options")
        kept: JsonObject = options if isinstance(options, Mapping) else {}
        sent = {
            **request,
            "model": model.upstream_name,
            "stream": True,
            "stream_options": {**kept, "include_usage": True},
        }
        timeouts = Timeouts(
            deadlines.connect, deadlines.first_token, deadlines.between_tokens, deadlines.total
        )
        try:
            asked = await self._asked("/chat/completions", sent)
            async with self._http.stream(asked, timeouts) as response:
                await self._check(response)
                self._check_is_stream(response)
                async with aclosing(self._chunks(response)) as chunks:
                    async for chunk in chunks:
                        yield chunk
        except PodiumError as error:
            raise self._failed(error) from error

    async def _whole(
        self, path: str, sent: JsonObject, deadlines: Deadlines, *, needs: str
    ) -> dict[str, Json]:
        total = deadlines.total
        timeouts = Timeouts(deadlines.connect, total, total, total)
        try:
            asked = await self._asked(path, sent)
            async with self._http.stream(asked, timeouts) as response:
                await self._check(response)
                body = await response.whole(self._endpoint.max_bytes)
        except PodiumError as error:
            raise self._failed(error) from error
        answer = self._object(body)
        if not isinstance(answer.get(needs), list):
            raise self._malformed(f"its answer has no '{needs}'")
        return answer

    async def _chunks(self, response: Body) -> AsyncGenerator[dict[str, Json], None]:
        """Ends at `[DONE]`, or at the end of the body once a reason to finish was given."""
        reader, finished, received = EventReader(), False, 0
        while piece := await response.read():
            for event in self._events(reader, piece):
                if event.data == _DONE:
                    await response.settle(_SETTLE)
                    return
                chunk = self._chunk(event)
                finished = finished or bool(finish_reasons(chunk))
                yield chunk
            received += len(piece)
            if received > self._endpoint.max_bytes:
                raise TooLarge(f"its stream is larger than {self._endpoint.max_bytes:,} bytes")
        if not finished:
            raise BrokenOff(f"'{self._endpoint.provider}' ended its stream before the answer did.")

    def _events(self, reader: EventReader, piece: bytes) -> Iterator[Event]:
        try:
            yield from reader.feed(piece)
        except NotEvents as bad:
            raise self._malformed(f"its stream cannot be read: {bad}") from bad

    def _chunk(self, event: Event) -> dict[str, Json]:
        chunk = self._object(event.data)
        if event.name == "error" or chunk.get("error"):
            error = chunk.get("error") or chunk
            raise UpstreamFailed(
                error_in_stream(self._endpoint.provider, error, secret=self._secret)
            )
        if not isinstance(chunk.get("choices"), list) and not chunk.get("usage"):
            raise self._malformed("a chunk of its stream has neither 'choices' nor 'usage'")
        return chunk

    async def _check(self, response: Body) -> None:
        """Raises UpstreamFailed for any status but a success."""
        if response.status in _OK:
            return
        try:
            body = await response.whole(_ERROR_BYTES)
        except PodiumError:
            body = b""
        raise UpstreamFailed(
            refusal(
                self._endpoint.provider,
                response.status,
                response.headers,
                body=body,
                secret=self._secret,
            )
        )

    def _check_is_stream(self, response: Body) -> None:
        kind = response.headers.get("content-type", "")
        if not kind.lower().startswith("text/event-stream"):
            raise self._malformed(f"it was asked for a stream and sent '{kind[:60]}'")

    async def _asked(self, path: str, sent: JsonObject) -> HttpRequest:
        return await self._endpoint.asked(path, msgspec.json.encode(sent), {})

    @property
    def _secret(self) -> str:
        return self._endpoint.credential.sent

    def _object(self, body: bytes | str) -> dict[str, Json]:
        answer = json_object(body)
        if answer is None:
            raise self._malformed("its answer is not a JSON object")
        return answer

    def _malformed(self, what: str) -> UpstreamFailed:
        message = f"Provider '{self._endpoint.provider}' cannot be understood: {what}."
        return UpstreamFailed(Failure(Outcome.MALFORMED, clean(message, self._secret)))

    def _failed(self, error: PodiumError) -> UpstreamFailed:
        """The errors of the HTTP client in the gateway's words."""
        if isinstance(error, UpstreamFailed):
            return error
        outcome = Outcome.CONNECT
        match error:
            case DeadlinePassed(phase=Phase.CONNECT):
                outcome = Outcome.CONNECT
            case TimedOut():
                outcome = Outcome.TIMEOUT
            case TooLarge():
                outcome = Outcome.TOO_LARGE
            case BrokenOff():
                outcome = Outcome.BROKEN
            case _:
                pass
        message = f"Provider '{self._endpoint.provider}': {error.message}"
        return UpstreamFailed(Failure(outcome, clean(message, self._secret)))
