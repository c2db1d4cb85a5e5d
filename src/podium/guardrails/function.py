"""`function`: a function of the catalog that only computes says what becomes of a text."""

from collections.abc import Mapping

from podium.governance.guardrails import (
    ALLOWED,
    Effect,
    Guardrail,
    Judge,
    Means,
    Opinion,
    Seen,
    verdict,
)
from podium.guardrails.wording import schema, text, texts
from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject


def _make(settings: JsonObject, means: Means) -> Judge:
    name = text(settings, "function")

    async def judge(seen: Seen) -> Opinion:
        given: JsonObject = {"texts": list(seen.texts), "at": seen.at.value}
        return _opinion(name, means.functions.call(seen.principal, name, given), seen)

    return judge


def _opinion(name: str, said: Json, seen: Seen) -> Opinion:
    """Raises Invalid for what is no verdict."""
    if isinstance(said, Mapping):
        reason = text(said, "reason", f"The function '{name}' says so.")
        match said.get("verdict"):
            case "allow":
                return ALLOWED
            case "block" | "ask" as what:
                return verdict(Effect(what), reason)
            case "redact" if len(texts(said, "texts")) == len(seen.texts):
                return verdict(Effect.REDACT, reason, texts(said, "texts"))
            case _:
                pass
    raise Invalid(
        f"The function '{name}' gave no verdict. It answers "
        '{"verdict": "allow" | "block" | "ask" | "redact", "reason": …, "texts": […]}.'
    )


FUNCTION = Guardrail(
    "function",
    "A function of your own says what becomes of a text.",
    schema(
        {
            "function": {
                "type": "string",
                "minLength": 1,
                "title": "Function",
                "description": "The name of a function that only computes. It gets `texts` and "
                "`at`, and answers `verdict`, `reason` and, to redact, `texts`.",
            }
        },
        example={"function": "acme_policy"},
        required=("function",),
    ),
    _make,
)
