"""A person hands their votes to another one."""

from dataclasses import replace

import pytest
from tests.fakes_approvals import CARL, DORA, Desk
from tests.world import ANN, BOB, EVE

from podium.governance.approvals import ApprovalQuery, ApprovalStatus
from podium.governance.delegations import LONGEST_SECONDS, Handover
from podium.governance.terms import Candidates, Terms
from podium.identity.principal import Principal, Role
from podium.kernel.errors import Conflict, Invalid, NotFound, Refused
from podium.kernel.ids import DelegationId, UserId

pytestmark = pytest.mark.anyio
DAY = 86_400.0
MEMBER = Principal(UserId("user_max"), ANN.workspace, "Max", frozenset({Role.ENGINEER}))
FOR_CARL = Terms(candidates=Candidates(users=(CARL.user,)))


def _desk() -> Desk:
    desk = Desk()
    desk.people.known.append(MEMBER)
    return desk


async def test_a_delegate_gives_the_vote_of_who_handed_it_over():
    desk = _desk()
    asked = await desk.ask(FOR_CARL)
    with pytest.raises(Refused):
        _ = await desk.approvals.approve(MEMBER, asked.id)
    _ = await desk.delegations.give(CARL, Handover(MEMBER.user, DAY))
    inbox = await desk.approvals.mine(MEMBER, ApprovalQuery(ANN.workspace))
    assert [one.id for one in inbox.items] == [asked.id]
    done = await desk.approvals.approve(MEMBER, asked.id)
    assert done.status is ApprovalStatus.APPROVED
    assert (done.votes[0].by, done.votes[0].on_behalf_of) == (MEMBER.user, CARL.user)


async def test_a_delegation_ends_by_itself_or_when_either_revokes_it():
    desk = _desk()
    asked = await desk.ask(FOR_CARL)
    given = await desk.delegations.give(CARL, Handover(MEMBER.user, DAY))
    desk.clock.at += DAY
    with pytest.raises(Refused):
        _ = await desk.approvals.approve(MEMBER, asked.id)
    assert await desk.delegations.mine(CARL) == ()
    desk.clock.at -= 1
    assert (await desk.delegations.revoke(MEMBER, given.id)).revoked_at == desk.clock.at
    with pytest.raises(Refused):
        _ = await desk.approvals.approve(MEMBER, asked.id)
    with pytest.raises(NotFound, match="no delegation"):
        _ = await desk.delegations.revoke(CARL, given.id)


async def test_one_that_begins_later_does_not_hold_yet():
    desk = _desk()
    asked = await desk.ask(FOR_CARL)
    wish = Handover(MEMBER.user, DAY, begins_at=desk.clock.at + 10)
    _ = await desk.delegations.give(CARL, wish)
    with pytest.raises(Refused):
        _ = await desk.approvals.approve(MEMBER, asked.id)
    desk.clock.at += 10
    assert (await desk.approvals.reject(MEMBER, asked.id)).status is ApprovalStatus.REJECTED


async def test_one_for_a_single_approval_holds_for_that_alone():
    desk = _desk()
    asked, other = await desk.ask(FOR_CARL), await desk.ask(FOR_CARL, path="/do/other")
    _ = await desk.delegations.give(CARL, Handover(MEMBER.user, DAY, approval=asked.id))
    with pytest.raises(Refused):
        _ = await desk.approvals.approve(MEMBER, other.id)
    inbox = await desk.approvals.mine(MEMBER, ApprovalQuery(ANN.workspace))
    assert [one.id for one in inbox.items] == [asked.id]
    _ = await desk.approvals.approve(MEMBER, asked.id)


async def test_nobody_counts_twice_in_a_quorum():
    desk = _desk()
    asked = await desk.ask(Terms(quorum=2))
    _ = await desk.delegations.give(CARL, Handover(ANN.user, DAY))
    _ = await desk.approvals.approve(ANN, asked.id)
    with pytest.raises(Conflict, match="voted on"):
        _ = await desk.approvals.approve(ANN, asked.id)
    other = await desk.ask(Terms(quorum=2), path="/do/other")
    _ = await desk.delegations.give(DORA, Handover(MEMBER.user, DAY))
    _ = await desk.approvals.approve(MEMBER, other.id)
    with pytest.raises(Conflict, match=f"{DORA.user} voted"):
        _ = await desk.approvals.approve(DORA, other.id)


async def test_who_started_the_run_neither_decides_for_others_nor_hands_a_vote_over():
    desk = _desk()
    asked = await desk.ask()
    _ = await desk.delegations.give(CARL, Handover(BOB.user, DAY))
    with pytest.raises(Refused, match="started the run"):
        _ = await desk.approvals.approve(BOB, asked.id)
    starter = replace(BOB, roles=ANN.roles)
    desk.people.known = [starter, MEMBER]
    _ = await desk.delegations.give(starter, Handover(MEMBER.user, DAY))
    with pytest.raises(Refused):
        _ = await desk.approvals.approve(MEMBER, asked.id)


async def test_votes_that_were_handed_over_cannot_be_handed_on():
    desk = _desk()
    asked = await desk.ask(FOR_CARL)
    _ = await desk.delegations.give(CARL, Handover(BOB.user, DAY))
    _ = await desk.delegations.give(BOB, Handover(MEMBER.user, DAY))
    with pytest.raises(Refused):
        _ = await desk.approvals.approve(MEMBER, asked.id)


async def test_the_votes_of_who_is_gone_are_gone():
    desk = _desk()
    asked = await desk.ask(FOR_CARL)
    _ = await desk.delegations.give(CARL, Handover(MEMBER.user, DAY))
    desk.people.known.remove(CARL)
    with pytest.raises(Refused):
        _ = await desk.approvals.approve(MEMBER, asked.id)


@pytest.mark.parametrize(
    ("wish", "error", "match"),
    [
        (Handover(CARL.user, DAY), Invalid, "your own votes"),
        (Handover(UserId("user_none"), DAY), NotFound, "no user user_none"),
        (Handover(EVE.user, DAY), NotFound, "no user"),
        (Handover(ANN.user, 0), Invalid, "up to 366 days, got 0 seconds"),
        (Handover(ANN.user, LONGEST_SECONDS + 1), Invalid, "up to 366 days"),
        (Handover(ANN.user, 60, begins_at=0.0), Invalid, "over already"),
    ],
)
async def test_what_cannot_be_handed_over_is_refused(
    wish: Handover, error: type[Exception], match: str
):
    with pytest.raises(error, match=match):
        _ = await _desk().delegations.give(CARL, wish)


async def test_a_delegation_of_others_cannot_be_revoked():
    desk = _desk()
    given = await desk.delegations.give(CARL, Handover(MEMBER.user, DAY))
    with pytest.raises(NotFound):
        _ = await desk.delegations.revoke(DORA, given.id)
    with pytest.raises(NotFound):
        _ = await desk.delegations.revoke(CARL, DelegationId("dele_none"))
