"""`secrets`: keys, tokens and passwords, however they are written."""

from podium.governance.guardrails import ALLOWED, Guardrail, Judge, Means, Opinion, Seen, verdict
from podium.governance.masking.classes import DataClass
from podium.governance.masking.finding import find
from podium.governance.masking.pack import PACK
from podium.guardrails.wording import REDACTABLE, effect, schema, without
from podium.kernel.json import JsonObject

_PACK = PACK.only(kind for kind, data in PACK.classes.items() if data is DataClass.SECRET)


def _make(settings: JsonObject, _means: Means) -> Judge:
    async def judge(seen: Seen) -> Opinion:
        found = [[(one.start, one.end) for one in find(text, pack=_PACK)] for text in seen.texts]
        if not any(found):
            return ALLOWED
        clean = [
            without(text, places, "[SECRET]")
            for text, places in zip(seen.texts, found, strict=True)
        ]
        return verdict(effect(settings), "It holds a key, token or password.", clean)

    return judge


SECRETS = Guardrail(
    "secrets",
    "Keys, tokens and passwords, also where they are encoded.",
    schema({"effect": REDACTABLE}, example={"effect": "redact"}),
    _make,
)
