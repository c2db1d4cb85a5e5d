"""What a text looks like, whatever it is."""

import time

import pytest
from tests.unit.gateway.routing.scenes import ask

from podium.gateway.routing.features import content_type, features, language, urgency


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "empty"),
        ('{"a": 1}', "json"),
        ("def add(a, b):\n    return a + b", "code"),
        ("Solve x^2 + 3x = 0 and 2y = 4 * z", "math"),
        ("Hello there", "short"),
        (
            "Please tell me at some length about the history of the city in which I was born.",
            "text",
        ),
    ],
)
def test_the_type_of_a_content(text: str, kind: str) -> None:
    assert content_type(text) == kind


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("What is the capital of France and how far is it to London?", "en"),
        ("Was ist die Hauptstadt von Frankreich und wie weit ist es nach London?", "de"),
        ("Quelle est la capitale de la France et comment vous y allez dans un train ?", "fr"),
        ("¿Cuál es la capital de España y cómo se llega para los turistas?", "es"),
        ("法国的首都是什么", "zh"),
        ("フランスの首都はどこですか", "ja"),
        ("Какая столица Франции?", "ru"),
        ("xyzzy plugh", ""),
        ("", ""),
    ],
)
def test_the_language_of_a_text(text: str, name: str) -> None:
    assert language(text) == name


def test_urgency_is_said_by_the_tag_or_by_the_text() -> None:
    assert urgency("I need this ASAP", {}) == "high"
    assert urgency("I need this ASAP", {"urgency": "low"}) == "low"
    assert urgency("Take your time.", {}) == "normal"


def test_features_are_words_then_traits_then_tags() -> None:
    found = features("Why is 2 + 2 = 4? Why?", {"subject": "maths"})
    assert found[:4] == ("why", "is", "2", "4")
    assert "numbers:3" in found
    assert "questions:2" in found
    assert found[-1] == "tag:subject=maths"
    marked = [":" in feature for feature in found]
    assert marked == sorted(marked)


@pytest.mark.timed
@pytest.mark.parametrize(
    "text",
    [
        "",
        "a" * 10_000_000,
        "\x00\xff\ud800" * 1_000_000,
        "import " * 1_000_000,
        "{" * 1_000_000,
        "sorry but i " * 500_000,
    ],
)
def test_hostile_text_takes_bounded_time(text: str) -> None:
    question = ask(text)
    began = time.process_time()
    shown = question.text()
    _ = features(shown, {}), content_type(shown), language(shown), urgency(shown, {})
    assert time.process_time() - began < 0.25
