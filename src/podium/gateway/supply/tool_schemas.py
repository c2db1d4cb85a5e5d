"""The tools of a chat as one JSON schema, and what a call looks like in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from podium.gateway.supply.prompts import spelled
from podium.kernel.errors import Invalid, Problem
from podium.kernel.json import Json, JsonObject

MOST_CALLS = 8
"""Calls in one answer: without a limit a small model goes on for ever."""
_DEEPEST = 100
_ANY: JsonObject = {"type": "object", "properties": {}}


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The tools that may be called now. `answer` is the schema of an answer in words."""

    tools: Sequence[JsonObject]
    several: bool
    may_answer: bool
    answer: JsonObject

    @property
    def names(self) -> frozenset[str]:
        return frozenset(str(tool["name"]) for tool in self.tools)

    def schema(self) -> JsonObject:
        definitions: dict[str, Json] = {}
        calls = [_call(tool, at, definitions) for at, tool in enumerate(self.tools)]
        one: JsonObject = {"anyOf": calls} if len(calls) > 1 else calls[0]
        forms: list[Json] = [_calls(one) if self.several else one]
        if self.may_answer:
            forms.append(_object({"answer": self.answer}))
        whole: dict[str, Json] = {"anyOf": forms} if len(forms) > 1 else dict(_inside(forms[0]))
        return {**whole, "$defs": definitions} if definitions else whole


def toolbox(chat: JsonObject) -> Toolbox | None:
    """None where the chat wants no tools. Raises Invalid for tools that cannot be supplied."""
    tools = [_function(tool, at) for at, tool in enumerate(_list(chat.get("tools")))]
    choice = chat.get("tool_choice")
    if not tools or choice == "none":
        return None
    may_answer, wanted = _choice(choice)
    chosen = [tool for tool in tools if wanted is None or tool["name"] in wanted]
    if not chosen:
        raise _invalid("/tool_choice", f"names no tool of the request: {spelled(choice)[:80]}")
    several = chat.get("parallel_tool_calls") is True
    return Toolbox(chosen, several, may_answer, _answer(chat.get("response_format")))


def wanted_schema(response_format: Json) -> JsonObject | None:
    """The schema that an answer must fit; None where it may be any text."""
    given = _inside(response_format)
    match given.get("type"):
        case "json_object":
            return {"type": "object"}
        case "json_schema":
            return _inside(_inside(given.get("json_schema")).get("schema"))
        case _:
            return None


def _answer(response_format: Json) -> JsonObject:
    wanted = wanted_schema(response_format)
    return {"type": "string"} if wanted is None else wanted


def _function(tool: Json, at: int) -> JsonObject:
    described = _inside(tool)
    function = _inside(described.get("function"))
    name = function.get("name")
    if described.get("type") != "function" or not isinstance(name, str) or not name:
        raise _invalid(
            f"/tools/{at}", "must be a function with a name: podium supplies no other tools"
        )
    return function


def _choice(choice: Json) -> tuple[bool, frozenset[str] | None]:
    """Whether the model may answer itself, and the tools that it may use; None for all."""
    match choice:
        case None | "auto":
            return True, None
        case "required" | "any":
            return False, None
        case {"type": "function", "function": {"name": str(name)}}:
            return False, frozenset({name})
        case {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": list(tools)}}:
            named = (_inside(_inside(tool).get("function")).get("name") for tool in tools)
            return mode != "required", frozenset(name for name in named if isinstance(name, str))
        case _:
            raise _invalid("/tool_choice", f"is nothing that podium knows: {spelled(choice)[:80]}")


def _call(tool: JsonObject, at: int, definitions: dict[str, Json]) -> JsonObject:
    parameters = _inside(tool.get("parameters")) or _ANY
    if '"$ref"' in spelled(parameters):
        name = f"tool{at}"
        definitions[name] = _moved(parameters, f"#/$defs/{name}", 0)
        parameters = {"$ref": f"#/$defs/{name}"}
    return _object({"tool": {"const": str(tool["name"])}, "arguments": parameters})


def _moved(value: Json, to: str, depth: int) -> Json:
    """A schema whose references to itself lead to where it is now."""
    if depth > _DEEPEST:
        raise Invalid(f"The parameters of a tool are nested deeper than {_DEEPEST} levels.")
    match value:
        case Mapping():
            moved = {name: _moved(one, to, depth + 1) for name, one in value.items()}
            reference = value.get("$ref")
            if isinstance(reference, str) and reference.startswith("#"):
                moved["$ref"] = to + reference[1:]
            return moved
        case list() | tuple():
            return [_moved(one, to, depth + 1) for one in value]
        case _:
            return value


def _calls(one: JsonObject) -> JsonObject:
    items: JsonObject = {"type": "array", "items": one, "minItems": 1, "maxItems": MOST_CALLS}
    return _object({"calls": items})


def _object(properties: Mapping[str, JsonObject]) -> JsonObject:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list | tuple) else ()


def _inside(value: Json) -> JsonObject:
    return value if isinstance(value, Mapping) else {}


def _invalid(pointer: str, what: str) -> Invalid:
    message = f"'{pointer[1:].replace('/', '.')}' {what}."
    return Invalid(message, problems=[Problem(message, "request", pointer)])
