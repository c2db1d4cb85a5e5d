"""Policies and what follows from them, over HTTP."""

import pytest
from tests.api.asgi import Caller
from tests.fakes_api import FakePodium

from podium.identity.principal import Role

pytestmark = pytest.mark.anyio

API = "/api/v1"
NO_RUNS = '@id("no-runs") forbid (principal in Role::"engineer", action, resource is Run);'


async def test_policies_are_checked_put_and_rolled_back(
    ann: Caller, stranger: Caller, podium: FakePodium
):
    bob = {
        "authorization": f"Bearer {await podium.key(await podium.add_user('Bob', Role.ENGINEER))}"
    }
    assert (await ann.get(f"{API}/policies")).json["number"] == 0
    assert (await ann.post(f"{API}/policies/check", {"text": NO_RUNS})).status == 204
    wrong = await ann.post(f"{API}/policies/check", {"text": "permit"})
    assert (wrong.status, wrong.json["problems"][0]["rule"]) == (422, "policy")
    assert (await stranger.get(f"{API}/runs", **bob)).status == 200
    made = await ann.call("PUT", f"{API}/policies", {"text": NO_RUNS, "note": "busy", "seen": 0})
    assert (made.status, made.json["number"]) == (200, 1)
    denied = await stranger.get(f"{API}/runs", **bob)
    assert denied.status == 403
    assert "forbidden by the policy 'no-runs'" in denied.json["detail"]
    assert (await ann.post(f"{API}/policies/rollback", {"number": 0})).json["number"] == 2
    assert (await stranger.get(f"{API}/runs", **bob)).status == 200
    listed = (await ann.get(f"{API}/policies/versions")).json["items"]
    assert [one["number"] for one in listed] == [2, 1]
    assert (await ann.get(f"{API}/policies/versions/1")).json["text"] == NO_RUNS
    assert (await stranger.get(f"{API}/policies", **bob)).status == 403


async def test_decisions_are_explained_tested_and_shown_whole(ann: Caller, podium: FakePodium):
    bob = await podium.add_user("Bob", Role.ENGINEER)
    question = {"user": bob.user, "action": "create", "kind": "run"}
    found = (await ann.post(f"{API}/access/explain", question)).json
    assert (found["allowed"], found["policies"]) == (True, ["engineer"])
    assert [one["role"] for one in found["bindings"]] == ["engineer"]
    tried = await ann.post(
        f"{API}/access/test", {"items": [{**question, "allowed": True}], "text": NO_RUNS}
    )
    assert tried.json["items"][0]["decision"]["policies"] == ["no-runs"]
    matrix = (await ann.get(f"{API}/access/matrix")).json["users"]
    assert "create" in matrix[bob.user]["run"]
