"""What `call: mcp` sends over HTTP, and how it takes up what a server begins."""

import json

import pytest
from aiohttp import web
from tests.contract.callees.test_mcp_hostile import answers
from tests.contract.callees.world import call, mcp
from tests.unit.protocols.scripted_server import serving

pytestmark = pytest.mark.anyio
RESULT = {"content": [], "isError": False}


async def asked(server, method="tools/call", *, parameters=None, transport=None, given=None):
    """`transport` and `given` have what differs from a plain call over HTTP."""
    arguments = {
        "method": method,
        "parameters": {"name": "add"} if parameters is None else parameters,
        "transport": {"http": {"endpoint": f"{server.url}/mcp", **(transport or {})}},
        **(given or {}),
    }
    async with mcp() as caller:
        return await caller.call(arguments, call(data={"team": "a/b"}))


def _methods(server):
    return [each.get("method") for each in server.seen]


async def test_a_session_begins_with_a_handshake_and_ends_with_a_farewell():
    async def handler(request: web.Request) -> web.StreamResponse:
        if request.method == "DELETE":
            return web.Response(status=200)
        response = await answers(RESULT)(request)
        response.headers["Mcp-Session-Id"] = "s-1"
        return response

    async with serving(handler) as server:
        assert await asked(server) == RESULT

    assert _methods(server) == ["initialize", "notifications/initialized", "tools/call", None]
    assert [head.get("Mcp-Session-Id") for head in server.heads] == [None, "s-1", "s-1", "s-1"]
    versions = [head.get("MCP-Protocol-Version") for head in server.heads]
    assert versions == [None, "2025-06-18", "2025-06-18", "2025-06-18"]


async def test_who_calls_is_said_as_the_document_has_it():
    client = {"name": "billing", "version": "7", "description": "sends bills"}
    async with serving(answers(RESULT)) as server:
        _ = await asked(server, given={"client": client})
        _ = await asked(server)

    introduced = [each["params"]["clientInfo"] for each in server.seen if each.get("id") == 1]
    assert introduced == [client, {"name": "podium", "version": "0.0"}]


async def test_headers_of_the_document_go_along_and_do_not_replace_those_of_the_protocol():
    given = {"X-Team": "a", "accept": "text/html", "Mcp-Session-Id": "forged"}
    async with serving(answers(RESULT)) as server:
        _ = await asked(server, transport={"headers": given})

    assert {head["X-Team"] for head in server.heads} == {"a"}
    assert {head["Accept"] for head in server.heads} == {"application/json, text/event-stream"}
    assert not any("Mcp-Session-Id" in head for head in server.heads)


async def test_credentials_of_the_endpoint_are_shown_with_each_request():
    async with serving(answers(RESULT)) as server:
        endpoint = {"uri": f"{server.url}/mcp", "authentication": {"bearer": {"token": "t0k"}}}
        _ = await asked(server, transport={"endpoint": endpoint})

    assert {head["Authorization"] for head in server.heads} == {"Bearer t0k"}


async def test_a_digest_challenge_is_answered():
    challenge = 'Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth"'

    async def handler(request: web.Request) -> web.StreamResponse:
        if "Authorization" not in request.headers:
            return web.Response(status=401, headers={"WWW-Authenticate": challenge})
        return await answers(RESULT)(request)

    async with serving(handler) as server:
        digest = {"digest": {"username": "ann", "password": "pw"}}
        endpoint = {"uri": f"{server.url}/mcp", "authentication": digest}
        assert await asked(server, transport={"endpoint": endpoint}) == RESULT

    assert server.heads[1]["Authorization"].startswith('Digest username="ann"')


async def test_the_address_may_be_a_template():
    paths = []

    async def handler(request: web.Request) -> web.StreamResponse:
        paths.append(request.raw_path)
        return await answers(RESULT)(request)

    async with serving(handler) as server:
        _ = await asked(server, transport={"endpoint": f"{server.url}/{{team}}/mcp"})

    assert set(paths) == {"/a%2Fb/mcp"}


async def test_the_server_is_answered_when_it_asks_back():
    """A ping gets its pong; what only a person or a model could give is declined."""
    questions = b"".join(
        f'data: {{"jsonrpc":"2.0","id":{number},"method":"{method}"}}\n\n'.encode()
        for number, method in ((41, "ping"), (42, "sampling/createMessage"))
    )

    async def handler(request: web.Request) -> web.StreamResponse:
        message = json.loads(await request.read())
        if message.get("method") != "tools/call":
            return await answers()(request) if "method" in message else web.Response(status=202)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(questions)
        last = {"jsonrpc": "2.0", "id": message["id"], "result": RESULT}
        await response.write(f"data: {json.dumps(last)}\n\n".encode())
        return response

    async with serving(handler) as server:
        assert await asked(server) == RESULT

    pong, declined = (each for each in server.seen if "method" not in each)
    assert pong == {"jsonrpc": "2.0", "id": 41, "result": {}}
    assert declined["id"] == 42
    assert declined["error"]["code"] == -32601


