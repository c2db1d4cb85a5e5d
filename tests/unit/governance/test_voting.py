"""Who has a vote, how many are needed, and what an edit does to those before it."""

from dataclasses import replace

import pytest
from tests.fakes_approvals import CARL, DORA, PAYLOAD, Desk
from tests.world import ANN, BOB

from podium.governance.approvals import ApprovalQuery, ApprovalStatus
from podium.governance.terms import Candidates, Comment, Escalation, Risk, Terms, read, written
from podium.governance.voting import Change, changes
from podium.identity.principal import Role
from podium.kernel.errors import Conflict, Invalid, Refused
from podium.kernel.json import Json, JsonObject, digest

pytestmark = pytest.mark.anyio
TWO = Terms(quorum=2)
MINE = ApprovalQuery(ANN.workspace)


async def test_who_started_the_run_does_not_decide_what_it_asks():
    desk = Desk()
    starter = replace(BOB, roles=frozenset({Role.ADMIN}))
    asked = await desk.ask()
    with pytest.raises(Refused, match="Bob started the run run_1"):
        _ = await desk.approvals.approve(starter, asked.id)
    with pytest.raises(Refused, match="started the run"):
        _ = await desk.approvals.reject(starter, asked.id)
    lenient = await desk.ask(Terms(self_approval=True), path="/do/lenient")
    decided = await desk.approvals.approve(starter, lenient.id)
    assert decided.status is ApprovalStatus.APPROVED


async def test_a_quorum_needs_so_many_different_people():
    desk = Desk()
    asked = await desk.ask(TWO)
    first = await desk.approvals.approve(ANN, asked.id, "yes")
    assert (first.status, first.decided_by) == (ApprovalStatus.WAITING, None)
    assert desk.post.sent == []
    with pytest.raises(Conflict, match=f"{ANN.user} voted on {asked.id} already. It needs 1 more"):
        _ = await desk.approvals.approve(ANN, asked.id)
    second = await desk.approvals.approve(CARL, asked.id)
    assert (second.status, second.decided_by) == (ApprovalStatus.APPROVED, CARL.user)
    assert [(one.by, one.comment) for one in second.votes] == [(ANN.user, "yes"), (CARL.user, "")]
    assert len(desk.post.sent) == 1


async def test_one_rejection_ends_it():
    desk = Desk()
    asked = await desk.ask(Terms(quorum=3))
    _ = await desk.approvals.approve(ANN, asked.id)
    done = await desk.approvals.reject(CARL, asked.id, "no")
    assert (done.status, done.comment) == (ApprovalStatus.REJECTED, "no")


async def test_after_an_edit_only_votes_for_the_edited_payload_count():
    desk = Desk()
    asked = await desk.ask(TWO)
    _ = await desk.approvals.approve(ANN, asked.id)
    edited = await desk.approvals.approve(
        CARL, asked.id, edited={"amount": 100}, expected_digest=digest(PAYLOAD)
    )
    assert edited.status is ApprovalStatus.WAITING
    with pytest.raises(Conflict, match="another payload than the one you saw"):
        _ = await desk.approvals.approve(DORA, asked.id, expected_digest=digest(PAYLOAD))
    done = await desk.approvals.approve(ANN, asked.id, expected_digest=edited.proposal_digest)
    assert done.status is ApprovalStatus.APPROVED
    assert done.votes[0].digest == digest(PAYLOAD)
    assert (done.votes[1].seen, done.votes[1].edited) == (digest(PAYLOAD), {"amount": 100})
    message = desk.post.sent[0][2]
    assert isinstance(message, dict)
    assert (message["payload"], message["digest"]) == ({"amount": 100}, digest(PAYLOAD))


async def test_only_candidates_with_the_right_to_decide_have_a_vote():
    desk = Desk()
    carl_alone = Terms(candidates=Candidates(users=(CARL.user, BOB.user)))
    asked = await desk.ask(carl_alone)
    with pytest.raises(Refused, match=f"Ann is not among those whom {asked.id} asks"):
        _ = await desk.approvals.approve(ANN, asked.id)
    assert (await desk.approvals.approve(CARL, asked.id)).status is ApprovalStatus.APPROVED
    admins = await desk.ask(Terms(candidates=Candidates(roles=("admin",))), path="/do/admins")
    assert (await desk.approvals.approve(ANN, admins.id)).status is ApprovalStatus.APPROVED
    nobody = await desk.ask(Terms(candidates=Candidates(groups=("finance",))), path="/do/group")
    with pytest.raises(Refused, match="not among those"):
        _ = await desk.approvals.approve(ANN, nobody.id)


@pytest.mark.parametrize(
    ("terms", "match"),
    [
        (Terms(quorum=0), "1 to 20, got 0"),
        (Terms(quorum=2, candidates=Candidates(users=("user_carl",))), "but 1 of the candidates"),
        (Terms(candidates=Candidates(users=(BOB.user,))), "but 0 of the candidates"),
        (Terms(edit={"type": "nothing"}), "nothing"),
    ],
)
async def test_terms_that_nobody_could_meet_are_refused(terms: Terms, match: str):
    with pytest.raises(Invalid, match=match):
        _ = await Desk().ask(terms)


