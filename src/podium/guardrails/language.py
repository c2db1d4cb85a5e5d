"""`language`: only texts in these languages, by py3langid's model of character n-grams."""

from collections.abc import Callable
from importlib import import_module
from typing import Final, Protocol, cast

from podium.governance.guardrails import ALLOWED, Guardrail, Judge, Means, Opinion, Seen, verdict
from podium.guardrails.wording import STOPPING, effect, number, schema, texts
from podium.kernel.json import JsonObject

_LONGEST: Final = 2_000


class _Identifier(Protocol):
    classify: Callable[[str], tuple[str, float]]


def _make(settings: JsonObject, _means: Means) -> Judge:
    languages, least = texts(settings, "languages"), number(settings, "characters", 40)
    # The model is unpacked for a second where this guardrail is used, and nowhere else.
    known = cast("_Identifier", cast("object", import_module("py3langid")))

    async def judge(seen: Seen) -> Opinion:
        said = "\n".join(seen.texts)[-_LONGEST:]
        if len(said) < least:
            return ALLOWED
        language, _ = known.classify(said)
        if language in languages:
            return ALLOWED
        return verdict(effect(settings), f"It is written in '{language}'.")

    return judge


LANGUAGE = Guardrail(
    "language",
    "Only texts in these languages.",
    schema(
        {
            "languages": {
                "type": "array",
                "items": {"type": "string", "pattern": "^[a-z]{2,3}$"},
                "minItems": 1,
                "title": "Languages",
                "description": "As ISO 639-1 has them: `en`, `de`, `fr` ….",
            },
            "characters": {
                "type": "integer",
                "minimum": 1,
                "default": 40,
                "title": "Characters",
                "description": "Shorter texts are let through: they may be any language.",
            },
            "effect": STOPPING,
        },
        example={"languages": ["en", "de"]},
        required=("languages",),
    ),
    _make,
)
