"""Who has no role is told nothing by any address, but for those that are open to everybody."""

import re

import pytest
from tests.api.asgi import Caller
from tests.fakes_api import FakePodium

from podium.api.openapi import document
from podium.identity.issuing import New, issue
from podium.identity.organisation import User
from podium.identity.ports import CredentialKind

pytestmark = pytest.mark.anyio

OPEN = {
    "GET /v1/models": "lists what the caller may use, which is nothing",
    "GET /api/v1/models": "lists what the caller may use, which is nothing",
    "POST /api/v1/workflows/validate": "computes on what the caller sends",
    "GET /api/v1/audit/key": "a public key",
    "GET /api/v1/me": "who the caller is",
    "GET /api/v1/sessions": "the caller's own",
    "DELETE /api/v1/session": "the caller's own",
    "GET /api/v1/checks": "how podium is, without anything stored",
    "GET /health/live": "for probes",
    "GET /health/ready": "for probes",
}
DENIED = frozenset({403, 404})
MALFORMED = frozenset({400, 422})
"""Where a body is needed that this test does not write: it is looked at before who sent it."""


def _routes() -> list[str]:
    return [
        f"{method.upper()} {path}" for path, item in document()["paths"].items() for method in item
    ]


async def test_who_has_no_role_is_told_nothing(stranger: Caller, podium: FakePodium):
    home = podium.ann.workspace
    user = await podium.stores.directory.add_user(User(podium.ids.user(), home, "Nil", 1.0))
    made = await issue(podium.people, New(user.id, home, CredentialKind.API_KEY, "nil", None))
    sent = {"authorization": f"Bearer {made.secret}"}
    told: dict[str, int] = {}
    for route in _routes():
        method, path = route.split()
        target = re.sub(r"\{[^}]+\}", "1" if "number" in path else "x", path)
        body = {} if method in {"POST", "PUT", "PATCH"} else None
        answer = await stranger.call(method, target, body, headers=sent)
        bodied = body is not None and answer.status in MALFORMED
        diff = path.endswith("/diff") and answer.status in MALFORMED
        if answer.status not in DENIED and not bodied and not diff:
            told[route] = answer.status
    assert sorted(told) == sorted(OPEN), "Let its use case ask `require`, or say here why not."
