"""`grounding`: how much of an answer stands in what the model was given. A signal.

The share of an answer's rarer words that occur in the question; or, with an embedding model, the
cosine of each sentence to the nearest one of the question. Neither says whether an answer is true.
"""

import re
from collections.abc import Sequence
from typing import Final

from podium.governance.guardrails import (
    ALLOWED,
    At,
    Guardrail,
    Judge,
    Means,
    Opinion,
    Seen,
    verdict,
)
from podium.guardrails.nearness import cosines
from podium.guardrails.wording import STOPPING, effect, number, schema, text
from podium.kernel.errors import Invalid
from podium.kernel.json import JsonObject

_WORD: Final = re.compile(r"\w{4,}")
_SENTENCE: Final = re.compile(r"[^.!?\n]{12,400}[.!?]?")
_MOST: Final = 64
"""Sentences of either side that are compared."""


def _make(settings: JsonObject, means: Means) -> Judge:
    least, model = number(settings, "least", 0.5), text(settings, "model")
    if not 0 <= least <= 1:
        raise Invalid(f"`least` is from 0 to 1, got {least}.")

    async def judge(seen: Seen) -> Opinion:
        score = await _near(seen, means, model) if model else _shared(seen)
        if score is None or score >= least:
            return ALLOWED
        reason = f"Only {score:.0%} of it is grounded in what the model was given."
        return verdict(effect(settings), reason)

    return judge


def _shared(seen: Seen) -> float | None:
    """None where there is nothing to compare."""
    words, known = _words(seen.texts), _words(seen.question)
    return len(words & known) / len(words) if words and known else None


def _words(texts: Sequence[str]) -> set[str]:
    return {one[0].lower() for text in texts for one in _WORD.finditer(text)}


async def _near(seen: Seen, means: Means, model: str) -> float | None:
    said, given = _sentences(seen.texts), _sentences(seen.question)
    if not said or not given:
        return None
    vectors = await means.models.embed(seen.principal, model, [*said, *given])
    best = [max(row) for row in cosines(vectors[: len(said)], vectors[len(said) :])]
    return sum(best) / len(best)


def _sentences(texts: Sequence[str]) -> list[str]:
    found = [one[0].strip() for text in texts for one in _SENTENCE.finditer(text)]
    return [one for one in found if one][:_MOST]


GROUNDING = Guardrail(
    "grounding",
    "How much of an answer stands in what the model was given: a signal.",
    schema(
        {
            "least": {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "default": 0.5,
                "title": "At least",
                "description": "The share of words, or the cosine, that is enough.",
            },
            "model": {
                "type": "string",
                "title": "Model",
                "description": "An embedding model or route; without one words are compared.",
            },
            "effect": STOPPING,
        },
        example={"least": 0.4, "effect": "ask"},
    ),
    _make,
    places=frozenset({At.ANSWER}),
    signal=True,
)
