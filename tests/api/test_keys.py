"""/api/v1/keys: what keys are for, and how they change."""

import pytest
from tests.api.asgi import Caller
from tests.fakes_api import CHAT, FakePodium

from podium.identity.principal import Role

pytestmark = pytest.mark.anyio

TERMS = {
    "name": "ci",
    "team": "research",
    "models": ["chat", "gpt-*"],
    "operations": ["chat"],
    "reach": "gateway",
    "limits": {
        "rpm": 60,
        "tpm": 100_000,
        "concurrent": 4,
        "budget_day": 0.1,
        "budget_month": 100,
        "warn_day": None,
        "warn_month": 79.99,
    },
}


def _bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


async def test_a_key_is_created_with_what_it_is_for_and_shown_so(ann: Caller):
    made = (await ann.post("/api/v1/keys", TERMS)).json
    secret = made.pop("secret")
    assert {name: made[name] for name in TERMS} == TERMS
    assert secret.startswith(made["hint"])
    assert (await ann.get(f"/api/v1/keys/{made['id']}")).json == made
    listed = (await ann.get("/api/v1/keys")).text
    assert made["hint"] in listed
    assert secret not in listed


async def test_a_change_leaves_what_it_does_not_name(ann: Caller):
    made = (await ann.post("/api/v1/keys", TERMS)).json
    change = {"limits": {"rpm": 5}, "models": []}
    changed = (await ann.call("PATCH", f"/api/v1/keys/{made['id']}", change)).json
    assert (changed["team"], changed["models"], changed["reach"]) == ("research", [], "gateway")
    assert changed["limits"] == dict.fromkeys(TERMS["limits"]) | {"rpm": 5}


async def test_a_key_for_the_gateway_is_let_in_there_alone(ann: Caller, stranger: Caller):
    secret = (await ann.post("/api/v1/keys", {"name": "ci", "reach": "gateway"})).json["secret"]
    answer = await stranger.get("/api/v1/runs", **_bearer(secret))
    assert (answer.status, answer.code) == (403, "refused")
    assert "'ci' is for the addresses below /v1/ alone" in answer.json["detail"]
    assert (await stranger.post("/v1/chat/completions", CHAT, **_bearer(secret))).status == 200


async def test_a_key_calls_the_models_it_is_for(ann: Caller, stranger: Caller):
    made = (await ann.post("/api/v1/keys", {"name": "ci", "models": ["emb*"]})).json
    answer = await stranger.post("/v1/chat/completions", CHAT, **_bearer(made["secret"]))
    assert answer.status == 403
    assert answer.json["error"]["message"].startswith("The key 'ci' may not use 'chat'")


async def test_a_rotated_key_has_two_secrets_for_a_while(
    ann: Caller, stranger: Caller, podium: FakePodium
):
    made = (await ann.post("/api/v1/keys", {"name": "ci"})).json
    rotated = (await ann.post(f"/api/v1/keys/{made['id']}/rotate", {"overlap": 60})).json
    assert rotated["id"] == made["id"]
    assert rotated["old_until"] == podium.clock.at + 60
    for one in (made, rotated):
        assert (await stranger.get("/api/v1/me", **_bearer(one["secret"]))).status == 200
    podium.clock.at += 60
    assert (await stranger.get("/api/v1/me", **_bearer(made["secret"]))).status == 401
    again = await ann.post(f"/api/v1/keys/{made['id']}/rotate")
    assert again.json["old_until"] == podium.clock.at + 86_400


async def test_a_key_is_switched_off_and_on(ann: Caller, stranger: Caller):
    made = (await ann.post("/api/v1/keys", {"name": "ci"})).json
    for verb, status in (("disable", 401), ("enable", 200)):
        changed = (await ann.post(f"/api/v1/keys/{made['id']}/{verb}")).json
        assert (changed["disabled_at"] is None) is (verb == "enable")
        assert (await stranger.get("/api/v1/me", **_bearer(made["secret"]))).status == status


async def test_admins_list_the_keys_of_everybody(ann: Caller, stranger: Caller, podium: FakePodium):
    bob = await podium.add_user("Bob", Role.ENGINEER)
    secret = await podium.key(bob)
    listed = (await ann.get("/api/v1/keys?of=workspace")).json["items"]
    assert {one["owner"] for one in listed} == {bob.user, podium.ann.user}
    assert (await stranger.get("/api/v1/keys?of=workspace", **_bearer(secret))).status == 403
    mine = (await stranger.get("/api/v1/keys", **_bearer(secret))).json["items"]
    assert [one["owner"] for one in mine] == [bob.user]
    theirs = next(one["id"] for one in listed if one["owner"] == podium.ann.user)
    assert (await stranger.get(f"/api/v1/keys/{theirs}", **_bearer(secret))).status == 404


@pytest.mark.parametrize(
    ("path", "ask", "name"),
    [
        ("/v1/chat/completions", CHAT, "x-ratelimit-remaining-requests"),
        ("/v1/messages", {**CHAT, "max_tokens": 9}, "anthropic-ratelimit-requests-remaining"),
    ],
)
async def test_a_refusal_tells_of_limits_as_an_answer_does(
    ann: Caller, stranger: Caller, path: str, ask: dict[str, object], name: str
):
    terms = {"name": "ci", "limits": {"rpm": 1, "tpm": 9_000}}
    bearer = _bearer((await ann.post("/api/v1/keys", terms)).json["secret"])
    answer, refusal = [await stranger.post(path, ask, **bearer) for _ in range(2)]
    assert (answer.status, refusal.status) == (200, 429)
    assert (answer.headers[name], refusal.headers[name]) == ("0", "0")
    assert {one for one in answer.headers if "ratelimit" in one} == {
        one for one in refusal.headers if "ratelimit" in one
    }
    assert int(refusal.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    "terms",
    [
        {"name": "ci", "limits": {"rpm": -1}},
        {"name": "ci", "limits": {"rpm": 1.5}},
        {"name": "ci", "limits": {"budget_day": -0.01}},
        {"name": "ci", "limits": {"budget_day": 1e300}},
        {"name": "ci", "limits": {"rps": 1}},
        {"name": "ci", "models": ["a"] * 101},
        {"name": "ci", "models": ["a b"]},
        {"name": "ci", "models": "gpt"},
        {"name": "ci", "reach": "moon"},
        {"name": "ci", "team": "a b"},
    ],
)
async def test_terms_that_mean_nothing_are_refused(ann: Caller, terms: dict[str, object]):
    answer = await ann.post("/api/v1/keys", terms)
    assert (answer.status, answer.code) == (422, "invalid")


async def test_who_shows_many_unknown_keys_is_told_to_wait(stranger: Caller, ann: Caller):
    assert (await ann.get("/api/v1/me")).status == 200
    for number in range(20):
        assert (await stranger.get("/api/v1/me", **_bearer(f"pdm_{number}"))).status == 401
    answer = await stranger.get("/api/v1/me", **_bearer("pdm_x"))
    assert (answer.status, answer.headers["retry-after"]) == (429, "2")
    assert (await ann.get("/api/v1/me")).status == 200
