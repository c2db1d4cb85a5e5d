from dataclasses import replace

import anyio
import pytest
from tests.contract.storage.world import NASTY, ONE, TWO, Stores, a_run, add, an_approval, decided

from podium.governance.approvals import Approval, ApprovalQuery, ApprovalStatus
from podium.kernel.errors import Conflict, Invalid, NotFound
from podium.kernel.ids import ApprovalId, RunId, UserId
from podium.workflows.runs import RunQuery

pytestmark = pytest.mark.anyio

FIRST = ApprovalId("appr_1")


async def _names(stores: Stores, query: ApprovalQuery) -> str:
    page = await stores.approvals.list(query, cursor=None, limit=100)
    return " ".join(approval.id.removeprefix("appr_") for approval in page.items)


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
        _ = await stores.approvals.decide(decided(replace(approval, workspace=TWO)))
    assert await _names(stores, ApprovalQuery(TWO, run=RunId("run_1"))) == ""
    assert await stores.approvals.get(ONE, FIRST) == approval


async def test_a_decision_is_stored_with_what_was_edited(stores: Stores):
    _ = await stores.approvals.add(an_approval(payload={"price": 1}))
    answer = decided(an_approval(payload={"price": 1}), edited={"text": NASTY * 200})
    assert await stores.approvals.decide(answer) == answer
    assert await stores.approvals.get(ONE, FIRST) == answer


async def test_a_decision_changes_nothing_of_what_was_asked(stores: Stores):
    approval = an_approval(payload={"price": 1})
    _ = await stores.approvals.add(approval)
    forged = replace(decided(approval), payload={"price": 2}, title="?", run=RunId("run_other"))
    assert await stores.approvals.decide(forged) == decided(approval)


async def test_a_question_is_answered_once(stores: Stores):
    _ = await stores.approvals.add(an_approval())
    _ = await stores.approvals.decide(decided(an_approval()))
    no = replace(decided(an_approval()), status=ApprovalStatus.REJECTED)
    with pytest.raises(Conflict, match="appr_1 is approved already"):
        _ = await stores.approvals.decide(no)
    assert (await stores.approvals.get(ONE, FIRST)).status is ApprovalStatus.APPROVED


async def test_deciding_what_does_not_exist_is_not_found(stores: Stores):
    with pytest.raises(NotFound):
        _ = await stores.approvals.decide(decided(an_approval("none")))


async def test_of_ten_decisions_at_once_exactly_one_wins(pair: tuple[Stores, Stores]):
    _ = await pair[0].approvals.add(an_approval())
    won: list[Approval] = []
    lost: list[Conflict] = []

    async def decide(stores: Stores, number: int) -> None:
        answer = replace(decided(an_approval()), decided_by=UserId(f"user_{number}"))
        try:
            won.append(await stores.approvals.decide(answer))
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
    _ = await stores.approvals.decide(decided(an_approval("2", path="/do/again")))
    await stores.approvals.withdraw(RunId("run_1"), 300.0)
    withdrawn = await stores.approvals.get(ONE, FIRST)
    assert (withdrawn.status, withdrawn.decided_at) == (ApprovalStatus.WITHDRAWN, 300.0)
    assert await _names(stores, ApprovalQuery(ONE, status=ApprovalStatus.APPROVED)) == "2"
    assert await _names(stores, ApprovalQuery(ONE, status=ApprovalStatus.WAITING)) == "3"
    with pytest.raises(Conflict, match="withdrawn"):
        _ = await stores.approvals.decide(decided(an_approval("1")))


async def test_a_run_that_goes_on_after_all_asks_again_what_was_withdrawn(stores: Stores):
    for name, run in (("1", "run_1"), ("2", "run_1"), ("3", "run_2")):
        _ = await stores.approvals.add(an_approval(name, run=run, path=f"/do/{name}"))
    answered = decided(an_approval("2", path="/do/2"))
    _ = await stores.approvals.decide(answered)
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
    _ = await stores.approvals.decide(later)
    _ = await stores.approvals.decide(sooner)
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
        _ = await stores.approvals.decide(decided(approval))
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
