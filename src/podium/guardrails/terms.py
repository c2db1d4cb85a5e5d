"""`terms`: words and patterns that must not occur."""

from podium.governance.guardrails import ALLOWED, Guardrail, Judge, Means, Opinion, Seen, verdict
from podium.governance.masking.patterns import MOST_WORDS, compiled, compiled_words
from podium.guardrails.wording import REDACTABLE, effect, schema, text, texts, without
from podium.kernel.errors import Invalid
from podium.kernel.json import JsonObject


def _make(settings: JsonObject, _means: Means) -> Judge:
    words, pattern = texts(settings, "words"), text(settings, "pattern")
    if bool(words) == bool(pattern):
        raise Invalid("Give the guardrail words or a pattern, not both.")
    looked = compiled(pattern) if pattern else compiled_words(words)
    instead = text(settings, "instead", "[…]")

    async def judge(seen: Seen) -> Opinion:
        found = [[one.span() for one in looked.finditer(said)] for said in seen.texts]
        if not any(found):
            return ALLOWED
        clean = [
            without(said, [place for place in places if place[1] > place[0]], instead)
            for said, places in zip(seen.texts, found, strict=True)
        ]
        return verdict(effect(settings), "It uses words that are not to be used here.", clean)

    return judge


TERMS = Guardrail(
    "terms",
    "Words and patterns that must not occur.",
    schema(
        {
            "words": {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "maxItems": MOST_WORDS,
                "title": "Words",
                "description": "Whole words and phrases, whatever their case.",
            },
            "pattern": {
                "type": "string",
                "title": "Pattern",
                "description": "Or a regular expression as RE2 takes them.",
            },
            "instead": {
                "type": "string",
                "default": "[…]",
                "title": "Instead",
                "description": "What `redact` puts in their place.",
            },
            "effect": REDACTABLE,
        },
        example={"words": ["Acme", "Acme Cloud"], "effect": "redact"},
    ),
    _make,
)
