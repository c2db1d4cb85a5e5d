"""Providers over HTTP in any wire format, behind the gateway's port.

Who asks in the provider's own format has its bytes passed through (`Relayed`); for everybody else
a chat stands between the two (`WireSource`, told by `translation.Translated`).
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import msgspec

from podium.gateway.errors import Failure, UpstreamFailed
from podium.gateway.forms import FORM, read_form
from podium.gateway.models import Deadlines, Model, Operation, Outcome, Usage
from podium.gateway.ports import Flow, Upstream
from podium.gateway.requests import Reply, Request
from podium.gateway.supply.modes import NATIVE, NOTHING_SUPPLIED, Supplied
from podium.kernel.errors import PodiumError
from podium.kernel.json import Json, JsonObject
from podium.protocols.bodies import json_object
from podium.protocols.calls import Body, Post, ProviderCalls
from podium.protocols.formats import CallerFormat, ChunkReader, ProviderFormat, Relay, Sent

_NOTED = frozenset({Operation.CHAT, Operation.EMBEDDINGS})
"""Operations whose answers say what they took."""
_STREAMS = ("text/event-stream", "application/vnd.amazon.eventstream")


class WireSource:
    """The port ChatSource over a wire format."""

    def __init__(self, format_: ProviderFormat, calls: ProviderCalls) -> None:
        self._format: ProviderFormat = format_
        self._calls: ProviderCalls = calls

    async def chat(self, model: Model, chat: JsonObject, deadlines: Deadlines) -> dict[str, Json]:
        answer = await self._object(self._format.chat(chat, model), deadlines)
        try:
            return self._format.completion(answer)
        except UpstreamFailed as failed:
            raise self._calls.told(failed) from failed

    async def embeddings(
        self, model: Model, request: JsonObject, deadlines: Deadlines
    ) -> dict[str, Json]:
        answer = await self._object(self._format.embeddings(request, model), deadlines)
        try:
            return self._format.embedded(answer, request)
        except UpstreamFailed as failed:
            raise self._calls.told(failed) from failed

    async def chunks(
        self, model: Model, chat: JsonObject, deadlines: Deadlines
    ) -> AsyncGenerator[dict[str, Json], None]:
        body = await _opened(self._calls, _post(self._format.chat(chat, model)), deadlines)
        reader, received = self._format.reader(), 0
        try:
            while piece := await _read(self._calls, body, finished=reader.finished):
                for chunk in self._read(reader, piece):
                    yield chunk
                received = _within(self._calls, received + len(piece))
            if not reader.finished:
                raise _cut_short(self._calls)
        finally:
            body.close()

    def _read(self, reader: ChunkReader, piece: bytes) -> Sequence[dict[str, Json]]:
        try:
            return reader.feed(piece)
        except UpstreamFailed as failed:
            raise self._calls.told(failed) from failed

    async def _object(self, sent: Sent, deadlines: Deadlines) -> dict[str, Json]:
        answer = json_object((await self._calls.whole(_post(sent), deadlines)).body)
        if answer is None:
            raise self._calls.malformed("its answer is not a JSON object")
        return answer


class Relayed:
    """The port Upstream for chats in the provider's own format; `others` has the rest."""

    def __init__(self, native: "Native", calls: ProviderCalls, others: Upstream) -> None:
        self._native: Native = native
        self._calls: ProviderCalls = calls
        self._others: Upstream = others

    async def send(self, model: Model, request: Request, deadlines: Deadlines) -> Reply:
        if not self._native.takes(model, request):
            return await self._others.send(model, request, deadlines)
        answer = await self._calls.whole(self._native.post(model, request), deadlines)
        if request.operation not in _NOTED:
            kind = answer.headers.get("content-type", "application/json")
            return Reply(answer.body, None, model.upstream_name, content_type=kind)
        try:
            noted = self._native.format.note(answer.body)
        except UpstreamFailed as failed:
            raise self._calls.told(failed) from failed
        return Reply(answer.body, noted.usage, noted.model, noted.finish_reasons)

    async def open(self, model: Model, request: Request, deadlines: Deadlines) -> Flow:
        if not self._native.takes(model, request):
            return await self._others.open(model, request, deadlines)
        body = await _opened(self._calls, self._native.post(model, request), deadlines)
        flow = RelayedFlow(body, self._native.format.relay(request.fields), self._calls)
        await flow.begin()
        return flow


