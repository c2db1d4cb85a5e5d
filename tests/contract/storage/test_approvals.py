from dataclasses import replace

import anyio
import pytest
from tests.contract.storage.world import NASTY, ONE, TWO, Stores, a_run, add, an_approval, decided

from podium.governance.approvals import (
    Approval,
    ApprovalQuery,
    ApprovalStatus,
    Seat,
    Vote,
    Voter,
)
from podium.governance.terms import Candidates, Comment, Escalation, Terms
from podium.kernel.errors import Conflict, Invalid, NotFound
from podium.kernel.ids import ApprovalId, RunId, UserId
from podium.kernel.json import digest
from podium.workflows.runs import RunQuery

pytestmark = pytest.mark.anyio

FIRST = ApprovalId("appr_1")


async def _names(stores: Stores, query: ApprovalQuery) -> str:
    page = await stores.approvals.list(query, cursor=None, limit=100)
    return " ".join(approval.id.removeprefix("appr_") for approval in page.items)


async def _decide(stores: Stores, answer: Approval) -> Approval:
    """Of what nobody has voted on yet."""
    return await stores.approvals.change(answer, seen=an_approval())


async def test_an_approval_comes_back_as_it_was_added(stores: Stores):
    approval = replace(an_approval(payload={"mail": NASTY * 200}), expires_at=500.5)
    assert await stores.approvals.add(approval) == approval
    assert await stores.approvals.get(ONE, FIRST) == approval


async def test_a_replayed_run_gets_the_approval_it_asked_for_before(stores: Stores):
    first = an_approval("1", payload={"mail": "x" * 5000})
    _ = await stores.approvals.add(first)
    assert await stores.approvals.add(an_approval("2")) == first
    other_path = an_approval("3", path="/do/again")
    assert await stores.approvals.add(other_path) == other_path


async def test_another_workspace_sees_and_decides_nothing(stores: Stores):
    approval = an_approval()
    _ = await stores.approvals.add(approval)
    with pytest.raises(NotFound, match="no approval appr_1"):
        _ = await stores.approvals.get(TWO, FIRST)
    with pytest.raises(NotFound):
        _ = await _decide(stores, decided(replace(approval, workspace=TWO)))
    assert await _names(stores, ApprovalQuery(TWO, run=RunId("run_1"))) == ""
    assert await stores.approvals.get(ONE, FIRST) == approval


async def test_a_decision_is_stored_with_what_was_edited(stores: Stores):
    _ = await stores.approvals.add(an_approval(payload={"price": 1}))
    answer = decided(an_approval(payload={"price": 1}), edited={"text": NASTY * 200})
    assert await _decide(stores, answer) == answer
    assert await stores.approvals.get(ONE, FIRST) == answer


async def test_a_decision_changes_nothing_of_what_was_asked(stores: Stores):
    approval = an_approval(payload={"price": 1})
    _ = await stores.approvals.add(approval)
    forged = replace(decided(approval), payload={"price": 2}, title="?", run=RunId("run_other"))
    assert await _decide(stores, forged) == decided(approval)


async def test_a_question_is_answered_once(stores: Stores):
    _ = await stores.approvals.add(an_approval())
    _ = await _decide(stores, decided(an_approval()))
    no = replace(decided(an_approval()), status=ApprovalStatus.REJECTED)
    with pytest.raises(Conflict, match="appr_1 is approved, not as it was"):
        _ = await _decide(stores, no)
    assert (await stores.approvals.get(ONE, FIRST)).status is ApprovalStatus.APPROVED


async def test_deciding_what_does_not_exist_is_not_found(stores: Stores):
    with pytest.raises(NotFound):
        _ = await _decide(stores, decided(an_approval("none")))


async def test_of_ten_decisions_at_once_exactly_one_wins(pair: tuple[Stores, Stores]):
    _ = await pair[0].approvals.add(an_approval())
    won: list[Approval] = []
    lost: list[Conflict] = []

    async def decide(stores: Stores, number: int) -> None:
        answer = replace(decided(an_approval()), decided_by=UserId(f"user_{number}"))
        try:
            won.append(await _decide(stores, answer))
        except Conflict as error:
            lost.append(error)

    async with anyio.create_task_group() as group:
        for number in range(10):
            _ = group.start_soon(decide, pair[number % 2], number)
    assert (len(won), len(lost)) == (1, 9)
    assert await pair[1].approvals.get(ONE, FIRST) == won[0]


