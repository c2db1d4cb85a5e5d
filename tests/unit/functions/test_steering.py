"""approve and map, which steer the run, and validate, mask, log, sql beside them."""

import pytest
from tests.fakes_approvals import Desk as Approving
from tests.fakes_functions import ScriptedSteps, call_of, run, steer
from tests.world import ANN

from podium.functions.approve import make_approve, seconds
from podium.functions.log import make_log
from podium.functions.map import make_map
from podium.functions.mask import make_mask
from podium.functions.sql import make_sql
from podium.functions.validate import make_validate
from podium.governance.approvals import ApprovalStatus
from podium.governance.terms import Candidates, Comment, Terms
from podium.integrations.connections import Connections
from podium.kernel.errors import Conflict, Invalid, NotFound, TimedOut
from podium.kernel.json import Json, JsonObject, digest
from podium.workflows.interpreter.problems import Fault

pytestmark = pytest.mark.anyio
QUESTION: JsonObject = {"title": "Pay?", "payload": {"amount": 120}, "self_approval": True}


class Desk(Approving):
    async def decide(self, *, yes: bool, edited: Json = None) -> Json:
        """Somebody decides while the run waits; what the run receives."""
        (asked,) = self.store.rows
        if yes:
            _ = await self.approvals.approve(ANN, asked, "ok", edited=edited)
        else:
            _ = await self.approvals.reject(ANN, asked, "no")
        return self.post.sent[-1][2]


async def test_approve_waits_on_its_topic_and_hands_back_the_decision():
    desk = Desk()
    steps = ScriptedSteps([lambda: desk.decide(yes=True, edited={"amount": 100})])
    answer = await steer(make_approve(desk.approvals, 900), {**QUESTION, "expires": "PT4H"}, steps)
    assert answer == {
        "approved": True,
        "by": ANN.user,
        "comment": "ok",
        "payload": {"amount": 100},
        "edited": True,
        "expired": False,
        "votes": [
            {
                "by": ANN.user,
                "on_behalf_of": None,
                "status": "approved",
                "at": desk.clock.at,
                "comment": "ok",
                "digest": digest({"amount": 100}),
            }
        ],
    }
    assert steps.effects == ["ask"]
    assert steps.received == [("approval:/do/0/task", 14_400.0, "approval: Pay?")]


async def test_a_rejection_is_an_answer_and_no_error():
    desk = Desk()
    steps = ScriptedSteps([lambda: desk.decide(yes=False)])
    answer = await steer(make_approve(desk.approvals, 900), QUESTION, steps)
    assert (answer["approved"], answer["comment"]) == (False, "no")
    assert steps.received[0][1] == 900


async def test_an_unanswered_question_is_closed_and_a_timeout():
    desk = Desk()
    steps = ScriptedSteps([None])
    with pytest.raises(TimedOut, match="Nobody answered 'Pay\\?' within 60 s"):
        _ = await steer(make_approve(desk.approvals, 900), {**QUESTION, "expires": 60}, steps)
    assert steps.effects == ["ask", "expire"]
    assert [row.status for row in desk.store.rows.values()] == [ApprovalStatus.EXPIRED]


async def test_an_unanswered_question_can_count_as_no():
    given: JsonObject = {**QUESTION, "expires": 60, "on_expiry": "reject"}
    answer = await steer(make_approve(Desk().approvals, 900), given, ScriptedSteps([None]))
    assert (answer["approved"], answer["expired"], answer["by"]) == (False, True, None)


async def test_an_unanswered_question_can_count_as_yes_to_what_was_asked():
    given: JsonObject = {**QUESTION, "expires": 60, "on_expiry": "approve"}
    answer = await steer(make_approve(Desk().approvals, 900), given, ScriptedSteps([None]))
    assert (answer["approved"], answer["expired"], answer["by"]) == (True, True, None)
    assert answer["payload"] == QUESTION["payload"]


_ESCALATED: JsonObject = {
    **QUESTION,
    "expires": 600,
    "escalate": {"after": 60, "candidates": {"users": ["user_dora"]}},
}


