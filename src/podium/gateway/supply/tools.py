"""A chat with tools as one without, and its answer with calls again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import msgspec

from podium.gateway.errors import Failure, UpstreamFailed
from podium.gateway.models import Outcome
from podium.gateway.supply.prompts import instructed, of_tools, plain, spelled
from podium.gateway.supply.tool_schemas import Toolbox, toolbox
from podium.kernel.json import Json, JsonObject

NewId = Callable[[], str]
_TOOL_FIELDS = frozenset({"tools", "tool_choice", "parallel_tool_calls", "response_format"})


@dataclass(frozen=True, slots=True)
class Emulated:
    """`chat` goes to the model; None for `box` where it wants no tools now."""

    chat: dict[str, Json]
    box: Toolbox | None


@dataclass(frozen=True, slots=True)
class Words:
    """An answer of the model's own."""

    text: str


@dataclass(frozen=True, slots=True)
class Calls:
    calls: Sequence[JsonObject]


def emulated(chat: JsonObject) -> Emulated:
    """Raises Invalid for tools, or a choice of them, that cannot be supplied."""
    box = toolbox(chat)
    kept = {name: value for name, value in chat.items() if name not in _TOOL_FIELDS}
    messages = _without_calls(chat.get("messages"))
    if box is None:
        shape = chat.get("response_format")
        kept |= {} if shape is None else {"response_format": shape}
        return Emulated({**kept, "messages": messages}, None)
    told = of_tools(box.tools, several=box.several, may_answer=box.may_answer)
    wanted: JsonObject = {"name": "reply", "strict": True, "schema": box.schema()}
    shape = {"type": "json_schema", "json_schema": wanted}
    return Emulated({**kept, "messages": instructed(messages, told), "response_format": shape}, box)


def answered(completion: JsonObject, box: Toolbox, new_id: NewId) -> dict[str, Json]:
    """Raises UpstreamFailed where a tool had to be called and the model has called none."""
    choices = completion.get("choices")
    given = choices if isinstance(choices, list) else []
    return {
        **completion,
        "choices": [_choice(one, box, new_id) for one in given if isinstance(one, Mapping)],
    }


def read(text: str, box: Toolbox) -> Words | Calls:
    """What the model means. Text that is in no form is an answer, where it may answer."""
    try:
        said = cast("Json", msgspec.json.decode(text))
    except (msgspec.DecodeError, RecursionError):
        said = None
    match said:
        case {"answer": str(words)}:
            return Words(words)
        case {"answer": value}:
            return Words(spelled(value))
        case {"calls": list(calls)} if calls and all(_is_call(one, box) for one in calls):
            return Calls([one for one in calls if isinstance(one, Mapping)])
        case Mapping() if _is_call(said, box):
            return Calls([said])
        case _ if box.may_answer:
            return Words(text)
        case _:
            raise malformed("It had to call a tool and has called none")


def malformed(what: str) -> UpstreamFailed:
    return UpstreamFailed(Failure(Outcome.MALFORMED, f"{what}. Try another model."))


def call(name: str, arguments: str, new_id: NewId) -> dict[str, Json]:
    function: JsonObject = {"name": name, "arguments": arguments}
    return {"id": new_id(), "type": "function", "function": function}


def _choice(choice: JsonObject, box: Toolbox, new_id: NewId) -> dict[str, Json]:
    message = choice.get("message")
    said: JsonObject = message if isinstance(message, Mapping) else {}
    if choice.get("finish_reason") not in {"stop", None}:
        return dict(choice)
    match read(plain(said.get("content")), box):
        case Words(text):
            return {**choice, "message": {**said, "content": text}}
        case Calls(calls):
            made = [call(str(one["tool"]), spelled(one["arguments"]), new_id) for one in calls]
            turned: JsonObject = {**said, "content": None, "tool_calls": made}
            return {**choice, "message": turned, "finish_reason": "tool_calls"}


def _is_call(value: Json, box: Toolbox) -> bool:
    if not isinstance(value, Mapping):
        return False
    return value.get("tool") in box.names and isinstance(value.get("arguments"), Mapping)


def _without_calls(messages: Json) -> list[Json]:
    """Calls and their results in earlier turns, in the form that the model is told of."""
    names: dict[str, str] = {}
    told: list[Json] = []
    for message in messages if isinstance(messages, list | tuple) else ():
        if not isinstance(message, Mapping):
            told.append(message)
        elif message.get("role") == "tool":
            _add_result(told, message, names)
        elif message.get("tool_calls"):
            told.append(_told_calls(message, names))
        else:
            told.append(message)
    return told


def _told_calls(message: JsonObject, names: dict[str, str]) -> JsonObject:
    calls: list[Json] = []
    given = message.get("tool_calls")
    for one in given if isinstance(given, list | tuple) else ():
        function = one.get("function") if isinstance(one, Mapping) else None
        if isinstance(one, Mapping) and isinstance(function, Mapping):
            name = str(function.get("name"))
            names[str(one.get("id"))] = name
            calls.append({"tool": name, "arguments": _arguments(function.get("arguments"))})
    said = spelled(calls[0] if len(calls) == 1 else {"calls": calls})
    words = plain(message.get("content"))
    return {"role": "assistant", "content": f"{words}\n{said}" if words else said}


def _arguments(text: Json) -> Json:
    try:
        return msgspec.json.decode(text) if isinstance(text, str) else {}
    except (msgspec.DecodeError, RecursionError):
        return text


def _add_result(told: list[Json], message: JsonObject, names: Mapping[str, str]) -> None:
    """Results that follow each other are one turn: many models want turns to alternate."""
    name = names.get(str(message.get("tool_call_id")), "the tool")
    text = f"Result of {name}: {plain(message.get('content'))}"
    last = told[-1] if told else None
    if isinstance(last, Mapping) and last.get("role") == "user" and last.get("name") == "tools":
        told[-1] = {**last, "content": f"{last.get('content')}\n{text}"}
    else:
        told.append({"role": "user", "name": "tools", "content": text})
