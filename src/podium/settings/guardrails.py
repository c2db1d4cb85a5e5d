"""`guardrails:`, and what it means to the gateway."""

from collections.abc import Container, Iterator, Mapping
from typing import Annotated

from pydantic import Field, JsonValue

from podium.gateway.catalogue import nearest
from podium.governance.guardrails import At, Mode, Rule
from podium.guardrails.shelf import SHELF, misfits
from podium.kernel.errors import Problem
from podium.settings.section import Section
from podium.workflows.documents.source import pointer

GuardrailName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class GuardrailEntry(Section):
    kind: str = Field(description="One of the shelf, as `podium guardrails list` shows them.")
    at: list[At] = Field(
        default_factory=list[At],
        description="What it looks at: `request`, `answer`; all that its kind can unless you say.",
    )
    mode: Mode = Field(
        default=Mode.SHADOW,
        description="`shadow` notes what it would have done, `enforce` does it.",
    )
    routes: list[str] = Field(
        default_factory=list[str],
        description="Routes and models, by the name that is asked for; empty is all.",
    )
    workspaces: list[str] = Field(
        default_factory=list[str], description="Workspaces by id (`ws_…`); empty is all."
    )
    settings: dict[str, JsonValue] = Field(
        default_factory=dict[str, JsonValue], description="What its kind takes: see its page."
    )


def guardrail_rules(entries: Mapping[str, GuardrailEntry]) -> tuple[Rule, ...]:
    """Of settings that were checked."""
    return tuple(
        Rule(
            name,
            entry.kind,
            entry.settings,
            frozenset(entry.at) or SHELF[entry.kind].places,
            entry.mode,
            frozenset(entry.routes),
            frozenset(entry.workspaces),
        )
        for name, entry in entries.items()
    )


def guardrail_checks(
    entries: Mapping[str, GuardrailEntry], names: Container[str]
) -> Iterator[Problem]:
    """What a schema cannot say; settings are held to the schema of their kind. `names` are those
    of routes and models.
    """
    for name, entry in entries.items():
        guardrail = SHELF.get(entry.kind)
        if guardrail is None:
            message = f"There is no guardrail '{entry.kind}'. {nearest(entry.kind, SHELF)}"
            yield Problem(message, "settings/unknown-name", pointer("guardrails", name, "kind"))
            continue
        for number, route in enumerate(entry.routes):
            if route not in names:
                message = f"guardrails.{name} names the route '{route}', which does not exist."
                here = pointer("guardrails", name, "routes", number)
                yield Problem(message, "settings/unknown-name", here)
        if set(entry.at) - guardrail.places:
            places = ", ".join(sorted(guardrail.places))
            message = f"A guardrail '{entry.kind}' looks at {places} alone."
            yield Problem(message, "settings/guardrails", pointer("guardrails", name, "at"))
        for error in misfits(entry.kind, entry.settings):
            here = pointer("guardrails", name, "settings", *error.path)
            yield Problem(f"{error.message}.", "settings/guardrails", here)
