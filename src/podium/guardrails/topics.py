"""`topics`: what a text is about, by its nearness to examples."""

from collections.abc import Sequence
from typing import Final

from podium.governance.guardrails import ALLOWED, Guardrail, Judge, Means, Opinion, Seen, verdict
from podium.guardrails.nearness import cosines
from podium.guardrails.wording import STOPPING, effect, number, schema, text, texts
from podium.identity.principal import Principal
from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject

_LONGEST: Final = 2_000
_EXAMPLES: Final[JsonObject] = {
    "type": "array",
    "items": {"type": "string", "minLength": 1},
    "maxItems": 200,
}


class _Nearness:
    """Cosines to examples, which are embedded once."""

    def __init__(self, means: Means, model: str, examples: Sequence[str]) -> None:
        self._means: Means = means
        self._model: str = model
        self._examples: Sequence[str] = examples
        self._vectors: Sequence[Sequence[float]] = ()

    async def of(self, principal: Principal, said: str) -> Sequence[float]:
        embed = self._means.models.embed
        if not self._vectors:
            self._vectors = await embed(principal, self._model, self._examples)
        asked = await embed(principal, self._model, [said[-_LONGEST:]])
        return cosines(asked, self._vectors)[0]


def _make(settings: JsonObject, means: Means) -> Judge:
    blocked, allowed = texts(settings, "block"), texts(settings, "allow")
    if not blocked and not allowed:
        raise Invalid("Give the guardrail examples of topics to `block` or to `allow`.")
    near = _Nearness(means, text(settings, "model", "embed"), [*blocked, *allowed])
    least = number(settings, "nearness", 0.85)

    async def judge(seen: Seen) -> Opinion:
        said = "\n".join(seen.texts).strip()
        if not said:
            return ALLOWED
        scores = await near.of(seen.principal, said)
        forbidden = max(scores[: len(blocked)], default=-1.0)
        wanted = max(scores[len(blocked) :], default=-1.0)
        if forbidden >= least and forbidden > wanted:
            return verdict(effect(settings), "It is about a topic that is left out here.")
        if allowed and wanted < least:
            return verdict(effect(settings), "It is about none of the topics of this place.")
        return ALLOWED

    return judge


def _examples(title: str, description: str) -> Json:
    return {**_EXAMPLES, "title": title, "description": description}


TOPICS = Guardrail(
    "topics",
    "What a text is about, by its nearness to examples.",
    schema(
        {
            "block": _examples("Left out", "Sentences about topics that are left out."),
            "allow": _examples("Wanted", "Sentences about the only topics there are."),
            "model": {
                "type": "string",
                "default": "embed",
                "title": "Model",
                "description": "An embedding model or route.",
            },
            "nearness": {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "default": 0.85,
                "title": "Nearness",
                "description": "The cosine from which a text is about an example's topic.",
            },
            "effect": STOPPING,
        },
        example={"block": ["Which shares should I buy?"], "model": "embed", "nearness": 0.88},
    ),
    _make,
)
