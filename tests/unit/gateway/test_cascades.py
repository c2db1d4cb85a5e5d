"""Strategies that look at answers, and what is learned from scores, in a whole gateway."""

import json

import pytest
from tests.unit.gateway.fakes import (
    ANA,
    ASK,
    BROKEN,
    LAST,
    USAGE,
    Played,
    Script,
    World,
    answer,
    asked,
    chunk,
    status,
)

from podium.gateway.judging import Judges
from podium.gateway.models import Operation, Outcome
from podium.gateway.requests import Reply, Request
from podium.gateway.routing.choice import Choice, Escalate, Holding, Reason
from podium.gateway.routing.memory import Learned
from podium.gateway.routing.options import ByRule, Cascade, QualityFloor, Rule
from podium.gateway.service import Gateway
from podium.gateway.usage import finish_reasons
from podium.identity.principal import Principal
from podium.kernel.errors import Invalid, NotFound, Unavailable
from podium.kernel.ids import UserId, WorkspaceId
from podium.protocols.folding import gathered

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


async def test_an_answer_that_does_not_stand_is_paid_all_the_same():
    _, gateway = cascade()
    record = (await gateway.answer(ANA, WHOLE)).record
    assert (record.usage.input, record.usage.output) == (14, 6)
    assert record.cost == 20 * 10**9


class Lines:
    """A form of answers whose pieces are chunks, one after the other."""

    def events(self, reply, request):
        raise NotImplementedError

    def whole(self, events, request, usage):
        decoder, at, chunks = json.JSONDecoder(), 0, []
        while at < len(events):
            chunk_, at = decoder.raw_decode(events.decode(), at)
            chunks.append(chunk_)
        if not any(finish_reasons(one) for one in chunks):
            return None
        return Reply(json.dumps(gathered(chunks)).encode(), usage)


def streaming(first: list, second: list, **options: object) -> tuple[World, Gateway]:
    world = World(Script([first]), Script([second]), more={"forms": {"openai_chat": Lines()}})
    return world, world.gateway(strategy=Cascade(pattern="better", **options))


async def heard(gateway: Gateway) -> str:
    async with await gateway.open(ANA, asked()) as stream:
        parts = [json.loads(part) async for part in stream]
    deltas = [choice["delta"] for part in parts for choice in part["choices"]]
    return "|".join(delta["content"] for delta in deltas if "content" in delta)


GOOD = [chunk("a "), chunk("better"), chunk(" one"), LAST, USAGE]
WEAK = [chunk("a worse"), chunk(" one"), LAST, USAGE]


async def test_a_stream_that_fails_its_test_is_seen_by_nobody_and_paid():
    world, gateway = streaming(WEAK, GOOD)
    assert await heard(gateway) == "a |better| one"
    record = world.book.records[0]
    assert record.attempts[0].message.startswith("The next target is asked: ")
    assert (record.model, record.usage.input, record.usage.output) == ("second", 14, 4)
    assert record.cost == 18 * 10**9
    assert world.alpha.closed == 1


async def test_a_stream_that_stands_is_told_as_it_came_and_all_that_is_asked_for():
    world, gateway = streaming(GOOD, GOOD)
    assert await heard(gateway) == "a |better| one"
    assert world.beta.seen == []
    assert world.book.records[0].usage.output == 2


async def test_a_stream_that_breaks_off_before_it_is_judged_is_seen_by_nobody():
    world, gateway = streaming([chunk("a better"), BROKEN], GOOD)
    assert await heard(gateway) == "a |better| one"
    first, second = world.book.records[0].attempts
    assert (first.outcome, second.outcome) == (Outcome.BROKEN, Outcome.OK)


async def test_a_stream_that_says_nothing_whole_does_not_stand():
    _, gateway = streaming([chunk("a better one")], GOOD)
    assert await heard(gateway) == "a |better| one"


async def test_a_weak_stream_is_better_than_none():
    world, gateway = streaming(WEAK, [])
    world.beta.steps = [status(401)]
    assert await heard(gateway) == "a worse| one"
    assert (world.book.records[0].model, world.book.records[0].usage.output) == ("first", 2)


async def test_the_last_target_is_not_held_back():
    _, gateway = streaming(WEAK, [chunk("as it is"), BROKEN])
    async with await gateway.open(ANA, asked()) as stream:
        assert b"as it is" in await anext(stream)
        with pytest.raises(Unavailable):
            _ = await anext(stream)


@pytest.mark.parametrize("most", [0, 90])
async def test_a_stream_that_is_longer_than_is_held_goes_on_unjudged(most: int):
    world, gateway = streaming(WEAK, GOOD, hold_bytes=most)
    assert await heard(gateway) == "a worse| one"
    assert world.beta.seen == []


class Drips(Played):
    """Each piece takes ten seconds."""

    async def __anext__(self) -> bytes:
        self.script.before()
        return await super().__anext__()


async def test_a_stream_that_takes_longer_than_it_is_held_goes_on_unjudged():
    world = World(Script([answer("x")]))
    world.alpha.before = lambda: setattr(world.clock, "at", world.clock.at + 10)
    choice = Choice((), Reason("cascade", ""), lambda _: Escalate("no"), holding=Holding(9999, 15))
    judges = Judges(world.clock, {"openai_chat": Lines()})
    held = await judges.judged(Drips(world.alpha, list(WEAK)), WHOLE, choice)
    assert (held.ended, held.lacks) == (False, "")
    assert len([piece async for piece in held]) == len(WEAK)


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
