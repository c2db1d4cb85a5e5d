"""What may be acted on, and how: the vocabulary of policies, and the Cedar schema made of it."""

from collections.abc import Mapping, Sequence
from typing import Final

from podium.identity.access import Action

_LOOK: Final = (Action.READ, Action.LIST)
_KEEP: Final = (*_LOOK, Action.CREATE, Action.CHANGE, Action.DELETE)
_USE: Final = (*_LOOK, Action.USE)

OTHER: Final = "other"
"""What a part of podium acts on that is not named here: for owners and admins alone."""

KINDS: Final[Mapping[str, Sequence[Action]]] = {
    "workflow": (*_KEEP, Action.USE),
    "run": _KEEP,
    "schedule": _KEEP,
    "event": (*_LOOK, Action.CREATE),
    "approval": (*_LOOK, Action.CREATE, Action.DECIDE),
    "delegation": _KEEP,
    "trace": (*_LOOK, Action.EXPORT, Action.REVEAL),
    "call": (*_LOOK, Action.CHANGE, Action.EXPORT, Action.REVEAL),
    "model": _USE,
    "route": (*_KEEP, Action.USE),
    "prompt": (*_KEEP, Action.USE),
    "function": _USE,
    "connection": (*_KEEP, Action.USE),
    "dataset": (*_KEEP, Action.USE),
    "data_class": (*_KEEP, Action.USE, Action.REVEAL),
    "cache": (*_LOOK, Action.CHANGE),
    "guardrail": (*_KEEP, Action.USE),
    "budget": (*_LOOK, Action.CHANGE),
    "key": _KEEP,
    "terms": (Action.CHANGE,),
    "configuration": (*_LOOK, Action.CHANGE),
    "secret": (*_KEEP, Action.USE, Action.REVEAL),
    "audit": (*_LOOK, Action.CHANGE, Action.EXPORT, Action.REVEAL),
    "policy": (*_LOOK, Action.CHANGE),
    "check": (*_LOOK,),
    "organisation": (Action.READ, Action.CHANGE),
    "workspace": _KEEP,
    "team": _KEEP,
    "group": _KEEP,
    "user": (*_KEEP, Action.EXPORT),
    "service_account": _KEEP,
    "role": (*_KEEP, Action.BIND),
    "role_binding": _LOOK,
    "invitation": (*_LOOK, Action.CREATE, Action.DELETE),
    OTHER: tuple(Action),
}

AREAS: Final[Mapping[str, Sequence[str]]] = {
    "work": ("workflow", "run", "schedule", "event", "approval", "trace", "call"),
    "models": ("model", "route", "prompt", "function", "cache", "guardrail"),
    "data": ("connection", "dataset", "data_class"),
    "secrets": ("secret",),
    "costs": ("budget",),
    "people": (
        "workspace",
        "team",
        "group",
        "user",
        "service_account",
        "role",
        "role_binding",
    ),
}
"""Kinds that policies speak of together; what is in none of them is for who is named."""

AREA_OF: Final = {kind: area for area, kinds in AREAS.items() for kind in kinds}

USER: Final = "User"
ROLE: Final = "Role"
GROUP: Final = "Group"
TEAM: Final = "Team"
AREA: Final = "Area"


def entity(kind: str) -> str:
    """Its Cedar type: `service_account` is `ServiceAccountThing` where the plain name is taken."""
    name = "".join(part.capitalize() for part in kind.split("_"))
    return f"{name}Thing" if name in {USER, ROLE, GROUP, TEAM, AREA} else name


def _schema() -> str:
    lines = [
        f"entity {ROLE}, {GROUP}, {TEAM}, {AREA};",
        f"entity {USER} in [{ROLE}, {GROUP}, {TEAM}]",
        "  { name: String, service_account: Bool, has_role: Bool };",
        *(
            f"entity {entity(kind)} in [{AREA}] "
            f"{{ kind: String, workspace: String, owner?: {USER}, operation?: String }};"
            for kind in KINDS
        ),
    ]
    for action in Action:
        among = ", ".join(entity(kind) for kind, actions in KINDS.items() if action in actions)
        lines.append(f'action "{action}" appliesTo {{ principal: [{USER}], resource: [{among}] }};')
    return "\n".join(lines)


SCHEMA: Final = _schema()
