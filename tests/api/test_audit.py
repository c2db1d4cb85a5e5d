"""/api/v1/audit, and what every request leaves in the trail."""

import json

import pytest
from tests.api.asgi import Caller
from tests.fakes_api import DOCUMENT, FakePodium
from tests.fakes_audit import MemoryKeys

from podium.governance.audit.keys import read_public_key
from podium.governance.audit.proofs import check, check_consistency, read_proof
from podium.identity.principal import Role
from podium.kernel.audit import Actor, Deed, Origin, Outcome
from podium.kernel.errors import Invalid

pytestmark = pytest.mark.anyio
PATH = "/api/v1/audit"


async def told(podium: FakePodium, *ids: str, action: str = "key.create") -> None:
    origin = Origin(Actor("user", podium.ann.user, "key_1"), podium.ann.workspace, "192.0.2.7")
    deeds = [Deed(action, "key", id, Outcome.ALLOWED, "admin", origin) for id in ids]
    await podium.stores.audit.record(deeds)


async def test_events_are_listed_newest_first_and_paged(ann: Caller, podium: FakePodium):
    await told(podium, *(f"key_{number}" for number in range(5)))
    first = (await ann.get(f"{PATH}?limit=3&action=key.create")).json
    assert [one["resource"] for one in first["items"]] == ["key_4", "key_3", "key_2"]
    rest = (await ann.get(f"{PATH}?limit=3&action=key.create&cursor={first['next']}")).json
    assert [one["resource"] for one in rest["items"]] == ["key_1", "key_0"]
    assert rest["next"] is None
    one = (await ann.get(f"{PATH}/{rest['items'][0]['id']}")).json
    assert (one["actor"], one["via"], one["source"]) == (podium.ann.user, "key_1", "192.0.2.7")


@pytest.mark.parametrize("cursor", ["x", "1", "-1.0", "1.1." + "1" * 50])
async def test_a_cursor_that_is_none_is_refused(ann: Caller, cursor: str):
    assert (await ann.get(f"{PATH}?cursor={cursor}")).status == 422


async def test_reading_the_trail_is_told_too(ann: Caller):
    _ = await ann.get(PATH)
    found = (await ann.get(f"{PATH}?action=audit.read")).json["items"]
    assert [one["outcome"] for one in found] == ["allowed"]  # once a minute


async def test_members_do_not_see_the_trail_and_that_is_told(
    ann: Caller, stranger: Caller, podium: FakePodium
):
    bob = await podium.add_user("Bob", Role.ENGINEER)
    secret = await podium.key(bob)
    for path in ("", "/checkpoint", "/export", "/aud_1", "/aud_1/proof"):
        refused = await stranger.get(f"{PATH}{path}", authorization=f"Bearer {secret}")
        assert refused.status == 403
    found = (await ann.get(f"{PATH}?outcome=denied")).json["items"]
    assert {one["actor"] for one in found} == {bob.user}
    assert {one["action"] for one in found} <= {"audit.read", "audit.list", "audit.export"}


async def test_a_secret_that_nobody_has_is_told_and_nobody_who_shows_none(
    ann: Caller, stranger: Caller
):
    assert (await stranger.get("/api/v1/runs")).status == 401
    assert (await stranger.get("/api/v1/runs", authorization="Bearer pdm_wrong")).status == 401
    (one,) = (await ann.get(f"{PATH}?outcome=denied")).json["items"]
    assert (one["action"], one["actor_kind"], one["policy"]) == (
        "session.create",
        "unknown",
        "unauthenticated",
    )
    assert "pdm_wrong" not in json.dumps(one)


async def test_what_was_decided_is_stored_before_the_answer(ann: Caller, podium: FakePodium):
    made = await ann.post("/api/v1/workflows", DOCUMENT.encode(), content_type="application/yaml")
    assert made.status == 201
    actions = [row.entry.action for row in podium.stores.audit.rows]
    assert actions == ["workflow.create"]


async def test_nothing_is_answered_where_it_cannot_be_told(ann: Caller, podium: FakePodium):
    podium.stores.audit.full = True
    kind = "application/yaml"
    refused = await ann.post("/api/v1/workflows", DOCUMENT.encode(), content_type=kind)
    assert refused.status == 503
    assert "disk is full" in refused.json["detail"]


