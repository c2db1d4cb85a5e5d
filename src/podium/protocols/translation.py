"""Chats that a provider answers, told in the protocol of whoever asked."""

from collections.abc import AsyncGenerator, Mapping
from typing import Protocol, Self

import msgspec

from podium.gateway.errors import Failure, UpstreamFailed
from podium.gateway.models import Deadlines, Model, Operation, Outcome, Usage
from podium.gateway.ports import Flow
from podium.gateway.requests import Reply, Request
from podium.gateway.supply.modes import NATIVE, Supplied
from podium.gateway.supply.telling import SUPPLIED, supplied_of
from podium.gateway.usage import finish_reasons, usage_of
from podium.kernel.json import Json, JsonObject
from podium.protocols.anthropic import tokens
from podium.protocols.formats import CallerFormat, EventWriter


class ChatSource(Protocol):
    """Who answers chats, whatever the wire format. Raises UpstreamFailed and Invalid."""

    async def chat(
        self, model: Model, chat: JsonObject, deadlines: Deadlines
    ) -> dict[str, Json]: ...

    def chunks(
        self, model: Model, chat: JsonObject, deadlines: Deadlines
    ) -> AsyncGenerator[dict[str, Json], None]:
        """The usage among them; ends only when the answer is complete."""
        ...

    async def embeddings(
        self, model: Model, request: JsonObject, deadlines: Deadlines
    ) -> dict[str, Json]: ...


class Translated:
    """The port Upstream over a source of chats, for callers of any protocol."""

    def __init__(self, source: ChatSource, callers: Mapping[str, CallerFormat]) -> None:
        self._source: ChatSource = source
        self._callers: Mapping[str, CallerFormat] = callers

    async def send(self, model: Model, request: Request, deadlines: Deadlines) -> Reply:
        if request.operation is Operation.EMBEDDINGS:
            answer = await self._source.embeddings(model, request.fields, deadlines)
            return _reply(answer, answer)
        if request.operation is Operation.COUNT_TOKENS:
            return Reply(msgspec.json.encode(tokens.answer(tokens.estimated(request.fields))), None)
        if request.operation is not Operation.CHAT:
            raise _cannot(model, request)
        caller = self._callers[request.protocol]
        completion = await self._source.chat(model, caller.chat(request.fields), deadlines)
        return _reply(completion, caller.answer(completion, request.fields))

    async def open(self, model: Model, request: Request, deadlines: Deadlines) -> Flow:
        caller = self._callers[request.protocol]
        chat = caller.chat(request.fields)
        chunks = self._source.chunks(model, chat, deadlines)
        flow = TranslatedFlow(chunks, caller.writer(request.fields))
        await flow.begin(model)
        return flow


class TranslatedFlow:
    """Chunks of a chat as pieces of the caller's protocol."""

    def __init__(self, source: AsyncGenerator[dict[str, Json], None], writer: EventWriter) -> None:
        self._source: AsyncGenerator[dict[str, Json], None] = source
        self._writer: EventWriter = writer
        self._first: bytes = b""
        self._ended: bool = False
        self.usage: Usage | None = None
        self.model: str = ""
        self.finish_reasons: tuple[str, ...] = ()
        self.chunks: int = 0
        self.supplied: Supplied = NATIVE

    async def begin(self, model: Model) -> None:
        """Wait for the first piece. Raises UpstreamFailed, also where there is none."""
        try:
            self._first = await self.__anext__()
        except StopAsyncIteration as empty:
            said = f"The stream of '{model.name}' ended before it began."
            raise UpstreamFailed(Failure(Outcome.BROKEN, said)) from empty

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._first:
            piece, self._first = self._first, b""
            return piece
        while not self._ended:
            if piece := await self._next():
                return piece
        raise StopAsyncIteration

    async def aclose(self) -> None:
        await self._source.aclose()

    async def _next(self) -> bytes:
        try:
            chunk = await anext(self._source)
        except StopAsyncIteration:
            if not self.chunks:
                raise
            self._ended = True
            return self._writer.end()
        self._note(chunk)
        return self._writer.chunk(chunk)

    def _note(self, chunk: JsonObject) -> None:
        self.chunks += bool(chunk.get("choices"))
        self.usage = usage_of(chunk) or self.usage
        self.finish_reasons = self.finish_reasons or finish_reasons(chunk)
        if SUPPLIED in chunk:
            self.supplied = supplied_of(chunk)
        if not self.model:
            self.model = _model_of(chunk)


def _reply(told: JsonObject, answer: JsonObject) -> Reply:
    return Reply(
        msgspec.json.encode(answer),
        usage_of(told),
        _model_of(told),
        finish_reasons(told),
        supplied=supplied_of(told),
    )


def _cannot(model: Model, request: Request) -> UpstreamFailed:
    """Another target may: 501 is no reason to try again or to give up."""
    what = request.operation.value.replace("_", " ")
    said = f"'{model.name}' cannot do {what}: its provider has no such address."
    return UpstreamFailed(Failure(Outcome.STATUS, said, 501, "unsupported"))


def _model_of(told: JsonObject) -> str:
    name = told.get("model")
    return name if isinstance(name, str) else ""
