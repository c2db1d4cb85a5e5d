"""`call: grpc` against a server of grpcio's own on loopback."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import anyio
import grpc
import pytest
from tests.certificates import localhost
from tests.pace import HANGS
from tests.service.grpc_server import PROTO, Context, Handler, Served, serving

from podium.adapters.grpc.channels import Channels, GrpcOptions
from podium.adapters.grpc.client import GrpcChannelClient
from podium.adapters.grpc.compiler import Compiler
from podium.adapters.http.egress import Egress
from podium.adapters.http.errors import ConnectFailed, EgressRefused
from podium.identity.principal import Principal
from podium.kernel.errors import (
    Invalid,
    LimitReached,
    PodiumError,
    Refused,
    TimedOut,
    Unauthenticated,
    Unavailable,
)
from podium.kernel.ids import RunId, UserId, WorkspaceId
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.callee import Allowance, Endpoint
from podium.workflows.calls.grpc import GrpcCall
from podium.workflows.calls.resources import Answer, FetchedResources
from podium.workflows.functions import Call

pytestmark = pytest.mark.anyio

ANN = Principal(UserId("user_ann"), WorkspaceId("ws_one"), "Ann")
INLINE = "data:text/plain," + quote(PROTO)


class Stopped:
    def now(self) -> float:
        return 0.0

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


class NoFetching:
    async def get(self, endpoint: Endpoint, call: Call, allowance: Allowance) -> Answer:
        raise AssertionError(f"nothing is fetched here: {endpoint.uri}")


class Shown:
    """What a policy says is shown as it is."""

    async def headers(self, policy: Json, call: Call) -> Mapping[str, str]:
        match policy:
            case {"bearer": {"token": token}}:
                return {"Authorization": f"Bearer {token}"}
            case _:
                return {}


@asynccontextmanager
async def calling(
    egress: Egress | None = None,
    options: GrpcOptions | None = None,
    *,
    seconds: float = HANGS,
    max_bytes: int = 1_000_000,
) -> AsyncGenerator[GrpcCall]:
    channels = Channels(egress or Egress.anywhere(), options)
    resources = FetchedResources(NoFetching(), Stopped(), Allowance(HANGS, 1_000_000))
    async with GrpcChannelClient(channels, Compiler()) as client:
        yield GrpcCall(client, resources, Shown(), seconds=seconds, max_bytes=max_bytes)


def arguments(
    served: Served, method: str, given: JsonObject | None = None, **service: Json
) -> JsonObject:
    return {
        "proto": {"endpoint": INLINE},
        "service": {
            "name": "demo.v1.Greeter",
            "host": "127.0.0.1",
            "port": served.port,
            **service,
        },
        "method": method,
        "arguments": given or {},
    }


def call(path: str = "/do/greet", deadline: float = HANGS) -> Call:
    return Call(RunId("run_1"), path, ANN, deadline)


async def greet(requests: AsyncIterator[Any], _context: Context) -> AsyncIterator[Any]:
    names, total = [], 0
    async for each in requests:
        names.append(each.first_name)
        total += each.number
        tags, raw, at = list(each.tags), each.raw, each.at
    yield {"text": "Hi " + " and ".join(names), "number": total, "tags": tags, "raw": raw, "at": at}


async def count(requests: AsyncIterator[Any], _context: Context) -> AsyncIterator[Any]:
    async for each in requests:
        for number in range(each.number):
            yield {"text": each.first_name, "number": number}


async def echo(requests: AsyncIterator[Any], _context: Context) -> AsyncIterator[Any]:
    async for each in requests:
        yield {"text": each.first_name}


ALL: Mapping[str, Handler] = {"Unary": greet, "Down": count, "Up": greet, "Both": echo}


async def test_a_unary_method_answers_one_message_as_json():
    async with serving(ALL) as served, calling() as grpc_call:
        given: JsonObject = {
            "firstName": "Ann",
            "number": "9007199254740993",
            "at": "2026-11-22T10:00:00Z",
            "tags": ["a"],
            "raw": "AAE=",
        }
        answer = await grpc_call.call(arguments(served, "Unary", given), call())

    assert answer == {
        "text": "Hi Ann",
        "number": "9007199254740993",
        "done": False,
        "at": "2026-11-22T10:00:00Z",
        "raw": "AAE=",
        "tags": ["a"],
    }


async def test_a_method_that_answers_with_a_stream_gives_an_array_in_order():
    async with serving(ALL) as served, calling() as grpc_call:
        given: JsonObject = {"firstName": "x", "number": 3}
        answer = await grpc_call.call(arguments(served, "Down", given), call())
        none = await grpc_call.call(arguments(served, "Down", {"number": 0}), call())

    assert [each["number"] for each in answer] == ["0", "1", "2"]
    assert none == []


async def test_a_method_that_takes_a_stream_is_sent_one_message_or_each_of_messages():
    async with serving(ALL) as served, calling() as grpc_call:
        one = await grpc_call.call(arguments(served, "Up", {"firstName": "Ann"}), call())
        many: JsonObject = {"messages": [{"firstName": "Ann"}, {"firstName": "Bob", "number": 2}]}
        two = await grpc_call.call(arguments(served, "Up", many), call())

    assert one["text"] == "Hi Ann"
    assert (two["text"], two["number"]) == ("Hi Ann and Bob", "2")


async def test_a_method_of_two_streams_sends_and_answers_several_messages():
    async with serving(ALL) as served, calling() as grpc_call:
        many: JsonObject = {"messages": [{"firstName": "a"}, {"firstName": "b"}]}
        answer = await grpc_call.call(arguments(served, "Both", many), call())

    assert [each["text"] for each in answer] == ["a", "b"]


async def test_the_callee_is_handed_the_idempotency_key_and_the_credentials():
    async with serving(ALL) as served, calling() as grpc_call:
        given = arguments(served, "Unary", authentication={"bearer": {"token": "t-1"}})
        _ = await grpc_call.call(given, call("/do/grüße 100%"))

    assert served.seen[0]["idempotency-key"] == "run_1:/do/gr%C3%BC%C3%9Fe%20100%25"
    assert served.seen[0]["authorization"] == "Bearer t-1"


@pytest.mark.parametrize(
    ("status", "error", "number"),
    [
        (grpc.StatusCode.UNAUTHENTICATED, Unauthenticated, None),
        (grpc.StatusCode.PERMISSION_DENIED, Refused, None),
        (grpc.StatusCode.DEADLINE_EXCEEDED, TimedOut, None),
        (grpc.StatusCode.NOT_FOUND, Unavailable, 404),
        (grpc.StatusCode.INVALID_ARGUMENT, Unavailable, 400),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, Unavailable, 429),
        (grpc.StatusCode.UNAVAILABLE, Unavailable, 503),
        (grpc.StatusCode.INTERNAL, Unavailable, 500),
    ],
    ids=lambda value: getattr(value, "name", None),
)
async def test_a_status_becomes_an_error_of_its_kind(
    status: grpc.StatusCode, error: type[PodiumError], number: int | None
):
    async def refuse(_requests: AsyncIterator[Any], context: Context) -> AsyncIterator[Any]:
        await context.abort(status, "no such luck")
        yield {}

    async with serving({"Unary": refuse}) as served, calling() as grpc_call:
        with pytest.raises(error, match="no such luck") as raised:
            _ = await grpc_call.call(arguments(served, "Unary"), call())

    assert type(raised.value) is error
    assert raised.value.details.get("status") == number


async def test_a_stream_that_is_refused_at_once_is_refused_with_its_status():
    async def refuse(_requests: AsyncIterator[Any], context: Context) -> AsyncIterator[Any]:
        await context.abort(grpc.StatusCode.UNAUTHENTICATED, "no such luck")
        yield {}

    many: JsonObject = {"messages": [{"firstName": "Ann"}] * 5}
    async with serving({"Up": refuse}) as served, calling() as grpc_call:
        for _ in range(30):
            with pytest.raises(Unauthenticated):
                _ = await grpc_call.call(arguments(served, "Up", many), call())


async def test_a_callee_that_never_answers_is_left_at_the_deadline():
    async def hang(_requests: AsyncIterator[Any], _context: Context) -> AsyncIterator[Any]:
        await anyio.sleep_forever()
        yield {}

    two: JsonObject = {"messages": [{}, {}]}
    methods: Mapping[str, Handler] = {"Unary": hang, "Up": hang}
    async with serving(methods) as served, calling(seconds=0.3) as grpc_call:
        with anyio.fail_after(HANGS), pytest.raises(TimedOut):
            _ = await grpc_call.call(arguments(served, "Unary"), call())
        with anyio.fail_after(HANGS), pytest.raises(TimedOut):
            _ = await grpc_call.call(arguments(served, "Up", two), call())


async def test_a_call_that_is_cancelled_is_cancelled_at_the_callee():
    begun, ended = anyio.Event(), anyio.Event()

    async def hang(_requests: AsyncIterator[Any], _context: Context) -> AsyncIterator[Any]:
        begun.set()
        try:
            await anyio.sleep_forever()
            yield {}
        finally:
            ended.set()

    given: Mapping[str, JsonObject] = {"Unary": {}, "Up": {"messages": [{}, {}]}}
    for method, message in given.items():
        begun, ended = anyio.Event(), anyio.Event()
        async with serving({method: hang}) as served, calling() as grpc_call:
            async with anyio.create_task_group() as group:
                group.start_soon(grpc_call.call, arguments(served, method, message), call())
                await begun.wait()
                group.cancel_scope.cancel()
            with anyio.fail_after(HANGS):
                await ended.wait()


async def test_a_message_that_is_too_large_is_not_taken():
    async def large(_requests: AsyncIterator[Any], _context: Context) -> AsyncIterator[Any]:
        yield {"text": "x" * 2_000_000}

    async with serving({"Unary": large}) as served, calling() as grpc_call:
        with pytest.raises(LimitReached, match="larger"):
            _ = await grpc_call.call(arguments(served, "Unary"), call())


async def test_a_stream_without_end_is_cut_at_the_size_limit():
    ended = anyio.Event()

    async def endless(_requests: AsyncIterator[Any], _context: Context) -> AsyncIterator[Any]:
        try:
            while True:
                yield {"text": "x" * 10_000}
        finally:
            ended.set()

    async with serving({"Down": endless}) as served, calling(max_bytes=200_000) as grpc_call:
        with pytest.raises(LimitReached, match="200,000 bytes"):
            _ = await grpc_call.call(arguments(served, "Down"), call())
        with anyio.fail_after(HANGS):
            await ended.wait()


async def test_bytes_that_are_no_message_are_a_failure_of_the_callee():
    async def broken(_requests: AsyncIterator[Any], _context: Context) -> AsyncIterator[Any]:
        yield b"\x0a\xff\xff\xff\xff\x0f"

    async with serving({"Unary": broken}) as served, calling() as grpc_call:
        with pytest.raises(Unavailable, match=r"no demo\.v1\.Answer"):
            _ = await grpc_call.call(arguments(served, "Unary"), call())


async def test_arguments_that_are_no_such_message_say_which_field():
    async with serving(ALL) as served, calling() as grpc_call:
        with pytest.raises(Invalid, match="lastName"):
            _ = await grpc_call.call(arguments(served, "Unary", {"lastName": "x"}), call())
        with pytest.raises(Invalid, match="number"):
            _ = await grpc_call.call(arguments(served, "Unary", {"number": "many"}), call())
    assert served.seen == []


async def test_an_unknown_service_or_method_is_refused_with_those_there_are():
    async with serving(ALL) as served, calling() as grpc_call:
        with pytest.raises(Invalid, match=r"no service 'Nobody'\. It has: demo\.v1\.Greeter"):
            _ = await grpc_call.call(arguments(served, "Unary", name="Nobody"), call())
        with pytest.raises(Invalid, match="It has: Both, Down, Unary, Up"):
            _ = await grpc_call.call(arguments(served, "Shout"), call())
        short = await grpc_call.call(arguments(served, "Unary", name="Greeter"), call())
    assert short["text"] == "Hi "


async def test_nobody_there_is_a_failed_connection():
    async with calling() as grpc_call:
        with pytest.raises(Unavailable) as raised:
            _ = await grpc_call.call(arguments(Served(1), "Unary"), call())
        with pytest.raises(ConnectFailed):
            _ = await grpc_call.call(arguments(Served(1), "Unary", host="no.invalid"), call())
    assert raised.value.details["status"] == 503


async def test_private_addresses_are_refused_before_anything_is_sent():
    async with serving(ALL) as served, calling(Egress.public()) as grpc_call:
        for host in ("127.0.0.1", "localhost"):
            with pytest.raises(EgressRefused, match="allow_private"):
                _ = await grpc_call.call(arguments(served, "Unary", host=host), call())
    assert served.seen == []


async def test_tls_holds_the_certificate_to_the_name_and_to_the_authorities(tmp_path: Path):
    certificate = localhost(tmp_path)
    pair = certificate.key.read_bytes(), certificate.chain.read_bytes()
    both = frozenset({"localhost", "127.0.0.1"})
    async with serving(ALL, certificate=pair) as served:
        trusting = GrpcOptions(tls=both, ca_file=str(certificate.chain))
        async with calling(options=trusting) as grpc_call:
            answer = await grpc_call.call(arguments(served, "Unary", host="localhost"), call())
            with pytest.raises(Unavailable):
                _ = await grpc_call.call(arguments(served, "Unary", host="127.0.0.1"), call())
        async with calling(options=GrpcOptions(tls=both)) as grpc_call:
            with pytest.raises(Unavailable):
                _ = await grpc_call.call(arguments(served, "Unary", host="localhost"), call())
    assert answer["text"] == "Hi "
    assert len(served.seen) == 1
