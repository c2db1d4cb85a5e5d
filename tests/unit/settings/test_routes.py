"""Routes in podium.yaml: strategies, targets, and what `podium config check` says of mistakes."""

import json
from pathlib import Path

import pytest

from podium.gateway.models import Route
from podium.gateway.routing.estimator import to_json, untrained
from podium.gateway.routing.options import (
    ByComplexity,
    ByRule,
    Cascade,
    LowestCost,
    LowestLatency,
    Priority,
    QualityFloor,
    RoundRobin,
    Rule,
    Weighted,
)
from podium.kernel.errors import Invalid
from podium.settings import load
from podium.settings.strategies import estimators
from podium.settings.wiring import catalogue

MODELS = """\
version: 1
models:
  cheap: {provider: groq, model: a}
  dear: {provider: openai, model: b}
routes:
  smart:
    targets: [cheap, dear]
"""


def _load(folder: Path, text: str):
    path = folder / "podium.yaml"
    _ = path.write_text(MODELS + text)
    return load(path, {})


def _route(folder: Path, text: str) -> Route:
    return catalogue(_load(folder, text)).routes["smart"]


def _problem(folder: Path, text: str) -> str:
    with pytest.raises(Invalid) as refused:
        _ = _load(folder, text)
    (problem,) = refused.value.problems
    return str(problem)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("", Priority()),
        ("    strategy: weighted", Weighted()),
        ("    strategy: lowest_cost\n    answer_tokens: 50", LowestCost(50)),
        ("    strategy: lowest_latency", LowestLatency(200)),
        ("    strategy: round_robin", RoundRobin()),
        ("    strategy: cascade", Cascade()),
        (
            "    strategy: cascade\n    cascade: {confidence: 1, pattern: x, refusals: accept}",
            Cascade(1.0, "x", None, refuse_refusals=False),
        ),
        ("    strategy: by_complexity\n    by_complexity: {price: 0.2}", ByComplexity(0.2)),
        ("    strategy: quality_floor\n    quality_floor: {floor: 0.9}", QualityFloor(0.9)),
        (
            "    strategy: by_rule\n    rules: [{when: .size > 10, targets: [dear]}]",
            ByRule((Rule(".size > 10", ("dear",)),)),
        ),
    ],
)
def test_a_strategy_has_its_settings_and_defaults(tmp_path: Path, text: str, options: object):
    assert _route(tmp_path, text).strategy == options


def test_a_target_is_a_name_or_has_what_holds_for_it_alone(tmp_path: Path):
    text = MODELS.replace(
        "[cheap, dear]",
        "[{model: cheap, weight: 3, concurrency: 8, regions: [eu], data_classes: [public], "
        "quality: 0.7}, dear]",
    )
    path = tmp_path / "podium.yaml"
    _ = path.write_text(text + "    sticky: true\n    fallback: local/smollm2\n")
    route = catalogue(load(path, {})).routes["smart"]
    first, second, last = route.targets
    assert (first.weight, first.concurrency, first.quality) == (3.0, 8, 0.7)
    assert (first.regions, first.data_classes) == ({"eu"}, {"public"})
    assert (second.weight, second.concurrency, second.rank) == (1.0, 0, 0)
    assert (last.model.name, last.rank) == ("local/smollm2", 1)
    assert route.sticky


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("    strategy: fastest", "by_rule"),
        ("    cascade: {confidence: 0.5}", "has no effect with strategy 'priority'"),
        ("    rules: [{when: .size > 1, targets: [dear]}]", "Write 'strategy: by_rule'"),
        ("    strategy: by_rule", "no rules"),
        (
            "    strategy: by_rule\n    rules: [{when: .size > 1, targets: [daer]}]",
            "Did you mean 'dear'?",
        ),
        (
            "    strategy: by_rule\n    rules: [{when: .size >, targets: [dear]}]",
            "Facts to ask about: .operation",
        ),
        (
            "    strategy: by_rule\n    rules: [{when: $size > 1, targets: [dear]}]",
            "no variable $size",
        ),
        ("    strategy: cascade\n    cascade: {pattern: '('}", "pattern of a cascade"),
        ("    strategy: cascade\n    cascade: {json_schema: {type: odd}}", "schema of a cascade"),
        ("    strategy: quality_floor\n    quality_floor: {floor: 2}", "less than or equal to 1"),
        ("    strategy: cascade\n    cascade: {confidense: 1}", "Did you mean 'confidence'?"),
    ],
)
def test_a_mistake_is_explained(tmp_path: Path, text: str, said: str):
    assert said in _problem(tmp_path, text)


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        ("[{model: chaep}, dear]", "Did you mean 'cheap'"),
        ("[{model: cheap, wieght: 2}]", "Did you mean 'weight'?"),
        ("[{model: cheap, weight: -1}]", "routes.smart.targets.0.weight"),
        ("[{weight: 1}]", "routes.smart.targets.0.model is missing"),
        ("[{model: cheap, weight: 0}, {model: dear, weight: 0}]", "have weight 0"),
        ("[3]", "routes.smart.targets.0"),
    ],
)
def test_a_mistake_in_a_target_is_explained(tmp_path: Path, targets: str, said: str):
    path = tmp_path / "podium.yaml"
    _ = path.write_text(MODELS.replace("[cheap, dear]", targets))
    with pytest.raises(Invalid) as refused:
        _ = load(path, {})
    (problem,) = refused.value.problems
    assert said in str(problem)
    assert problem.line == 7


def test_an_estimator_is_read_beside_podium_yaml(tmp_path: Path):
    file = tmp_path / "smart.json"
    _ = file.write_text(json.dumps(to_json(untrained(("cheap", "dear")))))
    text = "    strategy: by_complexity\n    by_complexity: {estimator: smart.json}"
    assert estimators(_load(tmp_path, text))["smart"].targets == ("cheap", "dear")
    assert estimators(_load(tmp_path, "")) == {}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        ("{", "cannot be read"),
        ("{}", "podium routes train"),
        (json.dumps(to_json(untrained(("x", "y")))), "knows x, y and none"),
    ],
)
def test_an_estimator_that_cannot_be_used_is_named(tmp_path: Path, content: str | None, said: str):
    if content is not None:
        _ = (tmp_path / "smart.json").write_text(content)
    text = "    strategy: by_complexity\n    by_complexity: {estimator: smart.json}"
    with pytest.raises(Invalid, match=r"routes\.smart\.by_complexity") as refused:
        _ = estimators(_load(tmp_path, text))
    assert said in refused.value.message
