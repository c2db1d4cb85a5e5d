"""All guardrails, by kind."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from podium.governance.guardrails import Guardrail, Judge, Means, Rule
from podium.guardrails.function import FUNCTION
from podium.guardrails.grounding import GROUNDING
from podium.guardrails.injection import INJECTION
from podium.guardrails.json_schema import JSON_SCHEMA
from podium.guardrails.judge import JUDGE
from podium.guardrails.language import LANGUAGE
from podium.guardrails.length import LENGTH
from podium.guardrails.personal_data import PERSONAL_DATA
from podium.guardrails.secrets import SECRETS
from podium.guardrails.terms import TERMS
from podium.guardrails.tools import TOOLS
from podium.guardrails.topics import TOPICS
from podium.guardrails.urls import URLS
from podium.kernel.errors import Invalid
from podium.kernel.json import JsonObject, canonical
from podium.workflows.schemas import Mismatch, compiled

SHELF: Final[Mapping[str, Guardrail]] = MappingProxyType(
    {
        guardrail.kind: guardrail
        for guardrail in (
            *(SECRETS, PERSONAL_DATA, TERMS, TOPICS, LANGUAGE, LENGTH, JSON_SCHEMA, URLS, TOOLS),
            *(INJECTION, GROUNDING, JUDGE, FUNCTION),
        )
    }
)


def misfits(kind: str, settings: JsonObject) -> Sequence[Mismatch]:
    """Where settings do not fit the schema of a kind of the shelf."""
    return compiled(canonical(SHELF[kind].settings)).mismatches(settings)


def made(rule: Rule, means: Means) -> Judge:
    """Of a rule that was checked. Raises Invalid for settings that cannot be meant."""
    try:
        return SHELF[rule.kind].make(rule.settings, means)
    except Invalid as bad:
        raise Invalid(f"The guardrail '{rule.name}' ({rule.kind}): {bad.message}") from bad
