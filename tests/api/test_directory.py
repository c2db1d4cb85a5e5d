"""Workspaces, teams, groups, users, service accounts and roles over HTTP."""

import pytest
from tests.api.asgi import Caller
from tests.fakes_api import FakePodium

from podium.identity.principal import Role

pytestmark = pytest.mark.anyio

API = "/api/v1"


async def test_a_request_names_its_workspace(ann: Caller, stranger: Caller, podium: FakePodium):
    session = (await podium.identity.accept(podium.invitation, "Zoe")).secret
    made = await ann.post(f"{API}/workspaces", {"name": "payments"})
    assert made.status == 201
    signed = {"cookie": f"podium_session={session}", "x-podium-workspace": "payments"}
    me = await stranger.get(f"{API}/me", **signed)
    assert me.json["workspace"] == made.json["id"]
    unknown = await stranger.get(f"{API}/me", **{**signed, "x-podium-workspace": "nowhere"})
    assert (unknown.status, unknown.code) == (404, "not_found")
    bound = await ann.get(f"{API}/me", **{"x-podium-workspace": "payments"})
    assert (bound.status, bound.code) == (403, "refused")


async def test_workspaces_come_and_go(ann: Caller):
    made = (await ann.post(f"{API}/workspaces", {"name": "payments"})).json
    assert (await ann.get(f"{API}/organisation")).json["name"] == "default"
    renamed = await ann.call("PATCH", f"{API}/organisation", {"name": "Acme"})
    assert renamed.json["name"] == "Acme"
    names = [one["name"] for one in (await ann.get(f"{API}/workspaces")).json["items"]]
    assert names == ["default"], "a key is for its own"
    here = await ann.get(f"{API}/workspaces/default")
    assert here.json["name"] == "default"
    assert (await ann.get(f"{API}/workspaces/{made['id']}")).status == 404
    assert (await ann.call("PATCH", f"{API}/workspaces/default", {"name": "main"})).json[
        "name"
    ] == "main"
    assert (await ann.call("DELETE", f"{API}/workspaces/main")).status == 204


@pytest.mark.parametrize("noun", ["teams", "groups"])
async def test_groups_and_teams_have_members(ann: Caller, podium: FakePodium, noun: str):
    bob = await podium.add_user("Bob", Role.VIEWER)
    made = (await ann.post(f"{API}/{noun}", {"name": "fraud"})).json
    path = f"{API}/{noun}/{made['id']}"
    assert (await ann.get(f"{API}/{noun}")).json["items"] == [made]
    assert (await ann.get(path)).json == made
    assert (await ann.call("PUT", f"{path}/members/{bob.user}")).status == 204
    assert (await ann.get(f"{path}/members")).json["items"] == [bob.user]
    assert (await ann.call("DELETE", f"{path}/members/{bob.user}")).status == 204
    assert (await ann.call("PATCH", path, {"name": "risk"})).json["name"] == "risk"
    assert (await ann.call("DELETE", path)).status == 204
    assert (await ann.get(path)).status == 404


async def test_people_are_changed_kept_out_and_removed(ann: Caller, podium: FakePodium):
    bob = await podium.add_user("Bob", Role.VIEWER)
    path = f"{API}/users/{bob.user}"
    assert (await ann.call("PATCH", path, {"email": "bob@example.org"})).json[
        "email"
    ] == "bob@example.org"
    assert (await ann.post(f"{path}/disable")).json["disabled_at"] == podium.clock.at
    assert (await ann.post(f"{path}/enable")).json["disabled_at"] is None
    assert {one["name"] for one in (await ann.get(f"{API}/users")).json["items"]} > {"Bob"}
    assert (await ann.call("DELETE", path)).status == 204
    assert (await ann.get(path)).status == 404


async def test_a_service_account_gets_a_role_and_a_key(ann: Caller, stranger: Caller):
    made = (await ann.post(f"{API}/service-accounts", {"name": "import"})).json
    wish = {"role": "viewer", "subject": made["id"]}
    bound = await ann.post(f"{API}/bindings", wish)
    assert (bound.status, bound.json["everywhere"]) == (201, False)
    key = (await ann.post(f"{API}/keys", {"name": "ci", "service_account": made["id"]})).json
    assert key["owner"] == made["id"]
    me = await stranger.get(f"{API}/me", authorization=f"Bearer {key['secret']}")
    assert me.json["roles"] == ["viewer"]
    listed = (await ann.get(f"{API}/bindings")).json["items"]
    assert bound.json in listed
    assert (await ann.call("DELETE", f"{API}/bindings/{bound.json['id']}")).status == 204
    me = await stranger.get(f"{API}/me", authorization=f"Bearer {key['secret']}")
    assert me.json["roles"] == []


async def test_roles_of_ones_own(ann: Caller):
    made = await ann.post(f"{API}/roles", {"name": "reviewer", "description": "Looks twice."})
    assert made.json == {"name": "reviewer", "description": "Looks twice.", "is_built_in": False}
    items = (await ann.get(f"{API}/roles")).json["items"]
    assert {one["name"] for one in items} == {*Role, "reviewer"}
    assert (await ann.call("DELETE", f"{API}/roles/reviewer")).status == 204
    assert (await ann.call("DELETE", f"{API}/roles/owner")).status == 403
