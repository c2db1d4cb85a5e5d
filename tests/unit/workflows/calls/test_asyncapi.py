"""What a task means of an AsyncAPI document, and what is then asked of a broker."""

import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import anyio
import pytest
from tests.pace import HANGS
from tests.unit.workflows.calls.asyncapi_documents import THREE, TWO
from tests.world import document

from podium.identity.principal import Principal
from podium.kernel.errors import Invalid
from podium.kernel.ids import RunId, UserId, WorkspaceId
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.asyncapi.call import AsyncApiCall, Edges
from podium.workflows.calls.asyncapi.http import address
from podium.workflows.calls.asyncapi.ports import (
    Access,
    Channel,
    Incoming,
    Outgoing,
    Received,
    Server,
    Source,
    Target,
)
from podium.workflows.calls.resources import Resource
from podium.workflows.documents.check import parse
from podium.workflows.functions import Call

pytestmark = pytest.mark.anyio

CALL = Call(RunId("run_1"), "/do/x", Principal(UserId("u"), WorkspaceId("w"), "Ann"), 300.0)


@dataclass
class Text:
    text: str

    async def read(self, resource: Json, call: Call) -> Resource:
        return Resource("https://example.com/asyncapi.yaml", self.text)


class Policies:
    async def headers(self, policy: Json, call: Call) -> Mapping[str, str]:
        match policy:
            case {"basic": _}:
                return {"Authorization": "Basic YW5uOnMzOmNyZXQ="}
            case {"bearer": _}:
                return {"Authorization": "Bearer t-1"}
            case _:
                return {}


@dataclass
class Recorder:
    """Brokers and HTTP in one; hands out what it is given."""

    sent: list[tuple[Target, Outgoing]] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    waiting: list[Incoming] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    after: list[str] = field(default_factory=list)

    async def publish(self, source: Source, message: Outgoing, *, seconds: float) -> None:
        self.sources.append(source)
        self.seconds.append(seconds)
        self.sent.append((source.target, message))

    async def post(
        self, target: Target, message: Outgoing, policy: JsonObject, *, call: Call
    ) -> None:
        self.sent.append((target, message))

    async def next(
        self,
        key: str,
        opening: Callable[[], Awaitable[Source]],
        *,
        seconds: float,
        after: str,
    ) -> Received | None:
        source = await opening()
        self.sources.append(source)
        self.after.append(after)
        return Received(source.target.channel, self.waiting.pop(0)) if self.waiting else None

    async def close(
        self, key: str, opening: Callable[[], Awaitable[Source]], *, after: str
    ) -> None:
        self.after.append(f"closed {after}")

    def suspend(self, key: str) -> None:
        raise AssertionError("nobody suspends here")


def made(text: str) -> tuple[AsyncApiCall, Recorder]:
    recorder = Recorder()
    edges = Edges(Text(text), Policies(), recorder, recorder)
    return AsyncApiCall(edges, seconds=30.0), recorder


async def published(text: str, payload: Json = None, **arguments: Json) -> Target:
    call, recorder = made(text)
    message: JsonObject = {"payload": {"id": 1} if payload is None else payload}
    given: JsonObject = {"document": {"endpoint": "x"}, "message": message, **arguments}
    _ = await call.call(given, CALL)
    return recorder.sent[0][0]


async def subscribed(text: str, **arguments: Json) -> Target:
    call, recorder = made(text)
    _ = await call.next({"document": {"endpoint": "x"}, **arguments}, CALL, after="")
    return recorder.sources[0].target


async def test_the_same_operation_of_both_versions_is_the_same_target():
    for text in (TWO, THREE):
        target = await published(text, operation="placeOrder", protocol="amqp")
        server, channel = target.server, target.channel
        place = (server.name, server.protocol, server.host, server.port, server.tls, server.path)
        assert place == ("rabbit", "amqp", "eu.example.com", 5673, False, "shop")
        assert channel.address == "orders"
        assert channel.bindings == {"is": "queue", "queue": {"name": "orders-q"}}
        assert channel.operation == {"deliveryMode": 2}
        assert channel.content_type == "application/json"
        assert list(server.security) == ["scramSha256"]
        assert list(channel.correlations) == ["$message.header#/trace"]


async def test_a_channel_is_published_to_and_subscribed_to_by_its_name():
    for text in (TWO, THREE):
        assert (await published(text, channel="orders")).channel.address == "orders"
        assert (await subscribed(text, channel="orders")).channel.address == "orders"


async def test_the_first_server_of_the_channel_is_taken_unless_the_task_says_which():
    first = (await published(TWO, operation="placeOrder")).server
    assert (first.name, first.protocol, first.tls, first.port) == ("stream", "kafka", True, 9093)
    named = (await published(TWO, operation="placeOrder", server={"name": "safe"})).server
    assert (named.protocol, named.tls, named.host, named.port) == (
        "amqp",
        True,
        "safe.example.com",
        None,
    )
    spoken = (await subscribed(TWO, operation="readings", protocol="mqtt5")).server
    assert (spoken.name, spoken.protocol) == ("cloud", "mqtt5")


