"""How long tokens are kept, from whom they are taken, and what else needs them."""

import anyio
import pytest
from aiohttp import web
from tests.pace import HANGS
from tests.unit.workflows.calls.loopback import a_call, calling, site
from tests.unit.workflows.calls.token_server import ID, SECRET, TokenServer, hello

from podium.kernel.errors import Invalid, Unauthenticated, Unavailable
from podium.workflows.calls.credentials import CallCredentials

pytestmark = pytest.mark.anyio

CLIENT = {"id": ID, "secret": SECRET}
REALM = "/realms/test-realm"


async def test_a_token_is_fetched_once_for_many_calls_at_the_same_time():
    server = TokenServer()
    async with site(server) as place, calling() as call:
        oauth2 = {"authority": f"{place.url}{REALM}", "grant": "client_credentials",
                  "client": CLIENT}  # fmt: skip
        endpoint = {"uri": f"{place.url}/hello", "authentication": {"oauth2": oauth2}}
        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(lambda: call(endpoint=endpoint))
    assert (server.given, len(server.hello)) == (1, 20)


@pytest.mark.parametrize(
    ("expires_in", "ahead", "fetched"),
    [
        (3600, 3500, 1),
        (3600, 3580, 2),
        ("3600", 3571, 2),
        (100, 85, 1),
        (100, 91, 2),
        (None, 200, 1),
        (None, 300, 2),
        (0, 0, 2),
    ],
)
async def test_a_token_is_used_until_shortly_before_it_ends(expires_in, ahead, fetched):
    server = TokenServer(expires_in=expires_in)
    async with site(server) as place, calling() as call:
        oauth2 = {"authority": f"{place.url}{REALM}", "grant": "client_credentials",
                  "client": CLIENT}  # fmt: skip
        endpoint = {"uri": f"{place.url}/hello", "authentication": {"oauth2": oauth2}}
        await call(endpoint=endpoint)
        call.clock.ahead = ahead
        await call(endpoint=endpoint)
    assert server.given == fetched


async def test_a_kept_token_that_is_refused_is_renewed_once():
    server = TokenServer()
    async with site(server) as place, calling() as call:
        oauth2 = {"authority": f"{place.url}{REALM}", "grant": "client_credentials",
                  "client": CLIENT}  # fmt: skip
        endpoint = {"uri": f"{place.url}/hello", "authentication": {"oauth2": oauth2}}
        await call(endpoint=endpoint)
        server.force.clear()  # the token is revoked
        assert await call(endpoint=endpoint) == {"message": "Hello World"}
        assert (server.given, server.hello) == (2, ["token-1", "token-1", "token-2"])

        class Never(set):
            def __contains__(self, token: object) -> bool:
                return False

        server.force = Never()
        with pytest.raises(Unavailable, match="answered 401") as failed:
            await call(endpoint=endpoint)
        assert "token-" not in failed.value.message
        assert server.given == 3


async def test_other_credentials_get_anotherhello():
    server = TokenServer()
    async with site(server) as place, calling() as call:
        for secret in ("one", "two", "one"):
            oauth2 = {"authority": f"{place.url}{REALM}", "grant": "client_credentials",
                      "client": {"id": ID, "secret": secret}}  # fmt: skip
            endpoint = {"uri": f"{place.url}/hello", "authentication": {"oauth2": oauth2}}
            await call(endpoint=endpoint)
    assert server.hello == ["token-1", "token-2", "token-1"]


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (
            {"status": 400, "body": {"error": "invalid_grant", "error_description": SECRET}},
            Unauthenticated,
            r"gives no token: invalid_grant \(400\)",
        ),
        ({"status": 401, "body": {"error": "bad code!"}}, Unauthenticated, "it answered 401"),
        ({"status": 503, "body": SECRET}, Unavailable, "it answered 503"),
        ({"status": 302, "body": SECRET}, Unavailable, "it answered 302"),
        ({"status": 200, "body": {}}, Unauthenticated, "without an access_token"),
        ({"status": 200, "body": {"access_token": "a b"}}, Unauthenticated, "without an access_t"),
        ({"status": 200, "body": {"access_token": 5}}, Unauthenticated, "without an access_token"),
        (
            {"status": 200, "body": {"access_token": "t", "token_type": "DPoP"}},
            Unauthenticated,
            "type 'DPoP'",
        ),
    ],
)
async def test_a_token_that_is_not_given_is_an_error_without_secrets(answer, error, says):
    server = TokenServer(answer=web.json_response(answer["body"], status=answer["status"]))
    with pytest.raises(error, match=says) as failed:
        await hello(server)
    assert SECRET not in failed.value.message
    assert not server.hello


async def test_an_answer_that_is_no_json_is_the_servers_failure():
    with pytest.raises(Unavailable, match="is not JSON"):
        await hello(TokenServer(answer=web.Response(text="<html>")))


ISSUER = "https://issuer.example"


@pytest.mark.parametrize(
    ("says_issuer", "issuers", "error"),
    [
        (ISSUER, [ISSUER], ""),
        (ISSUER, ["https://other", ISSUER], ""),
        ("https://evil", [ISSUER], "came from 'https://evil'"),
        ("", [ISSUER], "does not say who issued it"),
        ("", [], ""),
    ],
)
async def test_tokens_are_held_to_the_issuers_that_the_document_names(says_issuer, issuers, error):
    server = TokenServer(jwt=says_issuer)
    if not error:
        assert await hello(server, issuers=issuers) == {"message": "Hello World"}
        return
    with pytest.raises(Unauthenticated, match=error):
        await hello(server, issuers=issuers)
    assert not server.hello


