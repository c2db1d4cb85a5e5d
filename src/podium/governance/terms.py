"""The terms of an approval: who decides, how many of them, and what they must do for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import cast

from podium.kernel.errors import Invalid
from podium.kernel.ids import UserId
from podium.kernel.json import Json, JsonObject

MOST_VOTES = 20
"""Of a quorum."""
MOST_NAMES = 100
"""Of candidates of one kind."""
EVERYBODY = "*"
"""Whoever has the right to decide."""


class Comment(StrEnum):
    """When a vote needs words."""

    OPTIONAL = "optional"
    ON_REJECT = "on_reject"
    REQUIRED = "required"


class Risk(StrEnum):
    """What a yes lets happen."""

    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Candidates:
    """Users by id, groups and roles by name; with none of them everybody who has the right."""

    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        found = {
            *(f"user:{one}" for one in self.users),
            *(f"group:{one}" for one in self.groups),
            *(f"role:{one}" for one in self.roles),
        }
        return frozenset(found or {EVERYBODY})


@dataclass(frozen=True, slots=True)
class Escalation:
    """After so many seconds without a decision these may decide too."""

    seconds: float
    candidates: Candidates


def _anything() -> JsonObject | bool:
    return True


@dataclass(frozen=True, slots=True)
class Terms:
    """`quorum` different people must say yes; one no ends it. Who started the run has no vote,
    but with `self_approval`. `edit`: whether the payload may be changed, or the JSON Schema that a
    changed one must fit. A yes to a high risk lets tasks run that are marked so.
    """

    quorum: int = 1
    candidates: Candidates = field(default_factory=Candidates)
    self_approval: bool = False
    comment: Comment = Comment.OPTIONAL
    edit: JsonObject | bool = field(default_factory=_anything)
    escalation: Escalation | None = None
    risk: Risk = Risk.LOW

    def needs_comment(self, *, yes: bool) -> bool:
        return self.comment is Comment.REQUIRED or (self.comment is Comment.ON_REJECT and not yes)


PLAIN = Terms()


def written(terms: Terms) -> JsonObject:
    """As JSON; `read` takes it back."""
    escalation = terms.escalation
    return {
        "quorum": terms.quorum,
        "candidates": _names(terms.candidates),
        "self_approval": terms.self_approval,
        "comment": terms.comment.value,
        "edit": terms.edit,
        "risk": terms.risk.value,
        "escalation": None
        if escalation is None
        else {"seconds": escalation.seconds, "candidates": _names(escalation.candidates)},
    }


def read(value: JsonObject) -> Terms:
    """Of what `written` made."""
    escalation = value["escalation"]
    return Terms(
        quorum=cast("int", value["quorum"]),
        candidates=candidates(value["candidates"]),
        self_approval=bool(value["self_approval"]),
        comment=Comment(cast("str", value["comment"])),
        edit=cast("JsonObject | bool", value["edit"]),
        risk=Risk(cast("str", value.get("risk", Risk.LOW))),
        escalation=Escalation(
            float(cast("float", escalation["seconds"])), candidates(escalation["candidates"])
        )
        if isinstance(escalation, Mapping)
        else None,
    )


def candidates(value: Json) -> Candidates:
    """Of an object with `users`, `groups` and `roles`, or nothing."""
    if not isinstance(value, Mapping):
        return Candidates()
    users, groups, roles = (_texts(value.get(kind)) for kind in ("users", "groups", "roles"))
    return Candidates(users, groups, roles)


def check(terms: Terms, *, owner: UserId) -> None:
    """Raises Invalid for terms that nobody could meet."""
    if not 1 <= terms.quorum <= MOST_VOTES:
        raise Invalid(f"`quorum` needs 1 to {MOST_VOTES}, got {terms.quorum}.")
    named = terms.candidates
    able = [one for one in set(named.users) if terms.self_approval or one != owner]
    if named.users and not (named.groups or named.roles) and len(able) < terms.quorum:
        raise Invalid(
            f"`quorum` is {terms.quorum}, but {len(able)} of the candidates may vote. Who starts a "
            "run does not decide what it asks. Name more users, or a group."
        )


def _names(named: Candidates) -> JsonObject:
    return {"users": [*named.users], "groups": [*named.groups], "roles": [*named.roles]}


def _texts(value: Json) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return ()
    return tuple(str(one) for one in value)
