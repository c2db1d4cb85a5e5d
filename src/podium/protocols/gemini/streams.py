"""streamGenerateContent?alt=sse: each event is a whole answer with the next few parts."""

from collections.abc import Iterator, Sequence

from podium.kernel.json import Json, JsonObject
from podium.protocols.bodies import json_object
from podium.protocols.gemini.answers import (
    Naming,
    beside,
    blocked,
    ending,
    extras,
    index,
    told,
    usage,
)
from podium.protocols.gemini.signatures import Numbers
from podium.protocols.refusals import broken, malformed
from podium.protocols.shapes import Misshapen, objects, part, text
from podium.protocols.sse import Event, EventReader, NotEvents


class GeminiChunks:
    """The port ChunkReader."""

    def __init__(self) -> None:
        self._events: EventReader = EventReader(most_bytes=33_554_432)
        self._naming: Naming = Naming("")
        self._calls: dict[int, int] = {}
        """Calls so far, by the index of their candidate; a candidate is in it once it began."""
        self._details: dict[int, Numbers] = {}
        self._ended: set[int] = set()
        self._counted: bool = False

    @property
    def finished(self) -> bool:
        return bool(self._ended) and self._ended == set(self._calls)

    def feed(self, piece: bytes) -> Sequence[dict[str, Json]]:
        try:
            return [chunk for event in self._events.feed(piece) for chunk in self._chunks(event)]
        except NotEvents as bad:
            raise malformed(f"its stream cannot be read: {bad}") from bad
        except Misshapen as bad:
            raise bad.in_answer() from bad

    def _chunks(self, event: Event) -> Iterator[dict[str, Json]]:
        body = json_object(event.data)
        if body is None:
            raise malformed("a chunk of its stream is not a JSON object")
        if body.get("error"):
            raise broken(body["error"])
        self._naming.answered = text(body, "responseId") or self._naming.answered
        choices = list(self._choices(body))
        if choices:
            yield {**_head(body), "choices": choices}
        used = usage(body)
        if used and self.finished:
            yield {**_head(body), "choices": [], "usage": used}

    def _choices(self, body: JsonObject) -> Iterator[Json]:
        for number, (at, candidate) in enumerate(objects(body, "candidates")):
            yield self._choice(candidate, at, number)
        if not self._calls and part(body, "promptFeedback").get("blockReason"):
            self._calls[0], self._ended = 0, {0}
            refused = blocked(body)
            message = refused.pop("message")
            yield {**refused, "delta": message}

    def _choice(self, candidate: JsonObject, at: str, number: int) -> Json:
        place = index(candidate, at, number)
        found, before = told(candidate, at, self._naming), self._calls.get(place)
        delta: dict[str, Json] = {} if before is not None else {"role": "assistant"}
        if found.text:
            delta["content"] = found.text
        delta.update(beside(found))
        if found.details:
            numbers = self._details.setdefault(place, Numbers())
            delta["reasoning_details"] = numbers.numbered(found.details)
        calls, so_far = found.calls, before or 0
        if calls:
            delta["tool_calls"] = [{"index": so_far + i, **call} for i, call in enumerate(calls)]
        self._calls[place] = so_far + len(calls)
        ended = ending(candidate, at, calls=self._calls[place] > 0)
        if ended["finish_reason"] is not None:
            self._ended.add(place)
        return {"index": place, "delta": delta, **ended, **extras(candidate, at)}


def _head(body: JsonObject) -> dict[str, Json]:
    return {
        "id": text(body, "responseId"),
        "object": "chat.completion.chunk",
        "created": 0,
        "model": text(body, "modelVersion"),
    }
