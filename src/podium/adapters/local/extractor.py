"""local/needle: a chat whose answer is fields of a JSON schema, or tool calls; it writes no text.

It reads what the last user says (and the results of tools after that) and the system
messages, which are for facts such as "date: 2026-11-22". It is at its best with short
messages, flat schemas and up to a dozen tools; lists of objects it mostly leaves empty.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from podium.adapters.local.answers import (
    Answer,
    Usage,
    integer,
    messages_of,
    spelled,
    text_of,
)
from podium.adapters.local.needle import Call, Findings, Question
from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject, digest

_MOST_CHARACTERS: Final = 4_000
_MOST_SCHEMA_BYTES: Final = 16_000
_TOKENS: Final = 512
_MOST_TOKENS: Final = 1_024
_NOT_FOUND: Final = "The message does not have what the schema asks for."


@dataclass(frozen=True, slots=True)
class Fields:
    """The answer is JSON text; what the engine withholds is given as well."""


@dataclass(frozen=True, slots=True)
class Tools:
    """The answer is calls; with `required` those that the engine withholds are given as well."""

    required: bool


Wanted = Fields | Tools


def read(request: JsonObject) -> tuple[Question, Wanted]:
    """What a request of OpenAI's shape asks. Raises Invalid."""
    messages = messages_of(request)
    tools, wanted = _wanted(request)
    system = [message for message in messages if message.get("role") in {"system", "developer"}]
    asked = integer(request, ("max_completion_tokens", "max_tokens"), _TOKENS)
    question = Question(
        "\n".join(text_of(message.get("content")) for message in system),
        tools,
        _turns(messages),
        min(asked, _MOST_TOKENS),
    )
    length = sum(len(text) for text in (question.system, *question.turns))
    if length > _MOST_CHARACTERS:
        said = (
            f"local/needle reads at most {_MOST_CHARACTERS} characters, got {length}. "
            "Give it the part that matters, or use another model."
        )
        raise Invalid(said)
    return question, wanted


def answer(question: Question, wanted: Wanted, found: Findings) -> Answer:
    notes: JsonObject = {
        "needle": {
            "confidence": found.confidence,
            "ungrounded": list(found.ungrounded),
            "withheld": [{"name": call.name, **_said(call)} for call in found.withheld],
        }
    }
    usage = Usage(found.prompt_tokens, found.completion_tokens)
    match wanted:
        case Fields():
            calls = found.calls or found.withheld
            return Answer(_fields(calls), "stop", usage, notes)
        case Tools(required=required):
            calls = found.calls or (found.withheld if required else ())
            message, reason = _tool_calls(question, calls)
            return Answer(message, reason, usage, notes)


def _fields(calls: Sequence[Call]) -> JsonObject:
    if not calls:
        return {"content": None, "refusal": _NOT_FOUND}
    return {"content": json.dumps(calls[0].arguments, ensure_ascii=False)}


def _tool_calls(question: Question, calls: Sequence[Call]) -> tuple[JsonObject, str]:
    if not calls:
        return {"content": ""}, "stop"
    seed = digest([question.turns, [tool["name"] for tool in question.tools]])[:16]
    listed: list[Json] = [
        {
            "index": index,
            "id": f"call_{seed}_{len(question.turns)}_{index}",
            "type": "function",
            "function": {"name": call.name, **_said(call)},
        }
        for index, call in enumerate(calls)
    ]
    return {"content": None, "tool_calls": listed}, "tool_calls"


def _said(call: Call) -> dict[str, Json]:
    return {"arguments": json.dumps(call.arguments, ensure_ascii=False)}


def _wanted(request: JsonObject) -> tuple[tuple[JsonObject, ...], Wanted]:
    choice = request.get("tool_choice", "auto")
    given = request.get("tools")
    if isinstance(given, Sequence) and not isinstance(given, str) and given and choice != "none":
        return _chosen([_tool(tool) for tool in given], choice)
    match request.get("response_format"):
        case {"type": "json_schema", "json_schema": {"schema": {**schema}, **rest}}:
            name, about = rest.get("name", "answer"), rest.get("description", "")
            return (_checked(name, about, schema),), Fields()
        case _:
            said = (
                "local/needle answers with fields or tool calls. Give it a response_format of "
                "type json_schema, or tools; to have text written use local/smollm2."
            )
            raise Invalid(said)


def _chosen(tools: list[JsonObject], choice: Json) -> tuple[tuple[JsonObject, ...], Wanted]:
    match choice:
        case "auto" | None:
            return tuple(tools), Tools(required=False)
        case "required":
            return tuple(tools), Tools(required=True)
        case {"type": "function", "function": {"name": str(name)}}:
            named = tuple(tool for tool in tools if tool["name"] == name)
            if named:
                return named, Tools(required=True)
            raise Invalid(f"tool_choice names '{name}', which is not among the tools.")
        case _:
            raise Invalid(f"local/needle does not know the tool_choice {choice!r}.")


def _tool(tool: Json) -> JsonObject:
    match tool:
        case {"type": "function", "function": {"name": name, **rest}}:
            nothing: JsonObject = {"type": "object", "properties": {}}
            return _checked(name, rest.get("description", ""), rest.get("parameters") or nothing)
        case _:
            raise Invalid(f"Each tool is of type function and has a name, got {tool!r}.")


def _checked(name: Json, about: Json, schema: Json) -> JsonObject:
    if not isinstance(name, str) or not name:
        raise Invalid(f"A tool or a schema needs a name, got {name!r}.")
    if not isinstance(schema, Mapping) or schema.get("type") != "object":
        raise Invalid(f"The schema of '{name}' has to be of type object.")
    tool = {"name": name, "description": about or "", "parameters": schema}
    try:
        size = len(spelled(tool))
    except ValueError as error:
        raise Invalid(f"The schema of '{name}' cannot be written as JSON: {error}.") from error
    if size > _MOST_SCHEMA_BYTES:
        said = (
            f"The schema of '{name}' has {size} bytes; "
            f"local/needle reads at most {_MOST_SCHEMA_BYTES}."
        )
        raise Invalid(said)
    return tool


def _turns(messages: Sequence[JsonObject]) -> tuple[str, ...]:
    """What the last user says, and then the results of each round of tools as one JSON list."""
    users = [place for place, message in enumerate(messages) if message.get("role") == "user"]
    if not users:
        raise Invalid("local/needle needs a message of the role 'user' to read.")
    turns = [text_of(messages[users[-1]].get("content"))]
    results: list[str] = []
    for message in messages[users[-1] + 1 :]:
        if message.get("role") == "tool":
            results.append(text_of(message.get("content")))
        elif results:
            turns.append(json.dumps(results, ensure_ascii=False))
            results = []
    return (*turns, json.dumps(results, ensure_ascii=False)) if results else tuple(turns)
