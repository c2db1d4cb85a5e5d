"""`personal_data`: data of some classes or kinds, by the rules of masking."""

from podium.governance.guardrails import ALLOWED, Guardrail, Judge, Means, Opinion, Seen, verdict
from podium.governance.masking.finding import find, kinds_in
from podium.governance.masking.pack import KINDS, PACK
from podium.guardrails.wording import REDACTABLE, effect, schema, texts
from podium.guardrails.wording import without as replaced
from podium.kernel.json import JsonObject


def _make(settings: JsonObject, _means: Means) -> Judge:
    classes, kinds = texts(settings, "classes"), texts(settings, "kinds")
    chosen = classes or (() if kinds else ("pii", "phi", "pci"))
    pack = PACK.only(kind for kind, data in PACK.classes.items() if data in chosen or kind in kinds)

    async def judge(seen: Seen) -> Opinion:
        found = [find(text, pack=pack) for text in seen.texts]
        named = kinds_in([one for some in found for one in some])
        if not named:
            return ALLOWED
        clean = [
            replaced(text, [(one.start, one.end) for one in some], "[REDACTED]")
            for text, some in zip(seen.texts, found, strict=True)
        ]
        told = ", ".join(kind.replace("_", " ") for kind in named)
        return verdict(effect(settings), f"It holds personal data ({told}).", clean)

    return judge


PERSONAL_DATA = Guardrail(
    "personal_data",
    "Personal, health and card data, by the rules of masking.",
    schema(
        {
            "classes": {
                "type": "array",
                "items": {"enum": ["pii", "phi", "pci"]},
                "title": "Classes",
                "description": "Classes that it looks for; all three unless `kinds` is given.",
            },
            "kinds": {
                "type": "array",
                "items": {"enum": list(KINDS)},
                "title": "Kinds",
                "description": "Kinds that it looks for besides.",
            },
            "effect": REDACTABLE,
        },
        example={"classes": ["phi", "pci"], "effect": "block"},
    ),
    _make,
)
