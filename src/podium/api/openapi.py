"""The description of the API, committed as openapi.json and compared by a test.

`python -m podium.api.openapi` writes it to standard output.
"""

import functools
import json
import re
import sys
from collections.abc import Mapping
from typing import Final, cast

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from podium.api import (
    approvals,
    audit,
    batches,
    budgets,
    bus,
    cache,
    calls,
    configuration,
    delegations,
    events,
    groups,
    guardrails,
    health,
    invitations,
    keys,
    me,
    models,
    policies,
    roles,
    run_changes,
    runs,
    schedules,
    sessions,
    users,
    workflows,
    workspaces,
)
from podium.api.compatible import routes as compatible_routes
from podium.api.errors import OpenAIError, Problem

VERSION: Final = "1"
_PATH_KIND: Final = re.compile(r":path(?=})")

RESOURCES: Final[tuple[APIRouter, ...]] = (
    compatible_routes.router,  # first: addresses are matched in this order, and it is the hot one
    workflows.router,
    runs.router,
    run_changes.router,
    events.router,
    bus.router,
    schedules.router,
    batches.router,
    approvals.router,
    delegations.router,
    audit.router,
    budgets.router,
    guardrails.router,
    configuration.router,
    cache.router,
    models.router,
    calls.router,
    keys.router,
    invitations.router,
    workspaces.router,
    groups.teams_router,
    groups.groups_router,
    users.users_router,
    users.service_accounts_router,
    roles.router,
    policies.router,
    me.router,
    sessions.router,
    health.router,
)

_DESCRIPTION: Final = (
    "Send `Authorization: Bearer <API key>`. Times are seconds since 1970 (`time` of an event is "
    "RFC 3339, as CloudEvents has it), money is nano-dollars (`cost`) beside dollars (`cost_usd`), "
    "durations are milliseconds. Lists answer `items` and a cursor `next`. What is refused is "
    "answered as an RFC 9457 problem whose `code` is stable; "
    "below `/v1` in OpenAI's words."
)


Node = dict[str, object]

_SECURITY: Final = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "podium_session",
        "description": "What the one-time link gives a browser; `__Host-` before it on HTTPS.",
    },
}


@functools.cache
def document() -> Node:
    described = cast("Node", _described())
    components = _child(described, "components")
    schemas = _child(components, "schemas")
    schemas.update(_schemas())
    for unused in ("HTTPValidationError", "ValidationError"):
        _ = schemas.pop(unused, None)
    components["securitySchemes"] = _SECURITY
    names = _names()
    paths = _child(described, "paths")
    for path in paths:
        item = _child(paths, path)
        for method in item:
            operation = _child(item, method)
            operation["operationId"] = names[path, method]
            _complete(path, operation)
    return described


def _described() -> object:
    return get_openapi(
        title="podium",
        version=VERSION,
        summary="The AI orchestrator.",
        description=_DESCRIPTION,
        routes=[route for router in RESOURCES for route in router.routes],
        separate_input_output_schemas=False,
    )


def _child(parent: Node, key: str) -> Node:
    return cast("Node", parent[key])


def spelled(described: Mapping[str, object]) -> str:
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


def _names() -> Mapping[tuple[str, str], str]:
    """Short ids, by which generated clients call their methods: `runs_start`."""
    return {
        (_PATH_KIND.sub("", route.path), method.lower()): f"{_tag(route)}_{_verb(route)}"
        for router in RESOURCES
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }


def _tag(route: APIRoute) -> str:
    return str(route.tags[0]).lower().partition("-")[0]


def _verb(route: APIRoute) -> str:
    return "list" if route.name.startswith("list_") else route.name


def _complete(path: str, operation: Node) -> None:
    """The answers that every operation has: its refusals."""
    answers = _child(operation, "responses")
    _ = answers.pop("422", None)
    if path.startswith("/v1/"):
        answers["default"] = _refusal("OpenAIError", "application/json")
    else:
        answers["default"] = _refusal("Problem", "application/problem+json")
    if not path.startswith("/health/"):
        operation["security"] = [{"bearer": []}, {"session": []}]


def _refusal(schema: str, media: str) -> Node:
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {"description": "Refused or failed.", "content": {media: {"schema": reference}}}


def _schemas() -> Node:
    found: Node = {}
    for model in (Problem, OpenAIError, events.RunEvent):
        schema = cast("Node", model.model_json_schema(ref_template="#/components/schemas/{model}"))
        found |= cast("Node", schema.pop("$defs", {}))
        found[model.__name__] = schema
    return found


if __name__ == "__main__":
    _ = sys.stdout.write(spelled(document()))
