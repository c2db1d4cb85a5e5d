"""`injection`: words with which texts try to give a model other orders. A signal, no defence.

Measured classifiers catch two thirds at as many false alarms; words catch less, and raise fewer.
What protects is what a model may do: tool lists, link lists, labels on values and people.
"""

import re
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
from podium.governance.masking.folding import fold
from podium.guardrails.wording import STOPPING, effect, number, schema
from podium.kernel.json import JsonObject

_OVERRIDE: Final = r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}"
_ORDERS: Final = r".{0,40}\b(?:instruction|prompt|rule|direction|guideline|context)"
_SIGNS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_OVERRIDE}\b(?:previous|prior|above|earlier|all|your)\b{_ORDERS}",
        r"\b(?:ignorier|vergiss|missachte).{0,40}\b(?:anweisung|instruktion|regel|vorgabe)",
        r"\b(?:oublie|ignore)[rz]?\b.{0,40}\b(?:instructions?|consignes?|règles)\b",
        r"\b(?:ignora|olvida)\b.{0,40}\b(?:instrucciones|indicaciones|reglas|istruzioni)\b",
        r"\b(?:reveal|show|print|repeat|output|leak)\b.{0,40}\b(?:system|hidden|initial) prompt",
        r"\byou are (?:now|no longer)\b.{0,60}\b(?:dan|jailbr|unrestricted|without rules)",
        r"\b(?:developer|god|jailbreak|dan) mode\b",
        r"(?:<\|im_start\|>|<\|system\|>|\[INST\]|<<SYS>>|###\s*(?:system|instruction)\s*:)",
        r"\bdo not (?:tell|inform|mention to|alert) the user\b",
        r"\bpretend (?:to be|that you)\b.{0,60}\b(?:no|without|any) (?:rules|restrictions)",
    )
)


def _make(settings: JsonObject, _means: Means) -> Judge:
    least = number(settings, "signs", 1)

    async def judge(seen: Seen) -> Opinion:
        texts = [fold(text).text for text in seen.texts]
        signs = sum(any(sign.search(text) for text in texts) for sign in _SIGNS)
        if signs < least:
            return ALLOWED
        return verdict(effect(settings), "It reads like an attempt to give the model new orders.")

    return judge


INJECTION = Guardrail(
    "injection",
    "Words with which texts try to give a model other orders: a signal, not a defence.",
    schema(
        {
            "signs": {
                "type": "integer",
                "minimum": 1,
                "maximum": len(_SIGNS),
                "default": 1,
                "title": "Signs",
                "description": "How many different signs there must be.",
            },
            "effect": STOPPING,
        },
        example={"signs": 1, "effect": "ask"},
    ),
    _make,
    places=frozenset({At.REQUEST}),
    signal=True,
)