async def test_variables_of_a_server_are_filled_in_and_held_to_their_choices():
    server: JsonObject = {"name": "rabbit", "variables": {"place": "us"}}
    for text in (TWO, THREE):
        target = await published(text, operation="placeOrder", server=server)
        assert target.server.host == "us.example.com"
        wrong: JsonObject = {"name": "rabbit", "variables": {"place": "evil.com/"}}
        with pytest.raises(Invalid, match="may be: eu, us"):
            _ = await published(text, operation="placeOrder", server=wrong)


@pytest.mark.parametrize("text", [TWO, THREE])
async def test_what_the_document_does_not_have_is_named_with_what_it_has(text: str):
    with pytest.raises(Invalid, match=r"no operation 'lost'\. It has: placeOrder, orderPlaced"):
        _ = await published(text, operation="lost")
    with pytest.raises(Invalid, match=r"no channel 'lost'\. It has: orders"):
        _ = await published(text, channel="lost")
    with pytest.raises(Invalid, match=r"no server 'lost'\. It has: rabbit"):
        _ = await published(text, operation="placeOrder", server={"name": "lost"})
    with pytest.raises(Invalid, match="no server that speaks redis"):
        _ = await published(text, operation="placeOrder", protocol="redis")


async def test_a_protocol_that_podium_does_not_speak_is_said_with_those_it_does():
    with pytest.raises(
        Invalid, match=r"speaks 'stomp', and podium does not\. It speaks amqp, http"
    ):
        _ = await published(THREE, operation="placeOrder", server={"name": "old"})


async def test_a_channel_without_address_is_refused():
    with pytest.raises(Invalid, match="has no address"):
        _ = await published(THREE, operation="reply", server={"name": "bus"})


@pytest.mark.parametrize("text", [TWO, THREE])
async def test_the_message_gives_the_address_its_values(text: str):
    payload: JsonObject = {"where": {"room": "r 1"}}
    target = await published(text, payload, operation="read", protocol="amqp")
    assert target.channel.address == "rooms/r 1/readings"
    with pytest.raises(Invalid, match="needs room"):
        _ = await published(text, {"x": 1}, operation="read", protocol="amqp")
    with pytest.raises(Invalid, match="cannot hold"):
        _ = await published(text, {"where": {"room": "a\nb"}}, operation="read", protocol="amqp")


async def test_a_subscription_keeps_the_place_of_a_parameter_without_value():
    target = await subscribed(TWO, operation="readings", protocol="mqtt5")
    assert target.channel.address == "rooms/{room}/readings"


@pytest.mark.parametrize("text", [TWO, THREE])
async def test_a_payload_is_held_to_the_schema_of_the_message(text: str):
    with pytest.raises(Invalid, match=r"no message of 'orders': at id: \"one\" is not"):
        _ = await published(text, {"id": "one"}, operation="placeOrder")
    with pytest.raises(Invalid, match='at item: "name" is a required property'):
        _ = await published(text, {"id": 1, "item": {}}, operation="placeOrder")
    _ = await published(text, {"cancelled": True}, operation="orderPlaced")
    with pytest.raises(Invalid, match="; or "):
        _ = await published(text, {"nothing": True}, operation="orderPlaced")


async def test_a_message_goes_out_as_json_with_headers_and_the_idempotency_key():
    call, recorder = made(TWO)
    message: JsonObject = {"payload": {"id": 1, "x": "ü"}, "headers": {"a": "b", "n": [1]}}
    arguments: JsonObject = {
        "document": {"endpoint": "x"},
        "operation": "placeOrder",
        "message": message,
        "authentication": {"basic": {}},
    }
    output = await call.call(arguments, CALL)

    _, sent = recorder.sent[0]
    assert json.loads(sent.body) == {"id": 1, "x": "ü"}
    assert sent.headers == {"a": "b", "n": "[1]"}
    assert (sent.key, sent.content_type) == ("run_1:/do/x", "application/json")
    assert sent.order == "run_1"
    assert output == {"payload": {"id": 1, "x": "ü"}, "headers": {"a": "b", "n": "[1]"}}
    assert recorder.sources[0].access == Access("ann", "s3:cret")
    assert "s3" not in repr(recorder.sources[0])
    assert recorder.seconds == [30.0]


async def test_a_document_says_what_keeps_messages_in_order():
    keyed = TWO.replace("kafka: {key:", "kafka: {x-key-location: '$message.payload#/id', key:")
    call, recorder = made(keyed)
    message: JsonObject = {"payload": {"id": 17}}
    _ = await call.call({"document": {}, "operation": "placeOrder", "message": message}, CALL)
    assert recorder.sent[0][1].order == "17"


