"""Signing in at an identity provider, by the pages."""

from dataclasses import replace

import pytest
from tests.api.asgi import Answer, Caller
from tests.fakes_api import FakePodium
from tests.fakes_logins import MemoryLinks
from tests.fakes_openid import ISSUER, FakeOpenId
from tests.world import FakeChance

from podium.adapters.openid import Client, OpenIdProvider
from podium.adapters.sealing import KeySealer
from podium.identity.federation import ATTEMPT_SECONDS, Edges, Federated, Federation
from podium.identity.principal import Role

pytestmark = pytest.mark.anyio
ROLES = {"ops": Role.OPERATOR.value, "boss": Role.OWNER.value}


class Way:
    """To the provider and back, in one browser."""

    def __init__(self, podium: FakePodium, stranger: Caller) -> None:
        self.podium: FakePodium = podium
        self.caller: Caller = stranger
        self.openid: FakeOpenId = FakeOpenId(podium.clock)
        client = Client(ISSUER, "podium", "s/cret")
        self.provider: OpenIdProvider = OpenIdProvider(client, self.openid, podium.clock)
        self.cookie: str = ""
        self.edges: Edges = Edges(
            identity=podium.people,
            provider=self.provider,
            links=MemoryLinks(),
            sealer=KeySealer(bytes(32), FakeChance()),
            sign_ins=podium.sign_ins,
            roles=ROLES,
        )
        podium.federated = Federated("Example ID", "", Federation(self.edges))

    async def begin(self, wanted: str = "/approvals") -> tuple[str, str]:
        sent = await self.caller.get(f"/login/oidc?next={wanted}")
        assert sent.status == 303
        self.cookie = sent.headers["set-cookie"].split(";")[0]
        return self.openid.sign_in(sent.headers["location"])

    async def back(self, code: str, state: str, **more: str) -> Answer:
        headers = {"cookie": self.cookie, **more}
        return await self.caller.get(f"/login/oidc/callback?code={code}&state={state}", **headers)

    async def through(self) -> Answer:
        return await self.back(*await self.begin())


@pytest.fixture
def way(podium: FakePodium, stranger: Caller) -> Way:
    return Way(podium, stranger)


async def _user(way: Way) -> object:
    return await way.edges.links.find(ISSUER, "ann")


async def test_a_person_comes_in_with_the_roles_of_their_groups(way: Way):
    assert "Sign in with Example ID" in (await way.caller.get("/login")).text
    done = await way.through()
    assert (done.status, done.headers["location"]) == (303, "/approvals")
    user = await _user(way)
    bound = await way.podium.stores.directory.bindings_of(str(user))
    assert [one.role for one in bound] == ["operator"]


async def test_the_same_person_is_the_same_user_with_the_groups_of_today(way: Way):
    _ = await way.through()
    user = await _user(way)
    way.openid.claims = {"groups": ["boss"], "name": "Ann Married", "email": "x@example.com"}
    assert (await way.through()).status == 303
    assert await _user(way) == user
    bound = await way.podium.stores.directory.bindings_of(str(user))
    assert [one.role for one in bound] == ["owner"]


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"iss": "https://evil.example"}, "wrong issuer"),
        ({"aud": "another"}, "wrong audience"),
        ({"aud": ["podium", "another"]}, "wrong audience"),
        ({"exp": 1.0}, "wrong time"),
        ({"exp": None}, "wrong time"),
        ({"nonce": "replayed"}, "wrong nonce"),
        ({"sub": ""}, "wrong subject"),
    ],
)
async def test_a_token_that_does_not_hold_lets_nobody_in(
    way: Way, claims: dict[str, object], said: str
):
    way.openid.claims = claims
    refused = await way.through()
    assert refused.status == 401
    assert said in refused.text
    assert "podium_session" not in refused.headers["set-cookie"]


async def test_a_token_that_nobody_signed_lets_nobody_in(way: Way):
    way.openid.signs = False
    assert "not signed by the identity provider" in (await way.through()).text


