"""The shared questions: MMLU and GSM8K, answered by gpt-4-1106-preview and Mixtral-8x7B."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from podium.gateway.models import Operation
from podium.gateway.requests import Request
from podium.gateway.routing.features import features
from podium.gateway.routing.question import Question

FILE = Path(__file__).parents[3] / "shared" / "data" / "routellm" / "open.jsonl.gz"
STRONG_USD, WEAK_USD = 24.7, 0.24
"""USD per million tokens, as the authors of the data have them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question; `weak` and `strong` say whether that model was right."""

    benchmark: str
    text: str
    subject: str
    weak: bool
    strong: bool

    def question(self, *, tagged: bool) -> Question:
        fields = {"messages": [{"role": "user", "content": self.text}]}
        tags = {"subject": self.subject} if tagged else {}
        return Question(Request("openai_chat", Operation.CHAT, fields, tags=tags))

    def features(self, *, tagged: bool) -> tuple[str, ...]:
        question = self.question(tagged=tagged)
        return features(question.text(), question.tags)


def read(file: Path = FILE) -> tuple[Asked, ...]:
    """Raises SystemExit with what to do where the file is not there."""
    if not file.is_file():
        raise SystemExit(
            f"{file} is missing: it holds the questions of RouteLLM (arXiv 2406.18665) with what a "
            "strong and a weak model made of them. Put the shared data beside the repository, or "
            "say --data FILE."
        )
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return tuple(_asked(json.loads(line)) for line in lines)


def _asked(row: dict[str, Any]) -> Asked:
    return Asked(
        row["benchmark"], row["prompt"], row["subject"], row["weak_correct"], row["strong_correct"]
    )


def halves(rows: Sequence[Asked], seed: int) -> tuple[list[Asked], list[Asked]]:
    """To train on and to report on: each half of each benchmark."""
    first, second = list[Asked](), list[Asked]()
    shuffled = list(rows)
    Random(seed).shuffle(shuffled)  # noqa: S311 - a split by seed
    for name in sorted({row.benchmark for row in rows}):
        some = [row for row in shuffled if row.benchmark == name]
        first += some[: len(some) // 2]
        second += some[len(some) // 2 :]
    return first, second
