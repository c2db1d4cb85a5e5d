"""`call: a2a` with agents that lie, flood, hang and break off, and cards that lead elsewhere."""

import json
import tracemalloc
import uuid

import anyio
import pytest
from aiohttp import web
from tests.contract.callees.world import a2a, call
from tests.pace import HANGS
from tests.unit.protocols.scripted_server import says, serving, streams

from podium.adapters.http.egress import Egress
from podium.adapters.http.errors import BrokenOff, EgressRefused, TooLarge
from podium.kernel.errors import Invalid, LimitReached, TimedOut, Unauthenticated, Unavailable
from podium.protocols.jsonrpc import Malformed
from podium.workflows.calls.callee import CalleeFailed

pytestmark = pytest.mark.anyio
SEND = {"message": {"parts": [{"kind": "text", "text": "hi"}]}}
MESSAGE = {"messageId": "m", "role": "ROLE_AGENT", "parts": [{"text": "hello"}]}


def card(url):
    interface = {"url": url, "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}
    return {"name": "agent", "supportedInterfaces": [interface]}


def agent(answering):
    """A card of 1.0 at the well-known path, and this for all that is asked."""

    async def handler(request: web.Request) -> web.StreamResponse:
        if request.method == "GET":
            if not request.path.endswith("agent-card.json"):
                return web.Response(status=404)
            return web.json_response(card(f"http://{request.host}/rpc"))
        return await answering(request)

    return handler


def result(value):
    return says({"jsonrpc": "2.0", "id": 1, "result": value})


async def asked(
    server, method="message/send", parameters=SEND, *, egress=None, where=None, seconds=HANGS
):
    arguments = {
        "method": method,
        **({"parameters": parameters} if parameters else {}),
        **(where or {"agentCard": {"endpoint": server.url}}),
    }
    async with a2a(max_bytes=100_000, egress=egress) as caller:
        return await caller.call(arguments, call(seconds=seconds))


async def silence(_: web.Request) -> web.StreamResponse:
    await anyio.sleep_forever()
    return web.Response()


@pytest.mark.parametrize("method", ["message/send", "message/stream"])
async def test_an_agent_that_never_answers_costs_what_it_may(method):
    async with serving(agent(silence)) as server:
        with (
            anyio.fail_after(HANGS),
            pytest.raises(TimedOut, match=rf"{method} took longer than 0\.5 s"),
        ):
            _ = await asked(server, method, seconds=0.5)


async def test_a_stream_without_an_end_is_over_with_the_time():
    working = {"statusUpdate": {"taskId": "t", "status": {"state": "TASK_STATE_WORKING"}}}
    event = json.dumps({"jsonrpc": "2.0", "id": 1, "result": working})
    trickle = streams(*[f"data: {event}\n\n".encode(), 0.05] * 1000)
    async with serving(agent(trickle)) as server:
        with anyio.fail_after(HANGS), pytest.raises(TimedOut):
            _ = await asked(server, "message/stream", seconds=0.5)


@pytest.mark.parametrize("kind", ["text/event-stream", "application/json"])
async def test_a_gigabyte_is_cut_off_at_the_limit(kind):
    working = {"statusUpdate": {"status": {"state": "TASK_STATE_WORKING"}, "metadata": {"x": "y"}}}
    event = json.dumps({"jsonrpc": "2.0", "id": 1, "result": working})
    flood = streams(*[f"data: {event}\n\n".encode() * 500] * 2000, kind=kind)
    async with serving(agent(flood)) as server:
        tracemalloc.start()
        try:
            with pytest.raises(TooLarge, match="larger than 100,000 bytes"):
                _ = await asked(server, "message/stream")
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert most < 20_000_000


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"jsonrpc": "2.0", "id": 9, "result": {"message": MESSAGE}}, "answers request 1 as if"),
        ({"jsonrpc": "2.0", "id": 1}, "neither a result nor an error"),
        ([], "no JSON object"),
        ({"jsonrpc": "2.0", "id": 1, "result": 5}, "what is no A2A 1.0: it is no object"),
        ({"jsonrpc": "2.0", "id": 1, "result": {}}, "it is neither a message nor a task"),
        (
            {"jsonrpc": "2.0", "id": 1, "result": {"message": {"role": "ROLE_KING"}}},
            "The role of a message must be user or agent",
        ),
        (
            {"jsonrpc": "2.0", "id": 1, "result": {"task": {"artifacts": [{"parts": [5]}]}}},
            "part of an artifact must be an object",
        ),
    ],
)
async def test_what_is_no_answer_is_malformed(answer, said):
    async with serving(agent(says(answer))) as server:
        with pytest.raises(Unavailable, match=said):
            _ = await asked(server)


