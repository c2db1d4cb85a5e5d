"""`call: openapi` against a pet store on loopback that describes itself."""

import base64
import json
from urllib.parse import parse_qsl

import pytest
from aiohttp import web
from tests.unit.workflows.calls.loopback import parts
from tests.unit.workflows.calls.petstore import PetStore, store
from tests.unit.workflows.calls.token_server import ID, SECRET, TokenServer

from podium.kernel.errors import Invalid

pytestmark = pytest.mark.anyio


def swagger(server) -> dict[str, str]:
    return {"endpoint": f"{server.url}/swagger.json"}


async def test_the_kits_first_scenario_content_of_swagger_2():
    async with store() as (server, call):
        found = await call("findPetsByStatus", swagger(server), status="available")
    assert found == [{"id": 1, "name": "Rex", "status": "available"}]
    assert server.last.target == "/v2/pet/findByStatus?status=available"
    assert server.last.headers["Accept"] == "application/json, application/xml"


async def test_the_kits_second_scenario_response_of_swagger_2():
    async with store() as (server, call):
        found = await call("getPetById", swagger(server), petId=1, output="response")
    assert found["statusCode"] == 200
    assert found["content"]["id"] == 1
    assert found["request"]["method"] == "GET"
    assert found["request"]["uri"] == f"{server.url}/v2/pet/1"
    assert {"headers", "content", "request", "statusCode"} == set(found)


async def test_raw_output_of_an_operation_is_what_came_over_the_wire():
    async with store() as (server, call):
        found = await call("getPetById", swagger(server), petId=1, output="raw")
        content = await call("getPetById", swagger(server), petId=1, output="content")
    assert isinstance(found, str)
    assert json.loads(base64.b64decode(found)) == content


async def test_lists_of_swagger_2_are_written_as_their_collection_format():
    async with store() as (server, call):
        found = await call("findPetsByStatus", swagger(server), status=["a", "b c"], tags=[1, 2])
    assert [pet["status"] for pet in found] == ["a", "b c"]
    assert server.last.target == "/v2/pet/findByStatus?status=a&status=b%20c&tags=1%7C2"


@pytest.mark.parametrize(
    "given",
    [{"name": "Rex", "photoUrls": ["u"]}, {"pet": {"name": "Rex", "photoUrls": ["u"]}}],
)
async def test_a_body_is_given_by_its_name_or_by_its_members(given):
    async with store() as (server, call):
        await call("addPet", swagger(server), given=given)
    assert json.loads(server.last.body) == {"name": "Rex", "photoUrls": ["u"]}
    assert server.last.headers["Content-Type"] == "application/json"
    assert server.last.headers["Idempotency-Key"] == "run_1:/do/get"


async def test_a_file_and_a_form_of_swagger_2():
    async with store() as (server, call):
        await call("uploadFile", swagger(server), petId=1, note="n", file="aGk=")
        assert parts(server.last) == {"note": b"n", "file": b"hi"}
        await call("updatePetWithForm", swagger(server), petId=1, name="a b", tags=["x", "y"])
    assert parse_qsl(server.last.body.decode()) == [("name", "a b"), ("tags", "x,y")]
    assert server.last.headers["Content-Type"] == "application/x-www-form-urlencoded"


async def test_parameters_go_where_the_operation_has_them():
    async with store() as (server, call):
        await call(
            "getUserById",
            userId=40099,
            fields=["id", None, "na,me"],
            include_deleted=False,
            limit=None,
        )
    assert server.last.target == "/v3/users/40099?fields=id,na%2Cme&include_deleted=false"
    assert server.last.headers["X-Version"] == "2026-01-01"
    assert server.last.headers["Accept"] == "application/json, text/csv"


