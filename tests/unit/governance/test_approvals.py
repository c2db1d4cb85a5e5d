"""A run asks, a person decides, the run is told exactly that."""

import pytest
from tests.fakes_approvals import PAYLOAD, Desk
from tests.world import ANN, BOB, EVE

from podium.governance.approvals import ApprovalQuery, ApprovalStatus
from podium.governance.terms import Terms
from podium.kernel.errors import Conflict, NotFound, Refused, Unavailable
from podium.kernel.json import digest

pytestmark = pytest.mark.anyio


async def test_a_question_asked_again_by_the_same_run_is_the_same_one():
    desk = Desk()
    assert (await desk.ask()).id == (await desk.ask()).id
    assert (await desk.ask(path="/do/other")).id != (await desk.ask()).id


async def test_an_approval_tells_the_run_what_was_approved_by_whom():
    desk = Desk()
    asked = await desk.ask()
    done = await desk.approvals.approve(ANN, asked.id, "fine")
    assert done.status is ApprovalStatus.APPROVED
    assert desk.post.sent == [
        (
            "run_1",
            "approval:/do/ask",
            {
                "approval": asked.id,
                "digest": digest(PAYLOAD),
                "status": "approved",
                "by": ANN.user,
                "at": desk.clock.at,
                "comment": "fine",
                "payload": PAYLOAD,
                "edited": False,
                "votes": [
                    {
                        "by": ANN.user,
                        "on_behalf_of": None,
                        "status": "approved",
                        "at": desk.clock.at,
                        "comment": "fine",
                        "digest": digest(PAYLOAD),
                    }
                ],
            },
            asked.id,
        )
    ]
    assert await desk.store.undelivered() == ()


async def test_an_edited_payload_is_what_the_run_goes_on_with():
    desk = Desk()
    asked = await desk.ask()
    _ = await desk.approvals.approve(ANN, asked.id, edited={"amount": 100})
    message = desk.post.sent[0][2]
    assert isinstance(message, dict)
    assert (message["payload"], message["edited"]) == ({"amount": 100}, True)


async def test_a_decision_about_another_payload_than_was_seen_is_refused():
    desk = Desk()
    asked = await desk.ask()
    with pytest.raises(Conflict, match="another payload"):
        _ = await desk.approvals.approve(ANN, asked.id, expected_digest=digest({"amount": 9}))
    _ = await desk.approvals.reject(ANN, asked.id, expected_digest=asked.payload_digest)
    assert (await desk.approvals.get(ANN, asked.id)).status is ApprovalStatus.REJECTED


async def test_a_question_is_answered_once():
    desk = Desk()
    asked = await desk.ask()
    _ = await desk.approvals.reject(ANN, asked.id)
    with pytest.raises(Conflict, match="rejected already"):
        _ = await desk.approvals.approve(ANN, asked.id)
    assert len(desk.post.sent) == 1


async def test_members_see_questions_but_do_not_decide_even_their_own():
    desk = Desk()
    asked = await desk.ask(Terms(self_approval=True))
    assert (await desk.approvals.get(BOB, asked.id)).title == "Pay?"
    with pytest.raises(Refused, match="Bob may not decide"):
        _ = await desk.approvals.approve(BOB, asked.id)


async def test_other_workspaces_do_not_see_that_a_question_exists():
    desk = Desk()
    asked = await desk.ask()
    with pytest.raises(NotFound):
        _ = await desk.approvals.approve(EVE, asked.id)
    with pytest.raises(NotFound):
        _ = await desk.approvals.list(EVE, ApprovalQuery(ANN.workspace))
    with pytest.raises(NotFound):
        _ = await desk.approvals.count(EVE, ApprovalQuery(ANN.workspace))


async def test_nobody_decides_after_expiry():
    desk = Desk()
    asked = await desk.ask(seconds=60)
    desk.clock.at += 60
    with pytest.raises(Conflict, match="expired"):
        _ = await desk.approvals.approve(ANN, asked.id)
    assert (await desk.approvals.expire(BOB, asked.id)).status is ApprovalStatus.EXPIRED
    assert await desk.store.undelivered() == ()


async def test_a_decision_made_just_before_expiry_stands():
    desk = Desk()
    asked = await desk.ask(seconds=60)
    _ = await desk.approvals.approve(ANN, asked.id)
    desk.clock.at += 61
    assert (await desk.approvals.expire(BOB, asked.id)).status is ApprovalStatus.APPROVED


async def test_a_run_that_could_not_be_told_is_told_later():
    desk = Desk()
    asked = await desk.ask()
    desk.post.failure = Unavailable("The engine is stopping.")
    assert (await desk.approvals.approve(ANN, asked.id)).status is ApprovalStatus.APPROVED
    desk.post.failure = None
    assert await desk.approvals.deliver_pending() == 1
    assert await desk.approvals.deliver_pending() == 0
    assert [key for *_, key in desk.post.sent] == [asked.id]


async def test_what_waits_longest_is_listed_first():
    desk = Desk()
    first = await desk.ask()
    desk.clock.at += 1
    second = await desk.ask(path="/do/second")
    page = await desk.approvals.list(BOB, ApprovalQuery(ANN.workspace, ApprovalStatus.WAITING))
    assert [one.id for one in page.items] == [first.id, second.id]
    assert await desk.approvals.count(BOB, ApprovalQuery(ANN.workspace)) == 2
