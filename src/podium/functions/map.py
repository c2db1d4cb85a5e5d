"""`map`: call a function once for each item, several at a time."""

from collections.abc import Mapping, Sequence

from podium.functions import arguments
from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.workflows.functions import Call, Control, Function, Steps
from podium.workflows.interpreter.problems import Fault

DEFAULT_PARALLEL = 4

INPUT: JsonObject = {
    "type": "object",
    "properties": {
        "items": {
            "type": "array",
            "maxItems": 10_000,
            "title": "Items",
            "description": "What the function is called for, in this order.",
        },
        "call": {
            "type": "string",
            "minLength": 1,
            "title": "Function",
            "description": "The name of a function, with or without a version: classify or "
            "classify:1.0.0. Functions that steer the run (approve, map) cannot be mapped.",
        },
        "with": {
            "type": "object",
            "default": {},
            "title": "Arguments",
            "description": "Arguments that are the same for every item.",
        },
        "item_as": {
            "type": "string",
            "minLength": 1,
            "title": "Item as",
            "description": "The argument that receives the item. Left out, the item is an object "
            "whose fields are arguments; they win over `with`.",
        },
        "parallel": {
            "type": "integer",
            "minimum": 1,
            "maximum": 64,
            "default": DEFAULT_PARALLEL,
            "title": "At a time",
            "description": "How many calls run at the same time.",
        },
        "on_error": {
            "enum": ["fail", "collect"],
            "default": "fail",
            "title": "When one fails",
            "description": "fail: the first error is the error of this task, after all items "
            "were tried. collect: go on; its result is null and the error is in errors.",
        },
    },
    "required": ["items", "call"],
    "additionalProperties": False,
    "examples": [
        {
            "items": ["My card is lost", "I want a loan"],
            "call": "classify",
            "with": {"dataset": "intents"},
            "item_as": "text",
            "parallel": 8,
        }
    ],
}

OUTPUT: JsonObject = {
    "type": "object",
    "properties": {
        "results": {"type": "array", "description": "The results in the order of the items."},
        "errors": {
            "type": "array",
            "description": "With on_error collect: what failed.",
            "items": {
                "type": "object",
                "properties": {
                    "index": {"type": "integer", "description": "The item's place, from 0."},
                    "error": {"type": "object", "description": "An RFC 9457 problem."},
                },
                "required": ["index", "error"],
            },
        },
    },
    "required": ["results", "errors"],
    "examples": [{"results": [{"label": "lost_card"}, {"label": "loan"}], "errors": []}],
}


def make_map() -> Function:
    async def run(given: JsonObject, _call: Call, steps: Steps) -> Json:
        items, template = arguments.items(given, "items"), arguments.mapping(given, "with")
        name = arguments.text(given, "item_as")
        answers = await steps.map(
            arguments.text(given, "call"),
            [{**template, **_fields(item, name, place)} for place, item in enumerate(items)],
            parallel=arguments.whole(given, "parallel", DEFAULT_PARALLEL),
        )
        errors = _errors(answers)
        if errors and arguments.text(given, "on_error", "fail") == "fail":
            raise Fault(errors[0][1])
        return {
            "results": [answer.get("ok") for answer in answers],
            "errors": [{"index": place, "error": error} for place, error in errors],
        }

    return Function("map", "1.0.0", "Call a function for each item.", INPUT, OUTPUT, Control(run))


def _fields(item: Json, name: str, place: int) -> JsonObject:
    if name:
        return {name: item}
    if isinstance(item, Mapping):
        return item
    raise Invalid(
        f"Item {place} is no object, so its fields cannot be arguments: {item!r:.80}. "
        f'Name the argument that receives it, such as "item_as: text".'
    )


def _errors(answers: Sequence[JsonObject]) -> list[tuple[int, JsonObject]]:
    found = ((place, answer.get("error")) for place, answer in enumerate(answers))
    return [(place, error) for place, error in found if isinstance(error, Mapping)]
