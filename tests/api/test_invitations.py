"""/api/v1/invitations."""

import pytest
from tests.api.asgi import Caller
from tests.fakes_api import FakePodium

from podium.identity.principal import Role
from podium.identity.service import INVITATION_SECONDS

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("wish", "role"), [(None, "member"), ({}, "member"), ({"role": "admin"}, "admin")]
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
    assert (await podium.identity.authenticate(session)).has(Role.ADMIN) is (role == "admin")


async def test_a_member_may_not_invite(stranger: Caller, podium: FakePodium):
    key = await podium.key(await podium.add_user("Bob", Role.MEMBER))
    answer = await stranger.post("/api/v1/invitations", authorization=f"Bearer {key}")
    assert answer.status == 403
    assert answer.json["detail"] == "Bob may not invite people: only an admin may."


@pytest.mark.parametrize("wish", [{"role": "owner"}, {"name": "Bob"}, []])
async def test_another_wish_is_invalid(ann: Caller, wish: object):
    assert (await ann.post("/api/v1/invitations", wish)).status == 422
