"""The cache's port Form over the formats: a kept answer as a stream, a stream as an answer."""

from collections.abc import Iterator, Mapping

import msgspec

from podium.gateway.errors import UpstreamFailed
from podium.gateway.models import Usage
from podium.gateway.requests import Reply, Request
from podium.kernel.json import Json, JsonObject
from podium.protocols.bodies import json_object
from podium.protocols.folding import gathered, pieces
from podium.protocols.formats import CallerFormat, ProviderFormat


class Replays:
    """Of a protocol that is spoken on both sides: what a caller got is what a provider says."""

    def __init__(self, caller: CallerFormat, provider: ProviderFormat) -> None:
        self._caller: CallerFormat = caller
        self._provider: ProviderFormat = provider

    def events(self, reply: Reply, request: Request) -> Iterator[bytes]:
        writer = self._caller.writer(request.fields)
        completion = self._provider.completion(json_object(reply.body) or {})
        for chunk in pieces(completion):
            if event := writer.chunk(chunk):
                yield event
        yield writer.end()

    def whole(self, events: bytes, request: Request, usage: Usage | None) -> Reply | None:
        reader = self._provider.reader()
        try:
            completion = gathered(reader.feed(events))
        except UpstreamFailed:
            return None
        if not reader.finished:
            return None
        if usage is not None and "usage" not in completion:
            completion["usage"] = _told(usage)
        body = msgspec.json.encode(self._caller.answer(completion, request.fields))
        noted = self._caller.note(body)
        return Reply(body, noted.usage or usage, noted.model, noted.finish_reasons)


def _told(usage: Usage) -> Mapping[str, Json]:
    cached: JsonObject = {"cached_tokens": usage.cached_input}
    reasoning: JsonObject = {"reasoning_tokens": usage.reasoning}
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": cached,
        "completion_tokens_details": reasoning,
    }