async def test_a_stream_that_breaks_off_is_taken_up_where_it_was():
    async def handler(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if body and json.loads(body)["method"] != "tools/call":
            return await answers()(request)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        if request.method == "POST":
            await response.write(b"id: e-7\nretry: 1\ndata: \n\n")
            return response
        last = {"jsonrpc": "2.0", "id": 2, "result": RESULT}
        await response.write(f"id: e-8\ndata: {json.dumps(last)}\n\n".encode())
        return response

    async with serving(handler) as server:
        assert await asked(server) == RESULT

    assert server.heads[-1]["Last-Event-ID"] == "e-7"


async def test_events_with_another_name_are_passed_over():
    async def handler(request: web.Request) -> web.StreamResponse:
        message = json.loads(await request.read())
        if message["method"] != "tools/call":
            return await answers()(request)
        last = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": RESULT})
        piece = f"event: ping\ndata: still here\n\n: hi\n\nevent: message\ndata: {last}\n\n"
        return web.Response(text=piece, content_type="text/event-stream")

    async with serving(handler) as server:
        assert await asked(server) == RESULT


async def test_pages_are_followed_to_the_end_and_come_as_one():
    pages = {
        None: {"tools": [{"name": "a"}], "nextCursor": "2", "_meta": {"x": 1}},
        "2": {"tools": [{"name": "b"}, {"name": "c"}], "nextCursor": "3"},
        "3": {"tools": [{"name": "d"}]},
    }

    async def handler(request: web.Request) -> web.StreamResponse:
        message = json.loads(await request.read())
        return await answers(pages[message.get("params", {}).get("cursor")])(request)

    async with serving(handler) as server:
        whole = await asked(server, "tools/list", parameters={})
        rest = await asked(server, "tools/list", parameters={"cursor": "2"})

    assert whole == {"tools": [{"name": name} for name in "abcd"], "_meta": {"x": 1}}
    assert rest == {"tools": [{"name": name} for name in "bcd"]}


async def test_a_server_that_is_stateless_alone_is_spoken_to_so():
    """It was offered a handshake, as the language has it, and says that it knows none."""

    async def handler(request: web.Request) -> web.StreamResponse:
        message = json.loads(await request.read())
        answer = {"jsonrpc": "2.0", "id": message["id"]}
        match message["method"]:
            case "initialize":
                return web.json_response(
                    {**answer, "error": {"code": -32601, "message": "no"}}, status=404
                )
            case "server/discover":
                result = {"supportedVersions": ["2026-07-28"], "capabilities": {}}
            case _:
                result = {**RESULT, "resultType": "complete"}
        return web.json_response({**answer, "result": result})

    async with serving(handler) as server:
        assert (await asked(server))["resultType"] == "complete"

    assert _methods(server) == ["initialize", "server/discover", "tools/call"]
    head, sent = server.heads[-1], server.seen[-1]["params"]["_meta"]
    assert (head["MCP-Protocol-Version"], head["Mcp-Method"], head["Mcp-Name"]) == (
        "2026-07-28",
        "tools/call",
        "add",
    )
    assert sent["io.modelcontextprotocol/protocolVersion"] == "2026-07-28"
    assert sent["io.modelcontextprotocol/clientInfo"]["name"] == "podium"
    assert sent["io.modelcontextprotocol/clientCapabilities"] == {}


async def test_tools_whose_headers_cannot_be_are_not_listed():
    def tool(name, mark):
        return {"name": name, "inputSchema": {"properties": {"a": {"type": "string", **mark}}}}

    listed = [tool("good", {"x-mcp-header": "A"}), tool("bad", {"x-mcp-header": "A b"})]

    async def handler(request: web.Request) -> web.StreamResponse:
        message = json.loads(await request.read())
        result = {"supportedVersions": ["2026-07-28"], "capabilities": {}, "tools": listed}
        return web.json_response({"jsonrpc": "2.0", "id": message["id"], "result": result})

    async with serving(handler) as server:
        output = await asked(server, "tools/list", given={"protocolVersion": "2026-07-28"})

    assert [each["name"] for each in output["tools"]] == ["good"]
