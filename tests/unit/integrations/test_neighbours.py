"""Synthetic clouds of points around one centre for each label; the seeds are fixed."""

import itertools

import numpy as np
import pytest

from podium.integrations.neighbours import (
    NOTHING_PASSES,
    Neighbours,
    Threshold,
    choose_threshold,
)
from podium.kernel.errors import Invalid

DIMENSIONS = 16
INTENTS = tuple(f"intent_{number:02}" for number in range(15))


def examples(spread, each=20, seed=1, intents=INTENTS):
    """Vectors (n, d) and labels (n); `spread` is the noise around a label's centre."""
    dice = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(size=(len(intents), DIMENSIONS)) + 5
    labels = [intent for intent in intents for _ in range(each)]
    places = np.repeat(np.arange(len(intents)), each)
    noise = dice.normal(size=(len(labels), DIMENSIONS)) * spread
    return (centres[places] + noise).astype(np.float32), labels


def judged(learnt, vectors, labels):
    """(confidence, right) of each."""
    found = [learnt.classify(vector) for vector in vectors]
    return [(one.confidence, one.label == label) for one, label in zip(found, labels, strict=True)]


def test_finds_the_label_of_a_message_like_the_examples():
    learnt = Neighbours.learn(*examples(spread=0.3))
    asked, labels = examples(spread=0.3, each=4, seed=2)
    assert all(right for _, right in judged(learnt, asked, labels))


def test_an_example_is_its_own_nearest_neighbour():
    vectors, labels = examples(spread=0.3)
    found = Neighbours.learn(vectors, labels).classify(vectors[33])
    assert found.label == labels[33]
    assert found.neighbours[0].index == 33
    assert found.neighbours[0].label == labels[33]
    assert found.neighbours[0].score == pytest.approx(1, abs=1e-5)


def test_the_neighbours_come_nearest_first():
    vectors, labels = examples(spread=1.0)
    found = Neighbours.learn(vectors, labels).classify(vectors[7])
    scores = [near.score for near in found.neighbours]
    assert len(scores) == 10
    assert scores == sorted(scores, reverse=True)


def test_confidence_and_margin_fall_between_two_labels():
    vectors, labels = examples(spread=0.3)
    learnt = Neighbours.learn(vectors, labels)
    clear = learnt.classify(vectors[0])
    between = learnt.classify((vectors[0] + vectors[25]) / 2)
    assert 0 <= between.confidence < clear.confidence <= 1
    assert between.margin < clear.margin


def test_the_confident_half_is_right_more_often():
    learnt = Neighbours.learn(*examples(spread=1.6))
    asked, labels = examples(spread=1.6, each=20, seed=2)
    best_first = sorted(judged(learnt, asked, labels), reverse=True)
    half = len(best_first) // 2
    right = [sum(one for _, one in part) / half for part in (best_first[:half], best_first[half:])]
    assert right[0] > right[1] + 0.1


def test_many_at_once_say_the_same_as_one_by_one():
    vectors, labels = examples(spread=1.0)
    learnt = Neighbours.learn(vectors, labels)
    asked = examples(spread=1.0, each=50, seed=3)[0]
    both = learnt.probabilities(asked)
    assert both.shape == (750, 15)
    assert both.sum(axis=1) == pytest.approx(np.ones(750), abs=1e-4)
    for vector, row in itertools.islice(zip(asked, both, strict=True), 0, 750, 50):
        top = np.sort(row)[-2:]
        found = learnt.classify(vector)
        assert found.label == learnt.labels[int(row.argmax())]
        assert found.confidence == pytest.approx(top[1] - top[0], abs=1e-4)


def test_learning_twice_gives_the_same_classifier():
    vectors, labels = examples(spread=1.0)
    first, second = (Neighbours.learn(vectors, labels).classify(vectors[5]) for _ in range(2))
    assert first == second


def test_the_order_of_the_examples_does_not_matter():
    vectors, labels = examples(spread=1.0)
    turned = Neighbours.learn(vectors[::-1], labels[::-1]).classify(vectors[5] + 0.1)
    straight = Neighbours.learn(vectors, labels).classify(vectors[5] + 0.1)
    assert turned.label == straight.label
    assert turned.confidence == pytest.approx(straight.confidence, abs=1e-3)


