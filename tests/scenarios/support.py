"""Write the page of what is supported, and by which scenario that is shown: a line a construct.

The constructs are those of the language's schema; a scenario shows those that its documents use.
`python -m tests.scenarios.support` writes docs/reference/support.md.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, cast

import yaml

from podium.kernel.json import Json, JsonObject
from podium.workflows.documents.language import SCHEMA
from podium.workflows.documents.yaml import load
from tests.scenarios.gherkin import Scenario, scenarios

PAGE: Final = Path(__file__).parents[2] / "docs" / "reference" / "support.md"
FEATURES: Final = Path(__file__).parent / "features"
SHOWN: Final = 2
"""Scenarios that are named for one construct: the ones that use the least besides."""

ROOT: Final = Path(__file__).parents[2]
NOTHING: Final = "nothing yet"
_CALLS: Final = "tests/unit/workflows/calls"
_CALLEES: Final = "tests/contract/callees"
_INTERPRETER: Final = "tests/unit/workflows/interpreter"

ELSEWHERE: Final[Mapping[str, Sequence[str]]] = {
    "authentication": (f"{_CALLS}/test_authentication.py", f"{_CALLS}/test_tokens.py"),
    "call a2a": (f"{_CALLEES}/test_a2a_*.py", f"{_CALLEES}/world.py", f"{_CALLS}/test_a2a_*.py"),
    "call asyncapi": (
        f"{_INTERPRETER}/test_subscribing.py",
        f"{_CALLS}/test_asyncapi.py",
        f"{_CALLS}/asyncapi_documents.py",
    ),
    "call grpc": (f"{_CALLS}/test_grpc.py",),
    "call http": (f"{_CALLS}/test_http*.py",),
    "call mcp": (f"{_CALLEES}/test_mcp_*.py", f"{_CALLEES}/world.py"),
    "call openapi": (f"{_CALLS}/test_openapi*.py", f"{_CALLS}/petstore.py"),
    "run": (f"{_INTERPRETER}/test_processes.py", f"{_CALLS}/test_*.py"),
    "schedule": ("tests/unit/workflows/scheduling/test_*.py",),
    "use.extensions": (f"{_INTERPRETER}/test_extensions.py",),
    "": (f"{_INTERPRETER}/test_*.py", "tests/unit/workflows/test_*.py", f"{_CALLS}/test_*.py"),
}
"""What needs more than a scenario has: real servers, processes, brokers. By the construct's
beginning.
"""

_IN_PLACE: Final = {"tasks", "input", "output", "timeout", "iterator", "subscription"}
"""Definitions whose members are named after where they stand, all others after the definition."""

_EVERYTHING: Final = object()
_CALL: Final = "call"


def constructs() -> list[str]:
    """All of the language, in the order of its schema."""
    tasks = _visit({"$ref": "#/$defs/task"}, _EVERYTHING, "", ())
    whole = _visit(SCHEMA, _EVERYTHING, "", ("task", "tasks"))
    return list(dict.fromkeys([*whole, *tasks]))


def used(scenario: Scenario) -> frozenset[str]:
    """What the documents of a scenario make use of."""
    found: set[str] = set()
    for step in scenario.steps:
        if step.text.endswith("does:"):
            tasks: object = yaml.safe_load(step.body)
            found |= set(_visit(SCHEMA, {"do": tasks}, "", ()))
        elif step.text.endswith(("definition:", " with:", " is stored:")):
            document = load(step.body, name="scenario").value
            found |= set(_visit(SCHEMA, document, "", ()))
    return frozenset(found)


def _visit(shape: Json, value: object, path: str, within: Sequence[str]) -> Iterator[str]:
    """The paths of a shape's members that the value has; each task's begin with its kind."""
    if not isinstance(shape, Mapping):
        return
    if isinstance(name := shape.get("$ref"), str):
        yield from _referred(name.rpartition("/")[2], value, path, within)
        return
    for word in cast("Sequence[Json]", shape.get("enum", ())):
        if value is _EVERYTHING or value == word:
            yield f"{path}: {word}"
    yield from _members(shape, value, path, within)
    yield from _alternatives(shape, value, path, within)


def _referred(name: str, value: object, path: str, within: Sequence[str]) -> Iterator[str]:
    if value is _EVERYTHING and name in within:
        return
    if value is _EVERYTHING:
        within = (*within, name, "tasks") if name == "task" else (*within, name)
    if name not in _IN_PLACE and not name.endswith("-arguments"):
        path = "" if name == "task" else name
    yield from _visit(cast("JsonObject", SCHEMA["$defs"])[name], value, path, within)


def _members(shape: JsonObject, value: object, path: str, within: Sequence[str]) -> Iterator[str]:
    for name, inner in cast("JsonObject", shape.get("properties", {})).items():
        if value is _EVERYTHING or (isinstance(value, Mapping) and name in value):
            here = f"{path}.{name}" if path else name
            yield here
            one = value[name] if isinstance(value, Mapping) else value
            yield from _visit(inner, one, here, within)
    for one in _parts(value, Mapping):
        yield from _visit(shape.get("additionalProperties"), one, path, within)
    for one in _parts(value, list):
        yield from _visit(shape.get("items"), one, path, within)


def _parts(value: object, kind: type[Mapping[str, object]] | type[list[object]]) -> list[object]:
    if value is _EVERYTHING:
        return [value]
    if not isinstance(value, kind):
        return []
    return list(value.values()) if isinstance(value, Mapping) else list(value)


def _alternatives(
    shape: JsonObject, value: object, path: str, within: Sequence[str]
) -> Iterator[str]:
    for each in cast("Sequence[Json]", shape.get("allOf", ())):
        yield from _visit(each, value, path, within)
    if "then" not in shape:
        return
    called = _called(shape.get("if"))
    if called is None:
        yield from _visit(shape["then"], value, path, within)
        yield from _visit(shape.get("else"), value, path, within)
        return
    if value is _EVERYTHING or (isinstance(value, Mapping) and value.get(_CALL) == called):
        for each in _visit(shape["then"], value, path, within):
            yield f"call {called}.{each}" if each.startswith("with") else each
        yield f"call {called}"
    if value is _EVERYTHING or (isinstance(value, Mapping) and value.get(_CALL) != called):
        yield from _visit(shape.get("else"), value, path, within)


def _called(condition: Json) -> str | None:
    match condition:
        case {"properties": {"call": {"const": str(name)}}}:
            return name
        case _:
            return None


def page() -> str:
    """The page's text."""
    by_size = sorted(((used(each), each.id) for each in scenarios(FEATURES)), key=_size)
    lines = [
        "# What is supported, and what shows it",
        "",
        "<!-- Generated from the scenarios: python -m tests.scenarios.support -->",
        "",
        "Every construct of the language, with the scenarios of `tests/scenarios/features` that",
        "use it and little besides, as `feature: scenario`; where none does, with a file of tests",
        "that names it. The conformance kit's own scenarios all pass as well, in both versions.",
        "",
        "| Construct | Shown by |",
        "|---|---|",
    ]
    for construct in constructs():
        shown = [id for uses, id in by_size if construct in uses][:SHOWN]
        lines.append(f"| `{construct}` | {'; '.join(shown) or elsewhere(construct) or NOTHING} |")
    return "\n".join([*lines, ""])


def _size(one: tuple[frozenset[str], str]) -> tuple[int, str]:
    return len(one[0]), one[1]


def elsewhere(construct: str) -> str:
    """Tests that name what no scenario uses; empty where there are none."""
    word = re.split(r"[.]|: ", construct)[-1].removeprefix("call ")
    named = re.compile(rf"(?<![\w/]){re.escape(word)}(?![\w/])")
    for beginning in sorted(ELSEWHERE, reverse=True):
        if construct.startswith(beginning):
            files = (file for glob in ELSEWHERE[beginning] for file in sorted(ROOT.glob(glob)))
            found = (file for file in files if named.search(file.read_text("utf-8")))
            first = next(found, None)
            return "" if first is None else f"`{first.relative_to(ROOT)}`"
    return ""


if __name__ == "__main__":
    _ = PAGE.write_text(page(), "utf-8")