async def test_the_trail_verifies_and_says_where_it_does_not(ann: Caller, podium: FakePodium):
    await told(podium, "key_1", "key_2", "key_3")
    kept = (await ann.get(f"{PATH}/checkpoint")).text
    pins = {"checkpoints": kept, "key": str(MemoryKeys().keys(None)[0].public)}
    good = (await ann.post(f"{PATH}/verify", pins)).json
    assert good["ok"]
    assert good["pinned"] == 1
    del podium.stores.audit.tree[1:]
    podium.stores.audit.sealed.clear()
    bad = (await ann.post(f"{PATH}/verify", pins)).json
    assert not bad["ok"]
    assert bad["defect"]["rule"] in {"inserted", "missing"}


async def test_a_proof_is_checked_without_podium(ann: Caller, podium: FakePodium):
    await told(podium, "key_1", "key_2")
    event = (await ann.get(f"{PATH}?resource=key_2")).json["items"][0]["id"]
    proof = read_proof((await ann.get(f"{PATH}/{event}/proof")).body)
    key = read_public_key((await ann.get(f"{PATH}/key")).json["key"])
    (proved,) = check(proof, key)
    assert (proved.id, proved.resource) == (event, "key_2")
    forged = type(proof)(
        proof.entry.replace("key_2", "key_9"), proof.position, proof.path, proof.checkpoint
    )
    with pytest.raises(Invalid, match="does not hold"):
        _ = check(forged, key)
    with pytest.raises(Invalid, match="is not signed by"):
        _ = check(proof, MemoryKeys(9).keys(key.name)[0].public)
    assert (await ann.get(f"{PATH}/aud_none/proof")).status == 404


async def test_a_checkpoint_that_was_kept_is_shown_to_hold(ann: Caller, podium: FakePodium):
    await told(podium, "key_1", "key_2", "key_3")
    old = (await ann.get(f"{PATH}/checkpoint")).text
    await told(podium, *(f"key_{number}" for number in range(300)))
    _ = await ann.get(f"{PATH}/checkpoint")
    answer = await ann.post(f"{PATH}/consistency", {"checkpoint": old})
    proof = read_proof(answer.body)
    key = MemoryKeys().keys(None)[0].public
    before, after = check_consistency(proof, key)
    assert before.head.size < after.head.size
    with pytest.raises(Invalid, match="does not begin with"):
        _ = check_consistency(type(proof)(proof.old, proof.new, proof.path[:-1]), key)


async def test_another_key_signs_after_a_rotation(ann: Caller, podium: FakePodium):
    await told(podium, "key_1")
    key = (await ann.post(f"{PATH}/rotate")).json["key"]
    assert key != (await ann.get(f"{PATH}/key")).json["key"]
    report = (await ann.post(f"{PATH}/verify")).json
    assert report["ok"]
    assert report["key"] == key


@pytest.mark.parametrize("form", ["jsonl", "ocsf", "cef"])
async def test_an_export_has_a_line_for_each_event(ann: Caller, podium: FakePodium, form: str):
    await told(podium, "key_1", "key|2=\\\n", action="key.rotate")
    lines = (await ann.get(f"{PATH}/export?format={form}")).text.splitlines()
    assert len(lines) == len(podium.stores.audit.rows)
    rotated = next(line for line in lines if "key.rotate" in line and "key_1" in line)
    if form == "cef":
        assert rotated.startswith("CEF:0|podium|podium|1|key.rotate|key.rotate allowed|3|rt=")
        assert "suser=" + podium.ann.user in rotated
        assert any(r"cs2=key key|2\=\\\n" in line for line in lines)
        return
    one = json.loads(rotated)
    if form == "jsonl":
        assert (one["action"], one["resource"]) == ("key.rotate", "key_1")
        return
    assert one["class_uid"] == 6003
    assert one["type_uid"] == one["class_uid"] * 100 + one["activity_id"]
    required = {"activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time"}
    required |= {"type_uid", "actor", "api", "src_endpoint"}
    assert required <= one.keys()
    assert one["metadata"]["version"] == "1.5.0"
    assert one["src_endpoint"] == {"ip": "192.0.2.7"}
