"""What `make bench-routing` measures, on a few invented questions."""

from pathlib import Path
from random import Random  # noqa: TID251 - chance by seed

import pytest
from bench.routing import page
from bench.routing.data import Asked, halves, read
from bench.routing.score import cost, score


def _rows() -> list[Asked]:
    dice = Random(3)  # noqa: S311
    rows = list[Asked]()
    for i in range(400):
        hard = dice.random() < 0.3
        text = f"{'Prove the lemma' if hard else 'What is the colour'} of {i % 40}"
        benchmark = "gsm8k" if i % 4 == 0 else "mmlu"
        rows.append(Asked(benchmark, text, "logic" if hard else "art", not hard, i % 20 != 0))
    return rows


def test_without_the_data_it_says_what_is_missing(tmp_path: Path):
    with pytest.raises(SystemExit, match=r"none\.gz is missing.*--data FILE"):
        _ = read(tmp_path / "none.gz")


def test_a_question_is_trained_on_or_reported_on_and_never_both():
    rows = _rows()
    training, others = halves(rows, 1)
    assert not {id(row) for row in training} & {id(row) for row in others}
    assert len(training) + len(others) == len(rows)
    assert sum(row.benchmark == "gsm8k" for row in training) == 50


def test_what_can_be_learned_is_learned_and_the_page_says_it():
    training, others = halves(_rows(), 1)
    found = score(training, others, tagged=True, sure=0)
    part = found.parts["mix"]
    assert part.oracle <= part.at_keep <= part.random <= 1
    assert part.at_keep < 0.4
    assert part.quality > 0.9
    assert cost(0) == pytest.approx(0.24 / 24.7)
    text = page.text({key: [found] for key in page.WAYS}, questions=400)
    assert "400 questions, 1 splits" in text
    assert "</svg>" in page.chart({key: [found] for key in page.WAYS})
