"""/api/v1/invitations."""

import pytest
from tests.api.asgi import Caller
from tests.fakes_api import FakePodium

from podium.identity.principal import Role
from podium.identity.service import INVITATION_SECONDS

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("wish", "role"), [(None, "engineer"), ({}, "engineer"), ({"role": "admin"}, "admin")]
)
async def test_an_admin_gets_a_link_that_works_once(
    ann: Caller, podium: FakePodium, wish: object, role: str
):
    made = await ann.post("/api/v1/invitations", wish)
    assert made.status == 201
    assert made.json["role"] == role
    assert made.json["expires_at"] == podium.clock.at + INVITATION_SECONDS
    address, _, token = made.json["link"].partition("?token=")
    assert address == "http://127.0.0.1:8700/start"
    session = (await podium.identity.accept(token, "Zoe")).secret
    assert (await podium.identity.authenticate(session)).roles == {role}


async def test_an_engineer_may_not_invite(stranger: Caller, podium: FakePodium):
    key = await podium.key(await podium.add_user("Bob", Role.ENGINEER))
    answer = await stranger.post("/api/v1/invitations", authorization=f"Bearer {key}")
    assert answer.status == 403
    assert answer.json["detail"].startswith("Bob may not create this invitation")


@pytest.mark.parametrize("wish", [{"role": 5}, {"name": "Bob"}, []])
async def test_another_wish_is_invalid(ann: Caller, wish: object):
    assert (await ann.post("/api/v1/invitations", wish)).status == 422


async def test_nobody_is_invited_into_a_role_that_there_is_not(ann: Caller):
    answer = await ann.post("/api/v1/invitations", {"role": "boss"})
    assert answer.status == 404
    assert "There is no role 'boss'" in answer.json["detail"]
