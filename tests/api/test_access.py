"""Who may call what: signing in, cookies, hosts."""

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from tests.api.asgi import Caller
from tests.fakes_api import FakePodium

from podium.api.app import create_app
from podium.api.door import Door
from podium.api.openapi import RESOURCES
from podium.api.signin import PUBLIC

pytestmark = pytest.mark.anyio
ROUTES = [
    (method, route.path)
    for router in RESOURCES
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods)
]


def test_the_resources_are_all_the_routes_there_are(podium: FakePodium):
    pages = {("GET", "/"), ("GET", "/start"), ("POST", "/start")}
    pages |= {("GET", "/docs"), ("GET", "/openapi.json"), ("POST", "/logout")}
    for path in ("/login", "/step-up", "/approvals/{approval}"):
        pages |= {("GET", path), ("POST", path)}
    pages |= {("GET", "/login/oidc"), ("GET", "/login/oidc/callback")}
    pages |= {("GET", "/account"), ("GET", "/approvals")}
    for path in ("password", "factor", "factor/confirm", "factor/remove", "sessions/end"):
        pages.add(("POST", f"/account/{path}"))
    assert _routes(create_app(podium)) == pages | set(ROUTES)


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_every_route_but_the_public_ones_wants_to_know_who_calls(
    stranger: Caller, method: str, path: str
):
    answer = await stranger.call(method, path.replace("{", "").replace("}", ""), b"[[[")
    if path in PUBLIC:
        assert answer.status == 200
    else:
        assert answer.status == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_an_unknown_address_is_not_told_from_a_known_one_without_a_key(stranger: Caller):
    assert (await stranger.get("/api/v1/secrets")).status == 401


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "Basic abc", "Bearer pdm_wrong", "pdm_x", "Bearer é"]
)
async def test_a_wrong_authorization_is_refused_and_not_repeated(stranger: Caller, value: str):
    answer = await stranger.get("/api/v1/me", authorization=value)
    assert answer.status == 401
    assert answer.code == "unauthenticated"
    assert "wrong" not in answer.text


async def test_me_is_the_owner_of_the_key(ann: Caller):
    me = (await ann.get("/api/v1/me")).json
    assert me["name"] == "Ann"
    assert (me["roles"], me["everywhere"]) == (["owner"], ["owner"])


async def test_a_wrong_key_is_not_made_good_by_a_cookie(podium: FakePodium, stranger: Caller):
    cookie = await _session(podium)
    answer = await stranger.get("/api/v1/me", authorization="Bearer no", cookie=cookie)
    assert answer.status == 401


async def test_a_session_cookie_signs_in(podium: FakePodium, stranger: Caller):
    answer = await stranger.get("/api/v1/me", cookie=await _session(podium))
    assert answer.json["name"] == "Zoe"


@pytest.mark.parametrize(
    "proof",
    [
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8700"},
    ],
)
async def test_a_change_by_cookie_from_elsewhere_is_refused(
    podium: FakePodium, stranger: Caller, proof: dict[str, str]
):
    headers = {"cookie": await _session(podium), **proof}
    answer = await stranger.call("POST", "/api/v1/keys", {"name": "stolen"}, headers=headers)
    assert answer.status == 403
    assert answer.code == "refused"


@pytest.mark.parametrize(
    "proof", [{"sec-fetch-site": "same-origin"}, {"origin": "http://127.0.0.1:8700"}]
)
async def test_a_change_by_cookie_from_our_own_pages_is_done(
    podium: FakePodium, stranger: Caller, proof: dict[str, str]
):
    headers = {"cookie": await _session(podium), **proof}
    answer = await stranger.call("POST", "/api/v1/keys", {"name": "mine"}, headers=headers)
    assert answer.status == 201


async def test_signing_out_ends_the_session(podium: FakePodium, stranger: Caller):
    headers = {"cookie": await _session(podium), "sec-fetch-site": "same-origin"}
    answer = await stranger.call("DELETE", "/api/v1/session", headers=headers)
    assert answer.status == 204
    assert 'podium_session=""' in answer.headers["set-cookie"]
    assert (await stranger.get("/api/v1/me", **headers)).status == 401


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:8700",
        "evil.example:127",
        "user@evil.example",
        "127.0.0.1@evil.example",
        "[::1",
        "[::1].evil.example",
        "",
        "0.0.0.0:8700",
    ],
)
@pytest.mark.parametrize("path", ["/", "/start", "/api/v1/me", "/v1/models", "/docs"])
async def test_another_host_name_is_not_answered(ann: Caller, host: str, path: str):
    assert (await ann.get(path, host=host)).status == 421


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost:1", "LOCALHOST", "[::1]:8700", "podium.acme.example", "localhost."],
)
async def test_loopback_and_configured_names_are_answered(podium: FakePodium, host: str):
    app = create_app(podium, Door(hosts=frozenset({"podium.Acme.example"})))
    answer = await Caller(app).get("/api/v1/me", host=host, authorization=f"Bearer {podium.secret}")
    assert answer.status == 200


@pytest.mark.parametrize("host", ["10.1.2.3:8700", "[fd00::1]:8700", "192.168.7.1"])
async def test_where_others_are_listened_to_any_address_is_answered(podium: FakePodium, host: str):
    app = create_app(podium, Door(any_address=True))
    assert (await Caller(app).get("/", host=host)).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "10.1.2.3.evil.example", "10.1.2", "[::1%eth0].evil", "1", ""]
)
async def test_a_name_is_no_address(podium: FakePodium, host: str):
    app = create_app(podium, Door(any_address=True))
    assert (await Caller(app).get("/", host=host)).status == 421


async def test_probes_may_call_by_address(stranger: Caller):
    assert (await stranger.get("/health/live", host="10.1.2.3:8700")).status == 200


async def test_ready_says_whether_the_database_answers(podium: FakePodium, stranger: Caller):
    assert (await stranger.get("/health/ready")).json == {"status": "ok"}
    podium.database_is_up = False
    assert (await stranger.get("/health/ready")).status == 503
    assert (await stranger.get("/health/live")).status == 200


@pytest.mark.parametrize("path", ["/", "/health/live", "/api/v1/me", "/api/v1/none", "/v1/none"])
@pytest.mark.parametrize("who", ["ann", "stranger"])
async def test_every_answer_carries_the_security_headers(
    path: str, who: str, ann: Caller, stranger: Caller
):
    headers = (await (ann if who == "ann" else stranger).get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "access-control-allow-origin" not in headers


async def _session(podium: FakePodium) -> str:
    return f"podium_session={(await podium.identity.accept(podium.invitation, 'Zoe')).secret}"


def _routes(app: FastAPI) -> set[tuple[str, str]]:
    return {
        (method, context.path)
        for context in iter_route_contexts(app.routes)
        for method in context.methods or ()
    }