def test_two_examples_of_two_labels_are_enough_to_start():
    found = Neighbours.learn([[1.0, 0.0], [0.0, 1.0]], ["a", "b"]).classify([0.9, 0.2])
    assert found.label == "a"
    assert len(found.neighbours) == 2


def test_examples_that_are_all_alike_are_told_apart_by_nothing():
    found = Neighbours.learn(np.ones((6, 3)), ["a", "b"] * 3).classify([1, 1, 1])
    assert found.confidence == pytest.approx(0, abs=1e-6)


def test_a_chosen_threshold_keeps_its_precision_on_messages_it_never_saw():
    vectors, labels = examples(spread=1.3, each=40)
    chosen = choose_threshold(vectors, labels, precision=0.95)
    learnt = Neighbours.learn(vectors, labels)
    asked = judged(learnt, *examples(spread=1.3, each=40, seed=2))
    passed = [right for confidence, right in asked if confidence >= chosen.confidence]
    assert chosen.precision >= 0.95
    assert sum(passed) / len(passed) > 0.93
    assert len(passed) / len(asked) == pytest.approx(chosen.coverage, abs=0.08)


def test_a_higher_precision_lets_less_through():
    vectors, labels = examples(spread=1.6, each=40)
    strict, lenient = (choose_threshold(vectors, labels, precision=p) for p in (0.98, 0.9))
    assert strict.confidence > lenient.confidence
    assert strict.coverage < lenient.coverage


def test_a_few_examples_do_not_prove_a_high_precision():
    vectors, labels = examples(spread=0.1, each=3, intents=INTENTS[:2])
    assert choose_threshold(vectors, labels, precision=0.98) == Threshold(NOTHING_PASSES, 1.0, 0.0)


def test_labels_that_mean_nothing_let_nothing_through():
    dice = np.random.default_rng(5)
    labels = list(dice.permutation(["a", "b"] * 60))
    chosen = choose_threshold(dice.normal(size=(120, 8)), labels, precision=0.95)
    assert chosen.coverage < 0.05


def test_a_label_with_one_example_counts_as_missed_when_that_is_left_out():
    vectors, labels = examples(spread=0.1, each=30, intents=INTENTS[:3])
    lonely = np.vstack([vectors, np.full((1, DIMENSIONS), 50, dtype=np.float32)])
    chosen = choose_threshold(lonely, [*labels, "lonely"], precision=0.9)
    assert chosen.precision >= 0.9
    assert choose_threshold([[0.0, 1], [1, 0]], ["a", "b"], precision=0.5).coverage == 0


@pytest.mark.parametrize(
    ("vectors", "labels", "said"),
    [
        ([[1.0, 2.0]], ["a", "b"], "2 labels do not fit vectors of shape"),
        ([1.0, 2.0], ["a", "b"], "2 labels do not fit vectors of shape"),
        ([[1.0, 2.0], [2.0, 1.0]], ["a", "a"], "the examples have 1 labels"),
        ([], [], "0 labels do not fit"),
        ([[1.0, float("nan")], [2.0, 1.0]], ["a", "b"], "not a number"),
    ],
)
def test_examples_that_do_not_fit_are_refused_with_the_reason(vectors, labels, said):
    with pytest.raises(Invalid, match=said):
        _ = Neighbours.learn(vectors, labels)
    with pytest.raises(Invalid, match=said):
        _ = choose_threshold(vectors, labels, precision=0.9)


def test_a_vector_of_another_model_is_refused():
    learnt = Neighbours.learn([[1.0, 0.0], [0.0, 1.0]], ["a", "b"])
    with pytest.raises(Invalid, match="Embed both with the same model"):
        _ = learnt.classify([1.0, 2.0, 3.0])


@pytest.mark.parametrize(("precision", "folds"), [(1.0, 5), (0.0, 5), (0.9, 1)])
def test_a_threshold_for_an_impossible_precision_is_refused(precision, folds):
    vectors, labels = examples(spread=1.0, each=2)
    with pytest.raises(Invalid, match="Give a precision between 0 and 1"):
        _ = choose_threshold(vectors, labels, precision=precision, folds=folds)