async def test_a_comment_is_needed_where_the_terms_say_so():
    desk = Desk()
    asked = await desk.ask(Terms(comment=Comment.REQUIRED))
    with pytest.raises(Invalid, match="needs a comment"):
        _ = await desk.approvals.approve(ANN, asked.id, "  ")
    other = await desk.ask(Terms(comment=Comment.ON_REJECT), path="/do/other")
    with pytest.raises(Invalid, match="needs a comment"):
        _ = await desk.approvals.reject(ANN, other.id)
    assert (await desk.approvals.approve(ANN, other.id)).status is ApprovalStatus.APPROVED


async def test_an_edit_must_be_allowed_and_fit_its_schema():
    desk = Desk()
    schema: JsonObject = {"properties": {"amount": {"type": "number", "maximum": 120}}}
    asked = await desk.ask(Terms(edit=schema))
    with pytest.raises(Invalid, match="amount: 500 is greater than the maximum of 120"):
        _ = await desk.approvals.approve(ANN, asked.id, edited={"amount": 500})
    closed = await desk.ask(Terms(edit=False), path="/do/closed")
    with pytest.raises(Refused, match="may not be edited"):
        _ = await desk.approvals.approve(ANN, closed.id, edited={"amount": 1})
    done = await desk.approvals.approve(ANN, asked.id, edited={"amount": 100})
    assert done.proposal == {"amount": 100}


async def test_a_yes_to_a_high_risk_needs_a_second_factor_and_a_no_does_not():
    desk = Desk()
    asked = await desk.ask(Terms(risk=Risk.HIGH))
    with pytest.raises(Refused, match="needs your second factor") as refused:
        _ = await desk.approvals.approve(ANN, asked.id)
    assert refused.value.details == {"step_up": "/step-up"}
    desk.guard.proved.add(ANN.user)
    assert (await desk.approvals.approve(ANN, asked.id)).status is ApprovalStatus.APPROVED
    other = await desk.ask(Terms(risk=Risk.HIGH), path="/do/other")
    assert (await desk.approvals.reject(CARL, other.id)).status is ApprovalStatus.REJECTED


async def test_an_escalation_adds_those_who_may_decide_when_it_is_time():
    desk = Desk()
    later = Escalation(60, Candidates(users=(DORA.user,)))
    asked = await desk.ask(
        Terms(candidates=Candidates(users=(CARL.user,)), escalation=later), seconds=3600
    )
    assert await desk.approvals.escalate(BOB, asked.id) == 3600
    with pytest.raises(Refused):
        _ = await desk.approvals.approve(DORA, asked.id)
    assert await desk.approvals.count_mine(DORA, MINE) == 0
    desk.clock.at += 60
    assert await desk.approvals.escalate(BOB, asked.id) == 3540
    assert await desk.approvals.escalate(BOB, asked.id) == 3540
    assert await desk.approvals.count_mine(DORA, MINE) == 1
    assert await desk.approvals.count_mine(CARL, MINE) == 1
    assert (await desk.approvals.approve(DORA, asked.id)).status is ApprovalStatus.APPROVED


async def test_an_inbox_has_what_waits_for_ones_own_vote():
    desk = Desk()
    _ = await desk.ask(Terms(candidates=Candidates(users=(CARL.user,))))
    both = await desk.ask(TWO, path="/do/both")

    async def inbox(of: object) -> list[str]:
        return [one.path for one in (await desk.approvals.mine(of, MINE)).items]  # type: ignore[arg-type]

    assert await inbox(CARL) == ["/do/ask", "/do/both"]
    assert await inbox(ANN) == ["/do/both"]
    assert await inbox(BOB) == []
    _ = await desk.approvals.approve(ANN, both.id)
    assert await inbox(ANN) == []
    _ = await desk.approvals.approve(CARL, both.id, edited={"amount": 1})
    assert await inbox(ANN) == ["/do/both"]


async def test_what_expires_goes_back_to_the_payload_as_asked():
    desk = Desk()
    asked = await desk.ask(TWO, seconds=60)
    _ = await desk.approvals.approve(ANN, asked.id, edited={"amount": 9_999})
    desk.clock.at += 60
    over = await desk.approvals.expire(BOB, asked.id)
    assert (over.status, over.proposal) == (ApprovalStatus.EXPIRED, PAYLOAD)
    assert len(over.votes) == 1


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [Change("/a", {"before": 1, "after": 2})]),
        ({"a": 1}, {"b": 1}, [Change("/a", {"before": 1}), Change("/b", {"after": 1})]),
        ([1, 2], [1], [Change("/1", {"before": 2})]),
        (
            {"a/b": {"c~": [0]}},
            {"a/b": {"c~": [1]}},
            [Change("/a~1b/c~0/0", {"before": 0, "after": 1})],
        ),
        ({}, [], [Change("", {"before": {}, "after": []})]),
        (1, True, [Change("", {"before": 1, "after": True})]),
        ("a", "b", [Change("", {"before": "a", "after": "b"})]),
    ],
)
def test_an_edit_is_told_place_by_place(before: Json, after: Json, found: list[Change]):
    assert list(changes(before, after)) == found


def test_of_a_very_long_edit_the_first_places_are_told():
    assert len(changes(list(range(1000)), list(range(1, 1001)))) == 200


def test_terms_come_back_from_json_as_they_were():
    some = Candidates(("u",), ("g",), ("r",))
    terms = Terms(
        3, some, True, Comment.REQUIRED, {"type": "object"}, Escalation(9.5, some), Risk.HIGH
    )
    assert read(written(terms)) == terms
    assert read(written(Terms())) == Terms()
