"""A completion of a chat as a Response."""

from collections.abc import Iterator, Mapping

from podium.kernel.clock import Clock
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


def response(completion: JsonObject, request: JsonObject, clock: Clock) -> dict[str, Json]:
    """Raises Misshapen."""
    choices = items(completion, "choices")
    choice = choices[0] if choices else None
    if not isinstance(choice, Mapping):
        raise Misshapen("/choices", "must hold a choice")
    names = Names(completion)
    cut = cut_because(choice.get("finish_reason"))
    told: dict[str, Json] = {
        **around(request),
        "id": names.response,
        "created_at": whole(completion, "created") or int(clock.now()),
        "model": text(completion, "model"),
        "status": "incomplete" if cut else "completed",
        "output": list(_output(choice, names, cut)),
    }
    if cut:
        told["incomplete_details"] = {"reason": cut}
    if usage := part(completion, "usage"):
        told["usage"] = response_usage(usage)
    return told


def _output(choice: JsonObject, names: Names, cut: str) -> Iterator[Json]:
    said = part(choice, "message", "/choices/0")
    status = "incomplete" if cut else "completed"
    number = 0
    for summary, secret in thoughts(said):
        yield reasoning(names.of("rs", number), summary, secret)
        number += 1
    parts = list(_parts(said, choice.get("logprobs")))
    if parts:
        yield message(names.of("msg", number), parts, status)
        number += 1
    for at, one in objects(said, "tool_calls", "/choices/0/message"):
        function = part(one, "function", at)
        told: JsonObject = {
            "call_id": needed(one, "id", at),
            "name": needed(function, "name", f"{at}/function"),
            "arguments": text(function, "arguments", f"{at}/function"),
        }
        yield call(names.of("fc", number), told, status)
        number += 1


def _parts(said: JsonObject, logprobs: Json) -> Iterator[Json]:
    content = said.get("content")
    if isinstance(content, str):
        if content:
            yield spoken(content, logprobs)
    else:
        for at, one in objects(said, "content", "/choices/0/message"):
            if given := text(one, "text", at):
                yield spoken(given)
    if refusal := text(said, "refusal", "/choices/0/message"):
        yield refused(refusal)


def thoughts(said: JsonObject) -> Iterator[tuple[str, str]]:
    """Summaries with their secrets: a signature belongs to its thought."""
    summary, found = "", False
    for at, detail in objects(said, "reasoning_details", "/choices/0/message"):
        found = True
        if detail.get("type") == "reasoning.encrypted":
            yield summary, text(detail, "data", at)
            summary = ""
            continue
        if summary:
            yield summary, ""
        summary = text(detail, "text", at) or text(detail, "summary", at)
        if signature := text(detail, "signature", at):
            yield summary, signature
            summary = ""
    if summary:
        yield summary, ""
    if not found and (told := text(said, "reasoning_content", "/choices/0/message")):
        yield told, ""
