"""/api/v1/configuration and /api/v1/cache."""

import pytest
from tests.api.asgi import Caller
from tests.fakes_api import FakePodium

from podium.gateway.caching.entries import Entry, Key, place
from podium.gateway.requests import Reply
from podium.identity.principal import Role

pytestmark = pytest.mark.anyio

AT = "/api/v1/configuration"
DOCUMENT = {"routes": {"a": {"targets": ["m"]}}}


async def test_a_document_is_put_read_compared_and_rolled_back(podium: FakePodium, ann: Caller):
    put = await ann.call("PUT", AT, {"document": DOCUMENT, "expected_version": 0, "comment": "why"})
    assert put.status == 200
    assert put.json["version"] == 1
    assert put.json["in_force"] is True
    assert put.json["changes"] == [
        {"op": "add", "path": "/routes", "before": None, "after": DOCUMENT["routes"]}
    ]
    found = (await ann.get(AT)).json
    assert (found["version"], found["newest"]) == (1, 1)
    assert found["document"] == found["effective"] == DOCUMENT
    assert podium.machine.taken == [DOCUMENT]

    text = '{"routes": {}}'
    assert (await ann.call("PUT", AT, {"document": text, "expected_version": 1})).status == 200
    one = (await ann.get(f"{AT}/versions/1")).json
    assert (one["comment"], one["owner"], one["document"]) == ("why", podium.ann.user, DOCUMENT)
    assert (await ann.get(f"{AT}/versions/2")).json["text"] == text
    diff = (await ann.get(f"{AT}/diff?from=1&to=2")).json["items"]
    assert [(each["op"], each["path"]) for each in diff] == [("remove", "/routes/a")]

    back = await ann.post(f"{AT}/rollback", {"to_version": 1, "expected_version": 2})
    assert back.json["version"] == 3
    page = (await ann.get(f"{AT}/versions?limit=2")).json
    assert [(each["version"], each["restores"]) for each in page["items"]] == [(3, 1), (2, 0)]
    rest = (await ann.get(f"{AT}/versions?limit=2&cursor={page['next']}")).json
    assert [each["version"] for each in rest["items"]] == [1]


async def test_what_is_invalid_is_refused_with_its_place(ann: Caller):
    for verb, where, more in (("PUT", AT, {"expected_version": 0}), ("POST", f"{AT}/check", {})):
        refused = await ann.call(verb, where, {"document": '{"bad": 1}', **more})
        assert refused.status == 422
        (problem,) = refused.json["problems"]
        assert (problem["path"], problem["line"], problem["column"]) == ("/bad", 1, 2)
    assert (await ann.get(AT)).json["newest"] == 0


async def test_a_check_says_what_would_change_and_stores_nothing(ann: Caller):
    checked = await ann.post(f"{AT}/check", {"document": DOCUMENT})
    assert [each["path"] for each in checked.json["changes"]] == ["/routes"]
    assert (await ann.get(AT)).json["newest"] == 0


async def test_a_change_on_what_is_not_the_newest_is_a_conflict(ann: Caller):
    wish = {"document": {}, "expected_version": 0}
    assert (await ann.call("PUT", AT, wish)).status == 200
    refused = await ann.call("PUT", AT, wish)
    assert (refused.status, refused.json["code"]) == (409, "conflict")
    assert (await ann.call("PUT", AT, {"document": {}})).status == 422
    assert (await ann.get(f"{AT}/versions/7")).status == 404


async def test_the_file_is_read_again(podium: FakePodium, ann: Caller):
    podium.machine.written = {"cache": {"max_entries": 5}}
    found = await ann.post(f"{AT}/reload")
    assert found.json["changes"][0]["path"] == "/cache"
    assert podium.machine.read == 1


async def test_members_and_strangers_see_and_change_nothing(podium: FakePodium, stranger: Caller):
    ben = await podium.add_user("Ben", Role.ENGINEER)
    member = Caller(stranger.app, {"authorization": f"Bearer {await podium.key(ben)}"})
    for caller, status in ((member, 403), (stranger, 401)):
        for path in ("", "/versions", "/versions/1", "/diff?from=0&to=0"):
            assert (await caller.get(AT + path)).status == status
        wish = {"document": {}, "expected_version": 0}
        assert (await caller.call("PUT", AT, wish)).status == status
        assert (await caller.post(f"{AT}/check", {"document": {}})).status == status
        assert (await caller.post(f"{AT}/reload")).status == status
        assert (await caller.get("/api/v1/cache")).status == status
        assert (await caller.post("/api/v1/cache/purge", {})).status == status
    assert podium.machine.taken == []


async def test_admins_purge_parts_of_the_cache_and_members_what_is_theirs(
    podium: FakePodium, ann: Caller, stranger: Caller
):
    ben = await podium.add_user("Ben", Role.ENGINEER)
    member = Caller(stranger.app, {"authorization": f"Bearer {await podium.key(ben)}"})
    store, home = podium.answers, podium.ann.workspace
    entry = Entry(Reply(b"{}", None, "m"), 0.0)
    for number, (route, scope, holder) in enumerate(
        (("faq", "workspace", home), ("faq", "user", ben.user), ("chat", "user", ben.user),
         ("chat", "team", "ops"))
    ):  # fmt: skip
        key = Key(place(home, route, scope, holder=holder), str(number))
        await store.put(key, entry, seconds=100)
    assert (await ann.get("/api/v1/cache")).json["entries"] == 4
    own = {"scope": "user", "holder": ben.user, "route": "chat"}
    assert (await member.post("/api/v1/cache/purge", own)).json == {"purged": 1}
    assert (await ann.post("/api/v1/cache/purge", {"route": "faq"})).json == {"purged": 2}
    assert (await ann.post("/api/v1/cache/purge", {"scope": "world"})).status == 422
    assert (await ann.post("/api/v1/cache/purge")).json == {"purged": 1}
