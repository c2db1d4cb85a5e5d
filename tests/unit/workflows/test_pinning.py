"""Functions and schemas from elsewhere are fetched once, when a document is stored."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from tests.fakes_access import RULE
from tests.fakes_storage import MemoryWorkflows
from tests.world import ANN, FakeClock, Scene

from podium.kernel.errors import Conflict, Invalid, Refused, Unavailable
from podium.kernel.json import JsonObject, digest
from podium.workflows.documents.external import raw, short_name
from podium.workflows.interpreter.compile import compile_document
from podium.workflows.interpreter.program import CallDefined
from podium.workflows.pinning import MAX_BYTES, MAX_FETCHED, NoCatalogs
from podium.workflows.runs import WorkflowVersion
from podium.workflows.service import Workflows

pytestmark = pytest.mark.anyio

GREET = "https://functions.example/greet/1.0.0/function.yaml"
HELLO = """
input:
  schema: {document: {type: object, properties: {name: {type: string}}, required: [name]}}
set:
  text: ${ "Hello \\(.name)" }
"""
HTTP = (
    "{{call: http, with: {{method: get, endpoint: {{uri: https://thief.example, "
    "authentication: {0}}}}}}}"
)
HEAD = "document: {dsl: '1.0.3', namespace: tests, name: flow, version: '1.0.0'}\n"
CATALOG = "use: {catalogs: {mine: {endpoint: https://functions.example/catalog/}}}\n"


@dataclass
class Shelf:
    """`texts` by address; counts what was asked for."""

    texts: Mapping[str, str]
    asked: list[tuple[str, JsonObject]] = field(default_factory=list)

    async def fetch(self, uri: str, authentication: JsonObject) -> str:
        self.asked.append((uri, authentication))
        if uri not in self.texts:
            raise Unavailable(f"{uri} answered 404.")
        return self.texts[uri]


def podium(texts: Mapping[str, str]) -> tuple[Workflows, Shelf]:
    shelf = Shelf(texts)
    schemas = {"inc": {"type": "object"}}
    return Workflows(MemoryWorkflows(), schemas, RULE, FakeClock(), shelf), shelf


def scene(stored: WorkflowVersion) -> Scene:
    """The stored document, ready to be run."""
    made = Scene(f"{HEAD}do: []\n")
    made.ledger.versions[made.digest] = stored
    return made


def calling(name: str, arguments: str = "{name: Ann}", use: str = "") -> str:
    return f"{HEAD}{use}do:\n  - a: {{call: '{name}', with: {arguments}}}\n"


async def test_a_function_at_an_address_is_pinned_with_its_digest():
    workflows, shelf = podium({GREET: HELLO})
    stored = await workflows.put(ANN, calling(GREET), name="flow.yaml")
    pin = stored.document["pinned"]["functions"][GREET]
    assert pin["uri"] == GREET
    assert pin["digest"] == digest(pin["value"])
    assert pin["value"]["set"] == {"text": '${ "Hello \\(.name)" }'}
    assert stored.ref.digest == digest(stored.document)
    assert shelf.asked == [(GREET, {})]


async def test_the_stored_document_runs_what_was_pinned():
    workflows, _ = podium({GREET: HELLO})
    stored = await workflows.put(ANN, calling(GREET), name="flow.yaml")
    assert await scene(stored).output() == {"text": "Hello Ann"}
    program = compile_document(stored.document, stored.ref.digest)
    assert "pinned" not in program.document
    assert isinstance(program.tasks[0].body, CallDefined)


async def test_the_same_document_again_is_the_stored_one_and_nothing_is_fetched():
    workflows, shelf = podium({GREET: HELLO})
    first = await workflows.put(ANN, calling(GREET), name="flow.yaml")
    shelf.texts = {}
    assert await workflows.put(ANN, calling(GREET), name="flow.yaml") == first
    assert len(shelf.asked) == 1


async def test_a_version_with_other_content_is_refused_as_ever():
    workflows, _ = podium({GREET: HELLO})
    _ = await workflows.put(ANN, calling(GREET), name="flow.yaml")
    with pytest.raises(Conflict):
        _ = await workflows.put(ANN, calling(GREET, "{name: Ben}"), name="flow.yaml")


async def test_a_cataloged_function_is_where_the_specification_puts_it():
    uri = "https://functions.example/catalog/functions/greet/1.0.0/function.yaml"
    workflows, shelf = podium({uri: HELLO})
    stored = await workflows.put(ANN, calling("greet:1.0.0@mine", use=CATALOG), name="x")
    assert stored.document["pinned"]["functions"]["greet:1.0.0@mine"]["uri"] == uri
    assert [asked for asked, _ in shelf.asked] == [uri]


async def test_the_credentials_of_a_catalog_go_with_the_request():
    uri = "https://functions.example/catalog/functions/greet/1.0.0/function.yaml"
    endpoint = "{uri: https://functions.example/catalog, authentication: {bearer: {token: x}}}"
    use = f"use: {{catalogs: {{mine: {{endpoint: {endpoint}}}}}}}\n"
    workflows, shelf = podium({uri: HELLO})
    _ = await workflows.put(ANN, calling("greet:1.0.0@mine", use=use), name="x")
    assert shelf.asked == [(uri, {"bearer": {"token": "x"}})]


async def test_functions_that_a_function_calls_are_fetched_too_once_each():
    other = "https://functions.example/other.yaml"
    twice = f"do:\n  - a: {{call: '{other}'}}\n  - b: {{call: '{other}'}}\n"
    workflows, shelf = podium({GREET: twice, other: "set: {x: 1}"})
    stored = await workflows.put(ANN, calling(GREET), name="x")
    assert set(stored.document["pinned"]["functions"]) == {GREET, other}
    assert len(shelf.asked) == 2
    assert await scene(stored).output() == {"x": 1}


async def test_fetched_functions_in_a_circle_are_refused():
    other = "https://functions.example/other.yaml"
    workflows, _ = podium({GREET: f"call: '{other}'", other: f"do: [{{a: {{call: '{GREET}'}}}}]"})
    with pytest.raises(Invalid, match="for ever"):
        _ = await workflows.put(ANN, calling(GREET), name="x")


async def test_fetched_functions_that_lead_deep_into_each_other_are_refused():
    addresses = [f"https://functions.example/{n}.yaml" for n in range(20)]
    texts = {one: f"call: '{other}'" for one, other in itertools.pairwise(addresses)}
    workflows, _ = podium({**texts, addresses[-1]: "set: {x: 1}"})
    with pytest.raises(Invalid, match="16 deep"):
        _ = await workflows.put(ANN, calling(addresses[0]), name="x")


@pytest.mark.parametrize(
    ("text", "rule", "place"),
    [
        ("use: set\nset: {x: 1}", "schema/additionalProperties", "1:1"),
        ("set:\n  x: ${ .a | }", "expression", "2:3"),
        ("set: {x: 1}\nthen: nowhere", "unknown-target", "2:1"),
        ("call: unheard-of", "unknown-function", "1:1"),
        ("do: [{a: {call: 'greet:1.0.0@theirs'}}]", "unknown-catalog", "1:11"),
        ("set: {x: '${ $secrets.key }'}", "secret-place", "1:7"),
        (HTTP.format("{basic: {use: key}}"), "unknown-secret", "1:98"),
        (HTTP.format("{use: door}"), "unknown-authentication", "1:90"),
        ("{set: {x: 1}, set: {x: 2}}", "document/duplicate", "1:15"),
    ],
)
async def test_a_fetched_function_is_checked_and_the_place_in_it_is_named(
    text: str, rule: str, place: str
):
    workflows, _ = podium({GREET: text})
    with pytest.raises(Invalid) as caught:
        _ = await workflows.put(ANN, calling(GREET), name="x")
    assert rule in {each.rule for each in caught.value.problems}
    assert GREET in caught.value.message
    first = next(each for each in caught.value.problems if each.rule == rule)
    assert f"{first.line}:{first.column}" == place


async def test_literal_arguments_have_to_fit_what_was_fetched():
    workflows, _ = podium({GREET: HELLO})
    with pytest.raises(Invalid, match="'name' 5 does not fit") as caught:
        _ = await workflows.put(ANN, calling(GREET, "{name: 5}"), name="flow.yaml")
    assert caught.value.problems[0].rule == "argument"


async def test_a_schema_is_pinned_and_holds():
    uri = "https://schemas.example/order.yaml"
    given = f"input: {{schema: {{resource: {{endpoint: {uri}}}}}}}"
    text = f"{HEAD}{given}\ndo:\n  - a: {{set: {{x: 1}}}}\n"
    workflows, shelf = podium({uri: "type: object\nrequired: [customer]"})
    stored = await workflows.put(ANN, text, name="x")
    assert shelf.asked == [(uri, {})]
    assert await scene(stored).output({"customer": 1}) == {"x": 1}
    error = await scene(stored).error({})
    assert str(error["type"]).endswith("/validation")


@pytest.mark.parametrize("text", ["type: strin", "$ref: https://elsewhere.example/s", "[1]"])
async def test_a_schema_that_is_none_is_refused(text: str):
    uri = "https://schemas.example/order.yaml"
    workflows, _ = podium({uri: text})
    document = f"{HEAD}output: {{schema: {{resource: {{endpoint: {uri}}}}}}}\ndo: []\n"
    with pytest.raises(Invalid, match=r"order\.yaml"):
        _ = await workflows.put(ANN, document, name="x")


async def test_what_is_fetched_is_bounded_in_size_and_number():
    workflows, _ = podium({GREET: f"set: {{x: '{'y' * MAX_BYTES}'}}"})
    with pytest.raises(Invalid, match="characters"):
        _ = await workflows.put(ANN, calling(GREET), name="x")
    addresses = [f"https://functions.example/{n}.yaml" for n in range(MAX_FETCHED + 1)]
    tasks = "".join(f"  - t{n}: {{call: '{uri}'}}\n" for n, uri in enumerate(addresses))
    workflows, shelf = podium(dict.fromkeys(addresses, "set: {x: 1}"))
    with pytest.raises(Invalid, match="more than"):
        _ = await workflows.put(ANN, f"{HEAD}do:\n{tasks}", name="x")
    assert len(shelf.asked) == MAX_FETCHED


async def test_nobody_writes_pins_by_hand():
    workflows, _ = podium({})
    with pytest.raises(Invalid, match="podium writes"):
        _ = await workflows.put(ANN, f"{HEAD}pinned: {{}}\ndo: []\n", name="x")


async def test_where_nothing_may_be_fetched_it_is_said():
    with pytest.raises(Refused, match=r"functions\.example"):
        _ = await NoCatalogs().fetch(GREET, {})


def test_pages_of_github_and_gitlab_stand_for_the_files_they_show():
    file = "functions/log/1.0.0/function.yaml"
    there = f"https://raw.githubusercontent.com/me/catalog/refs/heads/main/{file}"
    assert raw(f"https://github.com/me/catalog/tree/main/{file}") == there
    assert raw(f"https://github.com/me/catalog/blob/main/{file}") == there
    assert raw(f"https://github.com/me/catalog/{file}") == there
    assert (
        raw(f"https://gitlab.com/a/b/-/blob/main/{file}")
        == f"https://gitlab.com/a/b/-/raw/main/{file}"
    )
    assert raw("https://example.com/tree/main/x.yaml") == "https://example.com/tree/main/x.yaml"


@pytest.mark.parametrize(
    ("called", "name"),
    [
        ("greet", "greet"),
        ("log:1.0.0@global", "log"),
        ("https://x.example/functions/log/1.0.0/function.yaml", "log"),
        ("https://x.example/functions/greet@v1.0.0", "greet"),
        ("https://x.example/my%20f.yaml", "my-20f"),
        ("https://x.example", "function"),
    ],
)
def test_a_function_has_a_short_name_in_paths(called: str, name: str):
    assert short_name(called) == name
