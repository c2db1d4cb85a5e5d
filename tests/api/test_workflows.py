"""/api/v1/workflows."""

import pytest
from tests.api.asgi import Caller
from tests.fakes_api import DOCUMENT

pytestmark = pytest.mark.anyio
YAML = DOCUMENT.encode()


async def test_a_document_is_stored_as_it_was_written(ann: Caller):
    answer = await ann.post("/api/v1/workflows", YAML, content_type="application/yaml")
    assert answer.status == 201
    assert answer.headers["location"] == "/api/v1/workflows/support/greet?version=1.0.0"
    assert answer.json["text"] == DOCUMENT
    assert answer.json["title"] == "Greets"
    assert (await ann.get(answer.headers["location"])).json == answer.json


async def test_the_same_document_again_is_the_stored_one(ann: Caller):
    first = await ann.post("/api/v1/workflows", YAML)
    again = await ann.post("/api/v1/workflows", YAML)
    assert again.status == 201
    assert again.json == first.json


async def test_a_stored_version_is_never_changed(ann: Caller):
    _ = await ann.post("/api/v1/workflows", YAML)
    answer = await ann.post("/api/v1/workflows", YAML.replace(b"hello}", b"bye}"))
    assert answer.status == 409


async def test_an_invalid_document_is_refused_with_the_place_of_each_problem(ann: Caller):
    answer = await ann.post("/api/v1/workflows", YAML.replace(b"set:", b"sett:"))
    assert answer.status == 422
    assert answer.json["problems"][0]["line"] > 0


async def test_workflows_are_listed_in_pages(ann: Caller):
    for name in ["b", "a", "c"]:
        _ = await ann.post("/api/v1/workflows", YAML.replace(b"greet", name.encode()))
    first = (await ann.get("/api/v1/workflows?limit=2")).json
    assert [one["name"] for one in first["items"]] == ["a", "b"]
    assert "text" not in first["items"][0]
    rest = (await ann.get(f"/api/v1/workflows?limit=2&cursor={first['next']}")).json
    assert [one["name"] for one in rest["items"]] == ["c"]
    assert rest["next"] is None


async def test_an_unknown_workflow_is_not_found(ann: Caller):
    assert (await ann.get("/api/v1/workflows/support/none")).status == 404


async def test_a_sound_document_is_valid(ann: Caller):
    answer = await ann.post("/api/v1/workflows/validate", YAML)
    assert answer.json == {"valid": True, "findings": []}
    assert (await ann.get("/api/v1/workflows")).json["items"] == []


async def test_findings_have_a_place_and_a_rule(ann: Caller):
    answer = await ann.post("/api/v1/workflows/validate", YAML.replace(b"set:", b"sett:"))
    assert answer.status == 200
    assert answer.json["valid"] is False
    finding = answer.json["findings"][0]
    assert finding["severity"] == "error"
    assert (finding["line"], finding["column"]) == (3, 3)
    assert finding["path"].startswith("/do/0")
    assert finding["rule"]


@pytest.mark.parametrize("body", [b"a: [", b"", b"\xff", b"a: &a [*a, *a]", b"- just\n- a list"])
async def test_what_cannot_be_read_is_a_finding_too(ann: Caller, body: bytes):
    answer = await ann.post("/api/v1/workflows/validate", body, content_type="application/yaml")
    assert answer.status == 200
    assert answer.json["valid"] is False
    assert answer.json["findings"][0]["message"]
