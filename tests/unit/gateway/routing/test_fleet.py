"""Gauges: what is in flight, how fast it is, and how a target loses and regains its share."""

from tests.unit.gateway.fakes import StillClock
from tests.unit.gateway.routing.scenes import Stand, ask, route, target

from podium.gateway.routing.fleet import SMALLEST, Fleet
from podium.gateway.routing.options import Priority, Weighted

A, B = target("a"), target("b")


def test_a_flight_lands_once() -> None:
    gauge = Fleet(StillClock()).of("a")
    flight, other = gauge.began(), gauge.began()
    assert gauge.in_flight == 2
    flight.succeeded(10)
    flight.failed()
    flight.dropped()
    flight.succeeded(10)
    assert (gauge.in_flight, gauge.errors) == (1, 0.0)
    other.dropped()
    other.first()
    assert (gauge.in_flight, gauge.first_token.seen) == (0, 0)


def test_a_stream_is_measured_by_its_first_token_and_those_after_it() -> None:
    stand = Stand()
    stand.streamed("a", 0.5, 0.02, times=3)
    gauge = stand.fleet.of("a")
    assert abs((gauge.expects(100, stream=True) or 0) - 2.5) < 1e-6
    assert gauge.expects(100, stream=False) is None


def test_a_target_that_does_well_keeps_its_whole_share() -> None:
    stand = Stand()
    stand.served("a", times=50)
    assert stand.fleet.of("a").share() == 1.0


def test_errors_take_share_away_and_answers_give_it_back() -> None:
    stand = Stand()
    gauge = stand.fleet.of("a")
    stand.failed("a", times=5)
    ill = gauge.share()
    assert ill < 0.2
    stand.served("a", seconds=0.1, times=10)
    assert gauge.share() > 0.8


def test_time_gives_share_back_where_nobody_asks() -> None:
    stand = Stand()
    gauge = stand.fleet.of("a")
    stand.failed("a", times=20)
    assert gauge.share() < 0.1
    stand.clock.at += 30
    assert 0.4 < gauge.share() < 0.6
    stand.clock.at += 300
    assert gauge.share() > 0.99


def test_some_calls_are_left_even_to_the_worst() -> None:
    stand = Stand()
    stand.failed("a", times=500)
    assert stand.fleet.of("a").share() == SMALLEST


def test_a_target_that_becomes_slower_loses_share_until_that_is_usual() -> None:
    stand = Stand()
    gauge = stand.fleet.of("a")
    stand.served("a", seconds=0.1, times=50)
    stand.served("a", seconds=1.0, times=10)
    assert gauge.share() < 0.6
    stand.served("a", seconds=1.0, times=100)
    assert gauge.share() == 1.0


def test_answers_of_other_lengths_are_no_change_of_speed() -> None:
    stand = Stand()
    for tokens in (20, 400, 50, 1000, 80) * 10:
        stand.served("a", seconds=0.5 + tokens / 100, tokens=tokens)
    assert stand.fleet.of("a").share() == 1.0


def test_a_degraded_target_gets_a_smaller_share_of_the_calls() -> None:
    stand = Stand()
    stand.failed("a", times=3)
    share = stand.fleet.of("a").share()
    chosen = stand.firsts(route(A, B, strategy=Priority()))
    assert abs(chosen["a"] / 2000 - share) < 0.04
    chosen = stand.firsts(route(A, B, strategy=Weighted()))
    assert abs(chosen["a"] / 2000 - share / 2) < 0.04


def test_where_all_are_degraded_the_order_stands() -> None:
    stand = Stand()
    for name in ("a", "b"):
        stand.failed(name, times=100)
    chosen = stand.firsts(route(A, B, strategy=Priority()))
    assert chosen["a"] > 1800


def test_the_reason_says_who_was_passed_over() -> None:
    stand = Stand()
    stand.failed("a", times=100)
    choice = next(
        choice
        for _ in range(50)
        if (choice := stand.choose(ask(), route(A, B, strategy=Priority()))).targets[0] is B
    )
    assert "a keeps 5%" in str(choice.reason)
