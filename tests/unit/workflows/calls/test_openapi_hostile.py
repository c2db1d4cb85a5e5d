"""Descriptions that are broken at random: every one is read, called or refused, and never breaks
what reads it.
"""

import copy
import random  # noqa: TID251 - with a seed

import pytest
from tests.pace import within
from tests.unit.workflows.calls.petstore import OPENAPI, SWAGGER

from podium.kernel.errors import Invalid
from podium.workflows.calls.openapi.description import Description, described, read
from podium.workflows.calls.openapi.operation import operation
from podium.workflows.calls.openapi.request import made
from podium.workflows.calls.requests import checked

REFERENCES = ({"$ref": 5}, {"$ref": "#"}, {"$ref": "#/paths"}, {"$ref": "#/nothing"})
TEXTS = ("", "x", "\ud800", "#/", "{", "..", "//evil", "http://[", "\r\nX: y", "{base}", "1")
JUNK = (None, True, 0, -1, 1e300, [], [[]], [None], {}, {"": {}}, *TEXTS, *REFERENCES)
GIVEN = (
    {},
    {"petId": 1, "status": "a", "name": "n", "photoUrls": ["u"]},
    {"userId": 1, "body": {"a": 1}, "file": "aGk=", "appKey": "k", "base": "/eu"},
    {"name": "n", "code": "c", "session": "s", "lang": "en", "filter": {"a": {"b": [1]}}, "id": 1},
    {"metadata": {"a": [{}]}, "tags": [[1]], "expand": None, "Authorization": "x", "amount": 5},
)


def _places(value, path=()):
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    if isinstance(value, dict | list):
        for key, each in inside:
            if isinstance(each, dict | list):
                yield from _places(each, (*path, key))
            else:
                yield (*path, key)


def _broken(document, chance: random.Random):
    made = copy.deepcopy(document)
    for _ in range(chance.randint(1, 4)):
        path = chance.choice([each for each in _places(made) if each])
        here = made
        for key in path[:-1]:
            here = here[key]
        here[path[-1]] = copy.deepcopy(chance.choice(JUNK))
    return made


def _call_everything(description: Description) -> int:
    """How many requests could be made; what cannot has to say so."""
    count = 0
    for id in [*description.places, "get /pet/{petId}", "zzz"]:
        for given in GIVEN:
            try:
                _ = checked(made(operation(description, id), given, None).request)
                count += 1
            except Invalid:
                continue
    return count


@pytest.mark.parametrize("document", [OPENAPI, SWAGGER], ids=["3.1", "2.0"])
def test_a_broken_description_breaks_nothing(document):
    chance = random.Random(20261122)  # noqa: S311 - a failing seed reproduces
    url, calls = "http://api.example.com/openapi.json", 0
    for _ in range(250):
        try:
            description = described(_broken(document, chance), url)
        except Invalid:
            continue
        calls += _call_everything(description)
    assert calls > 50


HEAD = '{"openapi": "3.1.0", "paths": {"/x": {"get": {"operationId": "zzz", '


@pytest.mark.timed
@pytest.mark.parametrize(
    "text",
    [
        '{"openapi": "3.1.0", "paths": {' + ",".join(
            f'"/{n}": {{"$ref": "#/paths/~1{n + 1}"}}' for n in range(20_000)) + "}}",
        HEAD + '"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/s"}}}}}}},'
        + '"s": {"allOf": [{"$ref": "#/s"}, {"$ref": "#/s"}], "properties": {"a": {}}}}',
        HEAD + '"parameters": ['
        + ",".join(f'{{"in": "query", "name": "p{n}", "schema": {{}}}}' for n in range(50_000))
        + "]}}}}",
        HEAD.replace("/x", "/" + "{a}" * 20_000) + '"x": 1}}}}',
    ],
    ids=["a chain of references", "a schema that holds itself", "many parameters", "many places"],
)  # fmt: skip
def test_a_description_that_means_to_take_long_does_not(text):
    with within(5.0):
        description = read(text, "http://api.example.com/")
        _ = _call_everything(description)
