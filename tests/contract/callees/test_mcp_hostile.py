"""`call: mcp` with servers that lie, flood, hang and break off: typed errors, soon, in bounds."""

import json
import tracemalloc

import anyio
import pytest
from aiohttp import web
from tests.contract.callees.world import call, mcp
from tests.pace import HANGS
from tests.unit.protocols.scripted_server import says, serving, streams

from podium.adapters.http.egress import Egress
from podium.adapters.http.errors import BrokenOff, EgressRefused, TooLarge
from podium.kernel.errors import (
    Invalid,
    LimitReached,
    Refused,
    TimedOut,
    Unauthenticated,
    Unavailable,
)
from podium.protocols.callees import HttpRefusal
from podium.protocols.jsonrpc import Malformed
from podium.workflows.calls.callee import CalleeFailed

pytestmark = pytest.mark.anyio
ADD = {"name": "add", "arguments": {"a": 1}}


def answers(result=None, *, error=None):
    """Answers each request with the same: the handshake as it must be, and `result` to the rest."""

    async def handler(request: web.Request) -> web.StreamResponse:
        asked = json.loads(await request.read())
        if "id" not in asked:
            return web.Response(status=202)
        answer = {"jsonrpc": "2.0", "id": asked["id"]}
        if asked["method"] == "initialize":
            shaken = {"protocolVersion": "2025-06-18", "serverInfo": {"name": "x", "version": "1"}}
            return web.json_response({"jsonrpc": "2.0", "id": asked["id"], "result": shaken})
        answer |= {"error": error} if error else {"result": result}
        return web.json_response(answer)

    return handler


async def asked(server, method="tools/call", parameters=ADD, *, egress=None, limits=None):
    """`limits` are `seconds` of the task, or the call's own `timeout`."""
    limits = dict(limits or {})
    context = call(seconds=limits.pop("seconds", HANGS))
    arguments = {
        "method": method,
        "parameters": parameters,
        "transport": {"http": {"endpoint": f"{server.url}/mcp"}},
        **limits,
    }
    async with mcp(max_bytes=100_000, egress=egress) as caller:
        return await caller.call(arguments, context)


async def silence(_: web.Request) -> web.StreamResponse:
    await anyio.sleep_forever()
    return web.Response()


@pytest.mark.parametrize("how", [{"seconds": 0.3}, {"timeout": {"milliseconds": 300}}])
async def test_a_server_that_never_answers_costs_what_it_may(how):
    async with serving(silence) as server:
        with (
            anyio.fail_after(HANGS),
            pytest.raises(TimedOut, match=r"tools/call took longer than 0\.3 s"),
        ):
            _ = await asked(server, limits=how)


def _flood(kind, piece, pieces):
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": kind})
        await response.prepare(request)
        for _ in range(pieces):
            await response.write(piece)
        return response

    return handler


@pytest.mark.parametrize(
    ("kind", "piece"),
    [
        ("application/json", b" " * 65_536),
        ("text/event-stream", b"data: " + b"x" * 65_530),
        ("text/event-stream", b": ping\n\n" * 8192),
        (
            "text/event-stream",
            b'data: {"jsonrpc":"2.0","method":"notifications/message"}\n\n' * 900,
        ),
    ],
)
async def test_a_gigabyte_is_cut_off_at_the_limit(kind, piece):
    async with serving(_flood(kind, piece, 16_384)) as server:
        tracemalloc.start()
        try:
            with anyio.fail_after(HANGS), pytest.raises((TooLarge, Malformed)) as failed:
                _ = await asked(server)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert "larger than" in failed.value.message
    assert most < 20_000_000


async def test_a_stream_without_an_end_is_over_with_the_time():
    trickle = streams(*[b": still there\n\n", 0.05] * 1000)
    async with serving(trickle) as server:
        with anyio.fail_after(HANGS), pytest.raises(TimedOut):
            _ = await asked(server, limits={"seconds": 0.4})


@pytest.mark.parametrize(
    "body", ["[1, 2", "[]", '"text"', '{"jsonrpc": "2.0", "id": 1}', "[" * 100_000, '{"a": NaN}']
)
async def test_what_is_no_answer_of_json_rpc_is_malformed(body):
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(text=body, content_type="application/json")

    async with serving(handler) as server:
        with pytest.raises(Malformed, match=r"'127\.0\.0\.1' answers with"):
            _ = await asked(server)


@pytest.mark.parametrize("stranger", [2, "1", None, True, 1.5, {"a": 1}])
async def test_an_answer_to_another_request_is_none(stranger):
    answer = {"jsonrpc": "2.0", "id": stranger, "result": {"protocolVersion": "2025-06-18"}}
    async with serving(says(answer)) as server:
        with pytest.raises(Malformed, match="answers request 1 as if it were"):
            _ = await asked(server)


@pytest.mark.parametrize("result", [None, 5, "text", [1]])
async def test_a_result_that_is_no_object_is_malformed(result):
    async with serving(answers(result)) as server:
        with pytest.raises(Malformed, match="a result that is no object"):
            _ = await asked(server)


