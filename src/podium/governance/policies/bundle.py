"""Policies and their schema, parsed once. A decision takes about 70 microseconds.

A `forbid` that fails while it is computed is skipped by Cedar, so that the request would be allowed
by whatever permits it: an answer with errors is a denial here. The schema goes along with every
question, which makes such failures impossible for policies that were checked against it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, cast

import msgspec
from cedarpy import (
    PolicySet,
    Schema,
    is_authorized,  # pyright: ignore[reportUnknownVariableType] its dictionaries are of anything
    policies_to_json_str,
    validate_policies,  # pyright: ignore[reportUnknownVariableType] as above
)

from podium.governance.policies.built_in import BUILT_IN
from podium.governance.policies.kinds import (
    AREA,
    AREA_OF,
    GROUP,
    KINDS,
    OTHER,
    ROLE,
    SCHEMA,
    TEAM,
    USER,
    entity,
)
from podium.identity.access import Action, Resource
from podium.identity.principal import Kind, Principal
from podium.kernel.errors import Invalid, Problem

MOST_CHARACTERS: Final = 200_000


class _Policy(msgspec.Struct):
    labels: dict[str, str | None] = msgspec.field(name="annotations", default_factory=dict)


class _Written(msgspec.Struct, rename="camel"):
    """As much of Cedar's own JSON as is looked at."""

    static_policies: dict[str, _Policy]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`policies` are the ids of those that decided: that permitted, or that forbade. None did where
    nothing permits it. `errors` are of policies that could not be computed.
    """

    allowed: bool
    policies: tuple[str, ...]
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bundle:
    """The built-in policies and those that admins wrote; `text` is the latter."""

    text: str
    parsed: PolicySet

    @classmethod
    def of(cls, text: str) -> "Bundle":
        """Raises Invalid with what is wrong, each problem in words."""
        if len(text) > MOST_CHARACTERS:
            raise Invalid(
                f"Policies have at most {MOST_CHARACTERS:,} characters, got {len(text):,}."
            )
        _check(text)
        return cls(text, PolicySet.from_str(BUILT_IN + text))

    def ask(self, principal: Principal, action: Action, resource: Resource) -> Verdict:
        kind = resource.kind if resource.kind in KINDS else OTHER
        request = {
            "principal": _uid(USER, principal.user),
            "action": _uid("Action", action),
            "resource": _uid(entity(kind), resource.id),
        }
        if action not in KINDS[kind]:
            return Verdict(allowed=False, policies=())
        entities = msgspec.json.encode(
            [_caller(principal, resource), _thing(kind, resource)]
        ).decode()
        answer = is_authorized(request, self.parsed, entities, _parsed_schema())
        said = answer.diagnostics
        names = cast("dict[str, str]", said.id_annotations_by_reason)
        policies = tuple(sorted([names.get(one, one) for one in said.reasons]))
        errors = tuple(said.errors)
        return Verdict(answer.allowed and not errors, policies, errors)


@cache
def _parsed_schema() -> Schema:
    return Schema.from_str(SCHEMA)


def _uid(kind: str, id: str) -> Mapping[str, str]:
    return {"type": kind, "id": id}


def _caller(principal: Principal, resource: Resource) -> Mapping[str, object]:
    roles = principal.roles_for(resource.workspace, resource.owner)
    parents = [
        *(_uid(ROLE, one) for one in roles),
        *(_uid(GROUP, one) for one in principal.groups),
        *(_uid(TEAM, one) for one in principal.teams),
    ]
    attributes = {
        "name": principal.name,
        "service_account": principal.kind is Kind.SERVICE_ACCOUNT,
        "has_role": bool(roles or principal.roles),
    }
    return {"uid": _uid(USER, principal.user), "attrs": attributes, "parents": parents}


def _thing(kind: str, resource: Resource) -> Mapping[str, object]:
    attributes: dict[str, object] = {"kind": resource.kind, "workspace": resource.workspace}
    if resource.owner is not None:
        attributes["owner"] = {"__entity": _uid(USER, resource.owner)}
    if resource.operation:
        attributes["operation"] = resource.operation
    area = AREA_OF.get(kind)
    parents = [] if area is None else [_uid(AREA, area)]
    return {"uid": _uid(entity(kind), resource.id), "attrs": attributes, "parents": parents}


def _check(text: str) -> None:
    """Raises Invalid."""
    try:
        found = validate_policies(BUILT_IN + text, SCHEMA)
        unnamed = _unnamed(text)
    except ValueError as error:
        raise _refused([str(error)]) from None
    problems = [one.error for one in found.errors]
    if problems or unnamed:
        raise _refused([*problems, *unnamed])


def _unnamed(text: str) -> Sequence[str]:
    """Denials name the policy that decided, so each has a name that no other one has."""
    written = msgspec.json.decode(policies_to_json_str(BUILT_IN + text), type=_Written)
    names = [one.labels.get("id") or "" for one in written.static_policies.values()]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    problems = [f"Two policies are named '{name}'." for name in twice]
    if "" in names:
        problems.append('A policy has no name. Write @id("its name") before it.')
    return problems


def _refused(problems: Sequence[str]) -> Invalid:
    shown = [Problem(one, "policy") for one in problems]
    return Invalid(f"These policies cannot be used: {'; '.join(problems)}"[:2000], problems=shown)
