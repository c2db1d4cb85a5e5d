"""Our schema of the language gives the same verdict as the official ones.

A document is officially valid when it fits v1.0.3 or main-2026-07-29. The known differences are
listed in docs/reference/workflow-language.md.
"""

import copy
import os
import random  # noqa: TID251 - seeded
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import pytest

from podium.kernel.errors import Invalid
from podium.kernel.json import JsonObject
from podium.workflows.documents.sentences import language
from podium.workflows.documents.yaml import load

SHARED = Path(__file__).parents[5] / "shared" / "openworkflow"
VERSIONS = ("v1.0.3", "main-2026-07-29")
UNREAD = {
    "listen-any-until-any-until.yaml": "document/duplicate",
}
NAMED_ARGUMENTS = {
    "console-log-args.yaml",
    "echo-with-args-key-value-jq.yaml",
    "echo-with-args-key-value.yaml",
    "echo-with-args-only-key.yaml",
}
MUTATIONS = 2_000
OFTEN_ENOUGH = 0.99

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module", autouse=True)
def _shared():
    if SHARED.is_dir():
        return
    if os.environ.get("CI") == "true":  # noqa: TID251
        pytest.fail(f"{SHARED} is absent in CI")
    pytest.skip(f"{SHARED} is absent: nothing to compare with")


class Official:
    def __init__(self) -> None:
        self.validators = [
            jsonschema_rs.Draft202012Validator(
                load((SHARED / "schema" / version / "workflow.yaml").read_bytes(), name="s").value,
                validate_formats=True,
            )
            for version in VERSIONS
        ]

    def accepts(self, value: JsonObject) -> bool:
        return any(each.is_valid(value) for each in self.validators)


@pytest.fixture(scope="module")
def official():
    return Official()


def documents() -> Iterator[tuple[str, JsonObject]]:
    for folder in ("examples", "invalid"):
        for path in sorted((SHARED / folder).rglob("*.yaml")):
            if path.name not in UNREAD:
                yield path.name, load(path.read_bytes(), name=path.name).value


def test_every_example_and_every_invalid_document_gets_the_official_verdict(official: Official):
    found = list(documents())
    assert len(found) > 200
    different = {
        name for name, each in found if language().is_valid(each) != official.accepts(each)
    }
    assert different == NAMED_ARGUMENTS


def test_the_documents_that_are_not_even_read_are_these():
    for path in sorted(SHARED.rglob("*.yaml")):
        if path.name in UNREAD and "schema" not in path.parts:
            with pytest.raises(Invalid) as caught:
                _ = load(path.read_bytes(), name=path.name)
            assert caught.value.problems[0].rule == UNREAD[path.name]


KEYS = (
    "extra",
    "use",
    "with",
    "do",
    "then",
    "if",
    "name",
    "one",
    "until",
    "set",
    "timeout",
    "after",
)
VALUES = (None, True, 1, -1, 1.5, "", "x", "${ .a }", [], {}, ["x"], {"a": 1}, [{}])


def places(value, path=()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    members = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else members
    for key, each in items:
        yield from places(each, (*path, key))


def below(value, path):
    for key in path:
        value = value[key]
    return value


def mutated(document, chance: random.Random):
    result = copy.deepcopy(document)
    path = chance.choice(list(places(result)))
    parent, key = below(result, path[:-1]), path[-1]
    kind = chance.choice(("delete", "rename", "retype", "retype", "copy", "move"))
    if kind == "delete":
        del parent[key]
    elif kind == "rename" and isinstance(parent, dict):
        parent[chance.choice((f"{key}x", *KEYS))] = parent.pop(key)
    elif kind == "copy" and isinstance(parent, dict):
        parent[chance.choice(KEYS)] = copy.deepcopy(parent[key])
    elif kind == "move":
        parent[key] = copy.deepcopy(below(result, chance.choice(list(places(result)))))
    else:
        parent[key] = copy.deepcopy(chance.choice(VALUES))
    return (kind, path), result


def test_two_thousand_damaged_examples_get_the_official_verdict(official: Official):
    chance = random.Random(20260729)  # noqa: S311
    good = [(name, each) for name, each in documents() if official.accepts(each)]
    different = []
    for _ in range(MUTATIONS):
        name, document = chance.choice(good)
        what, damaged = mutated(document, chance)
        if language().is_valid(damaged) != official.accepts(damaged):
            different.append((name, what))
    assert len(different) <= MUTATIONS * (1 - OFTEN_ENOUGH), different
    known = ("details", "evaluate", "arguments")
    assert all(any(each in str(what) for each in known) for _, what in different), different
