"""What a call has to pass before an upstream is asked, and what it need not ask."""

import json
from dataclasses import dataclass, field, replace

import anyio
import pytest
from tests.fakes_access import RULE
from tests.unit.gateway.fakes import (
    ANA,
    ASK,
    BROKEN,
    LAST,
    Script,
    World,
    answer,
    asked,
    chunk,
    status,
)
from tests.unit.gateway.test_guards import Words

from podium.adapters.caching.memory import MemoryStore
from podium.gateway.caching.rules import CacheMode, CacheRule
from podium.gateway.caching.service import Cache, CacheEdges
from podium.gateway.guards import Guards
from podium.gateway.limits.limiter import Edges as LimitEdges
from podium.gateway.limits.limiter import Limiter
from podium.gateway.limits.ports import Spent
from podium.gateway.limits.rules import Per, Rule
from podium.gateway.limits.spending import Spending
from podium.gateway.masking.guard import MaskingGuard
from podium.gateway.models import Operation
from podium.gateway.requests import Reply, Request
from podium.gateway.turnstile import TurnRules, Turnstile
from podium.governance.masking.classes import DataClass
from podium.governance.masking.policy import Policies, Policy, Treatment
from podium.identity.keys import Key, Scopes
from podium.identity.limits import Limits
from podium.kernel.errors import LimitReached, Refused, Unavailable
from podium.kernel.ids import KeyId
from podium.kernel.money import NanoUsd

pytestmark = pytest.mark.anyio
DOLLAR = 10**9
WHOLE = Request("openai_chat", Operation.CHAT, {**ASK, "max_tokens": 3})


@dataclass
class Kept:
    """What was spent, for a budget."""

    spent: dict = field(default_factory=dict)

    async def add(self, spent):
        self.spent |= spent

    async def total(self, scope, first, last):
        return Spent()


def limited(world: World, **limits: object) -> Limiter:
    rule = Rule(frozenset({Per.USER}), Limits(**limits))
    return Limiter(LimitEdges(world.clock, Spending(Kept()), (rule,)))


def world(*steps: object, **more: object) -> World:
    made = World(Script(list(steps) or [answer("hi")]))
    made.more = more
    return made


async def test_limits_are_taken_before_and_settled_after():
    here = world()
    here.more["limits"] = limited(here, rpm=10, tpm=10_000, concurrent=1)

    answered = await here.gateway().answer(ANA, WHOLE)
    again = await here.gateway().answer(ANA, WHOLE)

    assert answered.headers["x-ratelimit-remaining-requests"] == "9"
    assert answered.headers["x-ratelimit-remaining-tokens"] == "9990"
    assert again.headers["x-ratelimit-remaining-tokens"] == "9980"


async def test_beyond_its_limits_a_call_is_refused_before_it_is_asked():
    here = world()
    here.more["limits"] = limited(here, rpm=1)
    gateway = here.gateway()
    _ = await gateway.answer(ANA, WHOLE)

    with pytest.raises(LimitReached) as refused:
        _ = await gateway.answer(ANA, WHOLE)

    assert refused.value.retry_after is not None
    assert len(here.alpha.seen) == 1
    assert here.book.records[-1].error.code == "limit_reached"


@pytest.mark.parametrize("stream", [False, True])
async def test_a_call_that_failed_gives_its_tokens_back(stream: bool):
    here = world(status(401))
    here.beta.steps = [status(401)]
    here.more["limits"] = limits = limited(here, tpm=2_000, concurrent=1)
    gateway = here.gateway()
    for _ in range(3):
        with pytest.raises(Unavailable):
            await (
                gateway.open(ANA, asked(max_tokens=900)) if stream else gateway.answer(ANA, WHOLE)
            )
    here.alpha.steps = [answer("hi")]
    assert (await gateway.answer(ANA, WHOLE)).headers["x-ratelimit-remaining-tokens"] == "1990"
    assert limits is here.more["limits"]


async def test_a_stream_holds_its_place_until_it_ends():
    here = world([chunk("a"), LAST])
    here.more["limits"] = limited(here, concurrent=1)
    gateway = here.gateway()
    async with await gateway.open(ANA, asked()) as stream:
        _ = await anext(stream)
        with pytest.raises(LimitReached):
            _ = await gateway.open(ANA, asked())
    async with await gateway.open(ANA, asked()):
        pass


async def test_turns_come_back_however_a_call_ends():
    turnstile = Turnstile(TurnRules(most=2, waiting=0))
    here = world([chunk("a"), LAST], turnstile=turnstile)
    gateway = here.gateway()
    async with await gateway.open(ANA, asked()) as stream:
        _ = [piece async for piece in stream]
        assert turnstile.under_way == 0
    async with await gateway.open(ANA, asked()):
        assert turnstile.under_way == 1
    here.alpha.steps = [[chunk("a"), BROKEN]]
    with pytest.raises(Unavailable):
        _ = [piece async for piece in await gateway.open(ANA, asked())]
    here.alpha.steps, here.beta.steps = [status(401)], [status(401)]
    for ask in (gateway.open(ANA, asked()), gateway.answer(ANA, WHOLE)):
        with pytest.raises(Unavailable):
            _ = await ask
    assert turnstile.under_way == 0


async def test_beyond_all_turns_a_call_is_refused():
    turnstile = Turnstile(TurnRules(most=1, waiting=0))
    gateway = world([chunk("a"), LAST], turnstile=turnstile).gateway()
    async with await gateway.open(ANA, asked()):
        with pytest.raises(LimitReached, match=r"gateway\.concurrency"):
            _ = await gateway.open(ANA, asked())


