"""Where descriptions of interfaces come from, and what is refused as none."""

import base64
import json
from urllib.parse import quote

import anyio
import pytest
from aiohttp import web
from tests.unit.workflows.calls.loopback import answers
from tests.unit.workflows.calls.petstore import OPENAPI, SWAGGER, PetStore, store

from podium.adapters.http.egress import Egress
from podium.kernel.errors import Invalid, LimitReached, Refused, Unavailable

pytestmark = pytest.mark.anyio

DOCUMENT = """
openapi: 3.0.3
servers: [{url: %s/api/}]
paths:
  /pets/{id}:
    get:
      operationId: getPet
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
      responses:
        200: {description: found, content: {application/json: {}}}
"""


async def test_a_description_may_be_yaml_with_numbers_as_keys():
    pets = PetStore()
    async with store(pets) as (server, call):
        pets.texts["/pets.yaml"] = DOCUMENT % server.url
        await call("getPet", {"endpoint": {"uri": f"{server.url}/pets.yaml"}}, id="a/b")
    assert server.last.target == "/api/pets/a%2Fb"


async def test_a_description_may_stand_in_the_document_itself():
    async with store() as (server, call):
        data = f"data:application/yaml,{quote(DOCUMENT % server.url)}"
        await call("getPet", {"endpoint": data}, id="1")
        based = base64.b64encode((DOCUMENT % server.url).encode()).decode()
        await call("getPet", {"endpoint": f"data:;base64,{based}"}, id="2")
        given = {**OPENAPI, "servers": [{"url": server.url}]}
        await call("getUserById", {"endpoint": {"uri": given}}, userId=3)
    assert [seen.target for seen in server.seen] == ["/api/pets/1", "/api/pets/2", "/users/3"]


async def test_one_that_says_nothing_about_its_place_has_to_come_from_somewhere():
    document = {"openapi": "3.1.0", "paths": {"/x": {"get": {"operationId": "x"}}}}
    async with store() as (_, call):
        with pytest.raises(Invalid, match="Write a whole address into it"):
            await call("x", {"endpoint": document})
        with pytest.raises(Invalid, match="Write a whole address into it"):
            await call("getPetById", {"endpoint": SWAGGER}, petId=1)


@pytest.mark.parametrize(
    ("document", "target"),
    [
        ({"servers": [{"url": "../v9"}]}, "/v9/x"),
        ({"servers": [{"url": "/"}]}, "/x"),
        ({}, "/x"),
    ],
)
async def test_a_servers_address_may_be_relative_to_the_description(document, target):
    pets = PetStore()
    pets.texts["/docs/api.json"] = json.dumps(
        {"openapi": "3.1.0", "paths": {"/x": {"get": {"operationId": "x"}}}, **document}
    )
    async with store(pets) as (server, call):
        await call("x", {"endpoint": f"{server.url}/docs/api.json"})
    assert server.last.target == target


async def test_the_description_is_fetched_and_parsed_once_for_many_calls():
    async with store() as (server, call):
        await call("getUserById", userId=0)
        async with anyio.create_task_group() as group:
            for number in range(1, 20):
                group.start_soon(lambda id: call("getUserById", userId=id), number)
    targets = [seen.target for seen in server.seen]
    assert targets.count("/openapi.json") == 1
    assert len(set(targets)) == 21


async def test_the_address_of_a_description_is_a_template_and_may_need_credentials():
    pets = PetStore()

    async def handler(request: web.Request) -> web.StreamResponse:
        private = request.path.startswith("/eu/")
        if private and request.headers.get("Authorization") != "Bearer t-1":
            return web.Response(status=401)
        if private:
            return web.Response(text=pets.texts["/openapi.json"])
        return await pets(request)

    async with store(handler) as (server, call):
        uri = f"{server.url}/{{region}}/openapi.json"
        endpoint = {"uri": uri, "authentication": {"bearer": {"token": "t-1"}}}
        await call("search", {"endpoint": endpoint}, input={"region": "eu"})
        assert "Authorization" not in server.last.headers
        with pytest.raises(Unavailable, match="answered 401"):
            await call("search", {"endpoint": uri}, input={"region": "eu"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{}", "does not say so"),
        ("openapi: 4.0.0", "version '4.0.0'"),
        ("swagger: '1.2'", "version '1.2'"),
        ("asyncapi: 3.0.0", "does not say so"),
        ("<html>", "expected a mapping"),
        ("[1]", "expected a mapping"),
        ("a: [b", "cannot be read"),
        ('{"openapi": "3.1.0"', "cannot be read"),
        ("openapi: 3.1.0\npaths: !!python/object:os.system {}", "has the tag"),
        ("a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
         + "".join(f"{chr(99 + n)}: &{chr(99 + n)} [{','.join(['*' + chr(98 + n)] * 12)}]\n"
                   for n in range(7)), "values, or aliases"),
        ("[" * 100_000, "deeper|cannot be read"),
        ("{" * 100_000, "deeper|cannot be read"),
    ],
)  # fmt: skip
async def test_what_is_no_description_is_refused_in_words(text, says):
    pets = PetStore()
    pets.texts["/x"] = text
    async with store(pets) as (server, call):
        with pytest.raises(Invalid, match=says):
            await call("x", {"endpoint": f"{server.url}/x"})


