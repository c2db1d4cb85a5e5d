"""/api/v1/approvals."""

import pytest
from tests.api.asgi import Caller
from tests.fakes_api import FakePodium

from podium.governance.approvals import Approval
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
    key = await podium.key(await podium.add_user("Bob", Role.MEMBER))
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
