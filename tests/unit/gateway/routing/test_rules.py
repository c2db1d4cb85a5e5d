"""Rules: the first that holds, what they may ask about, and what is said of the others."""

from tests.unit.gateway.routing.scenes import Holding, Stand, ask, route, target

from podium.gateway.routing.options import ByRule, RoundRobin, Rule
from podium.gateway.routing.rules import FACTS

A, B, C = target("a"), target("b"), target("c", regions=frozenset({"eu"}))


def _ruled(*rules: Rule):
    return route(A, B, C, strategy=ByRule(rules))


def test_the_first_rule_that_holds_decides() -> None:
    stand = Stand(conditions=Holding({"two", "three"}))
    ruled = _ruled(Rule("one", ("a",)), Rule("two", ("c", "b")), Rule("three", ("a",)))
    choice = stand.choose(ask(), ruled)
    assert [t.model.name for t in choice.targets] == ["c", "b"]
    assert str(choice.reason).startswith("by_rule: rule 2 holds: two")


def test_where_no_rule_holds_all_targets_come_in_order() -> None:
    choice = Stand().choose(ask(), _ruled(Rule("one", ("b",))))
    assert choice.targets == (A, B, C)
    assert "no rule holds" in str(choice.reason)


def test_a_rule_that_fails_is_passed_over_and_named() -> None:
    stand = Stand(conditions=Holding({"two"}))
    choice = stand.choose(ask(), _ruled(Rule("bad", ("a",)), Rule("two", ("b",))))
    assert choice.targets == (B,)
    assert "rule 1 failed: It cannot be computed." in str(choice.reason)


def test_a_rule_whose_targets_may_not_see_the_question_is_passed_over() -> None:
    stand = Stand(conditions=Holding({"one"}))
    two = route(
        A, C, target("d", regions=frozenset({"eu"})), strategy=ByRule((Rule("one", ("a",)),))
    )
    choice = stand.choose(ask(region="eu"), two)
    assert [t.model.name for t in choice.targets] == ["c", "d"]
    assert "none of its targets may be asked now" in str(choice.reason)


def test_the_targets_of_a_rule_have_a_strategy_of_their_own() -> None:
    stand = Stand(conditions=Holding({"one"}))
    ruled = _ruled(Rule("one", ("b", "a"), RoundRobin()))
    assert [stand.order(ask(), ruled)[0] for _ in range(3)] == ["b", "a", "b"]


def test_rules_ask_about_facts_and_those_of_the_text_only_where_one_names_them() -> None:
    stand = Stand()
    question = ask("Das ist dringend, bitte helfen Sie mir mit der Rechnung!", tags={"team": "x"})
    _ = stand.choose(question, _ruled(Rule(".size > 10", ("a",))))
    assert "text" not in stand.conditions.seen[0]
    assert stand.conditions.seen[0]["tags"] == {"team": "x"}
    _ = stand.choose(question, _ruled(Rule('.language == "de"', ("a",))))
    facts = stand.conditions.seen[1]
    assert (facts["language"], facts["urgency"], facts["content_type"]) == ("de", "high", "short")
    assert set(facts) == set(FACTS)
