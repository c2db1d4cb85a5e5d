"""A thing of another workspace is one that does not exist: the same status and words."""

import re

import pytest
from tests.api.asgi import Caller
from tests.fakes_api import FakePodium

from podium.api.openapi import document
from podium.identity.issuing import New, issue
from podium.identity.organisation import Binding, User
from podium.identity.ports import CredentialKind
from podium.identity.principal import Role
from podium.identity.roles import Wish

pytestmark = pytest.mark.anyio

BODIES = {
    "retry": {"path": "/do/x"},
    "fork": {"path": "/do/x"},
    "members": None,
}


async def _things(podium: FakePodium) -> dict[str, str]:
    """What Ann's workspace has, by the address below which it is."""
    run = await podium.run()
    asked = await podium.question(run, {"amount": 1})
    team = await podium.directory.teams.create(podium.ann, "fraud")
    robot = await podium.directory.service_accounts.create(podium.ann, "robot")
    bound = await podium.directory.roles.bind(podium.ann, Wish("viewer", robot.id))
    key = (await podium.keys.mine(podium.ann))[0]
    return {
        "/api/v1/runs/{run}": run.id,
        "/api/v1/approvals/{approval}": asked.id,
        "/api/v1/teams/{group}": team.id,
        "/api/v1/service-accounts/{user}": robot.id,
        "/api/v1/bindings/{binding}": bound.id,
        "/api/v1/keys/{key}": key.id,
    }


async def _stranger(podium: FakePodium) -> str:
    """A key of Eve, who owns another workspace."""
    other = await podium.directory.workspaces.create(podium.ann, "other")
    user = await podium.stores.directory.add_user(User(podium.ids.user(), other.id, "Eve", 1.0))
    bound = Binding(podium.ids.binding(), Role.OWNER, user.id, other.id, 1.0)
    await podium.stores.directory.add_binding(bound)
    made = await issue(podium.people, New(user.id, other.id, CredentialKind.API_KEY, "eve", None))
    return made.secret


async def test_what_another_workspace_has_does_not_exist(stranger: Caller, podium: FakePodium):
    things = await _things(podium)
    sent = {"authorization": f"Bearer {await _stranger(podium)}"}
    tried = 0
    for path, item in document()["paths"].items():
        for prefix, real in things.items():
            if not path.startswith(prefix):
                continue
            for method in item:
                none = f"{real[:-4]}zzzz"
                body = BODIES.get(path.rpartition("/")[2], {})
                said = []
                for id in (real, none):
                    target = re.sub(
                        r"\{[^}]+\}", "x", path.replace(prefix, prefix[: prefix.index("{")] + id)
                    )
                    wish = body if method in {"post", "put", "patch"} else None
                    if method == "patch":
                        wish = {"name": "mine"}
                    answer = await stranger.call(method.upper(), target, wish, headers=sent)
                    said.append((answer.status, answer.text.replace(id, "ID")))
                assert said[0] == said[1], (method, path)
                assert said[0][0] == 404, (method, path, said[0])
                tried += 1
    assert tried >= 25
