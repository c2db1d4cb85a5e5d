"""/api/v1/approvals."""

import pytest
from tests.api.asgi import Caller
from tests.fakes_api import FakePodium

from podium.governance.approvals import Approval
from podium.governance.terms import Candidates, Comment, Escalation, Terms
from podium.identity.principal import Role

pytestmark = pytest.mark.anyio


@pytest.fixture
async def asked(podium: FakePodium) -> Approval:
    return await podium.question(await podium.run(batch="b1"), {"amount": 5})


async def test_an_approval_shows_what_is_asked(ann: Caller, asked: Approval):
    approval = (await ann.get(f"/api/v1/approvals/{asked.id}")).json
    assert approval["title"] == "Pay?"
    assert approval["payload"] == {"amount": 5}
    assert approval["payload_digest"] == asked.payload_digest
    assert approval["status"] == "waiting"


async def test_approving_tells_the_run_who_said_yes_to_what(
    ann: Caller, podium: FakePodium, asked: Approval
):
    said = {"comment": "fine", "expected_digest": asked.payload_digest}
    answer = await ann.post(f"/api/v1/approvals/{asked.id}/approve", said)
    assert answer.json["status"] == "approved"
    assert answer.json["decided_by"] == podium.ann.user
    assert answer.json["comment"] == "fine"
    run, _, message = podium.engine.sent[0]
    assert run == asked.run
    assert message["payload"] == {"amount": 5}


async def test_what_is_approved_may_be_edited(ann: Caller, podium: FakePodium, asked: Approval):
    answer = await ann.post(f"/api/v1/approvals/{asked.id}/approve", {"payload": {"amount": 4}})
    assert answer.json["edited"] == {"amount": 4}
    assert podium.engine.sent[0][2]["payload"] == {"amount": 4}


@pytest.mark.parametrize("verb", ["approve", "reject"])
async def test_a_decision_needs_no_words(ann: Caller, asked: Approval, verb: str):
    answer = await ann.post(f"/api/v1/approvals/{asked.id}/{verb}")
    assert answer.json["status"] == f"{verb}{'d' if verb == 'approve' else 'ed'}"


@pytest.mark.parametrize("verb", ["approve", "reject"])
async def test_a_decision_on_something_else_than_was_seen_is_a_conflict(
    ann: Caller, asked: Approval, verb: str
):
    said = {"expected_digest": "0" * 64}
    assert (await ann.post(f"/api/v1/approvals/{asked.id}/{verb}", said)).status == 409


async def test_a_second_decision_is_a_conflict(ann: Caller, asked: Approval):
    _ = await ann.post(f"/api/v1/approvals/{asked.id}/reject", {"comment": "no"})
    answer = await ann.post(f"/api/v1/approvals/{asked.id}/approve")
    assert answer.status == 409
    assert answer.json["details"] == {"status": "rejected"}


async def test_a_member_may_look_but_not_decide(
    stranger: Caller, podium: FakePodium, asked: Approval
):
    key = await podium.key(await podium.add_user("Bob", Role.ENGINEER))
    bob = {"authorization": f"Bearer {key}"}
    assert (await stranger.get(f"/api/v1/approvals/{asked.id}", **bob)).status == 200
    refused = await stranger.post(f"/api/v1/approvals/{asked.id}/approve", **bob)
    assert refused.status == 403


async def test_approvals_are_filtered_and_paged_oldest_first(
    ann: Caller, podium: FakePodium, asked: Approval
):
    other = await podium.question(await podium.run(), 2)

    async def ids(query: str) -> list[str]:
        return [one["id"] for one in (await ann.get(f"/api/v1/approvals?{query}")).json["items"]]

    assert await ids("") == [asked.id, other.id]
    assert await ids(f"run={other.run}") == [other.id]
    assert await ids("batch=b1") == [asked.id]
    _ = await ann.post(f"/api/v1/approvals/{asked.id}/reject")
    assert await ids("status=waiting") == [other.id]
    first = (await ann.get("/api/v1/approvals?limit=1")).json
    rest = (await ann.get(f"/api/v1/approvals?limit=1&cursor={first['next']}")).json
    assert [first["items"][0]["id"], rest["items"][0]["id"]] == [asked.id, other.id]


async def test_an_unknown_approval_is_not_found(ann: Caller):
    assert (await ann.get("/api/v1/approvals/appr_none")).status == 404


async def test_what_waits_for_the_caller_is_listed_and_counted(
    ann: Caller, podium: FakePodium, asked: Approval
):
    other = await podium.question(await podium.run(), 2, Terms())
    mine = (await ann.get("/api/v1/approvals?mine=true")).json["items"]
    assert [one["id"] for one in mine] == [asked.id]
    assert (await ann.get("/api/v1/approvals/counts")).json == {"waiting": 2, "mine": 1}
    refused = await ann.post(f"/api/v1/approvals/{other.id}/approve")
    assert refused.status == 403
    assert "started the run" in refused.json["detail"]


async def test_votes_edits_and_terms_are_told(ann: Caller, podium: FakePodium):
    some = Candidates(roles=("owner",))
    terms = Terms(2, some, True, Comment.REQUIRED, {"type": "object"}, Escalation(60, some))
    asked = await podium.question(await podium.run(), {"amount": 5, "old": 1}, terms)
    said = {"payload": {"amount": 4, "new": 1}, "comment": "less"}
    told = (await ann.post(f"/api/v1/approvals/{asked.id}/approve", said)).json
    assert (told["status"], told["missing"]) == ("waiting", 1)
    assert told["changes"] == [
        {"path": "/amount", "kind": "changed", "before": 5, "after": 4},
        {"path": "/old", "kind": "removed", "before": 1, "after": None},
        {"path": "/new", "kind": "added", "before": None, "after": 1},
    ]
    (vote,) = told["votes"]
    assert (vote["by"], vote["comment"], vote["seen"]) == (
        podium.ann.user,
        "less",
        asked.payload_digest,
    )
    assert vote["digest"] == told["proposal_digest"]
    assert told["terms"]["escalation"] == {
        "after": 60.0,
        "candidates": {"users": [], "groups": [], "roles": ["owner"]},
    }


async def test_votes_are_handed_over_and_taken_back(ann: Caller, podium: FakePodium):
    bob = await podium.add_user("Bob", Role.ENGINEER)
    wish = {"delegate": bob.user, "seconds": 3600}
    given = (await ann.post("/api/v1/delegations", wish)).json
    assert (given["owner"], given["delegate"]) == (podium.ann.user, bob.user)
    assert (await ann.get("/api/v1/delegations")).json["items"] == [given]
    over = (await ann.post(f"/api/v1/delegations/{given['id']}/revoke")).json
    assert over["revoked_at"] == podium.clock.at
    assert (await ann.get("/api/v1/delegations")).json["items"] == []
    assert (await ann.post("/api/v1/delegations", {**wish, "delegate": "user_no"})).status == 404
