"""Which requests are equal, for whom, and which the cache leaves alone."""

import time
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as changed
from tests.pace import slowness
from tests.unit.gateway.caching.world import Asking, asked, caching
from tests.unit.gateway.fakes import ANA, SECOND

from podium.gateway.caching.entries import Part, place
from podium.gateway.caching.fitness import may_be_asked
from podium.gateway.caching.keys import Asked, key_of, owner
from podium.gateway.caching.rules import CacheScope
from podium.gateway.models import Operation, Route, Target
from podium.identity.principal import Principal
from podium.kernel.ids import UserId, WorkspaceId

BOB = Principal(UserId("user_bob"), ANA.workspace, "bob")
EVA = Principal(UserId("user_eva"), WorkspaceId("ws_2"), "eva")


def digest(one: Asked, scope: CacheScope = CacheScope.USER) -> str:
    return key_of(one, scope, owner(one, scope)).digest


def test_the_order_of_fields_and_how_an_answer_is_sent_do_not_count():
    one = asked(fields={"seed": 1, "temperature": 0.5})
    other = asked(fields={"temperature": 0.5, "seed": 1})
    sent = asked(
        fields={
            "stream": True,
            "stream_options": {"include_usage": True},
            "user": "u1",
            "metadata": {"run": "7"},
            "seed": 1,
            "temperature": 0.5,
        }
    )
    assert digest(one) == digest(other) == digest(sent)


@pytest.mark.parametrize(
    "fields",
    [
        {"temperature": 0.1},
        {"seed": 2},
        {"max_tokens": 5},
        {"tools": [{"type": "function", "function": {"name": "f"}}]},
        {"response_format": {"type": "json_object"}},
        {"messages": [{"role": "system", "content": "Hi"}]},
        {"messages": [{"role": "user", "content": "Hi "}]},
        {"a field that podium does not know": 1},
        {"model": "other"},
    ],
)
def test_whatever_changes_the_answer_counts(fields):
    assert digest(asked()) != digest(asked(fields=fields))


def test_protocol_headers_operation_route_and_its_targets_count():
    one = asked()
    others = [
        one,
        replace(one, request=changed(one.request, protocol="anthropic_messages")),
        replace(one, request=changed(one.request, headers={"anthropic-beta": "x"})),
        replace(one, request=changed(one.request, operation=Operation.EMBEDDINGS)),
        replace(one, route=replace(one.route, name="other")),
        replace(one, route=replace(one.route, targets=(Target(SECOND),))),
    ]
    assert len({digest(other) for other in others}) == len(others)


@pytest.mark.parametrize(
    ("scope", "same", "other"),
    [
        (CacheScope.WORKSPACE, asked(principal=BOB), asked(principal=EVA)),
        (CacheScope.USER, asked(key="k2", session="s"), asked(principal=BOB)),
        (CacheScope.KEY, asked(key="k1", principal=BOB), asked(key="k2")),
        (CacheScope.TEAM, asked(team="t1", principal=BOB), asked(team="t2")),
        (CacheScope.SESSION, asked(session="s1", key="k"), asked(session="s2")),
        (CacheScope.SESSION, asked(session="s1"), asked(session="s1", principal=BOB)),
        (CacheScope.KEY, asked(key="k1"), asked(key="k1", principal=EVA)),
    ],
)
def test_a_scope_shares_and_keeps_apart(scope, same, other):
    one = asked(key="k1", team="t1", session="s1")
    assert digest(one, scope) == digest(same, scope)
    assert digest(one, scope) != digest(other, scope)


@pytest.mark.parametrize("scope", [CacheScope.TEAM, CacheScope.KEY, CacheScope.SESSION])
def test_who_is_in_no_such_scope_has_no_cache(scope):
    assert not owner(asked(), scope)


@pytest.mark.parametrize(
    "fields",
    [
        {"conversation": "conv_1"},
        {"background": True},
        {"container": "c"},
        {"mcp_servers": [{"url": "https://example.com"}]},
        {"tools": [{"type": "function"}, {"type": "web_search"}]},
        {"tools": [{"type": "code_execution_20250825", "name": "code_execution"}]},
    ],
)
def test_what_depends_on_the_state_of_others_is_left_alone(fields):
    assert not may_be_asked(asked(fields=fields).request)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"background": False},
        {"tools": "nonsense"},
        {"tools": [7]},
        {"tools": [{"name": "f", "input_schema": {}}]},
        {"tools": [{"type": "function"}, {"type": "custom"}]},
    ],
)
def test_tools_of_the_caller_are_no_obstacle(fields):
    assert may_be_asked(asked(fields=fields).request)


@given(names=st.lists(st.text(min_size=1), min_size=4, max_size=4))
def test_a_part_has_its_place_and_no_other(names):
    workspace, route, scope, holder = names
    where = place(WorkspaceId(workspace), route, scope, holder=holder)
    assert Part(WorkspaceId(workspace)).has(where)
    assert Part(WorkspaceId(workspace), route, scope, holder).has(where)
    assert Part(WorkspaceId(workspace), holder=holder).has(where)
    for one, other in pairwise(names):
        if one != other:
            assert not Part(WorkspaceId(other), route=one).has(
                place(WorkspaceId(one), other, scope, holder=holder)
            )


@pytest.mark.timed
@pytest.mark.anyio
async def test_a_look_takes_little_time():
    """The goal is 10 us of the processor for 500 bytes; a busy machine may take four times that."""
    ask = Asking()
    text = "x" * 400
    async with caching() as place:
        wanted = asked(text)
        _ = await place.cache.answer(wanted, ask)
        took = []
        for _ in range(5):
            began = time.process_time()
            for _ in range(2_000):
                _ = await place.cache.answer(wanted, ask)
            took.append((time.process_time() - began) / 2_000)
    assert ask.times == 1
    assert min(took) / slowness() < 40e-6, took


def test_a_route_without_a_rule_has_no_cache():
    assert Route("r", ()).cache.mode == "off"
