"""What scores teach: quality by kind, complexity, and that it survives a restart."""

import json
import time

import pytest
from tests.unit.gateway.routing.scenes import Dice, Stand, ask, route, target

from podium.gateway.routing.estimator import from_json, to_json, untrained
from podium.gateway.routing.features import features
from podium.gateway.routing.memory import Learned
from podium.gateway.routing.options import ByComplexity, QualityFloor
from podium.gateway.routing.quality import Qualities, gamma
from podium.gateway.routing.training import Aim, Example, train
from podium.kernel.errors import Invalid
from podium.kernel.json import Json

CHEAP, DEAR = target("cheap"), target("dear")
EASY, HARD = "What colour is the sky", "Prove the lemma of the integral"


def _examples(count: int = 400) -> list[Example]:
    """The cheap one fails at what has `lemma` in it, three times of four."""
    dice = Dice(7)
    found = list[Example]()
    for _ in range(count):
        hard = dice.random() < 0.4
        text = f"{HARD if hard else EASY} {int(dice.random() * 30)}?"
        weak = dice.random() < (0.25 if hard else 0.95)
        found.append(Example(features(text, {}), (float(weak), float(dice.random() < 0.95))))
    return found


def _trained(stand: Stand, **aim: float):
    trained = train(_examples(), ("cheap", "dear"), Aim(**aim))
    stand.router.learned.estimators["smart"] = trained.estimator
    return trained


def test_training_sends_the_hard_to_the_dear_and_the_easy_to_the_cheap() -> None:
    stand = Stand()
    trained = _trained(stand, keep=0.95, sure=0)
    smart = route(CHEAP, DEAR, strategy=ByComplexity())
    assert stand.order(ask(EASY), smart) == ["cheap", "dear"]
    assert stand.order(ask(HARD), smart) == ["dear", "cheap"]
    assert trained.quality >= 0.95
    assert 0.3 < trained.cost < 0.55
    assert sum(trained.shares) == pytest.approx(1)


def test_a_choice_says_what_it_expects_and_which_words_told() -> None:
    stand = Stand()
    _ = _trained(stand)
    choice = stand.choose(ask(HARD), route(CHEAP, DEAR, strategy=ByComplexity()))
    assert choice.reason.estimates["dear"] > choice.reason.estimates["cheap"] + 0.3
    assert "400 examples" in str(choice.reason)
    assert "lemma" in choice.features
    assert any(word in str(choice.reason) for word in ("lemma +", "prove +", "integral +"))


def test_a_price_of_the_operator_counts_before_that_of_training() -> None:
    stand = Stand()
    _ = _trained(stand)
    never = route(CHEAP, DEAR, strategy=ByComplexity(price=1.0))
    assert stand.order(ask(HARD), never)[0] == "cheap"


def test_the_same_examples_give_the_same_estimator() -> None:
    one, other = (train(_examples(), ("cheap", "dear"), Aim()).estimator for _ in range(2))
    assert to_json(one) == to_json(other)


def test_an_aim_with_more_to_spare_costs_more() -> None:
    careless, careful = (train(_examples(), ("cheap", "dear"), Aim(0.9, s)) for s in (0.0, 3.0))
    assert careful.cost >= careless.cost
    assert careful.quality >= careless.quality


def test_an_aim_that_nothing_reaches_takes_the_best_target() -> None:
    trained = train(_examples(), ("cheap", "dear"), Aim(keep=2.0))
    assert trained.quality == pytest.approx(1.0)
    assert trained.estimator.price == 0.0