async def test_a_run_that_ended_withdraws_what_it_still_asks(stores: Stores):
    _ = await stores.approvals.add(an_approval("1"))
    _ = await stores.approvals.add(an_approval("2", path="/do/again"))
    _ = await stores.approvals.add(an_approval("3", run="run_2"))
    _ = await _decide(stores, decided(an_approval("2", path="/do/again")))
    await stores.approvals.withdraw(RunId("run_1"), 300.0)
    withdrawn = await stores.approvals.get(ONE, FIRST)
    assert (withdrawn.status, withdrawn.decided_at) == (ApprovalStatus.WITHDRAWN, 300.0)
    assert await _names(stores, ApprovalQuery(ONE, status=ApprovalStatus.APPROVED)) == "2"
    assert await _names(stores, ApprovalQuery(ONE, status=ApprovalStatus.WAITING)) == "3"
    with pytest.raises(Conflict, match="withdrawn"):
        _ = await _decide(stores, decided(an_approval("1")))


async def test_a_run_that_goes_on_after_all_asks_again_what_was_withdrawn(stores: Stores):
    for name, run in (("1", "run_1"), ("2", "run_1"), ("3", "run_2")):
        _ = await stores.approvals.add(an_approval(name, run=run, path=f"/do/{name}"))
    answered = decided(an_approval("2", path="/do/2"))
    _ = await _decide(stores, answered)
    await stores.approvals.withdraw(RunId("run_1"), 300.0)
    await stores.approvals.withdraw(RunId("run_2"), 300.0)
    await stores.approvals.restore(RunId("run_1"))
    assert await stores.approvals.get(ONE, FIRST) == an_approval("1", path="/do/1")
    assert await stores.approvals.get(ONE, answered.id) == answered
    assert await _names(stores, ApprovalQuery(ONE, status=ApprovalStatus.WITHDRAWN)) == "3"


async def test_decisions_are_owed_to_their_runs_until_delivered(stores: Stores):
    for name, run in (("1", "run_1"), ("2", "run_2"), ("3", "run_3")):
        _ = await stores.approvals.add(an_approval(name, run=run, payload=name * 2000))
    later = decided(an_approval("1", run="run_1", payload="1" * 2000), at=250.0)
    sooner = decided(an_approval("2", run="run_2", payload="2" * 2000), at=240.0)
    _ = await _decide(stores, later)
    _ = await _decide(stores, sooner)
    await stores.approvals.withdraw(RunId("run_3"), 300.0)
    assert await stores.approvals.undelivered() == (sooner, later)
    await stores.approvals.delivered(sooner.id)
    await stores.approvals.delivered(sooner.id)
    assert await stores.approvals.undelivered() == (later,)


async def test_undelivered_decisions_of_all_workspaces_come(stores: Stores):
    for number, workspace in enumerate((ONE, TWO)):
        approval = an_approval(
            str(number), run=f"run_{number}", workspace=workspace, payload="x" * 2000
        )
        _ = await stores.approvals.add(approval)
        _ = await stores.approvals.change(decided(approval), seen=approval)
    owed = await stores.approvals.undelivered()
    assert [(each.workspace, each.payload) for each in owed] == [
        (ONE, "x" * 2000),
        (TWO, "x" * 2000),
    ]


async def test_who_waits_longest_comes_first(stores: Stores):
    _ = await add(stores, a_run("1", batch="b"))
    _ = await add(stores, a_run("1b", batch="b", workspace=TWO))
    _ = await stores.approvals.add(an_approval("late", at=3.0))
    _ = await stores.approvals.add(an_approval("early", at=1.0, path="/do/early"))
    _ = await stores.approvals.add(an_approval("other", at=2.0, run="run_2"))
    for query, expected in [
        (ApprovalQuery(ONE), "early other late"),
        (ApprovalQuery(ONE, run=RunId("run_1")), "early late"),
        (ApprovalQuery(ONE, batch="b"), "early late"),
        (ApprovalQuery(ONE, batch="none"), ""),
        (ApprovalQuery(ONE, status=ApprovalStatus.REJECTED), ""),
        (ApprovalQuery(TWO, batch="b"), ""),
    ]:
        assert await _names(stores, query) == expected
        assert await stores.approvals.count(query) == len(expected.split())