@pytest.mark.parametrize(
    ("endpoint", "error", "says"),
    [
        ({"a": 1}, Invalid, "neither an address nor an OpenAPI description"),
        (5, Invalid, "endpoint is no text"),
        ("openapi.json", Invalid, "relative address"),
        ("file:///etc/passwd", Invalid, "cannot be called"),
        ("data:nothing", Invalid, "comma"),
    ],
)
async def test_a_description_that_is_nowhere_is_refused_in_words(endpoint, error, says):
    async with store() as (_, call):
        with pytest.raises(error, match=says):
            await call("x", {"endpoint": endpoint})


async def test_a_description_that_is_missing_or_too_large_is_an_error():
    async with store(answers({}, status=404)) as (server, call):
        with pytest.raises(Unavailable, match="answered 404"):
            await call("x", {"endpoint": f"{server.url}/x"})
    async with store(answers(b" " * 100_000), max_bytes=50_000) as (server, call):
        with pytest.raises(LimitReached, match="larger than"):
            await call("x", {"endpoint": f"{server.url}/x"})


async def test_the_guard_holds_for_the_description_and_for_what_it_names():
    document = {
        "openapi": "3.1.0",
        "servers": [{"url": "http://169.254.169.254/latest"}],
        "paths": {"/x": {"get": {"operationId": "x"}}},
    }
    async with store(egress=Egress.public()) as (server, call):
        with pytest.raises(Refused, match="allow_private"):
            await call("x", {"endpoint": f"{server.url}/openapi.json"})
        with pytest.raises(Refused, match=r"169\.254\.169\.254"):
            await call("x", {"endpoint": document})
    assert not server.seen


async def test_redirects_are_errors_unless_the_call_follows_them():
    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/there":
            return web.json_response("here")
        return web.Response(status=302, headers={"Location": "/there"})

    async with store(handler) as (server, call):
        given = {**OPENAPI, "servers": [{"url": server.url}]}
        with pytest.raises(Unavailable, match="redirect: true"):
            await call("getUserById", {"endpoint": given}, userId=1)
        assert await call("getUserById", {"endpoint": given}, userId=1, redirect=True) == "here"


async def test_an_operation_that_fails_is_an_error_with_its_status():
    async with store(answers({"message": "no pet"}, status=404)) as (server, call):
        given = {**OPENAPI, "servers": [{"url": server.url}]}
        with pytest.raises(Unavailable, match="no pet") as failed:
            await call("getUserById", {"endpoint": given}, userId=1)
    assert failed.value.details == {"status": 404}


async def test_a_large_yaml_is_read_beside_the_loop():
    many = "".join(
        f"  /p{n}:\n    get: {{operationId: op{n}, responses: {{200: {{}}}}}}\n"
        for n in range(9000)
    )
    pets = PetStore()
    async with store(pets) as (server, call):
        text = f"openapi: 3.1.0\nservers: [{{url: {server.url}}}]\npaths:\n{many}"
        assert len(text) > 500_000
        pets.texts["/big.yaml"] = text
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await anyio.sleep(0.005)
                ticks += 1

        async with anyio.create_task_group() as group:
            group.start_soon(tick)
            await call("op8999", {"endpoint": f"{server.url}/big.yaml"})
            group.cancel_scope.cancel()
    assert server.last.target == "/p8999"
    assert ticks > 3