@pytest.mark.parametrize(
    ("examples", "why"),
    [
        ([], "too few"),
        ([Example(("a",), (1.0,))] * 60, "needs 2 scores"),
        ([Example(("a",), (1.0, 1.5))] * 60, "from 0 to 1"),
        ([Example(("a",), (1.0, float("nan")))] * 60, "from 0 to 1"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(examples: list[Example], why: str) -> None:
    with pytest.raises(Invalid, match=why):
        _ = train(examples, ("cheap", "dear"), Aim())


def test_without_training_rules_of_thumb_decide() -> None:
    stand = Stand()
    smart = route(CHEAP, DEAR, strategy=ByComplexity())
    assert stand.order(ask("Hi, what is your name?"), smart)[0] == "cheap"
    hard = "Derive x^2 + 3*y = 4 and prove 5 < 6 * 7.\n```\ndef f(x): return x\n```\nWhy? How?"
    choice = stand.choose(ask(hard), smart)
    assert choice.targets[0] is DEAR
    assert "rules of thumb" in str(choice.reason)


def test_three_targets_are_worth_their_cost_or_not() -> None:
    estimator = untrained(("cheap", "middle", "dear"))
    assert estimator.costs == (0.0, 0.5, 1.0)
    qualities = estimator.qualities(features("Derive and prove a + b = c * d ^ e < f?", {}))
    assert qualities == sorted(qualities)


def test_scores_from_the_field_move_the_estimates() -> None:
    stand = Stand()
    smart = route(CHEAP, DEAR, strategy=ByComplexity())
    choice = stand.choose(ask("translate the poem"), smart)
    for _ in range(200):
        stand.router.learned.learn("smart", choice.features, target="cheap", score=0.0)
    after = stand.choose(ask("translate the poem"), smart)
    assert after.targets[0] is DEAR
    assert after.reason.estimates["cheap"] < 0.5
    assert "200 scores" in str(after.reason)
    other = stand.choose(ask("hello friend"), smart)
    assert other.reason.estimates["cheap"] > after.reason.estimates["cheap"]


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan")])
def test_a_score_is_from_0_to_1(score: float) -> None:
    with pytest.raises(Invalid, match="from 0, useless, to 1, perfect"):
        Learned().learn("smart", (), target="cheap", score=score)


def test_what_was_learned_survives_a_restart() -> None:
    stand = Stand()
    trained = _trained(stand)
    learned = stand.router.learned
    for _ in range(20):
        learned.learn("smart", ("kind:law", "lemma"), target="cheap", score=0.2)
    kept: Json = json.loads(json.dumps(learned.to_json()))
    after = Learned(estimators={"smart": from_json(to_json(trained.estimator))})
    after.restore(kept)
    assert after.to_json() == kept
    anew = Learned(estimators={"smart": untrained(("cheap", "dear"))})
    anew.restore(kept)
    assert anew.estimators["smart"].examples == 0


def test_a_state_of_another_version_is_refused_and_none_is_nothing() -> None:
    Learned().restore(None)
    with pytest.raises(Invalid, match="version 9"):
        Learned().restore({"version": 9})
    odd = Learned()
    odd.restore({"version": 1, "qualities": [["a"], 3], "estimators": None})
    assert odd.to_json()["qualities"] == []


@pytest.mark.parametrize(
    "value",
    [
        None,
        {"version": 2},
        {"version": 1, "targets": []},
        {"version": 1, "targets": ["a"], "bias": [1, 2], "price": 0, "costs": [1]},
        {"version": 1, "targets": ["a"], "bias": ["x"], "price": 0, "costs": [1]},
        {"version": 1, "targets": ["a"], "bias": [1], "price": float("inf"), "costs": [1]},
    ],
)
def test_what_is_no_estimator_is_refused(value: Json) -> None:
    with pytest.raises(Invalid, match="estimator"):
        _ = from_json(value)


def test_the_mean_of_a_gamma_variate_is_its_shape() -> None:
    dice = Dice(3)
    for shape in (0.3, 1.0, 5.0):
        drawn = [gamma(shape, dice) for _ in range(4000)]
        assert sum(drawn) / 4000 == pytest.approx(shape, rel=0.08)


def test_a_kind_starts_where_its_target_is_and_goes_its_own_way() -> None:
    qualities = Qualities()
    for _ in range(100):
        qualities.learn("cheap", "law", 0.2)
        qualities.learn("cheap", "chat", 1.0)
    assert qualities.expected(CHEAP, "law") < 0.3
    assert qualities.expected(CHEAP, "chat") > 0.9
    assert 0.5 < qualities.expected(CHEAP, "new") < 0.7
    assert qualities.expected(DEAR, "law") == 0.5
    assert qualities.expected(target("said", quality=0.9), "law") == pytest.approx(0.9)


def test_the_floor_takes_the_cheapest_that_is_known_to_be_good_enough() -> None:
    stand = Stand()
    for _ in range(300):
        stand.router.learned.learn("smart", ("kind:chat",), target="cheap", score=0.95)
        stand.router.learned.learn("smart", ("kind:law",), target="cheap", score=0.4)
        for kind in ("chat", "law"):
            stand.router.learned.learn("smart", (f"kind:{kind}",), target="dear", score=0.97)
    floor = route(CHEAP, DEAR, strategy=QualityFloor(floor=0.8))
    assert stand.order(ask(tags={"kind": "chat"}), floor)[0] == "cheap"
    choice = stand.choose(ask(tags={"kind": "law"}), floor)
    assert choice.targets[0] is DEAR
    assert "the cheapest above 0.80 on 'law'" in str(choice.reason)
    assert choice.features == ("kind:law",)


def test_where_none_is_above_the_floor_the_best_is_taken() -> None:
    stand = Stand()
    for _ in range(300):
        stand.router.learned.learn("smart", (), target="cheap", score=0.3)
        stand.router.learned.learn("smart", (), target="dear", score=0.5)
    choice = stand.choose(ask(), route(CHEAP, DEAR, strategy=QualityFloor()))
    assert choice.targets[0] is DEAR
    assert "none is above" in str(choice.reason)


def test_unknown_quality_is_explored_until_it_is_known() -> None:
    stand, dice = Stand(), Dice(5)
    floor = route(CHEAP, DEAR, strategy=QualityFloor(floor=0.8))
    truth = {"cheap": 0.9, "dear": 0.95}
    tried: list[str] = []
    for _ in range(400):
        choice = stand.choose(ask(tags={"kind": "chat"}), floor)
        name = choice.targets[0].model.name
        score = float(dice.random() < truth[name])
        stand.router.learned.learn("smart", choice.features, target=name, score=score)
        tried.append(name)
    assert {"cheap", "dear"} <= set(tried[:60])
    assert tried[-100:].count("cheap") > 80


@pytest.mark.timed
@pytest.mark.parametrize(
    ("options", "micros"),
    [(ByComplexity(), 1000), (QualityFloor(), 1000)],
    ids=["learned", "floor"],
)
def test_a_decision_takes_little_of_the_processor(options: object, micros: float) -> None:
    """About 100 microseconds were measured for by_complexity, 30 for quality_floor."""
    stand = Stand()
    _ = _trained(stand)
    smart = route(CHEAP, DEAR, strategy=options)  # pyright: ignore[reportArgumentType]
    began = time.process_time()
    _ = stand.firsts(smart, 500)
    assert (time.process_time() - began) / 500 * 1e6 < micros


def test_a_new_training_takes_the_place_and_the_same_one_keeps_what_it_learned() -> None:
    stand = Stand()
    learned = stand.router.learned
    trained = _trained(stand).estimator
    learned.learn("smart", features(EASY, {}), target="cheap", score=0.0)
    learned.take({"smart": from_json(to_json(trained))})
    assert learned.estimators["smart"].learned == 1
    other = train(_examples(300), ("cheap", "dear"), Aim()).estimator
    learned.take({"smart": other})
    assert learned.estimators["smart"] is other
    learned.take({})
    assert "smart" not in learned.estimators


def test_rules_of_thumb_are_made_anew_where_the_targets_of_a_route_change() -> None:
    stand = Stand()
    _ = stand.order(ask(EASY), route(CHEAP, DEAR, strategy=ByComplexity()))
    assert stand.router.learned.estimators["smart"].targets == ("cheap", "dear")
    options = ByComplexity()
    stand.router.learned.take({})
    _ = stand.order(ask(EASY), route(target("other"), DEAR, strategy=options))
    assert stand.router.learned.estimators["smart"].targets == ("other", "dear")
