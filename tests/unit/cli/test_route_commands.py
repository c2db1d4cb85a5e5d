"""`podium routes train`: a file of scored answers in, an estimator out."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from podium.cli.app import app
from podium.gateway.routing.estimator import from_json

WORDS = ("What colour is it", "Prove the lemma")


def _scored(folder: Path, count: int = 120) -> Path:
    file = folder / "scored.jsonl"
    rows = (
        {"text": f"{WORDS[i % 2]} {i}", "scores": {"small": 1 - i % 2, "large": 1}}
        for i in range(count)
    )
    _ = file.write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    return file


def _train(file: Path, *more: str, targets: str = "small,large"):
    out = str(file.with_name("smart.json"))
    words = ["routes", "train", str(file), "--targets", targets, "--output", out, *more]
    return CliRunner().invoke(app, words)


def test_a_route_is_trained_and_told_what_it_keeps(tmp_path: Path):
    result = _train(_scored(tmp_path))
    assert result.exit_code == 0, result.stderr
    assert "from 120 examples" in " ".join(result.stdout.split())
    estimator = from_json(json.loads((tmp_path / "smart.json").read_text()))
    assert estimator.targets == ("small", "large")
    easy, hard = (estimator.qualities((*w.lower().split(), "length:3.4")) for w in WORDS)
    assert hard[1] - hard[0] > easy[1] - easy[0] + 0.3


@pytest.mark.parametrize(
    ("content", "targets", "said"),
    [
        ("{", "small,large", "Line 1 is not JSON"),
        ("[1]", "small,large", "Line 1 is no object"),
        ('{"text": 3}', "small,large", "Line 1 has no 'text'"),
        ('{"text": "a", "scores": {"small": 2}}', "small,large", "score from 0 to 1 for 'small'"),
        ('{"text": "a", "scores": {"small": 1}}', "small,large", "for 'large', got None"),
        ('{"text": "a", "scores": {"a": 1, "b": 1}}', "a,b", "too few"),
        ("", "small", "two names or more"),
        (None, "a,b", "cannot be read"),
    ],
)
def test_what_cannot_be_trained_on_is_named(
    tmp_path: Path, content: str | None, targets: str, said: str
):
    file = tmp_path / "scored.jsonl"
    if content is not None:
        _ = file.write_text(content)
    result = _train(file, targets=targets)
    assert result.exit_code == 1
    assert said in " ".join(result.stderr.split())
