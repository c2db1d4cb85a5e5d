"""Chunks of a chat as events of Responses.

Source: OpenAI's API reference, "Streaming events".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from podium.kernel.clock import Clock
from podium.kernel.errors import Invalid, LimitReached, PodiumError
from podium.kernel.json import Json, JsonObject
from podium.protocols.responses.output import (
    Names,
    around,
    call,
    message,
    reasoning,
    refused,
    spoken,
)
from podium.protocols.responses.words import cut_because, response_usage
from podium.protocols.shapes import Misshapen, items, needed, objects, part, text, whole

_SUMMARY: Final = "response.reasoning_summary"
_CODES: Final = ((LimitReached, "rate_limit_exceeded"), (Invalid, "invalid_prompt"))


@dataclass(slots=True)
class Open:
    """The item of the output that is being written."""

    kind: str = ""
    """`rs`, `msg text`, `msg refusal` or `fc N`; empty where none is."""
    id: str = ""
    said: list[str] = field(default_factory=list[str])
    call: dict[str, Json] = field(default_factory=dict[str, Json])
    secret: str = ""


class ResponseWriter:
    """The port EventWriter. One item is open at a time: what does not belong to it closes it."""

    def __init__(self, request: JsonObject, clock: Clock) -> None:
        self._request: JsonObject = request
        self._clock: Clock = clock
        self._response: dict[str, Json] = {}
        self._names: Names = Names({})
        self._output: list[Json] = []
        self._open: Open = Open()
        self._sequence: int = 0
        self._calls: set[int] = set()
        self._finish: Json = None
        self._usage: JsonObject = {}

    def chunk(self, chunk: JsonObject) -> bytes:
        try:
            return b"".join(self._events(chunk))
        except Misshapen as bad:
            raise bad.in_answer() from None

    def end(self) -> bytes:
        events = [] if self._response else list(self._begin({}))
        cut = cut_because(self._finish)
        status = "incomplete" if cut else "completed"
        events.extend(self._close(status))
        ended: dict[str, Json] = {"status": status, "output": self._output}
        if cut:
            ended["incomplete_details"] = {"reason": cut}
        if self._usage:
            ended["usage"] = self._usage
        told = {**self._response, **ended}
        events.append(self._event(f"response.{status}", {"response": told}))
        return b"".join(events)

    def error(self, error: PodiumError) -> bytes:
        code = next((code for kind, code in _CODES if isinstance(error, kind)), "server_error")
        begun = self._response or self._head({})
        told: JsonObject = {
            **begun,
            "status": "failed",
            "output": self._output,
            "error": {"code": code, "message": error.message},
        }
        return self._event("response.failed", {"response": told})

    def _events(self, chunk: JsonObject) -> Iterator[bytes]:
        if not self._response:
            yield from self._begin(chunk)
        if usage := part(chunk, "usage"):
            self._usage = response_usage(usage)
        choices = items(chunk, "choices")
        choice = choices[0] if choices else None
        if not isinstance(choice, Mapping):
            return
        delta = part(choice, "delta", "/choices/0")
        if "reasoning_content" in delta or "reasoning_details" in delta:
            yield from self._think(delta)
        if said := text(delta, "content", "/delta"):
            yield from self._say("msg text", said, choice.get("logprobs"))
        if said := text(delta, "refusal", "/delta"):
            yield from self._say("msg refusal", said)
        for at, one in objects(delta, "tool_calls", "/delta"):
            yield from self._call(one, at)
        self._finish = choice.get("finish_reason") or self._finish

    def _begin(self, chunk: JsonObject) -> Iterator[bytes]:
        self._names = Names(chunk)
        self._response = self._head(chunk)
        for kind in ("created", "in_progress"):
            yield self._event(f"response.{kind}", {"response": self._response})

    def _head(self, chunk: JsonObject) -> dict[str, Json]:
        return {
            **around(self._request),
            "id": self._names.response,
            "created_at": whole(chunk, "created") or int(self._clock.now()),
            "model": text(chunk, "model"),
            "status": "in_progress",
            "output": [],
        }

    def _think(self, delta: JsonObject) -> Iterator[bytes]:
        """The parts of a thought where they are told, else its text. A secret ends its item."""
        told = False
        for at, detail in objects(delta, "reasoning_details", "/delta"):
            told = True
            if said := text(detail, "text", at) or text(detail, "summary", at):
                yield from self._thought(said)
            if secret := text(detail, "signature", at) or text(detail, "data", at):
                if self._open.kind != "rs":
                    yield from self._switch("rs", reasoning("", "", ""))
                self._open.secret = secret
                yield from self._close()
        if not told and (said := text(delta, "reasoning_content", "/delta")):
            yield from self._thought(said)

    def _thought(self, said: str) -> Iterator[bytes]:
        if self._open.kind != "rs":
            yield from self._switch("rs", reasoning("", "", ""))
        place = self._place({"summary_index": 0})
        if not self._open.said:
            yield self._event(f"{_SUMMARY}_part.added", {**place, "part": _summary("")})
        self._open.said.append(said)
        yield self._event(f"{_SUMMARY}_text.delta", {**place, "delta": said})

    def _say(self, kind: str, said: str, logprobs: Json = None) -> Iterator[bytes]:
        if self._open.kind != kind:
            yield from self._switch(kind, message("", [], "in_progress"))
            part_ = spoken("") if kind == "msg text" else refused("")
            place = self._place({"content_index": 0})
            yield self._event("response.content_part.added", {**place, "part": part_})
        self._open.said.append(said)
        more: dict[str, Json] = {**self._place({"content_index": 0}), "delta": said}
        if kind == "msg refusal":
            yield self._event("response.refusal.delta", more)
            return
        more["logprobs"] = spoken("", logprobs)["logprobs"]
        yield self._event("response.output_text.delta", more)

    def _call(self, one: JsonObject, at: str) -> Iterator[bytes]:
        number = whole(one, "index", at) or 0
        function = part(one, "function", at)
        kind = f"fc {number}"
        if self._open.kind != kind:
            if number in self._calls:
                raise Misshapen(f"{at}/index", "goes on with a call that another one followed")
            self._calls.add(number)
            told: dict[str, Json] = {
                "call_id": text(one, "id", at) or f"call_{number}",
                "name": needed(function, "name", f"{at}/function"),
            }
            yield from self._switch(kind, call("", {**told, "arguments": ""}, "in_progress"))
            self._open.call = told
        if said := text(function, "arguments", f"{at}/function"):
            self._open.said.append(said)
            more: JsonObject = {**self._place({}), "delta": said}
            yield self._event("response.function_call_arguments.delta", more)

    def _switch(self, kind: str, item: JsonObject) -> Iterator[bytes]:
        yield from self._close()
        prefix = kind.partition(" ")[0]
        self._open = Open(kind, self._names.of(prefix, len(self._output)))
        told: JsonObject = {
            "output_index": len(self._output),
            "item": {**item, "id": self._open.id},
        }
        yield self._event("response.output_item.added", told)

    def _close(self, status: str = "completed") -> Iterator[bytes]:
        one = self._open
        if not one.kind:
            return
        said = "".join(one.said)
        match one.kind:
            case "rs":
                item = reasoning(one.id, said, one.secret)
                yield from self._thought_ends(said)
            case "msg text" | "msg refusal":
                part_ = spoken(said) if one.kind == "msg text" else refused(said)
                item = message(one.id, [part_], status)
                yield from self._text_ends(said, part_)
            case _:
                item = call(one.id, {**one.call, "arguments": said}, status)
                told: JsonObject = {"name": one.call["name"], "arguments": said}
                kind = "response.function_call_arguments.done"
                yield self._event(kind, {**self._place({}), **told})
        where: JsonObject = {"output_index": len(self._output), "item": item}
        yield self._event("response.output_item.done", where)
        self._output.append(item)
        self._open = Open()

    def _thought_ends(self, said: str) -> Iterator[bytes]:
        if not said:
            return
        place = self._place({"summary_index": 0})
        yield self._event(f"{_SUMMARY}_text.done", {**place, "text": said})
        yield self._event(f"{_SUMMARY}_part.done", {**place, "part": _summary(said)})

    def _text_ends(self, said: str, part_: JsonObject) -> Iterator[bytes]:
        place = self._place({"content_index": 0})
        if part_["type"] == "refusal":
            yield self._event("response.refusal.done", {**place, "refusal": said})
        else:
            done: JsonObject = {**place, "text": said, "logprobs": []}
            yield self._event("response.output_text.done", done)
        yield self._event("response.content_part.done", {**place, "part": part_})

    def _place(self, more: JsonObject) -> dict[str, Json]:
        return {"item_id": self._open.id, "output_index": len(self._output), **more}

    def _event(self, kind: str, content: JsonObject) -> bytes:
        told = {"type": kind, "sequence_number": self._sequence, **content}
        self._sequence += 1
        return b"event: " + kind.encode() + b"\ndata: " + msgspec.json.encode(told) + b"\n\n"


def _summary(said: str) -> JsonObject:
    return {"type": "summary_text", "text": said}
