"""Another offer: calls begin with the newest and end with the one that they began with."""

from dataclasses import dataclass, replace

import anyio
import anyio.lowlevel
import pytest
from tests.fakes_access import RULE
from tests.unit.gateway.fakes import (
    ANA,
    ASK,
    FIRST,
    SECOND,
    Book,
    EvenChance,
    OneDollarAToken,
    Script,
    StillClock,
    answer,
    asked,
)

from podium.gateway.catalogue import Catalogue
from podium.gateway.dispatch import Rules
from podium.gateway.errors import Failure
from podium.gateway.live import LiveGateway
from podium.gateway.models import Model, Outcome, Route, Target
from podium.gateway.offer import Offer
from podium.gateway.policy import Backoff
from podium.gateway.service import Edges, Gateway
from podium.kernel.errors import NotFound, Unavailable

pytestmark = pytest.mark.anyio

DOWN = Failure(Outcome.STATUS, "down", 500)


def offer(*models: Model, **upstreams: Script) -> Offer:
    route = Route("default", tuple(Target(model, retries=0) for model in models))
    catalogue = Catalogue({model.name: model for model in models}, {"default": route})
    return Offer(catalogue, upstreams, OneDollarAToken())


@dataclass
class Place:
    live: LiveGateway
    book: Book
    clock: StillClock


def place(first: Offer) -> Place:
    clock, book = StillClock(), Book()
    edges = Edges(
        first.upstreams,
        book,
        first.prices,
        clock,
        EvenChance(0.0),
        clock.sleep,
        authorizer=RULE,
        rules=Rules(Backoff(first=0.0)),
    )
    return Place(LiveGateway(Gateway(first.catalogue, edges)), book, clock)


async def test_calls_begin_with_the_newest_offer():
    old, new = Script([answer("old")]), Script([answer("new")])
    here = place(offer(FIRST, alpha=old))
    _ = await here.live.chat(ANA, ASK)
    here.live.offer(offer(SECOND, beta=new))
    body, record = await here.live.chat(ANA, ASK)
    assert body == answer("new")
    assert record.model == SECOND.name
    assert len(old.seen) == 1
    assert here.live.names() == ("default", SECOND.name)
    with pytest.raises(NotFound):
        _ = await here.live.chat(ANA, {**ASK, "model": FIRST.name})


async def test_a_call_under_way_ends_with_the_targets_that_it_began_with():
    gate = anyio.Event()
    first, second = Script([DOWN], gate=gate), Script([answer("second")])
    here = place(offer(FIRST, SECOND, alpha=first, beta=second))
    said: list[object] = []

    async def ask() -> None:
        said.append((await here.live.chat(ANA, ASK))[0])

    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            group.start_soon(ask)
            while not first.seen:
                await anyio.lowlevel.checkpoint()
            here.live.offer(offer(replace(FIRST, name="other"), alpha=Script([answer("x")])))
            gate.set()
    assert said == [answer("second")]


async def test_a_stream_that_is_open_is_read_to_its_end():
    chunk = {"choices": [{"delta": {"content": "a"}}]}
    old = Script([[chunk, chunk]])
    here = place(offer(FIRST, alpha=old))
    async with await here.live.open(ANA, asked()) as stream:
        _ = await anext(stream)
        here.live.offer(offer(SECOND, beta=Script([answer("new")])))
        pieces = [piece async for piece in stream]
    assert len(pieces) == 1
    assert here.book.records[0].ok


async def test_a_target_that_was_left_alone_is_so_still_where_nothing_of_it_changed():
    ill, well = Script([DOWN]), Script([answer("hi")])
    first = offer(FIRST, SECOND, alpha=ill, beta=well)
    here = place(first)
    for _ in range(6):
        _ = await here.live.chat(ANA, ASK)
    asked_before = len(ill.seen)
    here.live.offer(offer(FIRST, SECOND, alpha=ill, beta=well))
    _, record = await here.live.chat(ANA, ASK)
    assert record.attempts[0].outcome is Outcome.SHUT_OUT
    assert len(ill.seen) == asked_before


async def test_a_target_that_is_somewhere_else_now_is_asked_at_once():
    ill, mended = Script([DOWN]), Script([answer("mended")])
    here = place(offer(FIRST, alpha=ill))
    for _ in range(6):
        with pytest.raises(Unavailable):
            _ = await here.live.chat(ANA, ASK)
    here.live.offer(offer(FIRST, alpha=mended))
    body, _ = await here.live.chat(ANA, ASK)
    assert body == answer("mended")


async def test_scores_of_calls_before_are_taken_after():
    script = Script([answer("hi")])
    here = place(offer(FIRST, SECOND, alpha=script, beta=script))
    _, record = await here.live.chat(ANA, ASK)
    here.live.offer(offer(FIRST, SECOND, alpha=script, beta=script))
    here.live.scores.give(ANA, record.id, 1.0)
    assert here.live.scores.changes == 1


async def test_what_answers_were_worth_is_forgotten_where_another_model_answers():
    script = Script([answer("hi")])
    here = place(offer(FIRST, SECOND, alpha=script, beta=script))
    learned = here.live.scores.learned.qualities
    for model in (FIRST, SECOND):
        learned.learn(model.name, "", 1.0)
    other = replace(SECOND, upstream_name="another")
    here.live.offer(offer(FIRST, other, alpha=script, beta=script))
    assert [row[0] for row in learned.to_json()] == [FIRST.name]
