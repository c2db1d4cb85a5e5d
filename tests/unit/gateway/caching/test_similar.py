"""Answers to questions that mean the same, and never to those that do not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import anyio
import pytest
from msgspec.structs import replace as changed
from tests.fakes_access import RULE
from tests.pace import HANGS
from tests.unit.gateway.caching.world import EXACT, Asking, Lines, asked, reply
from tests.unit.gateway.fakes import StillClock

from podium.adapters.caching.memory import MemoryStore
from podium.adapters.caching.questions import MemoryQuestions
from podium.gateway.caching.questions import question_of
from podium.gateway.caching.rules import CacheMode, CacheRule, CacheStatus
from podium.gateway.caching.service import Cache, CacheEdges
from podium.gateway.caching.similar import Similar
from podium.identity.principal import Principal
from podium.kernel.errors import Unavailable
from podium.kernel.json import Json

pytestmark = pytest.mark.anyio

NEAR = CacheRule(CacheMode.SEMANTIC, ttl=60.0, threshold=0.9, embedding="embed")
MEANINGS = {"hello": [1.0, 0.0], "hi there": [1.0, 0.2], "goodbye": [0.0, 1.0]}


@dataclass
class Meanings:
    """An `Embedder` that knows a few texts."""

    fails: bool = False
    times: int = 0

    async def embed(self, principal: Principal, model: str, text: str) -> Sequence[float]:
        assert model == "embed"
        self.times += 1
        if self.fails:
            raise Unavailable("The embedding model is away.")
        return MEANINGS.get(text.lower(), [1.0, 0.0])


@dataclass
class World:
    cache: Cache
    embedder: Meanings
    clock: StillClock

    async def hit(self, first: str, then: str, **other: object) -> bool:
        """Whether the answer to the first is one to the second, asked so."""
        _ = await self.cache.answer(asked(first, rule=NEAR), Asking(reply("one")))
        said = await self.cache.answer(asked(then, **{"rule": NEAR, **other}), Asking(reply("two")))
        assert (said.status is CacheStatus.HIT) == (said.value == reply("one"))
        return said.status is CacheStatus.HIT


@pytest.fixture
async def world():
    clock, embedder = StillClock(), Meanings()
    similar = Similar(embedder, MemoryQuestions())
    forms = {"openai_chat": Lines()}
    cache = Cache(CacheEdges(MemoryStore(clock), clock, RULE, forms, similar))
    with anyio.fail_after(HANGS):
        async with cache.serving():
            yield World(cache, embedder, clock)


async def test_a_question_that_means_the_same_has_the_same_answer(world: World):
    assert await world.hit("Hello", "hi there")
    served = await world.cache.answer(asked("hi there", rule=NEAR), Asking())
    assert 0.9 < served.score < 1.0
    assert (await world.cache.answer(asked("Hello", rule=NEAR), Asking())).score == 1.0


async def test_one_that_means_something_else_has_not(world: World):
    assert not await world.hit("Hello", "goodbye")


async def test_the_route_says_how_near_is_near(world: World):
    assert not await world.hit("Hello", "hi there", rule=replace(NEAR, threshold=0.99))


async def test_a_route_that_wants_equal_requests_embeds_nothing(world: World):
    assert not await world.hit("Hello", "hi there", rule=EXACT)
    assert world.embedder.times == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": [{"type": "function", "function": {"name": "f"}}]},
        {"response_format": {"type": "json_object"}},
        {"temperature": 0.7},
        {"model": "other"},
        {"seed": 1},
    ],
)
async def test_all_but_the_question_has_to_be_the_same(world: World, fields: dict[str, Json]):
    assert not await world.hit("Hello", "hi there", fields=fields)


async def test_answers_do_not_leave_their_scope(world: World):
    bob = Principal(replace(asked()).principal.user + "x", asked().principal.workspace, "bob")
    assert not await world.hit("Hello", "hi there", principal=bob)


async def test_figures_have_to_be_the_same(world: World):
    assert await world.hit("pay 20 euros", "please pay 20 euros")
    assert not await world.hit("pay 20 euros", "pay 30 euros")


async def test_an_embedding_model_that_fails_makes_it_a_miss(world: World):
    world.embedder.fails = True
    assert not await world.hit("Hello", "hi there")


async def test_an_answer_that_is_too_old_is_none(world: World):
    _ = await world.cache.answer(asked("Hello", rule=NEAR), Asking())
    world.clock.at += 61.0
    said = await world.cache.answer(asked("hi there", rule=NEAR), Asking())
    assert said.status is CacheStatus.MISS


async def test_it_is_as_fresh_as_the_caller_wants(world: World):
    _ = await world.cache.answer(asked("Hello", rule=NEAR), Asking())
    world.clock.at += 10.0
    said = await world.cache.answer(asked("hi there", rule=NEAR, header="max-age=5"), Asking())
    assert said.status is CacheStatus.MISS


def chat(*messages: Json, protocol: str = "openai_chat", name: str = "messages"):
    request = asked(fields={"messages": None, name: list(messages)}).request
    return changed(request, protocol=protocol)


TEXT = {"type": "text", "text": "Hello"}
USER = {"role": "user", "content": "Hello"}


@pytest.mark.parametrize(
    "request_",
    [
        chat(USER),
        chat({"role": "system", "content": "Be brief"}, {"role": "user", "content": [TEXT]}),
        chat({"role": "assistant", "content": None, "tool_calls": []}, USER),
        chat(USER, protocol="anthropic_messages"),
        chat(
            {**USER, "content": [{"type": "input_text", "text": "Hello"}]},
            protocol="openai_responses",
            name="input",
        ),
        changed(chat(), protocol="openai_responses", fields={"input": " Hello "}),
    ],
)
def test_the_question_is_the_text_of_the_last_turn(request_):
    found = question_of(request_)
    assert found is not None
    assert found.text == "Hello"


PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}


@pytest.mark.parametrize(
    "request_",
    [
        chat(),
        chat({"role": "assistant", "content": "Hello"}),
        chat({"role": "user", "content": "  "}),
        chat({"role": "user", "content": "x" * 8_001}),
        chat({"role": "user", "content": [TEXT, PICTURE]}),
        chat({"role": "user", "content": [PICTURE]}, USER),
        chat({"role": "user", "content": [{"type": "image"}]}, USER, protocol="anthropic_messages"),
        chat({"role": "user", "content": [7]}),
        chat({"role": "user", "content": 7}),
        chat("Hello"),
        chat(USER, protocol="gemini"),
        changed(chat(), fields={"messages": "Hello"}, protocol="unknown"),
    ],
)
def test_there_is_none_where_there_is_anything_but_text(request_):
    assert question_of(request_) is None
