"""Every official and third-party document that is valid passes the whole check; every other one is
refused with a place, a rule and a sentence.
"""

import random  # noqa: TID251 - seeded
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.write_pages import functions
from tests.unit.workflows.documents.test_language import SHARED, Official, documents, mutated

from podium.kernel.errors import Invalid, Problem
from podium.kernel.json import JsonObject
from podium.workflows.documents.check import check
from podium.workflows.documents.source import Source, unescaped
from podium.workflows.documents.writing import as_yaml
from podium.workflows.documents.yaml import load
from podium.workflows.functions import inputs

CATALOG = inputs(functions())
DAMAGED = 800
REMEDY = re.compile(r"[.?)]$")

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module", autouse=True)
def _there():
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is absent")


@pytest.fixture(scope="module")
def official():
    return Official()


def files(folder: str) -> Iterator[Path]:
    yield from sorted((SHARED / folder).rglob("*.yaml"))


def refusals(path: Path) -> list[Problem]:
    try:
        source = load(path.read_bytes(), name=path.name)
    except Invalid as error:
        return list(error.problems)
    return [each.problem for each in check(source, CATALOG) if each.severity == "error"]


def test_every_valid_document_passes_the_whole_check(official: Official):
    found: dict[str, list[str]] = {}
    count = 0
    for path in files("examples"):
        if official.accepts(load(path.read_bytes(), name=path.name).value):
            count += 1
            if wrong := refusals(path):
                found[str(path.relative_to(SHARED))] = [str(each) for each in wrong]
    assert count > 260
    assert found == {}


def test_every_invalid_document_is_refused_with_place_rule_and_sentence():
    for path in files("invalid"):
        problems = refusals(path)
        assert problems, path
        for each in problems:
            assert each.line > 0, each
            assert each.column > 0, each
            assert each.rule, each
            assert REMEDY.search(each.message), each


def test_what_is_found_in_damaged_documents_stands_where_it_says(official: Official):
    chance = random.Random(20261122)  # noqa: S311
    good = [(name, each) for name, each in documents() if official.accepts(each)]
    told = 0
    for _ in range(DAMAGED):
        name, document = chance.choice(good)
        what, damaged = mutated(document, chance)
        source = written(damaged)
        if source is None:
            continue
        lines = source.text.splitlines()
        for each in check(source, CATALOG):
            told += 1
            assert 1 <= each.line <= len(lines), (name, what, each)
            assert 1 <= each.column <= len(lines[each.line - 1]) + 1, (name, what, each)
            assert each.rule, (name, what, each)
            assert REMEDY.search(each.message), (name, what, each)
            last = unescaped(each.path)[-1:] or [""]
            if exists(source.value, each.path) and not last[0].isdecimal():
                assert last[0] in lines[each.line - 1], (name, what, each)
    assert told > DAMAGED // 2


def written(value: JsonObject) -> Source | None:
    try:
        return load(as_yaml(value), name="damaged.yaml")
    except Invalid:
        return None


def exists(value: object, path: str) -> bool:
    for token in unescaped(path):
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and token.isdecimal() and int(token) < len(value):
            value = value[int(token)]
        else:
            return False
    return path != ""
