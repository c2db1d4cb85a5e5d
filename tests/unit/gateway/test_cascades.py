"""Strategies that look at answers, and what is learned from scores, in a whole gateway."""

import json

import pytest
from tests.unit.gateway.fakes import ANA, ASK, Script, World, answer, status

from podium.gateway.models import Operation
from podium.gateway.requests import Request
from podium.gateway.routing.memory import Learned
from podium.gateway.routing.options import ByRule, Cascade, QualityFloor, Rule
from podium.gateway.service import Gateway
from podium.identity.principal import Principal
from podium.kernel.errors import Invalid, NotFound
from podium.kernel.ids import UserId, WorkspaceId

pytestmark = pytest.mark.anyio
WHOLE = Request("openai_chat", Operation.CHAT, ASK)
STRANGER = Principal(UserId("user_x"), WorkspaceId("ws_other"), "x")


def cascade(*steps: object) -> tuple[World, Gateway]:
    world = World(Script([answer(""), *steps]), Script([answer("a better one")]))
    return world, world.gateway(strategy=Cascade(pattern="better"))


async def said(gateway: Gateway) -> str:
    body = (await gateway.answer(ANA, WHOLE)).reply.body
    return json.loads(body)["choices"][0]["message"]["content"]


async def test_an_answer_that_fails_its_test_is_followed_by_a_better_model():
    world, gateway = cascade()
    assert await said(gateway) == "a better one"
    first, second = world.book.records[0].attempts
    assert first.message.startswith("The next target is asked: ")
    assert (second.model, second.message) == ("second", "")


async def test_an_answer_that_stands_is_all_that_is_asked_for():
    world = World(Script([answer("better")]))
    assert await said(world.gateway(strategy=Cascade(pattern="better"))) == "better"
    assert world.beta.seen == []


async def test_a_weak_answer_is_better_than_none():
    world, gateway = cascade()
    world.beta.steps = [status(401)]
    assert await said(gateway) == ""
    assert world.book.records[0].model == "first"


class SaysYes:
    async def holds(self, expression, facts):
        return facts["tags"].get("kind") == expression


async def test_rules_send_a_question_where_they_say():
    world = World(Script([answer("a")]), Script([answer("b")]))
    world.more = {"conditions": SaysYes()}
    gateway = world.gateway(strategy=ByRule((Rule("legal", ("second",)),)))
    tagged = Request("openai_chat", Operation.CHAT, ASK, tags={"kind": "legal"})
    assert (await gateway.answer(ANA, tagged)).record.model == "second"
    assert "by_rule" in world.book.records[0].reason
    assert (await gateway.answer(ANA, WHOLE)).record.model == "first"


async def test_scores_are_learned_from():
    learned = Learned()
    world = World(Script([answer("a")]), Script([answer("b")]))
    world.more = {"learned": learned}
    gateway = world.gateway(strategy=QualityFloor())
    before = learned.to_json()
    record = (await gateway.answer(ANA, WHOLE)).record
    with pytest.raises(NotFound):
        gateway.scores.give(STRANGER, record.id, 1.0)
    with pytest.raises(Invalid):
        gateway.scores.give(ANA, record.id, 2.0)
    gateway.scores.give(ANA, record.id, 1.0)
    assert learned.to_json() != before
    assert gateway.scores.changes == 1


async def test_there_is_nothing_to_score_without_a_choice():
    gateway = World(Script([answer("a")])).gateway()
    record = (
        await gateway.answer(ANA, Request("openai_chat", Operation.CHAT, {**ASK, "model": "first"}))
    ).record
    for call in (record.id, "call_none"):
        with pytest.raises(NotFound, match="can be scored"):
            gateway.scores.give(ANA, call, 0.5)
