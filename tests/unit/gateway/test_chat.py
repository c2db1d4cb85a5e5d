from dataclasses import replace

import anyio
import pytest
from tests.unit.gateway.fakes import (
    ANA,
    ASK,
    REFUSED,
    SLOW,
    Script,
    World,
    answer,
    status,
)

from podium.gateway.models import Deadlines, Outcome, UsageSource
from podium.identity.keys import Key, Scopes
from podium.kernel.errors import Invalid, LimitReached, NotFound, TimedOut, Unavailable
from podium.kernel.ids import KeyId

pytestmark = pytest.mark.anyio


async def test_an_answer_comes_with_a_record_of_what_it_took():
    world = World(Script([answer("hi")]))

    body, record = await world.gateway().chat(ANA, ASK)

    assert body["choices"] == answer("hi")["choices"]
    assert (record.route, record.model, record.provider) == ("default", "first", "alpha")
    assert (record.usage.input, record.usage.output) == (7, 3)
    assert record.cost == 10 * 10**9
    assert (record.workspace, record.user) == (ANA.workspace, ANA.user)
    assert record.id.startswith("call_")
    assert record.finish_reasons == ("stop",)
    assert record.ok
    assert world.book.records == [record]


async def test_fields_that_podium_does_not_know_reach_the_provider():
    world = World(Script([answer("hi")]))

    _ = await world.gateway().chat(ANA, {**ASK, "frobnicate": {"a": 1}, "stream": False})

    assert world.alpha.seen[0]["frobnicate"] == {"a": 1}
    assert "stream" not in world.alpha.seen[0]


async def test_an_unknown_name_is_not_found_and_near_names_are_said():
    world = World(Script([answer("hi")]))

    with pytest.raises(NotFound, match=r"'defualt'.*Did you mean 'default'"):
        _ = await world.gateway().chat(ANA, {**ASK, "model": "defualt"})
    assert world.book.records == []


@pytest.mark.parametrize("broken", [{"model": 3}, {"messages": []}, {"messages": None}])
async def test_a_request_without_a_name_or_messages_is_invalid(broken):
    with pytest.raises(Invalid) as refused:
        _ = await World(Script([answer("hi")])).gateway().chat(ANA, {**ASK, **broken})
    assert refused.value.problems[0].path == f"/{next(iter(broken))}"


async def test_a_model_that_only_embeds_does_not_chat():
    with pytest.raises(Invalid, match=r"'texts' cannot do chat. Models that can: first"):
        _ = await World(Script([answer("hi")])).gateway().chat(ANA, {**ASK, "model": "texts"})


async def test_a_server_error_is_tried_again_after_a_jittered_wait():
    world = World(Script([status(503), status(500), answer("at last")]))

    _, record = await world.gateway().chat(ANA, ASK)

    assert [a.status for a in record.attempts] == [503, 500, 0]
    assert world.waits == [0.125, 0.25]


async def test_retry_after_is_waited_for():
    world = World(Script([status(429, retry_after=7.0), answer("hi")]))

    _ = await world.gateway().chat(ANA, ASK)

    assert world.waits == [7.125]


async def test_a_retry_after_beyond_patience_goes_to_the_next_target_at_once():
    world = World(Script([status(429, retry_after=3600.0)]))

    body, record = await world.gateway().chat(ANA, ASK)

    assert body["choices"] == answer("from beta")["choices"]
    assert (world.waits, record.provider) == ([], "beta")


async def test_an_empty_purse_is_not_tried_again():
    world = World(Script([status(429, name="insufficient_quota")]))

    _, record = await world.gateway().chat(ANA, ASK)

    assert [a.provider for a in record.attempts] == ["alpha", "beta"]


@pytest.mark.parametrize("failure", [SLOW, status(401), status(404), status(501)])
async def test_what_a_retry_cannot_mend_goes_to_the_next_target(failure):
    world = World(Script([failure]))

    _, record = await world.gateway().chat(ANA, ASK)

    assert [a.provider for a in record.attempts] == ["alpha", "beta"]


async def test_a_request_at_fault_is_given_up_at_once():
    world = World(Script([status(400)]))

    with pytest.raises(Invalid, match="It answered 400") as refused:
        _ = await world.gateway().chat(ANA, ASK)

    assert world.beta.seen == []
    assert refused.value.details["call"] == world.book.records[0].id
    error = world.book.records[0].error
    assert error is not None
    assert error.code == "invalid"


async def test_when_every_target_fails_the_caller_is_told_the_story():
    world = World(Script([REFUSED]), Script([status(503)]))

    with pytest.raises(Unavailable, match=r"6 attempts \(first: connect, .* second: 503\)"):
        _ = await world.gateway().chat(ANA, ASK)

    record = world.book.records[0]
    assert record.model == "second"
    assert record.cost is None
    assert len(record.attempts) == 6


async def test_a_limit_at_every_target_is_a_limit_for_the_caller():
    world = World(Script([status(429, retry_after=90.0)]), Script([status(429, retry_after=30.0)]))

    with pytest.raises(LimitReached) as refused:
        _ = await world.gateway().chat(ANA, ASK)
    assert refused.value.retry_after == 30.0