def cached(here: World) -> Cache:
    return Cache(CacheEdges(MemoryStore(here.clock), here.clock, RULE))


async def test_a_kept_answer_costs_nothing_and_says_what_it_saved():
    here = world()
    here.more["cache"] = cache = cached(here)
    here.more["limits"] = limited(here, tpm=10_000, budget_day=NanoUsd(2000 * DOLLAR))
    gateway = here.gateway(cache=CacheRule(CacheMode.EXACT))
    async with cache.serving():
        first = await gateway.answer(ANA, WHOLE)
        here.clock.at += 5
        second = await gateway.answer(ANA, WHOLE)

    assert (first.headers["x-podium-cache"], second.headers["x-podium-cache"]) == ("miss", "hit")
    assert second.headers["age"] == "5"
    assert second.reply == first.reply
    assert second.headers["x-ratelimit-remaining-tokens"] == "9990"
    record = here.book.records[-1]
    assert (record.usage.input, record.saved.input, record.cost) == (0, 7, 0)
    assert len(here.alpha.seen) == 1


async def test_equal_requests_under_way_share_one_call():
    here = world()
    here.more["cache"] = cache = cached(here)
    here.alpha.gate = anyio.Event()
    gateway = here.gateway(cache=CacheRule(CacheMode.EXACT))
    async with cache.serving(), anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(gateway.answer, ANA, WHOLE)
        await anyio.wait_all_tasks_blocked()
        here.alpha.gate.set()
    assert len(here.alpha.seen) == 1
    assert sorted(record.cache for record in here.book.records) == ["hit", "hit", "miss"]


async def test_a_key_is_for_what_its_scopes_say():
    key = Key(KeyId("key_1"), "mine", scopes=Scopes(("gpt-*",), ("embeddings",)))
    scoped = replace(ANA, key=key)
    with pytest.raises(Refused, match="'mine' may not use 'default'"):
        _ = await world().gateway().answer(scoped, WHOLE)


async def test_guards_stand_before_the_model_after_it_and_in_streams():
    here = world(guards=Guards((Words(b"hi"),)))
    gateway = here.gateway()
    named = Request("openai_chat", Operation.CHAT, ASK, b"hi there")
    with pytest.raises(Refused):
        _ = await gateway.answer(ANA, named)
    assert here.alpha.seen == []
    said = (await gateway.answer(ANA, WHOLE)).reply.body
    assert json.loads(said)["choices"][0]["message"]["content"] == "[..]"
    here.alpha.steps = [[chunk("oh hi"), LAST]]
    async with await gateway.open(ANA, asked()) as stream:
        assert b"oh [..]" in b"".join([piece async for piece in stream])


class AnyForm:
    """Takes any stream for a whole answer."""

    def events(self, reply, request):
        return [reply.body]

    def whole(self, events, request, usage):
        return Reply(json.dumps(answer("hi")).encode(), usage, "m", ("stop",))


@pytest.mark.parametrize(("guards", "kept"), [((), 1), ((Words(b"hi"),), 0)])
async def test_no_stream_is_kept_that_would_reach_others_past_their_guards(guards, kept):
    here = world([chunk("oh hi"), LAST], guards=Guards(guards))
    store = MemoryStore(here.clock)
    cache = Cache(CacheEdges(store, here.clock, RULE, {"openai_chat": AnyForm()}))
    here.more["cache"] = cache
    gateway = here.gateway(cache=CacheRule(CacheMode.EXACT))
    async with cache.serving():
        async with await gateway.open(ANA, asked()) as stream:
            _ = [piece async for piece in stream]
        await anyio.wait_all_tasks_blocked()
        assert len(store) == kept


async def test_the_cache_and_the_record_see_what_was_masked_and_each_caller_gets_its_own_back():
    guard = MaskingGuard(Policies(Policy({DataClass.PII: Treatment.PSEUDONYMISE})), {})
    here = world(answer("dear [EMAIL_1]"), guards=Guards((guard,)))
    store = MemoryStore(here.clock)
    cache = Cache(CacheEdges(store, here.clock, RULE, {"openai_chat": AnyForm()}))
    here.more["cache"] = cache
    gateway = here.gateway(cache=CacheRule(CacheMode.EXACT))

    def to(email: str) -> Request:
        messages = [{"role": "user", "content": f"write to {email}"}]
        return Request("openai_chat", Operation.CHAT, {"model": "default", "messages": messages})

    async with cache.serving():
        first = await gateway.answer(ANA, to("ann@example.com"))
        await anyio.wait_all_tasks_blocked()
        second = await gateway.answer(ANA, to("bob@example.com"))
    assert b"dear ann@example.com" in first.reply.body
    assert b"dear bob@example.com" in second.reply.body
    assert (first.record.cache, second.record.cache) == ("miss", "hit")
    assert "@" not in json.dumps(here.alpha.seen)
    assert [(one.guard, one.verdict, one.about) for one in second.record.noted] == [
        ("masking", "redact", "email 1")
    ]


async def test_data_that_is_restricted_reaches_only_targets_that_list_its_class():
    guard = MaskingGuard(Policies(Policy({DataClass.PII: Treatment.RESTRICT})), {})
    here = world(guards=Guards((guard,)))
    mail = {**ASK, "messages": [{"role": "user", "content": "ann@example.com"}]}
    with pytest.raises(Refused, match="class 'pii'"):
        _ = await here.gateway().answer(ANA, Request("openai_chat", Operation.CHAT, mail))
    assert here.alpha.seen == []
    assert here.book.records[-1].noted[0].verdict == "restrict"
