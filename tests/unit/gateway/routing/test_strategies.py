"""Strategies that look at the targets: order, distribution, reasons."""

import pytest
from tests.unit.gateway.routing.scenes import Stand, ask, route, target

from podium.gateway.routing.options import (
    LeastBusy,
    LowestCost,
    LowestLatency,
    Priority,
    RoundRobin,
    Weighted,
)

A, B, C = target("a"), target("b"), target("c")


def test_priority_takes_the_targets_as_they_are_written() -> None:
    stand = Stand()
    choice = stand.choose(ask(), route(B, A, strategy=Priority()))
    assert choice.targets == (B, A)
    assert str(choice.reason) == "priority: in the order of the route"


def test_one_target_needs_no_strategy() -> None:
    choice = Stand().choose(ask(), route(A, strategy=Weighted()))
    assert choice.targets == (A,)
    assert "only target" in str(choice.reason)


def test_weights_are_shares() -> None:
    heavy, light = target("a", weight=3.0), target("b", weight=1.0)
    chosen = Stand().firsts(route(heavy, light, strategy=Weighted()), 4000)
    assert 0.72 < chosen["a"] / 4000 < 0.78


def test_weights_also_order_those_behind_the_first() -> None:
    stand = Stand()
    weighted = route(target("a", weight=8.0), B, target("c", weight=0.0), strategy=Weighted())
    orders = {tuple(stand.order(ask(), weighted)) for _ in range(200)}
    assert orders == {("a", "b", "c"), ("b", "a", "c")}


def test_round_robin_takes_turns_and_keeps_the_circle() -> None:
    stand = Stand()
    circle = route(A, B, C, strategy=RoundRobin())
    turns = [stand.order(ask(), circle) for _ in range(4)]
    assert turns == [["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"], ["a", "b", "c"]]


def test_routes_take_their_turns_apart() -> None:
    stand = Stand()
    one, other = route(A, B, strategy=RoundRobin()), route(A, B, strategy=RoundRobin())
    assert stand.order(ask(), one) == ["a", "b"]
    # The same name with options of its own, as after a new configuration: it starts anew.
    assert stand.order(ask(), other) == ["a", "b"]


def test_least_busy_counts_calls_in_flight_for_their_weight() -> None:
    stand = Stand()
    busy = route(A, B, strategy=LeastBusy())
    flights = [stand.fleet.of("a").began() for _ in range(2)]
    assert stand.order(ask(), busy) == ["b", "a"]
    for flight in flights:
        flight.succeeded()
    _ = stand.fleet.of("b").began()
    assert stand.order(ask(), busy) == ["a", "b"]
    wide = route(A, target("b", weight=4.0), strategy=LeastBusy())
    assert stand.order(ask(), wide) == ["b", "a"]


def test_least_busy_draws_lots_between_equals() -> None:
    chosen = Stand().firsts(route(A, B, strategy=LeastBusy()), 1000)
    assert 400 < chosen["a"] < 600


def test_lowest_latency_for_a_stream_is_first_token_and_tokens_after_it() -> None:
    stand = Stand()
    stand.streamed("a", 0.1, 0.05)
    stand.streamed("b", 1.0, 0.01)
    fast = route(A, B, strategy=LowestLatency())
    assert stand.order(ask(stream=True, max_tokens=10), fast) == ["a", "b"]
    assert stand.order(ask(stream=True, max_tokens=500), fast) == ["b", "a"]


def test_lowest_latency_for_an_answer_in_one_piece_is_its_pace() -> None:
    stand = Stand()
    stand.served("a", seconds=3.0)
    stand.served("b", seconds=1.0)
    choice = stand.choose(ask(), route(A, B, strategy=LowestLatency()))
    assert [t.model.name for t in choice.targets] == ["b", "a"]
    assert choice.reason.estimates["a"] == pytest.approx(3 * choice.reason.estimates["b"])


def test_lowest_latency_measures_the_unknown_with_one_call_at_a_time() -> None:
    stand = Stand()
    stand.served("a")
    fast = route(A, B, strategy=LowestLatency())
    choice = stand.choose(ask(), fast)
    assert choice.targets == (B, A)
    assert "not measured" in str(choice.reason)
    flight = stand.fleet.of("b").began()
    assert stand.order(ask(), fast) == ["a", "b"]
    flight.succeeded(100)
    assert stand.order(ask(), fast) == ["b", "a"]


def test_lowest_latency_measures_again_what_has_been_slow_for_a_minute() -> None:
    stand = Stand()
    stand.served("b", seconds=5.0)
    stand.clock.at += 50
    stand.served("a", seconds=1.0)
    fast = route(A, B, strategy=LowestLatency())
    assert stand.order(ask(), fast) == ["a", "b"]
    stand.clock.at += 20
    assert stand.order(ask(), fast) == ["b", "a"]


def test_lowest_cost_puts_unknown_prices_last() -> None:
    targets = (target("unpriced"), target("dear"), target("cheap"))
    choice = Stand().choose(ask("x" * 400), route(*targets, strategy=LowestCost()))
    assert [t.model.name for t in choice.targets] == ["cheap", "dear", "unpriced"]
    assert choice.reason.estimates == {
        "cheap": pytest.approx(301e-9),
        "dear": pytest.approx(6020e-9),
    }


def test_lowest_cost_expects_no_longer_answer_than_is_asked_for() -> None:
    targets = (target("cheap"), target("dear"))
    question = ask("x" * 400, max_tokens=20)
    choice = Stand().choose(question, route(*targets, strategy=LowestCost()))
    assert choice.reason.estimates["cheap"] == pytest.approx(121e-9)


def test_targets_of_a_fallback_stay_behind() -> None:
    last = target("z", rank=1, weight=1000.0)
    stand = Stand()
    for _ in range(20):
        assert stand.order(ask(), route(A, B, last, strategy=Weighted()))[-1] == "z"
