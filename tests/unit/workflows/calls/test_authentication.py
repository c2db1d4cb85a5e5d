"""basic, bearer, oauth2 and oidc against real servers on loopback."""

import base64
import json
import time

import pytest
from aiohttp import web
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from tests.unit.workflows.calls.loopback import answers, calling, site
from tests.unit.workflows.calls.token_server import ID, SECRET, TokenServer, hello

from podium.kernel.errors import Invalid, Unavailable
from podium.workflows.calls.authentication.policies import policy, secrets_of

pytestmark = pytest.mark.anyio

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a type
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
REALM = "/realms/test-realm"


async def _authenticated(handler, **authentication: object):
    async with site(handler) as server, calling() as call:
        endpoint = {"uri": f"{server.url}/hello", "authentication": authentication}
        found = await call(endpoint=endpoint, output="response")
    return found, server


async def test_basic_shows_user_and_password_and_the_record_neither():
    found, server = await _authenticated(
        answers({}), basic={"username": "Ann", "password": "pä:ss word"}
    )
    shown = server.last.headers["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(shown).decode() == "Ann:pä:ss word"
    assert found["request"]["headers"]["Authorization"] == "***"
    assert "pä:ss" not in json.dumps(found, ensure_ascii=False)


@pytest.mark.parametrize("given", [{"token": "t-1"}, "t-1", {"bearer": {"token": "t-1"}}])
async def test_bearer_shows_its_token_also_where_a_secret_held_it(given):
    found, server = await _authenticated(answers({}), bearer=given)
    assert server.last.headers["Authorization"] == "Bearer t-1"
    assert "t-1" not in json.dumps(found)


async def test_an_error_never_repeats_what_was_shown():
    async def echo(request: web.Request) -> web.StreamResponse:
        return web.Response(status=403, text=json.dumps(dict(request.headers)))

    for authentication, secret in (
        ({"bearer": {"token": "t-very-secret"}}, "t-very-secret"),
        ({"basic": {"username": "a", "password": "pw-very-secret"}}, "cHctdmVyeS1zZWNyZXQ"),
    ):
        with pytest.raises(Unavailable, match="answered 403") as failed:
            await _authenticated(echo, **authentication)
        assert secret not in failed.value.message
        assert "Authorization" in failed.value.message


@pytest.mark.parametrize(
    ("authentication", "says"),
    [
        ({"kerberos": {}}, "kerberos. Write one of basic, bearer"),
        ({"basic": {"username": "a"}}, "password is missing"),
        ({"basic": {"username": "a:b", "password": "x"}}, "colon"),
        ({"basic": {"username": "a", "password": ["s3cret"]}}, "password is no text"),
        ({"basic": "s3cret"}, "needs a mapping with username and password"),
        ({"basic": {"use": "aSecret"}}, "use.secrets does not have"),
        ({"bearer": {"token": "s3cret\r\nX: y"}}, "line break"),
        ({"bearer": {"token": " "}}, "token is empty"),
        ({"oauth2": {"authority": "http://a"}}, "grant is missing"),
        ({"oauth2": {"grant": "password"}}, "authority is missing"),
        ({"oauth2": {"authority": "http://a", "grant": "implicit"}}, "is 'implicit'. Write one"),
        ({"oauth2": {"authority": "http://a", "grant": "authorization_code"}}, "needs a person"),
        ({"oauth2": {"authority": "http://a", "grant": "client_credentials"}}, "needs client.id"),
        ({"oauth2": {"authority": "http://a", "grant": "password"}}, "needs username and password"),
        ({"oauth2": {"authority": "http://a", "grant": "refresh_token"}}, "needs the refresh"),
        ({"oauth2": {"authority": "http://a", "grant": EXCHANGE}}, "needs subject"),
        (
            {
                "oauth2": {
                    "authority": "http://a",
                    "grant": "password",
                    "client": {"authentication": "tls"},
                }
            },
            "is 'tls'. Write one of client_secret_basic",
        ),
    ],
)
async def test_a_policy_that_cannot_be_used_says_what_it_lacks_and_no_secret(authentication, says):
    async with calling() as call:
        endpoint = {"uri": "http://127.0.0.1:9/", "authentication": authentication}
        with pytest.raises(Invalid, match=says) as refused:
            await call(endpoint=endpoint)
    assert "s3cret" not in refused.value.message


def test_a_policy_does_not_show_its_secrets():
    given = {
        "oauth2": {
            "authority": "http://a",
            "grant": EXCHANGE,
            "client": {"id": "i", "secret": "s-1", "assertion": "s-2"},
            "username": "u",
            "password": "s-3",
            "subject": {"token": "s-4", "type": "t"},
            "actor": {"token": "s-5", "type": "t"},
        }
    }
    made = policy(given)
    assert "s-" not in repr(made)
    assert set(secrets_of(made)) == {"s-1", "s-2", "s-3", "s-4", "s-5"}


CLIENT = {"id": ID, "secret": SECRET}


@pytest.mark.parametrize("encoding", ["application/x-www-form-urlencoded", "application/json"])
async def test_client_credentials_in_both_encodings(encoding):
    server = TokenServer()
    found = await hello(
        server,
        endpoints={"token": "protocol/openid-connect/token"},
        request={"encoding": encoding},
        scopes=["pets:read", "pets:write"],
    )
    assert found == {"message": "Hello World"}
    assert server.asked == [
        (
            f"{REALM}/protocol/openid-connect/token",
            {
                "grant_type": "client_credentials",
                "client_id": ID,
                "client_secret": SECRET,
                "scope": "pets:read pets:write",
            },
        )
    ]
    assert server.heads[0]["Content-Type"] == encoding


@pytest.mark.parametrize(
    ("endpoints", "path"),
    [
        ({}, f"{REALM}/oauth2/token"),
        ({"token": "/protocol/openid-connect/token"}, f"{REALM}/protocol/openid-connect/token"),
    ],
)
@pytest.mark.parametrize("slash", ["", "/"])
async def test_the_token_endpoint_stands_behind_the_authoritys_path(endpoints, path, slash):
    server = TokenServer()
    async with site(server) as place, calling() as call:
        oauth2 = {
            "authority": f"{place.url}{REALM}{slash}",
            "grant": "client_credentials",
            "client": CLIENT,
            "endpoints": endpoints,
        }
        endpoint = {"uri": f"{place.url}/hello", "authentication": {"oauth2": oauth2}}
        await call(endpoint=endpoint)
    assert server.asked[0][0] == path


async def test_the_token_endpoint_may_be_a_whole_address():
    server = TokenServer()
    async with site(server) as place, calling() as call:
        oauth2 = {
            "authority": "https://issuer.example",
            "grant": "client_credentials",
            "client": CLIENT,
            "endpoints": {"token": f"{place.url}/token"},
        }
        await call(endpoint={"uri": f"{place.url}/hello", "authentication": {"oauth2": oauth2}})
    assert server.asked[0][0] == "/token"


@pytest.mark.parametrize("encoding", ["application/x-www-form-urlencoded", "application/json"])
async def test_a_password_goes_with_scopes_and_audiences(encoding):
    server = TokenServer()
    await hello(
        server,
        grant="password",
        username="u",
        password="p&=ü",  # noqa: S106
        request={"encoding": encoding},
        scopes=["a", "b"],
        audiences=["x", "y"],
    )
    assert server.asked[0][1] == {
        "grant_type": "password",
        "username": "u",
        "password": "p&=ü",
        "scope": "a b",
        "audience": ["x", "y"],
        "client_id": ID,
        "client_secret": SECRET,
    }


async def test_a_token_is_exchanged_for_another():
    server = TokenServer(kind="N_A")
    await hello(
        server,
        grant=EXCHANGE,
        subject={"token": "of-ann", "type": ACCESS_TOKEN},
        actor={"token": "of-podium", "type": ACCESS_TOKEN},
    )
    assert server.asked[0][1] == {
        "grant_type": EXCHANGE,
        "subject_token": "of-ann",
        "subject_token_type": ACCESS_TOKEN,
        "actor_token": "of-podium",
        "actor_token_type": ACCESS_TOKEN,
        "client_id": ID,
        "client_secret": SECRET,
    }


async def test_a_refresh_token_is_replaced_by_the_one_that_came_last():
    server = TokenServer(refresh="r", expires_in=0)
    subject = {"token": "r-0", "type": "urn:ietf:params:oauth:token-type:refresh_token"}
    await hello(server, times=3, grant="refresh_token", subject=subject)
    assert [body["refresh_token"] for _, body in server.asked] == ["r-0", "r-1", "r-2"]


async def test_client_secret_basic_is_encoded_twice_as_rfc_6749_has_it():
    server = TokenServer()
    client = {"id": "a:b", "secret": "ü +%", "authentication": "client_secret_basic"}
    await hello(server, client=client)
    assert server.basic() == ("a:b", "ü +%")
    assert server.asked[0][1] == {"grant_type": "client_credentials"}


async def test_a_client_without_authentication_shows_its_id_alone():
    server = TokenServer()
    await hello(server, client={"id": ID, "secret": "x", "authentication": "none"})
    assert server.asked[0][1] == {"grant_type": "client_credentials", "client_id": ID}


@pytest.mark.parametrize("method", ["client_secret_jwt", "private_key_jwt"])
async def test_an_assertion_that_somebody_signed_is_handed_on(method):
    server = TokenServer()
    await hello(server, client={"id": ID, "authentication": method, "assertion": "a.b.c"})
    assert server.asked[0][1] == {
        "grant_type": "client_credentials",
        "client_id": ID,
        "client_assertion_type": JWT_BEARER,
        "client_assertion": "a.b.c",
    }


async def test_client_secret_jwt_signs_its_own_assertion():
    server = TokenServer()
    client = {**CLIENT, "authentication": "client_secret_jwt"}
    async with site(server) as place, calling() as call:
        oauth2 = {"authority": place.url, "grant": "client_credentials", "client": client,
                  "endpoints": {"token": "token"}}  # fmt: skip
        await call(endpoint={"uri": f"{place.url}/hello", "authentication": {"oauth2": oauth2}})
        _holds(server.claims(OctKey.import_key(SECRET), "HS256"), f"{place.url}/token")
    assert SECRET not in json.dumps(server.asked)


def _holds(claims: dict, audience: str) -> None:
    assert claims["iss"] == claims["sub"] == ID
    assert claims["aud"] == audience
    assert len(claims["jti"]) == 32
    assert 0 < claims["exp"] - time.time() < 61  # noqa: TID251 - as the server would


@pytest.mark.parametrize("form", ["pem", "pem-in-one-line", "jwk"])
@pytest.mark.parametrize(
    ("kind", "size", "algorithm"),
    [(RSAKey, 2048, "RS256"), (ECKey, "P-256", "ES256"), (ECKey, "P-384", "ES384"),
     (OKPKey, "Ed25519", "Ed25519")],
)  # fmt: skip
async def test_private_key_jwt_signs_with_the_key_in_the_secrets_place(kind, size, algorithm, form):
    key = kind.generate_key(size, {"kid": "k-1"} if form == "jwk" else None)
    text = (
        json.dumps(key.as_dict(private=True))
        if form == "jwk"
        else key.as_pem(private=True).decode()
    )
    text = text.replace("\n", "\\n") if form == "pem-in-one-line" else text
    server = TokenServer()
    client = {"id": ID, "secret": text, "authentication": "private_key_jwt"}
    await hello(server, client=client)
    claims = server.claims(key, algorithm)
    assert claims["sub"] == ID


@pytest.mark.parametrize(
    ("client", "says"),
    [
        ({"id": ID, "authentication": "client_secret_jwt"}, "needs 'client.assertion'"),
        ({"secret": SECRET, "authentication": "client_secret_jwt"}, "client.id"),
        ({"id": ID, "secret": "short", "authentication": "client_secret_jwt"}, "16 bytes or more"),
        ({"id": ID, "secret": "no-key-very-s3cret", "authentication": "private_key_jwt"}, "no pri"),
        ({"id": ID, "secret": '{"kty": "s3cret', "authentication": "private_key_jwt"}, "no JWK"),
        ({"id": ID, "secret": '{"kty": "s3cret"}', "authentication": "private_key_jwt"}, "no pri"),
    ],
)
async def test_a_client_that_cannot_sign_says_why(client, says):
    with pytest.raises(Invalid, match=says) as refused:
        await hello(TokenServer(), client=client)
    assert "s3cret" not in refused.value.message


async def test_a_public_key_signs_nothing():
    public = RSAKey.generate_key(2048).as_pem(private=False).decode()
    client = {"id": ID, "secret": public, "authentication": "private_key_jwt"}
    with pytest.raises(Invalid, match="no private"):
        await hello(TokenServer(), client=client)
    client = {"id": ID, "secret": public, "authentication": "client_secret_jwt"}
    with pytest.raises(Invalid, match="public key"):
        await hello(TokenServer(), client=client)