async def test_names_that_are_no_parameters_are_members_of_the_body():
    async with store() as (server, call):
        await call(
            "addProject",
            name="New CRM",
            code="crm",
            members=[1, 2],
            validateOnly=False,
            lang="en",
            session="s 1",
            Authorization="Bearer eyJ",
        )
    assert server.last.target == "/v3/projects?validateOnly=false"
    assert json.loads(server.last.body) == {"name": "New CRM", "code": "crm", "members": [1, 2]}
    assert server.last.headers["lang"] == "en"
    assert server.last.headers["Cookie"] == "session=s%201"
    assert server.last.headers["Authorization"] == "Bearer eyJ"


async def test_a_property_that_is_called_body_is_no_whole_body():
    async with store() as (server, call):
        await call("createIssue", title="t", body="b")
    assert json.loads(server.last.body) == {"title": "t", "body": "b"}


async def test_forms_of_openapi_3_are_written_as_their_encoding_says():
    async with store() as (server, call):
        await call(
            "charge",
            amount=5,
            metadata={"order": {"id": "ä 1"}, "n": [1]},
            plain={"a": 1},
            expand=["x&y", "z"],
        )
    assert parse_qsl(server.last.body.decode()) == [
        ("amount", "5"),
        ("metadata[order][id]", "ä 1"),
        ("metadata[n][]", "1"),
        ("plain", '{"a": 1}'),
        ("expand", "x&y"),
        ("expand", "z"),
    ]


async def test_a_file_makes_the_body_a_multipart_one():
    async with store() as (server, call):
        await call("upload", url="http://x")
        assert server.last.headers["Content-Type"] == "application/json"
        content = base64.b64encode(b"\x00\xff").decode()
        file = {"content": content, "filename": "a.bin", "contentType": "image/png"}
        await call("upload", file=file, meta={"a": 1}, tags=["x"])
        assert parts(server.last) == {"file": b"\x00\xff", "meta": b'{"a": 1}', "tags": b"x"}
        assert b'filename="a.bin"\r\nContent-Type: image/png' in server.last.body
        with pytest.raises(Invalid, match="The part 'file' is a file"):
            await call("upload", file={"name": "x"})
        with pytest.raises(Invalid, match="base64"):
            await call("upload", file="not base64!")


async def test_bytes_and_lists_are_given_as_the_whole_body():
    async with store() as (server, call):
        await call("putRaw", body="aGk=")
        assert server.last.body == b"hi"
        assert server.last.headers["Content-Type"] == "application/octet-stream"
        await call("list", body=[1, 2])
        assert server.last.body == b"[1, 2]"


@pytest.mark.parametrize(
    ("id", "given", "says"),
    [
        ("getUserById", {}, r"'getUserById' needs 'userId' \(path\)\. Add it to 'parameters'"),
        ("getUserById", {"userId": None}, r"needs 'userId' \(path\)"),
        ("getUserById", {"userId": "abc"}, "'userId' is \"abc\", and has to be a whole number"),
        ("getUserById", {"userId": 1, "field": "x"}, 'no parameter .field.. Did you mean "fields"'),
        ("addProject", {"name": "n"}, "The body needs 'code'"),
        ("addProject", {}, "needs 'code', 'name'"),
        (
            "addProject",
            {"name": "n", "code": "c", "naem": 1},
            'no parameter .naem.. Did you mean "name"',
        ),
        (
            "addProject",
            {"body": {"name": "n"}, "code": "c"},
            "its body as 'body', and 'code' beside it",
        ),
        ("putRaw", {}, "needs a body; give it as 'body'"),
        ("list", {"a": 1}, "no parameter 'a'.*'body'"),
        ("closed", {"c": 1}, "no parameter 'c'. It has 'a', 'b', 'body'"),
        ("getUserByID", {}, 'no operation .getUserByID.. Did you mean "getUserById"'),
        ("zzz", {}, "no operation 'zzz'. It has 'getUserById'"),
        ("far", {}, "outside of it. podium does not fetch it"),
        ("round", {}, "in a circle"),
        ("nowhere", {}, "there is nothing"),
        ("twice", {}, "2 times: GET /twice, PUT /twice"),
        ("search", {"base": "/us"}, "'base' is '/us', and has to be one of , /eu"),
        ("getUserById", [], "'parameters' has to be a mapping"),
    ],
)
async def test_a_call_that_cannot_be_made_says_what_it_lacks(id, given, says):
    async with store() as (server, call):
        with pytest.raises(Invalid, match=says):
            await call(id, given=given)
    assert [seen.target for seen in server.seen] in ([], ["/openapi.json"])