async def test_a_question_is_escalated_when_nobody_has_answered_for_a_time():
    desk = Desk()

    async def later() -> Json:
        desk.clock.at += 60
        return None

    steps = ScriptedSteps([later, lambda: desk.decide(yes=True)])
    answer = await steer(make_approve(desk.approvals, 900), _ESCALATED, steps)
    assert answer["approved"] is True
    assert steps.effects == ["ask", "escalate"]
    assert [seconds for _, seconds, _ in steps.received] == [60, 540]
    (row,) = desk.store.rows.values()
    assert row.escalated_at == desk.clock.at


async def test_a_wait_that_ends_before_the_escalation_escalates_nothing():
    desk = Desk()
    steps = ScriptedSteps([None, None])
    with pytest.raises(TimedOut):
        _ = await steer(make_approve(desk.approvals, 900), _ESCALATED, steps)
    assert steps.effects == ["ask", "escalate", "expire"]
    (row,) = desk.store.rows.values()
    assert row.escalated_at is None


async def test_an_escalation_after_the_end_is_refused():
    given: JsonObject = {**_ESCALATED, "expires": 60}
    with pytest.raises(Invalid, match=r"`escalate.after` needs less than the 60 s"):
        _ = await steer(make_approve(Desk().approvals, 900), given, ScriptedSteps([None]))


async def test_the_terms_of_a_question_come_from_its_arguments():
    desk = Desk()
    given: JsonObject = {
        **QUESTION,
        "quorum": 2,
        "candidates": {"groups": ["finance"], "roles": ["admin"]},
        "comment": "required",
        "edit": False,
        "on_expiry": "reject",
    }
    _ = await steer(make_approve(desk.approvals, 900), given, ScriptedSteps([None]))
    (row,) = desk.store.rows.values()
    named = Candidates(groups=("finance",), roles=("admin",))
    assert row.terms == Terms(2, named, True, Comment.REQUIRED, False)


async def test_a_decision_in_the_moment_of_expiry_counts():
    desk = Desk()

    async def too_late() -> Json:
        _ = await desk.decide(yes=True)
        return None

    steps = ScriptedSteps([too_late])
    answer = await steer(make_approve(desk.approvals, 900), {**QUESTION, "expires": 60}, steps)
    assert answer["approved"] is True


@pytest.mark.parametrize(
    "message", [{}, "yes", {"approved": True}, {"approval": "appr_x", "status": "approved"}]
)
async def test_a_message_that_does_not_answer_the_question_approves_nothing(message: Json):
    with pytest.raises(Conflict, match="Nothing was approved"):
        _ = await steer(make_approve(Desk().approvals, 900), QUESTION, ScriptedSteps([message]))


@pytest.mark.parametrize(
    ("expires", "expected"),
    [("PT4H", 14_400), ("P1DT1M", 86_460), ("P2W", 1_209_600), ("PT0.5S", 0.5), (90, 90.0)],
)
def test_durations_are_iso_8601_or_seconds(expires: Json, expected: float):
    assert seconds(expires) == expected


@pytest.mark.parametrize("expires", ["P", "PT", "4h", "", 0, -1, True, "P1M", "PT0S", [1]])
def test_what_is_no_duration_is_answered_with_how_to_write_one(expires: Json):
    with pytest.raises(Invalid, match="Write PT4H"):
        _ = seconds(expires)


async def test_map_merges_each_item_into_the_arguments():
    steps = ScriptedSteps(answers=[{"ok": 1}, {"ok": 2}])
    given: JsonObject = {
        "items": ["a", "b"],
        "call": "classify",
        "with": {"dataset": "i"},
        "item_as": "text",
        "parallel": 8,
    }
    assert await steer(make_map(), given, steps) == {"results": [1, 2], "errors": []}
    assert steps.mapped == [
        ("classify", [{"dataset": "i", "text": "a"}, {"dataset": "i", "text": "b"}], 8)
    ]


async def test_map_spreads_objects_whose_fields_win():
    steps = ScriptedSteps(answers=[{"ok": None}])
    given: JsonObject = {"items": [{"k": 2}], "call": "x:1.0.0", "with": {"k": 1, "d": 0}}
    _ = await steer(make_map(), given, steps)
    assert steps.mapped == [("x:1.0.0", [{"k": 2, "d": 0}], 4)]


async def test_map_asks_for_a_name_where_items_are_no_objects():
    with pytest.raises(Invalid, match="Item 0 is no object"):
        _ = await steer(make_map(), {"items": ["a"], "call": "x"}, ScriptedSteps())