async def test_pages_of_approvals_join_up(stores: Stores):
    for number in range(5):
        approval = an_approval(str(number), at=float(number // 2), path=f"/do/{number}")
        _ = await stores.approvals.add(approval)
    seen: list[str] = []
    cursor = None
    for _step in range(9):
        page = await stores.approvals.list(ApprovalQuery(ONE), cursor=cursor, limit=2)
        seen += [approval.id for approval in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == [f"appr_{number}" for number in range(5)]


async def test_a_cursor_of_the_runs_is_invalid_for_approvals(stores: Stores):
    for name in "12":
        _ = await add(stores, a_run(name))
        _ = await stores.approvals.add(an_approval(name, path=name))
    cursor = (await stores.runs.list(RunQuery(ONE), cursor=None, limit=1)).next
    with pytest.raises(Invalid, match="no cursor of the list of approvals"):
        _ = await stores.approvals.list(ApprovalQuery(ONE), cursor=cursor, limit=1)


_SOME = Candidates(("user_carl",), ("finance",), ("admin",))
_TERMS = Terms(2, _SOME, False, Comment.REQUIRED, {"type": "object"}, Escalation(60.0, _SOME))


def _vote(by: str, about: Approval, **more: object) -> Vote:
    seen = about.proposal_digest
    return Vote(UserId(by), ApprovalStatus.APPROVED, 150.0, seen, seen, "Fine.", **more)  # type: ignore[arg-type]


async def test_terms_and_votes_come_back_as_they_were(stores: Stores):
    asked = replace(an_approval(payload={"price": 1}), terms=_TERMS)
    _ = await stores.approvals.add(asked)
    large = {"text": NASTY * 200}
    edit = replace(_vote("user_ann", asked), edited=large, digest=digest(large))
    first = replace(asked, votes=(edit,), edited=large)
    stored = await stores.approvals.change(first, seen=asked)
    assert stored == replace(first, revision=1)
    vote = _vote("user_bob", stored, on_behalf_of="user_c")
    second = replace(stored, votes=(*stored.votes, vote))
    assert await stores.approvals.change(second, seen=stored) == replace(second, revision=2)
    assert (await stores.approvals.get(ONE, FIRST)).votes == second.votes
    page = await stores.approvals.list(ApprovalQuery(ONE), cursor=None, limit=10)
    assert page.items == (replace(second, revision=2),)


async def test_a_vote_on_what_has_changed_is_a_conflict(stores: Stores):
    asked = an_approval()
    _ = await stores.approvals.add(asked)
    _ = await stores.approvals.change(replace(asked, votes=(_vote("user_ann", asked),)), seen=asked)
    late = replace(asked, votes=(_vote("user_bob", asked),))
    with pytest.raises(Conflict, match="is waiting, not as it was"):
        _ = await stores.approvals.change(late, seen=asked)
    assert [one.by for one in (await stores.approvals.get(ONE, FIRST)).votes] == ["user_ann"]


def _voter(user: str, *names: str, **more: object) -> Voter:
    seat = Seat(UserId(user), frozenset({f"user:{user}", *names}), **more)  # type: ignore[arg-type]
    return Voter(UserId(user), (seat,))


async def test_an_inbox_has_what_waits_for_one_of_its_seats(stores: Stores):
    for name, named in (("1", Candidates()), ("2", Candidates(groups=("g",))), ("3", _SOME)):
        asked = replace(an_approval(name, path=name, at=float(name)), terms=Terms(candidates=named))
        _ = await stores.approvals.add(asked)
    mine = an_approval("4", path="4", at=4.0)
    _ = await stores.approvals.add(replace(mine, terms=Terms(self_approval=True)))

    async def inbox(voter: Voter) -> str:
        return await _names(stores, ApprovalQuery(ONE, voter=voter))

    assert await inbox(_voter("user_x", "*")) == "1 4"
    assert await inbox(_voter("user_x", "*", "group:g")) == "1 2 4"
    assert await inbox(_voter("user_carl", "role:admin")) == "3"
    assert await inbox(Voter(UserId("user_x"), ())) == ""
    owner = an_approval().owner
    assert await inbox(_voter(owner, "*")) == "4"
    assert await inbox(replace(_voter("user_x", "*"), user=owner)) == "4"
    assert await inbox(replace(_voter(owner, "*"), user=UserId("user_x"))) == "4"
    assert await inbox(_voter("user_x", "*", approval=ApprovalId("appr_1"))) == "1"


async def test_an_inbox_loses_what_was_voted_on_and_gets_it_back_after_an_edit(stores: Stores):
    asked = replace(an_approval(payload=1), payload_digest=digest(1), terms=Terms(quorum=2))
    _ = await stores.approvals.add(asked)
    query = ApprovalQuery(ONE, voter=_voter("user_x", "*"))
    vote = _vote("user_y", asked, on_behalf_of="user_x")
    voted = await stores.approvals.change(replace(asked, votes=(vote,)), seen=asked)
    assert await stores.approvals.count(query) == 0
    edited = replace(voted, edited=2)
    votes = (*voted.votes, _vote("user_z", edited))
    _ = await stores.approvals.change(replace(edited, votes=votes), seen=voted)
    assert await stores.approvals.count(query) == 1


async def test_an_escalation_asks_more_people(stores: Stores):
    later = Terms(candidates=Candidates(("user_a",)), escalation=Escalation(1.0, _SOME))
    asked = replace(an_approval(), terms=later)
    _ = await stores.approvals.add(asked)
    query = ApprovalQuery(ONE, voter=_voter("user_carl"))
    assert await stores.approvals.count(query) == 0
    escalated = await stores.approvals.change(replace(asked, escalated_at=9.0), seen=asked)
    assert await stores.approvals.count(query) == 1
    assert escalated.escalated_at == 9.0
    assert await stores.approvals.undelivered() == ()