async def test_the_total_deadline_bounds_retries_and_fallbacks_together():
    world = World(Script([status(503)]), deadlines=Deadlines(total=10.0))
    world.alpha.before = lambda: setattr(world.clock, "at", world.clock.at + 6.0)

    with pytest.raises(Unavailable):
        _ = await world.gateway().chat(ANA, ASK)

    assert [round(d.total, 1) for d in world.alpha.deadlines] == [10.0, 3.9]
    assert world.beta.seen == []


async def test_a_timeout_at_every_target_is_a_timeout_for_the_caller():
    with pytest.raises(TimedOut):
        _ = await World(Script([SLOW]), Script([SLOW])).gateway().chat(ANA, ASK)


async def test_retries_stop_when_their_budget_is_spent():
    world = World(Script([status(503)]), Script([answer("hi")]))
    gateway = world.gateway()
    world.clock.at = 0.0  # nothing flows back by time
    world.chance.value = 0.0

    records = [(await gateway.chat(ANA, {**ASK}))[1] for _ in range(40)]

    retried = sum(sum(a.outcome is Outcome.STATUS for a in r.attempts) > 1 for r in records)
    assert retried < 12


async def test_usage_that_is_not_reported_is_estimated_and_says_so():
    silent = {k: v for k, v in answer("twelve bytes").items() if k != "usage"}
    world = World(Script([silent]))

    _, record = await world.gateway().chat(ANA, ASK)

    assert record.usage.source is UsageSource.ESTIMATED
    assert record.usage.input == 4  # "user" and "Hello there" are 15 bytes
    assert record.usage.output > 0


async def test_an_unknown_price_is_not_a_price_of_nothing():
    world = World(Script([answer("hi")]))

    _, record = await world.gateway().chat(ANA, {**ASK, "model": "unpriced"})

    assert record.cost is None


async def test_embeddings_go_the_same_way():
    vectors = {"data": [{"embedding": [0.1]}], "usage": {"prompt_tokens": 5, "total_tokens": 5}}
    world = World(Script([status(503), vectors]))

    body, record = await world.gateway().embed(ANA, {"model": "texts", "input": ["a", "b"]})

    assert body == vectors
    assert (record.usage.input, record.usage.output) == (5, 0)
    assert record.operation.value == "embeddings"
    assert len(record.attempts) == 2


async def test_a_cancelled_call_is_recorded_and_frees_its_target():
    world = World(Script([answer("never")], gate=anyio.Event()))

    with anyio.move_on_after(0.01):
        _ = await world.gateway().chat(ANA, ASK)

    record = world.book.records[0]
    assert record.error is not None
    assert record.error.code == "cancelled"
    assert record.attempts[0].outcome is Outcome.CANCELLED


async def test_models_lists_routes_and_models():
    names = [each.name for each in World(Script([answer("x")])).gateway().models(ANA)]

    assert names == ["default", "first", "second", "unpriced", "texts"]


async def test_models_lists_what_the_callers_key_may_use():
    key = Key(KeyId("key_1"), "ci", scopes=Scopes(models=("fir*", "texts")))
    gateway = World(Script([answer("x")])).gateway()

    assert [each.name for each in gateway.models(replace(ANA, key=key))] == ["first", "texts"]


async def test_a_refusal_names_nothing_that_the_callers_key_may_not_use():
    key = Key(KeyId("key_1"), "ci", scopes=Scopes(models=("firs*", "tex*")))
    gateway, ci = World(Script([answer("x")])).gateway(), replace(ANA, key=key)

    with pytest.raises(NotFound, match=r"'first9'\. Did you mean 'first'\?"):
        _ = await gateway.chat(ci, {**ASK, "model": "first9"})
    with pytest.raises(NotFound, match=r"There is first, texts\.$"):
        _ = await gateway.chat(ci, {**ASK, "model": "textile works of old"})
    with pytest.raises(Invalid, match=r"Models that can: first\.$"):
        _ = await gateway.chat(ci, {**ASK, "model": "texts"})


@pytest.mark.parametrize(
    ("failure", "remedy"),
    [
        (REFUSED, "Start it, or correct its base_url in podium.yaml"),
        (SLOW, "Give it more time under 'timeouts' in podium.yaml, or ask for less"),
        (status(503), "Try again later"),
    ],
)
async def test_who_asked_a_model_that_is_down_is_told_what_to_do(failure, remedy):
    world = World(Script([failure]))

    with pytest.raises(Unavailable) as down:
        _ = await world.gateway().chat(ANA, {**ASK, "model": "first"})

    assert down.value.message.startswith("'first' did not answer after")
    assert f"{failure.message} {remedy}; " in down.value.message
    assert "'podium models test first' shows whether it answers." in down.value.message
    assert "A route with a second model would go on without it." in down.value.message


async def test_who_asked_a_route_is_not_told_to_make_one():
    world = World(Script([REFUSED]), Script([REFUSED]))

    with pytest.raises(Unavailable) as down:
        _ = await world.gateway().chat(ANA, ASK)

    assert "podium.yaml. 'podium models test second' shows" in down.value.message
    assert "A route" not in down.value.message


async def test_a_wrong_key_is_explained_by_who_read_the_refusal():
    world = World(Script([status(401)]), Script([status(401)]))

    with pytest.raises(Unavailable, match=r"It answered 401\.$"):
        _ = await world.gateway().chat(ANA, ASK)
