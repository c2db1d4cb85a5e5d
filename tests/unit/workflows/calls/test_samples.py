"""The samples of the specification's Java SDK about HTTP, authentication and OpenAPI, run as they
are against servers on loopback; only their hosts are others.
"""

import json
import re
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import BasicAuth, web
from tests.unit.workflows.calls.digest_server import DigestServer
from tests.unit.workflows.calls.loopback import answers, calling, site
from tests.unit.workflows.calls.petstore import OPENAPI
from tests.unit.workflows.calls.token_server import ID, SECRET, TokenServer
from tests.world import Scene, document

from podium.workflows.calls.callee import Allowance
from podium.workflows.calls.credentials import AuthenticatedFetching
from podium.workflows.calls.http import HttpCall
from podium.workflows.calls.openapi.call import OpenApiCall
from podium.workflows.calls.openapi.descriptions import Descriptions
from podium.workflows.calls.resources import FetchedResources

SAMPLES = Path(__file__).parents[5] / "shared" / "openworkflow" / "examples" / "sdk-java-7.26"
pytestmark = [pytest.mark.anyio, pytest.mark.shared]

LOGIN = {"clientId": ID, "clientSecret": SECRET, "username": "ann", "password": "pw-very-secret"}
SECRETS = {"mySecret": json.dumps({"username": "ann", "password": "pw-very-secret"})}
_HOST = re.compile(r"http://(?:localhost|127\.0\.0\.1):\d+")


@asynccontextmanager
async def scene(sample: str, handler):
    """The sample as a document that is ready to run, and the server that stands for all hosts."""
    async with site(handler) as server, calling() as http:
        text = _HOST.sub(server.url, (SAMPLES / sample).read_text("utf-8"))
        fetched = FetchedResources(
            AuthenticatedFetching(http.sender), http.clock, Allowance(5.0, 1_000_000)
        )
        protocols = {
            "http": HttpCall(http.sender),
            "openapi": OpenApiCall(http.sender, Descriptions(fetched)),
        }
        yield Scene(text, protocols=protocols, secrets=SECRETS), server


def recorded(made: Scene) -> str:
    """Everything that is stored of the run, and everything that its trace shows."""
    row = made.journal.rows["run_1"]
    return json.dumps([row.steps, row.run.output, row.run.error], default=repr) + repr(
        made.ledger.spans
    )


def _names(folder: str) -> list[str]:
    return sorted(str(each.relative_to(SAMPLES)) for each in (SAMPLES / folder).glob("*.yaml"))


@pytest.mark.parametrize("sample", [*_names("oauth2"), *_names("openid")])
async def test_samples_of_oauth2_and_openid_connect(sample):
    server = TokenServer()
    async with scene(sample, server) as (made, place):
        server.jwt = f"{place.url}/realms/test-realm"
        assert await made.output(LOGIN) == {"message": "Hello World"}
        stored = recorded(made)
    assert server.given == 1
    assert server.hello[0] in server.force
    assert server.hello[0] not in stored
    assert "pw-very-secret" not in stored
    if "Params" in sample or "AsArg" in sample:
        body = server.asked[-1][1]
        assert (body["client_id"], body["client_secret"]) == (ID, SECRET)


@pytest.mark.parametrize("sample", ["basic-properties-auth.yaml", "basic-secret-auth.yaml"])
async def test_samples_of_basic_authentication(sample):
    async with scene(sample, answers({"ok": True})) as (made, server):
        assert await made.output({}) == {"ok": True}
        stored = recorded(made)
    shown = BasicAuth.decode(server.last.headers["Authorization"], "utf-8")
    assert (shown.login, shown.password) == ("ann", "pw-very-secret")
    assert "pw-very-secret" not in stored
    assert server.last.headers["Authorization"].removeprefix("Basic ") not in stored


async def test_the_sample_of_digest_authentication():
    digest = DigestServer(username="ann", password="pw-very-secret")  # noqa: S106
    async with scene("digest-properties-auth.yaml", digest) as (made, _):
        found = await made.output({})
        stored = recorded(made)
    assert found == {"authenticated": True, "path": "/dir/index.html"}
    assert "pw-very-secret" not in stored