async def test_an_error_in_the_middle_of_a_stream_is_one_of_the_workflow():
    event = json.dumps({"jsonrpc": "2.0", "id": 1, "error": {"code": -32603, "message": "oh"}})
    async with serving(agent(streams(f"data: {event}\n\n".encode()))) as server:
        with pytest.raises(CalleeFailed, match="error -32603: oh"):
            _ = await asked(server, "message/stream")


@pytest.mark.parametrize(("cut", "kind"), [(False, Unavailable), (True, BrokenOff)])
async def test_a_stream_that_ends_with_nothing_is_an_error(cut, kind):
    async with serving(agent(streams(b": \n\n", cut=cut))) as server:
        with pytest.raises(kind):
            _ = await asked(server, "message/stream")


async def test_an_agent_that_leads_in_a_circle_is_found_out():
    async with serving(agent(result({"tasks": [], "nextPageToken": "a"}))) as server:
        with pytest.raises(Unavailable, match="in a circle"):
            _ = await asked(server, "tasks/list", None)


async def test_a_list_without_an_end_is_cut_off():
    async def handler(_: web.Request) -> web.StreamResponse:
        page = {"tasks": [], "nextPageToken": str(uuid.uuid4())}  # noqa: TID251 - another each time
        return web.json_response({"jsonrpc": "2.0", "id": 1, "result": page})

    async with serving(agent(handler)) as server:
        with pytest.raises(LimitReached, match="more than 100 pages"):
            _ = await asked(server, "tasks/list", None)


async def test_the_credentials_of_a_card_go_to_its_own_origin_alone():
    async with serving(result({"message": MESSAGE})) as elsewhere:

        async def handler(_: web.Request) -> web.StreamResponse:
            return web.json_response(card(f"{elsewhere.url}/rpc"))

        async with serving(handler) as server:
            bearer = {"authentication": {"bearer": {"token": "t0k"}}}
            where = {"agentCard": {"endpoint": {"uri": server.url, **bearer}}}
            output = await asked(server, where=where)

    assert output["parts"] == [{"kind": "text", "text": "hello"}]
    assert server.heads[0]["Authorization"] == "Bearer t0k"
    assert "Authorization" not in elsewhere.heads[0]


async def test_the_credentials_of_a_card_are_shown_to_an_agent_of_its_origin():
    async with serving(agent(result({"message": MESSAGE}))) as server:
        bearer = {"authentication": {"bearer": {"token": "t0k"}}}
        _ = await asked(server, where={"agentCard": {"endpoint": {"uri": server.url, **bearer}}})

    assert [head["Authorization"] for head in server.heads] == ["Bearer t0k"] * 2


async def test_an_agent_that_wants_credentials_says_so():
    async with serving(agent(says({}, 401))) as server:
        with pytest.raises(Unauthenticated, match="Give the endpoint an `authentication`"):
            _ = await asked(server)


async def test_a_card_cannot_lead_behind_the_egress_guard():
    inside = {"agentCard": {"endpoint": "http://127.0.0.1:1/agent-card.json"}}
    async with serving(agent(result({}))) as server:
        with pytest.raises(EgressRefused):
            _ = await asked(server, egress=Egress.public(), where=inside)

    assert server.seen == []


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"name": "a", "url": "http://x.example/rpc", "preferredTransport": "GRPC"}, Invalid),
        ({"name": "a", "supportedInterfaces": []}, Invalid),
        ({"name": "a", "url": "http://x.example/rpc", "protocolVersion": "2.0"}, Invalid),
        ({"hello": "world"}, Unavailable),
    ],
)
async def test_a_card_without_a_way_to_its_agent_is_said(said, kind):
    async with serving(says(said)) as server:
        with pytest.raises(kind, match=r"podium speaks JSONRPC of A2A|There is no agent card at"):
            _ = await asked(server)


