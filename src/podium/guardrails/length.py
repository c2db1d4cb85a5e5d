"""`length`: how long a text may be."""

from podium.governance.guardrails import ALLOWED, Guardrail, Judge, Means, Opinion, Seen, verdict
from podium.guardrails.wording import STOPPING, effect, number, schema
from podium.kernel.json import JsonObject


def _make(settings: JsonObject, _means: Means) -> Judge:
    most, least = number(settings, "most", 0), number(settings, "least", 0)

    async def judge(seen: Seen) -> Opinion:
        size = sum(map(len, seen.texts))
        if most and size > most:
            return verdict(effect(settings), f"It has {size} characters, and may have {most:.0f}.")
        if size < least:
            return verdict(effect(settings), f"It has {size} characters, and needs {least:.0f}.")
        return ALLOWED

    return judge


LENGTH = Guardrail(
    "length",
    "How long a question or an answer may be.",
    schema(
        {
            "most": {
                "type": "integer",
                "minimum": 1,
                "title": "At most",
                "description": "Characters, all texts together.",
            },
            "least": {
                "type": "integer",
                "minimum": 1,
                "title": "At least",
                "description": "Characters, all texts together.",
            },
            "effect": STOPPING,
        },
        example={"most": 20000},
    ),
    _make,
)