async def test_map_fails_with_the_first_problem_as_it_was():
    problem: JsonObject = {"type": "t", "status": 500, "title": "Broke"}
    steps = ScriptedSteps(answers=[{"ok": 1}, {"error": problem}])
    with pytest.raises(Fault) as caught:
        _ = await steer(make_map(), {"items": [{}, {}], "call": "x"}, steps)
    assert caught.value.problem == problem


async def test_map_can_collect_problems_beside_results():
    steps = ScriptedSteps(answers=[{"ok": 1}, {"error": {"title": "Broke"}}])
    given: JsonObject = {"items": [{}, {}], "call": "x", "on_error": "collect"}
    assert await steer(make_map(), given, steps) == {
        "results": [1, None],
        "errors": [{"index": 1, "error": {"title": "Broke"}}],
    }


AMOUNT: JsonObject = {"type": "object", "properties": {"a": {"type": "number", "minimum": 0}}}


async def test_validate_raises_or_reports():
    given: JsonObject = {"value": {"a": -1}, "schema": AMOUNT}
    with pytest.raises(Invalid, match="/a: -1 is less than the minimum of 0") as caught:
        _ = await run(make_validate(), given)
    assert caught.value.problems[0].path == "/a"
    assert await run(make_validate(), {**given, "on_error": "report"}) == {
        "valid": False,
        "errors": [{"path": "/a", "message": "-1 is less than the minimum of 0"}],
    }
    assert (await run(make_validate(), {"value": {"a": 1}, "schema": AMOUNT}))["valid"] is True


async def test_validate_reads_hostile_patterns_in_linear_time_and_refuses_what_cannot_be():
    slow: JsonObject = {"pattern": "^(a+)+$"}
    answer = await run(
        make_validate(), {"value": "a" * 5000 + "b", "schema": slow, "on_error": "report"}
    )
    assert answer["valid"] is False
    with pytest.raises(Invalid, match="schema is not valid"):
        _ = await run(make_validate(), {"value": "a", "schema": {"pattern": r"(a)\1"}})


async def test_log_leaves_a_line_in_the_trace():
    call = call_of()
    _ = await run(make_log(), {"message": "Hm", "level": "warning", "data": {"b": 1, "a": 2}}, call)
    _ = await run(make_log(), {"message": "Done"}, call)
    assert call.notes == ['warning: Hm {"a":2,"b":1}', "info: Done"]


async def test_mask_hands_back_what_it_was_given_masked():
    mask = make_mask(b"k" * 32)
    assert (await run(mask, {"text": "to a@x.com"}))["text"] == "to [EMAIL_1]"
    answer = await run(mask, {"value": {"to": ["a@x.com"]}, "kinds": ["email"], "style": "hash"})
    assert answer["count"] == 1
    assert "a@x.com" not in str(answer)
    (entity,) = answer["entities"]
    assert (entity["path"], entity["start"], entity["end"]) == ("/to/0", 0, 7)


async def test_sql_hands_statement_and_parameters_to_the_connection_apart():
    seen: list[object] = []

    class Bank:
        async def query(
            self, statement: str, parameters: JsonObject, *, limit: int, seconds: float
        ) -> tuple[list[JsonObject], int]:
            seen.extend((statement, parameters, limit, seconds))
            return [{"n": 1}], 0

    given: JsonObject = {"connection": "bank", "statement": "s :a", "parameters": {"a": "'; --"}}
    sql = make_sql(Connections({"bank": Bank()}))
    assert await run(sql, given) == {"rows": [{"n": 1}], "changed": 0}
    assert seen == ["s :a", {"a": "'; --"}, 1000, 60.0]
    with pytest.raises(NotFound, match="Did you mean 'bank'"):
        _ = await run(sql, {**given, "connection": "bnak"})


async def test_a_log_line_takes_the_arguments_of_the_public_catalog():
    call = call_of()
    given = {
        "message": "Hello {who}, {unknown}",
        "arguments": {"who": "Ann"},
        "level": "information",
        "context": "/do/0/log",
        "timestamp": True,
        "format": "{TIMESTAMP} [{LEVEL}] ({CONTEXT}): {MESSAGE}",
    }
    _ = await run(make_log(), given, call)
    assert call.notes == ["[information] (/do/0/log): Hello Ann, {unknown}"]