async def test_a_card_of_the_older_path_is_found():
    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/.well-known/agent.json":
            return web.json_response(
                {"name": "old", "url": f"http://{request.host}/", "version": "1"}
            )
        if request.method == "GET":
            return web.Response(status=404)
        answer = {"kind": "message", "role": "agent", "messageId": "m", "parts": []}
        return web.json_response({"jsonrpc": "2.0", "id": 1, "result": answer})

    async with serving(handler) as server:
        output = await asked(server)

    assert output["kind"] == "message"
    assert server.seen[-1]["method"] == "message/send"
    assert "A2A-Version" not in server.heads[-1]


async def test_the_part_of_those_whom_an_agent_serves_is_named_in_each_request():
    async def handler(request: web.Request) -> web.StreamResponse:
        if request.method == "GET":
            made = card(f"http://{request.host}/rpc")
            made["supportedInterfaces"][0]["tenant"] = "north"
            return web.json_response(made)
        return await result({"message": MESSAGE})(request)

    async with serving(handler) as server:
        _ = await asked(server)

    assert server.seen[-1]["params"]["tenant"] == "north"
    assert server.heads[-1]["A2A-Version"] == "1.0"


async def test_an_agent_that_answers_a_stream_with_one_response_gives_that():
    task = {"task": {"id": "t", "status": {"state": "TASK_STATE_COMPLETED"}}}
    async with serving(agent(result(task))) as server:
        output = await asked(server, "message/stream")

    assert output == {"id": "t", "status": {"state": "completed"}, "kind": "task"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"method": "message/send", "server": "http://x"}, r"needs `with\.parameters\.message`"),
        ({"method": "message/send", "parameters": 5, "server": "http://x"}, "must be an object"),
        ({"method": "tasks/get", "server": "http://127.0.0.1:1"}, "needs the id of a task"),
        ({"method": "tasks/list"}, "names no agent"),
        ({"method": "tasks/list", "agentCard": {"endpoint": 5}}, "must be a URI or an object"),
    ],
)
async def test_arguments_that_ask_nothing_are_refused(arguments, said):
    async with a2a() as caller:
        with pytest.raises(Invalid, match=said):
            _ = await caller.call(arguments, call())


@pytest.mark.parametrize("number", [-32601, -32000])
async def test_of_two_refusals_the_first_is_told(number):
    """Neither version is spoken: what the agent said to the current one says more."""
    refused = says({"jsonrpc": "2.0", "id": 1, "error": {"code": number, "message": "no such"}})
    async with serving(refused) as server:
        with pytest.raises(CalleeFailed, match=f"error {number}: no such"):
            _ = await asked(server, where={"server": server.url})

    assert len(server.seen) == (2 if number == -32601 else 1)


async def test_what_stands_in_the_query_of_an_address_is_told_to_nobody_else():
    context = call()
    async with serving(says({}, 404)) as server, a2a() as caller:
        sent = {"method": "message/send", "parameters": SEND}
        where = {"agentCard": {"endpoint": f"{server.url}/none?key=s3cret"}}
        with pytest.raises(Unavailable, match="no agent card at") as failed:
            _ = await caller.call({**sent, **where}, context)

    assert "s3cret" not in failed.value.message + str(context.notes)


async def test_an_address_that_is_none_is_refused():
    async with a2a() as caller:
        with pytest.raises(Invalid):
            _ = await caller.call({"method": "tasks/list", "server": "http://[oh"}, call())


async def test_a_body_that_is_no_json_is_malformed():
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>", content_type="application/json")

    async with serving(agent(handler)) as server:
        with pytest.raises(Malformed):
            _ = await asked(server)