async def test_headers_with_control_characters_and_payloads_that_are_not_json_are_refused():
    message: JsonObject = {"payload": {"id": 1}, "headers": {"a": "b\r\nc: d"}}
    with pytest.raises(Invalid, match="control character"):
        _ = await published(TWO, operation="placeOrder", message=message)
    avro = TWO.replace("contentType: application/json\n      corr", "contentType: avro\n      corr")
    with pytest.raises(Invalid, match="podium writes JSON only"):
        _ = await published(avro, operation="placeOrder")


async def test_a_message_that_comes_in_is_json_text_or_base64_with_its_correlation():
    call, recorder = made(TWO)
    recorder.waiting = [
        Incoming(b'{"id": 1}', "m1", {"trace": "t-1"}),
        Incoming(b"[1, NaN]", "m2"),
        Incoming(b"\xff\x00", "m3", correlation_id="c"),
        Incoming(b"7", "m4", content_type="text/plain"),
    ]
    arguments: JsonObject = {
        "document": {"endpoint": "x"},
        "operation": "orderPlaced",
        "authentication": {"bearer": {}},
    }
    found = [await call.next(arguments, CALL, after=str(n)) for n in range(5)]

    assert found == [
        {"payload": {"id": 1}, "headers": {"trace": "t-1"}, "correlationId": "t-1", "mark": "m1"},
        {"payload": "[1, NaN]", "headers": {}, "mark": "m2"},
        {"payload": "/wA=", "headers": {}, "correlationId": "c", "mark": "m3"},
        {"payload": "7", "headers": {}, "mark": "m4"},
        None,
    ]
    assert recorder.after == ["0", "1", "2", "3", "4"]
    assert recorder.sources[0].access == Access(token="t-1")  # noqa: S106 - a test's


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("openapi: 3.0.0", "no AsyncAPI document"),
        ("asyncapi: 4.0.0", "no AsyncAPI document of version 2 or 3: asyncapi is '4.0.0'"),
        ("asyncapi: 2.0.0\nchannels: {orders: {$ref: 'https://evil/x.yaml'}}", "Bundle it"),
        ("asyncapi: 2.0.0\nchannels: {orders: {$ref: '#/nowhere'}}", "which it has not"),
        ("asyncapi: 2.0.0\nchannels: {orders: {$ref: '#/channels/orders'}}", "in a circle"),
        ("asyncapi: 2.0.0\nchannels: []", "no channel 'orders'. It has: none"),
        (TWO.replace("'{place}.", "'u:p@{place}."), "holds a user"),
        (TWO.replace("'{place}.example.com:{port}/shop'", "'[x'"), "is none"),
        (TWO.replace("'{place}.example.com:{port}/shop'", "'a b'"), "no host"),
        (TWO.replace("'5673'", "'99999'"), "is none"),
        (TWO.replace("type: integer", "type: 7"), "schema at"),
        (TWO.replace("'#/components/schemas/Item'", "'https://evil/item.json'"), "schema at"),
    ],
)
async def test_a_hostile_document_is_refused_with_a_sentence(document: str, said: str):
    server: JsonObject = {"name": "rabbit"}
    with pytest.raises(Invalid, match=said):
        _ = await published(document, channel="orders", server=server)


async def test_a_schema_or_a_trait_that_leads_to_itself_ends():
    circle = TWO.replace("type: object\n      required: [id]", "$ref: '#/components/schemas/Order'")
    with anyio.fail_after(HANGS), suppress(Invalid):
        _ = await published(circle, operation="placeOrder", server={"name": "rabbit"})
    trait = TWO.replace(
        "keyed: {", "keyed: {traits: [{$ref: '#/components/messageTraits/keyed'}], "
    )
    _ = await published(trait, operation="placeOrder")


def test_a_channel_of_an_http_server_is_a_place_below_it():
    server = Server("s", "http", "2001:db8::1", 8080, tls=True, path="base path")
    target = Target(server, Channel("/a b/{c}?d#e"))
    assert address(target) == "https://[2001:db8::1]:8080/base%20path/a%20b/%7Bc%7D%3Fd%23e"


NOT_SPOKEN = (
    *("amqp1", "anypointmq", "googlepubsub", "ibmmq", "jms", "mercure", "pulsar", "sns"),
    *("solace", "sqs", "stomp"),
)


@pytest.mark.parametrize("protocol", [*NOT_SPOKEN, "ws", "http"])
def test_a_protocol_that_is_not_spoken_is_found_when_the_document_is_checked(protocol: str):
    text = document(f"""
- send:
    call: asyncapi
    with:
      document: {{endpoint: "https://example.com/asyncapi.json"}}
      operation: place
      protocol: {protocol}
      message: {{payload: {{a: 1}}}}
""")
    if protocol not in NOT_SPOKEN:
        _ = parse(text, name="test", functions={})
        return
    with pytest.raises(Invalid) as refused:
        _ = parse(text, name="test", functions={})
    (problem,) = refused.value.problems
    assert f"'send' speaks {protocol}, and podium does not. It speaks amqp, http" in problem.message
    assert (problem.rule, problem.line) == ("unsupported", 8)
