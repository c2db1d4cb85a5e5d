"""`json_schema`: an answer is JSON, and fits a schema."""

from typing import cast

import msgspec

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
from podium.guardrails.wording import STOPPING, effect, schema
from podium.kernel.json import Json, JsonObject, canonical
from podium.workflows.schemas import compiled


def _make(settings: JsonObject, _means: Means) -> Judge:
    fits = compiled(canonical(settings.get("schema", {})))

    async def judge(seen: Seen) -> Opinion:
        for text in seen.texts:
            try:
                value = cast("Json", msgspec.json.decode(text))
            except msgspec.DecodeError:
                return verdict(effect(settings), "It is no JSON.")
            if fits.mismatches(value):
                return verdict(effect(settings), "It is JSON that does not fit the schema.")
        return ALLOWED

    return judge


JSON_SCHEMA = Guardrail(
    "json_schema",
    "An answer is JSON, and fits a schema.",
    schema(
        {
            "schema": {
                "type": "object",
                "title": "Schema",
                "description": "A JSON Schema; an empty one takes any JSON.",
            },
            "effect": STOPPING,
        },
        example={"schema": {"type": "object", "required": ["city"]}},
    ),
    _make,
    places=frozenset({At.ANSWER}),
)