async def test_a_token_signed_with_another_key_lets_nobody_in(way: Way):
    way.openid.key = 1
    assert "not signed by the identity provider" in (await way.through()).text


async def test_keys_that_were_rotated_are_read_again(way: Way):
    assert (await way.through()).status == 303
    way.openid.key = way.openid.published = 1
    way.podium.clock.at += 11
    assert (await way.through()).status == 303
    assert way.openid.asked.count("/jwks") == 2


async def test_another_state_or_browser_or_a_late_return_lets_nobody_in(way: Way):
    code, state = await way.begin()
    assert (await way.back(code, "other")).status == 401
    kept, way.cookie = way.cookie, ""
    assert (await way.back(code, state)).status == 401
    way.cookie = kept[:-4] + "AAAA"
    assert (await way.back(code, state)).status == 401
    way.cookie = kept
    way.podium.clock.at += ATTEMPT_SECONDS + 1
    late = await way.back(code, state)
    assert (late.status, "is over" in late.text) == (401, True)


async def test_a_code_works_once_and_with_its_verifier_alone(way: Way):
    code, state = await way.begin()
    assert (await way.back(code, state)).status == 303
    assert "refused the code (invalid_grant)" in (await way.back(code, state)).text


async def test_who_has_no_group_with_a_role_does_not_come_in(way: Way):
    way.openid.claims = {"groups": ["others"]}
    refused = await way.through()
    assert (refused.status, "None of your groups has a role" in refused.text) == (403, True)
    assert await _user(way) is None


async def test_groups_may_come_from_userinfo_of_the_same_person_alone(way: Way):
    way.openid.without = {"groups"}
    way.openid.told = {"groups": ["boss"], "sub": "eve"}
    assert (await way.through()).status == 403
    way.openid.told = {"groups": ["boss"]}
    assert (await way.through()).status == 303


async def test_an_address_that_another_has_links_nothing(way: Way):
    ann = way.podium.ann
    directory = way.podium.stores.directory
    found = await directory.user(ann.user)
    await directory.change_user(replace(found, email="ann@example.com"))
    way.openid.claims = {"email": "ann@example.com", "email_verified": True}
    assert (await way.through()).status == 303
    user = await _user(way)
    assert user not in {None, ann.user}


async def test_a_disabled_user_does_not_come_in(way: Way):
    _ = await way.through()
    directory = way.podium.stores.directory
    user = await way.edges.links.find(ISSUER, "ann")
    assert user is not None
    await directory.change_user(replace(await directory.user(user), disabled_at=1.0))
    refused = await way.through()
    assert (refused.status, "disabled" in refused.text) == (403, True)


async def test_a_second_factor_at_the_provider_counts(way: Way):
    way.openid.claims = {"amr": ["pwd", "otp"]}
    _ = await way.through()
    user = await way.edges.links.find(ISSUER, "ann")
    assert user is not None
    (session,) = await way.podium.stores.identity.credentials(user)
    comer = await way.podium.people.roster.principal(user, session.workspace)
    assert await way.podium.sign_ins.is_proved(replace(comer, session=session.id))


async def test_a_provider_that_describes_another_issuer_is_not_trusted(way: Way):
    way.openid.metadata = {"issuer": "https://evil.example"}
    refused = await way.caller.get("/login/oidc")
    assert (refused.status, "does not describe the issuer" in refused.text) == (503, True)


async def test_an_address_without_tls_is_not_used(way: Way):
    way.openid.metadata = {"token_endpoint": "http://id.example.com/token"}
    assert "is not https" in (await way.through()).text


async def test_what_the_provider_refuses_is_told(way: Way):
    _ = await way.begin()
    refused = await way.caller.get("/login/oidc/callback?error=access_denied", cookie=way.cookie)
    assert (refused.status, "access_denied" in refused.text) == (401, True)


async def test_without_a_provider_there_is_no_way_to_one(stranger: Caller):
    assert "Sign in with" not in (await stranger.get("/login")).text
    assert (await stranger.get("/login/oidc")).status == 404