async def test_an_opaque_tokens_issuer_is_asked_for_where_the_document_says_where():
    server = TokenServer()
    endpoints = {"token": "/oauth2/token", "introspection": "/oauth2/introspect"}
    await hello(server, issuers=[ISSUER], endpoints=endpoints)
    assert server.asked[1] == (
        f"{REALM}/oauth2/introspect",
        {"token": "token-1", "client_id": ID, "client_secret": SECRET},
    )


def _metadata(url: str, **more: object) -> dict[str, object]:
    return {"issuer": f"{url}{REALM}", "token_endpoint": f"{url}/token", **more}


async def test_oidc_finds_its_endpoints_once_and_asks_for_openid():
    server = TokenServer(expires_in=0)
    async with site(server) as place, calling() as call:
        server.metadata = _metadata(place.url)
        oidc = {"authority": f"{place.url}{REALM}", "grant": "client_credentials",
                "client": CLIENT, "scopes": ["pets"]}  # fmt: skip
        endpoint = {"uri": f"{place.url}/hello", "authentication": {"oidc": oidc}}
        await call(endpoint=endpoint)
        await call(endpoint=endpoint)
    assert [path for path, _ in server.asked] == [
        f"{REALM}/.well-known/openid-configuration",
        "/token",
        "/token",
    ]
    assert server.asked[1][1]["scope"] == "openid pets"


async def test_oidc_without_metadata_takes_the_authority_for_the_token_endpoint():
    server = TokenServer()
    path = f"{REALM}/protocol/openid-connect/token"
    async with site(server) as place, calling() as call:
        oidc = {"authority": place.url + path, "grant": "client_credentials", "client": CLIENT}
        endpoint = {"uri": f"{place.url}/hello", "authentication": {"oidc": oidc}}
        assert await call(endpoint=endpoint) == {"message": "Hello World"}
    assert server.asked[1][0] == path


async def test_an_oidc_client_says_who_it_is_as_the_document_wants():
    server = TokenServer()
    async with site(server) as place, calling() as call:
        server.metadata = _metadata(place.url)
        for method in ("client_secret_post", "client_secret_basic"):
            client = {**CLIENT, "authentication": method}
            oidc = {"authority": f"{place.url}{REALM}", "grant": "client_credentials",
                    "client": client}  # fmt: skip
            endpoint = {"uri": f"{place.url}/hello", "authentication": {"oidc": oidc}}
            assert await call(endpoint=endpoint) == {"message": "Hello World"}
    tokens = [form for path, form in server.asked if path == "/token"]
    assert [form.get("client_secret") for form in tokens] == [SECRET, None]
    assert ["Authorization" in head for head in server.heads] == [False, True]


async def test_no_token_is_revoked_also_where_the_document_says_where():
    """Others may use it: it is kept until it is over (see the profile)."""
    server = TokenServer()
    _ = await hello(server, endpoints={"token": "/oauth2/token", "revocation": "/oauth2/revoke"})
    assert [path for path, _ in server.asked] == [f"{REALM}/oauth2/token"]


@pytest.mark.parametrize(
    ("more", "error", "says"),
    [
        ({"issuer": "https://evil"}, Unauthenticated, "its issuer is 'https://evil'"),
        ({"issuer": None}, Unauthenticated, "its issuer is"),
        ({"token_endpoint": None}, Unavailable, "no token_endpoint"),
        ({"token_endpoint": "gopher://x"}, Invalid, "cannot be called"),
    ],
)
async def test_metadata_of_somebody_else_is_refused(more, error, says):
    server = TokenServer()
    async with site(server) as place, calling() as call:
        server.metadata = _metadata(place.url) | more
        oidc = {"authority": f"{place.url}{REALM}", "grant": "client_credentials",
                "client": CLIENT}  # fmt: skip
        endpoint = {"uri": f"{place.url}/hello", "authentication": {"oidc": oidc}}
        with pytest.raises(error, match=says):
            await call(endpoint=endpoint)
    assert server.given == 0


async def test_an_authority_that_does_not_answer_is_given_up_with_the_call():
    async def never(_: web.Request) -> web.StreamResponse:
        await anyio.sleep_forever()
        return web.Response()

    async with site(never) as place, calling(seconds=0.3) as call:
        oauth2 = {"authority": place.url, "grant": "client_credentials", "client": CLIENT}
        endpoint = {"uri": f"{place.url}/hello", "authentication": {"oauth2": oauth2}}
        with anyio.fail_after(HANGS), pytest.raises(Unavailable, match=r"slow|no answer"):
            await call(endpoint=endpoint)


async def test_other_protocols_show_the_same_tokens():
    server = TokenServer()
    async with site(server) as place, calling() as call:
        credentials = CallCredentials(call.sender)
        oauth2 = {"authority": f"{place.url}{REALM}", "grant": "client_credentials",
                  "client": CLIENT}  # fmt: skip
        endpoint = {"uri": f"{place.url}/hello", "authentication": {"oauth2": oauth2}}
        await call(endpoint=endpoint)
        shown = await credentials.headers({"oauth2": oauth2}, a_call())
        assert shown == {"Authorization": "Bearer token-1"}
        assert await credentials.headers(None, a_call()) == {}
        digest = {"digest": {"username": "u", "password": "p"}}
        with pytest.raises(Invalid, match="HTTP's alone"):
            await credentials.headers(digest, a_call())
    assert server.given == 1