@pytest.mark.parametrize(
    ("sample", "input", "output", "line", "body"),
    [
        ("call-http-get.yaml", {"petId": 1}, {"firstName": "Ann"}, "GET /pets/1", b""),
        ("call-http-endpoint-interpolation.yaml", {"petId": 1}, {"firstName": "Ann"},
         "GET /pets/1", b""),
        ("call-http-find-by-status.yaml", {}, {"firstName": "Ann"},
         "GET /v2/pet/findByStatus?status=sold", b""),
        ("call-http-delete.yaml", {}, {"firstName": "Ann"}, "DELETE /api/v1/authors/1", b""),
        ("call-http-head.yaml", {}, None, "HEAD /users/1", b""),
        ("call-http-options.yaml", {}, {"firstName": "Ann"}, "OPTIONS /users/1", b""),
        ("call-http-patch.yaml", {"status": "x"}, {"firstName": "Ann"}, "PATCH /users/1",
         b'{"newStatus": "x"}'),
        ("call-http-put.yaml", {"firstName": "Bo"}, "Ann", "PUT /api/v1/authors/1",
         b'{"firstName": "Bo"}'),
        ("call-http-post.yaml", {"name": "Bo", "surname": "Li"}, "Ann", "POST /api/v1/authors",
         b'{"firstName": "Bo", "lastName": "Li"}'),
        ("call-http-post-expr.yaml", {"name": "Bo", "surname": "Li"}, "Ann", "POST /users",
         b'{"firstName": "Bo", "lastName": "Li"}'),
        ("call-http-query-parameters.yaml", {"uid": "MOMA 1"}, {"firstName": "Ann"},
         "GET /api/v1/rest/movie?uid=MOMA%201", b""),
    ],
)  # fmt: skip
async def test_samples_of_http(sample, input, output, line, body):
    async with scene(sample, answers({"firstName": "Ann"})) as (made, server):
        assert await made.output(input) == output
    assert f"{server.last.method} {server.last.target}" == line
    assert server.last.body == body


async def test_a_status_is_caught_as_the_sample_does():
    async with scene("call-http-get.yaml", answers({}, status=404)) as (made, _):
        assert "ok" in await made.run({"petId": 9})
    async with scene("call-http-get.yaml", answers({}, status=500)) as (made, _):
        error = await made.error({"petId": 9})
    assert error["type"].endswith("/errors/communication")
    assert error["status"] == 500


async def test_a_redirect_is_an_error_in_the_sample_that_follows_none():
    moved = answers(b"", status=302, Location="/there")
    async with scene("call-http-redirect-false.yaml", moved) as (made, server):
        error = await made.error({})
    assert (error["status"], len(server.seen)) == (302, 1)


@pytest.mark.parametrize(
    ("sample", "input", "target"),
    [
        ("get-user-get-request.yaml", {},
         "/v3/users/40099?fields=id,name,email&include_deleted=false&limit=20"),
        ("get-user-get-request-vars.yaml",
         {"userId": 7, "id": "i", "name": "n", "email": "e", "include_deleted": True,
          "format": "full", "lang": "en", "limit": 5},
         "/v3/users/7?fields=i,n,e&include_deleted=true&limit=5"),
        ("project-post-positive.yaml", {}, "/v3/projects?validateOnly=false"),
    ],
)  # fmt: skip
async def test_samples_of_openapi(sample, input, target):
    description = json.loads(json.dumps(OPENAPI))
    user = description["components"]["pathItems"]["User"]["get"]
    user["parameters"] += [
        {"name": name, "in": "header", "schema": {"type": "string"}} for name in ("format", "lang")
    ]
    body = description["components"]["requestBodies"]["Project"]["content"]["application/json"]
    names = ("description", "ownerId", "notifyMembers")
    body["schema"]["allOf"].append({"properties": {name: {} for name in names}})

    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/schema.yaml":
            return web.json_response(description)
        return web.json_response({"ok": True})

    async with scene(f"openapi/{sample}", handler) as (made, server):
        assert await made.output(input) == {"ok": True}
    assert server.last.target == target


async def test_a_secret_is_nowhere_in_what_is_stored_when_a_call_fails():
    async def echo(request: web.Request) -> web.StreamResponse:
        return web.Response(status=500, text=json.dumps(dict(request.headers)))

    async with site(echo) as server, calling() as http:
        tasks = f"""
- a:
    call: http
    with:
      method: get
      endpoint:
        uri: {server.url}
        authentication: {{use: store}}
"""
        use = "use: {secrets: [mySecret], authentications: {store: {basic: {use: mySecret}}}}\n"
        made = Scene(document(tasks, use=use), http=HttpCall(http.sender), secrets=SECRETS)
        error = await made.error({})
        assert error["status"] == 500
        assert "***" in error["detail"]
        assert "pw-very-secret" not in recorded(made)
        assert server.last.headers["Authorization"].removeprefix("Basic ") not in recorded(made)