async def test_other_members_may_stand_in_a_body_that_says_so():
    async with store() as (server, call):
        await call("open", a=1, anything={"b": 2})
    assert json.loads(server.last.body) == {"a": 1, "anything": {"b": 2}}


async def test_an_operation_without_an_id_or_with_a_namesake_is_called_by_method_and_path():
    async with store() as (server, call):
        await call("put /twice")
        await call("GET /twice")
    assert [seen.method for seen in server.seen[1:]] == ["PUT", "GET"]


async def test_a_name_in_two_places_is_told_apart_by_its_place():
    async with store() as (server, call):
        await call("search", given={"query.id": 1, "header.id": 2, "filter": {"a": "x"}})
        assert server.last.target == "/v3/search?filter%5Ba%5D=x&id=1"
        assert server.last.headers["id"] == "2"
        await call("search", id=3)
    assert (server.last.target, server.last.headers["id"]) == ("/v3/search?id=3", "3")


async def test_a_servers_variables_are_parameters_too():
    async with store() as (server, call):
        await call("search", base="/eu")
    assert server.last.target == "/eu/v3/search"


async def test_a_variable_in_the_host_cannot_lead_to_another_one():
    document = {
        "openapi": "3.0.0",
        "servers": [{"url": "http://{tenant}.example.com/api", "variables": {"tenant": {}}}],
        "paths": {"/x": {"get": {"operationId": "x"}}},
    }
    async with store() as (_, call):
        for hostile in ("evil.com/", "a@evil.com", "evil.com#", "evil.com?", "a b"):
            with pytest.raises(Invalid, match="may hold letters"):
                await call("x", {"endpoint": document}, tenant=hostile)
        with pytest.raises(Invalid, match="has the variable 'tenant'"):
            await call("x", {"endpoint": document})


async def test_the_key_of_a_security_scheme_is_given_by_its_name_and_never_shown():
    async with store() as (server, call):
        found = await call("search", appKey="k-1", output="response")
        assert server.last.target == "/v3/search?appKey=k-1"
        assert "k-1" not in json.dumps(found)
        found = await call("getPetById", swagger(server), petId=1, api_key="k-2", output="response")
        assert server.last.headers["api_key"] == "k-2"
        assert "k-2" not in json.dumps(found)


async def test_a_bearers_token_is_the_key_where_the_operation_wants_only_a_key():
    async with store() as (server, call):
        bearer = {"bearer": {"token": "t-1"}}
        found = await call("search", authentication=bearer, output="response")
        assert server.last.target == "/v3/search?appKey=t-1"
        assert "Authorization" not in server.last.headers
        assert "t-1" not in json.dumps(found)
        await call("getUserById", userId=1, authentication=bearer)
        assert server.last.headers["Authorization"] == "Bearer t-1"


async def test_an_operation_is_called_with_oauth2():
    tokens, pets = TokenServer(), PetStore()

    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path.endswith(("/token", "/hello")):
            return await tokens(request)
        return await pets(request)

    async with store(handler) as (server, call):
        oauth2 = {"authority": server.url, "grant": "client_credentials",
                  "endpoints": {"token": "/token"},
                  "client": {"id": ID, "secret": SECRET}}  # fmt: skip
        await call("getUserById", userId=1, authentication={"oauth2": oauth2})
    assert server.last.headers["Authorization"] == "Bearer token-1"
