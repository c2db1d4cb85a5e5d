"""/api/v1/models, /api/v1/keys, /api/v1/checks."""

import pytest
from tests.api.asgi import Caller
from tests.fakes_api import FakePodium
from tests.fakes_models import refusal

pytestmark = pytest.mark.anyio


async def test_models_and_routes_are_listed(ann: Caller):
    items = (await ann.get("/api/v1/models")).json["items"]
    assert [(one["name"], one["kind"], one["targets"]) for one in items] == [
        ("chat", "route", ["acme/large"]),
        ("acme/large", "model", ["acme/large"]),
        ("embed", "model", ["embed"]),
    ]


async def test_a_model_is_listed_with_its_price_and_what_it_reads(ann: Caller):
    route, large, embed = (await ann.get("/api/v1/models")).json["items"]
    cost = {"input": 2.5, "output": 10.0, "cached_input": 0.25}
    assert large["price"] == {**cost, "source": "a list of today", "since": None}
    assert large["context_window"] == 128_000
    assert (embed["price"], embed["context_window"]) == (None, None)
    assert (route["price"], route["context_window"]) == (None, None)


async def test_a_key_sees_the_models_that_it_is_for(ann: Caller, stranger: Caller):
    made = (await ann.post("/api/v1/keys", {"name": "ci", "models": ["emb*"]})).json
    ci = {"authorization": f"Bearer {made['secret']}"}
    assert [one["id"] for one in (await stranger.get("/v1/models", **ci)).json["data"]] == ["embed"]
    listed = (await stranger.get("/api/v1/models", **ci)).json["items"]
    assert [one["name"] for one in listed] == ["embed"]
    assert (await stranger.get("/v1/models/embed", **ci)).json["id"] == "embed"
    beyond, unknown = [
        await stranger.get(f"/v1/models/{name}", **ci) for name in ("acme/large", "acme/none")
    ]
    assert (beyond.status, unknown.status) == (404, 404)
    assert beyond.text.replace("large", "none") == unknown.text
    assert (await stranger.post("/api/v1/models/chat/test", **ci)).status == 404


@pytest.mark.parametrize(
    ("name", "operation", "target"),
    [
        ("chat", "chat", "acme/large"),
        ("acme/large", "chat", "acme/large"),
        ("embed", "embeddings", "embed"),
    ],
)
async def test_a_model_is_tested_by_one_real_call(
    ann: Caller, podium: FakePodium, name: str, operation: str, target: str
):
    test = (await ann.post(f"/api/v1/models/{name}/test")).json
    assert (test["operation"], test["model"]) == (operation, target)
    assert test["attempts"] == [{"model": target, "outcome": "ok", "status": 0, "ms": 0}]
    assert len(podium.model.requests) == 1


async def test_a_test_that_fails_says_why(ann: Caller, podium: FakePodium):
    podium.model.failure = refusal(500, "The provider is down.")
    answer = await ann.post("/api/v1/models/chat/test")
    assert answer.status == 503
    assert "The provider is down." in answer.json["detail"]
    assert answer.json["details"]["attempts"][0]["status"] == 500


async def test_an_unknown_model_is_not_found(ann: Caller):
    assert (await ann.post("/api/v1/models/a/b/c/test")).status == 404


async def test_a_key_is_shown_once_works_and_stops_when_it_is_revoked(
    ann: Caller, stranger: Caller
):
    created = await ann.post("/api/v1/keys", {"name": "ci"})
    assert created.status == 201
    secret, key = created.json["secret"], created.json["id"]
    listed = await ann.get("/api/v1/keys")
    assert secret not in listed.text
    assert {"ci", "test"} == {one["name"] for one in listed.json["items"]}
    bearer = {"authorization": f"Bearer {secret}"}
    assert (await stranger.get("/api/v1/me", **bearer)).json["name"] == "Ann"
    assert (await ann.call("DELETE", f"/api/v1/keys/{key}")).status == 204
    assert (await stranger.get("/api/v1/me", **bearer)).status == 401
    assert (await ann.call("DELETE", f"/api/v1/keys/{key}")).status == 404


async def test_a_key_with_a_life_ends(ann: Caller, stranger: Caller, podium: FakePodium):
    created = (await ann.post("/api/v1/keys", {"name": "ci", "seconds": 60})).json
    assert created["expires_at"] == podium.clock.at + 60
    podium.clock.at += 61
    answer = await stranger.get("/api/v1/me", authorization=f"Bearer {created['secret']}")
    assert answer.status == 401


async def test_the_doctors_findings_are_told(ann: Caller):
    checks = (await ann.get("/api/v1/checks")).json
    assert checks["version"] == "0.0.0-test"
    assert [(one["name"], one["status"], one["remedy"]) for one in checks["checks"]] == [
        ("database", "ok", None),
        ("models", "warn", "Set OPENAI_API_KEY."),
    ]