class RelayedFlow:
    """Pieces that pass through."""

    def __init__(self, body: Body, relay: Relay, calls: ProviderCalls) -> None:
        self._body: Body = body
        self._relay: Relay = relay
        self._calls: ProviderCalls = calls
        self._first: bytes = b""
        self._received: int = 0

    @property
    def usage(self) -> Usage | None:
        return self._relay.noted.usage

    @property
    def model(self) -> str:
        return self._relay.noted.model

    @property
    def finish_reasons(self) -> tuple[str, ...]:
        return self._relay.noted.finish_reasons

    @property
    def chunks(self) -> int:
        return self._relay.chunks

    @property
    def supplied(self) -> Supplied:
        """What passes through is the model's own."""
        return NATIVE

    async def begin(self) -> None:
        """Wait for the first piece."""
        try:
            self._first = await self.__anext__()
        except StopAsyncIteration:
            self._body.close()
            said = f"Provider '{self._calls.provider}' ended its stream before it began."
            raise UpstreamFailed(Failure(Outcome.BROKEN, said)) from None
        except BaseException:
            self._body.close()
            raise

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._first:
            piece, self._first = self._first, b""
            return piece
        while piece := await _read(self._calls, self._body, finished=self._relay.finished):
            self._received = _within(self._calls, self._received + len(piece))
            if told := self._feed(piece):
                return told
        if not self._relay.finished:
            raise _cut_short(self._calls)
        if told := self._relay.end():
            return told
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self._body.close()

    def _feed(self, piece: bytes) -> bytes:
        try:
            return self._relay.feed(piece)
        except UpstreamFailed as failed:
            raise self._calls.told(failed) from failed


@dataclass(frozen=True, slots=True)
class Native:
    """The format that callers and the provider have in common; `paths` is what is where."""

    protocol: str
    format: CallerFormat
    paths: Mapping[Operation, str]
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def takes(self, model: Model, request: Request) -> bool:
        """A chat with a model that is supplied with something has to be rewritten."""
        if request.protocol != self.protocol or request.operation not in self.paths:
            return False
        return request.operation is not Operation.CHAT or model.supply == NOTHING_SUPPLIED

    def post(self, model: Model, request: Request) -> Post:
        """The caller's own bytes where nothing in them has to change."""
        path = self.paths[request.operation]
        headers = {**self.headers, **request.headers} if request.headers else self.headers
        if request.content_type.startswith(FORM):
            return _form(path, request, model)
        fields = request.fields
        sent = {**fields, "model": model.upstream_name}
        if request.stream and self.protocol == "openai_chat":
            options = fields.get("stream_options")
            kept = options if isinstance(options, dict) else {}
            sent["stream_options"] = {**kept, "include_usage": True}
        same = request.body and sent == fields
        return Post(path, request.body if same else msgspec.json.encode(sent), headers)


def _form(path: str, request: Request, model: Model) -> Post:
    form = read_form(request.content_type, request.body)
    body = form.with_value("model", model.upstream_name)
    return Post(path, body, {"Content-Type": request.content_type})


async def _opened(calls: ProviderCalls, post: Post, deadlines: Deadlines) -> Body:
    """Raises UpstreamFailed where the answer is no stream."""
    body = await calls.opened(post, deadlines)
    kind = body.headers.get("content-type", "")
    if not kind.lower().startswith(_STREAMS):
        body.close()
        raise calls.malformed(f"it was asked for a stream and sent '{kind[:60]}'")
    return body


async def _read(calls: ProviderCalls, body: Body, *, finished: bool) -> bytes:
    """An answer that is complete ends, also where the connection ends badly behind it."""
    try:
        return await body.read()
    except PodiumError as error:
        if finished:
            return b""
        raise calls.failed(error) from error


def _within(calls: ProviderCalls, received: int) -> int:
    if received <= calls.max_bytes:
        return received
    said = f"Provider '{calls.provider}': its stream is larger than {calls.max_bytes:,} bytes"
    raise UpstreamFailed(Failure(Outcome.TOO_LARGE, said))


def _cut_short(calls: ProviderCalls) -> UpstreamFailed:
    said = f"Provider '{calls.provider}' ended its stream before the answer did."
    return UpstreamFailed(Failure(Outcome.BROKEN, said))


def _post(sent: Sent) -> Post:
    return Post(sent.path, msgspec.json.encode(sent.body), sent.headers)
