"""The reference page of a function, from its schemas."""

import json
from collections.abc import Mapping, Sequence

from podium.kernel.json import Json, JsonObject
from podium.workflows.functions import Control, Effect, Function, Pure


def page(function: Function) -> str:
    """Markdown: what it does, how a crash is survived, arguments, result, an example."""
    return "\n".join(
        (
            f"# `{function.name}`",
            "",
            f"{function.summary} Version {function.version}; {_crash(function)}",
            "",
            "<!-- Generated from the function's schemas: python -m tests.contract.write_pages -->",
            "",
            "## Arguments",
            "",
            *_table(function.input),
            "",
            *_choices(function.input),
            "## Result",
            "",
            *_table(function.output),
            "",
            "## Example",
            "",
            "```yaml",
            f"- {function.name}Something:",
            f"    call: {function.name}:{function.version}@default",
            "    with:",
            *_yaml(_example(function.input), 6),
            "```",
            "",
            "answers",
            "",
            "```json",
            json.dumps(_example(function.output), indent=2, ensure_ascii=False),
            "```",
            "",
        )
    )


def _crash(function: Function) -> str:
    match function.body:
        case Pure():
            return "it only computes, and is computed again after a crash."
        case Effect():
            return (
                "it runs once and its result is recorded; only a crash in the middle of it makes "
                "it run again."
            )
        case Control():
            return "each of its steps is recorded, so that a crash repeats none of them."


def _table(schema: JsonObject) -> list[str]:
    required = schema.get("required", ())
    rows = ["| Name | Type | |", "|---|---|---|"]
    for name, rules in _object(schema.get("properties")).items():
        shown = _object(rules)
        needed = isinstance(required, Sequence) and name in required
        text = " ".join((*(["Required."] if needed else []), *_sentences(shown)))
        rows.append(f"| `{name}` | {_type(shown)} | {text.replace('|', chr(92) + '|')} |")
    return rows


def _sentences(rules: JsonObject) -> list[str]:
    said = [str(rules["description"])] if "description" in rules else []
    if "default" in rules:
        said.append(f"Default: `{json.dumps(rules['default'])}`.")
    if "minimum" in rules and "maximum" in rules:
        said.append(f"{rules['minimum']} to {rules['maximum']}.")
    return said


def _type(rules: JsonObject) -> str:
    """What the schema says of the type, in a few words."""
    match rules:
        case {"enum": [*values]}:
            return ", ".join(f"`{value}`" for value in values)
        case {"type": "array", "items": {"type": str(item)}}:
            return f"array of {item}"
        case {"type": str(name)}:
            return name
        case {"type": [*names]}:
            return " or ".join(map(str, names))
        case _:
            return "any"


def _choices(schema: JsonObject) -> list[str]:
    """`oneOf` and `anyOf` over required names, as sentences."""
    said: list[str] = []
    for key, words in (("oneOf", "Give exactly one of"), ("anyOf", "Give at least one of")):
        options = schema.get(key)
        names = [
            f"`{name}`"
            for option in (options if isinstance(options, Sequence) else ())
            for name in _names(option)
        ]
        if names:
            said += [f"{words} {' and '.join(names)}.", ""]
    return said


def _names(option: Json) -> list[str]:
    required = _object(option).get("required")
    return [str(name) for name in required] if isinstance(required, Sequence) else []


def _example(schema: JsonObject) -> Json:
    match schema:
        case {"examples": [first, *_]}:
            return first
        case _:
            return {}


def _yaml(value: Json, indent: int) -> list[str]:
    """Top-level keys a line each; what is inside as JSON, which YAML reads too."""
    return [
        f"{' ' * indent}{key}: {json.dumps(item, ensure_ascii=False)}"
        for key, item in _object(value).items()
    ]


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, Mapping) else {}
