"""The cache's port Form for Responses: a kept response as its events, and events as the response.

Nothing is translated. The last event of a stream holds the whole response, also the items of tools
that only OpenAI has; and each item of a kept one is told whole at its end, whatever it is.
"""

from collections.abc import Iterator, Mapping
from typing import Final, cast

import msgspec

from podium.gateway.errors import UpstreamFailed
from podium.gateway.models import Usage
from podium.gateway.requests import Reply, Request
from podium.kernel.json import Json, JsonObject
from podium.protocols.bodies import json_object
from podium.protocols.event_blocks import Blocks, data_of
from podium.protocols.responses.relay import noted

_ENDS: Final = frozenset({"response.completed", "response.incomplete"})
_DONE: Final = b"[DONE]"
"""Some servers end with it; OpenAI does not."""
_NOTHING: Final[JsonObject] = {}
Told = tuple[str, dict[str, Json]]
"""Type and content of an event."""


class ResponseReplays:
    def events(self, reply: Reply, request: Request) -> Iterator[bytes]:
        del request
        response = json_object(reply.body) or _NOTHING
        for number, (kind, content) in enumerate(_told(response)):
            event = {"type": kind, "sequence_number": number, **content}
            yield b"event: " + kind.encode() + b"\ndata: " + msgspec.json.encode(event) + b"\n\n"

    def whole(self, events: bytes, request: Request, usage: Usage | None) -> Reply | None:
        del request
        try:
            response = _last(events)
            if response is None:
                return None
            body = msgspec.json.encode(response)
            note = noted(body)
        except UpstreamFailed:
            return None
        return Reply(body, note.usage or usage, note.model, note.finish_reasons)


def _last(events: bytes) -> Json:
    """The response that a stream ended with; None where it has not. Raises UpstreamFailed."""
    last: JsonObject = _NOTHING
    for block in Blocks(len(events) + 1).feed(events):
        data = data_of(block)
        if data is None or data == _DONE:
            continue
        event = json_object(data)
        if event is None:
            return None
        last = event
    return last.get("response") if last.get("type") in _ENDS else None


def _told(response: JsonObject) -> Iterator[Told]:
    begun: JsonObject = {**response, "status": "in_progress", "output": [], "usage": None}
    for kind in ("created", "in_progress"):
        yield f"response.{kind}", {"response": {**begun, "incomplete_details": None}}
    for index, item in enumerate(_objects(response.get("output"))):
        yield from _item(index, item)
    status = response.get("status") or "completed"
    yield f"response.{status}", {"response": response}


def _item(index: int, item: JsonObject) -> Iterator[Told]:
    place: dict[str, Json] = {"item_id": item.get("id"), "output_index": index}
    yield "response.output_item.added", {"output_index": index, "item": _begun(item)}
    match item.get("type"):
        case "message":
            for at, part in enumerate(_objects(item.get("content"))):
                yield from _part({**place, "content_index": at}, part)
        case "reasoning":
            for at, part in enumerate(_objects(item.get("summary"))):
                yield from _summary({**place, "summary_index": at}, part)
        case "function_call":
            yield from _arguments(place, item)
        case _:
            pass
    yield "response.output_item.done", {"output_index": index, "item": item}


def _begun(item: JsonObject) -> dict[str, Json]:
    """An item of which nothing was said yet."""
    empty: JsonObject = {"content": [], "summary": [], "arguments": ""}
    begun = {**item, **{name: value for name, value in empty.items() if name in item}}
    return {**begun, "status": "in_progress"} if "status" in item else begun


def _part(place: dict[str, Json], part: JsonObject) -> Iterator[Told]:
    said = "refusal" if part.get("type") == "refusal" else "text"
    kind = "response.refusal" if said == "refusal" else "response.output_text"
    logs: JsonObject = {} if said == "refusal" else {"logprobs": part.get("logprobs") or []}
    yield "response.content_part.added", {**place, "part": {**part, said: ""}}
    yield f"{kind}.delta", {**place, "delta": part.get(said), **logs}
    yield f"{kind}.done", {**place, said: part.get(said), **logs}
    yield "response.content_part.done", {**place, "part": part}


def _summary(place: dict[str, Json], part: JsonObject) -> Iterator[Told]:
    kind, text = "response.reasoning_summary", part.get("text")
    yield f"{kind}_part.added", {**place, "part": {**part, "text": ""}}
    yield f"{kind}_text.delta", {**place, "delta": text}
    yield f"{kind}_text.done", {**place, "text": text}
    yield f"{kind}_part.done", {**place, "part": part}


def _arguments(place: dict[str, Json], item: JsonObject) -> Iterator[Told]:
    kind, said = "response.function_call_arguments", item.get("arguments")
    yield f"{kind}.delta", {**place, "delta": said}
    yield f"{kind}.done", {**place, "name": item.get("name"), "arguments": said}


def _objects(value: Json) -> list[JsonObject]:
    found = value if isinstance(value, list | tuple) else ()
    return [cast("JsonObject", one) for one in found if isinstance(one, Mapping)]