async def test_an_error_of_json_rpc_keeps_its_code_and_a_bounded_text():
    error = {"code": -32602, "message": "no such tool " + "x" * 50_000}
    async with serving(answers(error=error)) as server:
        with pytest.raises(CalleeFailed, match="error -32602: no such tool") as failed:
            _ = await asked(server)

    assert len(failed.value.message) < 1100


@pytest.mark.parametrize("error", [{"code": "x"}, {"message": 5}, {}])
async def test_a_strange_error_is_an_error_all_the_same(error):
    async with serving(answers(error={**error, "x": 1})) as server:
        with pytest.raises(CalleeFailed, match="answers with error 0"):
            _ = await asked(server)


@pytest.mark.parametrize(
    ("status", "kind"), [(401, Unauthenticated), (403, Refused), (500, HttpRefusal)]
)
async def test_a_status_that_is_no_success_is_its_error(status, kind):
    async with serving(says({"said": "no"}, status)) as server:
        with pytest.raises(kind, match=rf"'127\.0\.0\.1' answers {status}: ") as failed:
            _ = await asked(server)

    assert failed.value.details["status"] == status


async def test_a_redirect_is_not_followed():
    async with serving(says({}, 307, Location="http://other.example/mcp?token=1")) as server:
        with pytest.raises(HttpRefusal, match=r"redirects \(307\) to 'other.example'\. Write that"):
            _ = await asked(server)


async def test_a_request_that_is_accepted_and_never_answered_is_malformed():
    async with serving(says({}, 202)) as server:
        with pytest.raises(Malformed):
            _ = await asked(server)


async def test_a_stream_that_ends_before_the_answer_is_broken_off():
    async with serving(streams(b": nothing\n\n")) as server:
        with pytest.raises(BrokenOff, match="before it answered"):
            _ = await asked(server)


async def test_a_server_that_leads_in_a_circle_is_found_out():
    async with serving(answers({"tools": [], "nextCursor": "a"})) as server:
        with pytest.raises(Unavailable, match="in a circle"):
            _ = await asked(server, "tools/list", None)


async def test_a_list_without_an_end_is_cut_off():
    pages = iter(range(10**6))

    async def handler(request: web.Request) -> web.StreamResponse:
        page = {"tools": [], "nextCursor": str(next(pages))}
        return await answers(page)(request)

    async with serving(handler) as server:
        with pytest.raises(LimitReached, match="more than 100 pages"):
            _ = await asked(server, "tools/list", None)


async def test_a_server_that_asks_back_for_ever_is_stopped():
    questions = b'data: {"jsonrpc":"2.0","id":7,"method":"ping"}\n\n' * 500

    async def handler(request: web.Request) -> web.StreamResponse:
        if "method" in json.loads(await request.read()):
            return await streams(questions)(request)
        return web.Response(status=202)

    async with serving(handler) as server:
        with pytest.raises(Malformed, match="asks back more than 100 times"):
            _ = await asked(server)


async def test_a_server_that_is_never_done_is_given_up():
    waiting = {"resultType": "input_required", "requestState": "later"}
    async with serving(answers(waiting)) as server:
        with pytest.raises(CalleeFailed, match="still not done with tools/call at attempt 10"):
            _ = await asked(server)


async def test_what_only_a_person_can_answer_is_said():
    wanted = {"who": {"method": "elicitation/create", "params": {}}}
    async with serving(
        answers({"resultType": "input_required", "inputRequests": wanted})
    ) as server:
        with pytest.raises(CalleeFailed, match=r"request for input \(elicitation/create\)"):
            _ = await asked(server)


async def test_a_version_of_the_future_is_an_error_that_names_both_sides():
    result = {"protocolVersion": "2031-01-01", "serverInfo": {"name": "x", "version": "1"}}
    async with serving(says({"jsonrpc": "2.0", "id": 1, "result": result})) as server:
        with pytest.raises(CalleeFailed, match="speaks the MCP versions 2031-01-01; podium speaks"):
            _ = await asked(server)


@pytest.mark.parametrize("first", [b"event: endpoint\ndata: http://other.example/post\n\n", b""])
async def test_the_old_transport_does_not_lead_elsewhere(first):
    async def handler(request: web.Request) -> web.StreamResponse:
        if request.method == "POST":
            return web.Response(status=405)
        return await streams(first)(request)

    async with serving(handler) as server:
        with pytest.raises((Refused, HttpRefusal)) as failed:
            _ = await asked(server)

    assert ("another place" if first else "405") in failed.value.message


async def test_the_egress_guard_holds():
    async with serving(answers({})) as server:
        with pytest.raises(EgressRefused):
            _ = await asked(server, egress=Egress.public())

    assert server.seen == []


@pytest.mark.parametrize("headers", [{"X-A": "one\r\nX-B: two"}, {"bad name": "x"}, {"X-A": 5}])
async def test_headers_that_would_be_more_than_one_are_refused(headers):
    transport = {"http": {"endpoint": "http://127.0.0.1:1/mcp", "headers": headers}}
    async with mcp() as caller:
        with pytest.raises(Invalid, match=r"The header"):
            _ = await caller.call({"method": "tools/list", "transport": transport}, call())
