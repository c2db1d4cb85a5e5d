"""What carries messages: gRPC channels, and the brokers of `call: asyncapi`."""

import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from podium.adapters.brokers.brokers import Brokers
from podium.adapters.brokers.relay import Dial
from podium.adapters.grpc.channels import Channels, GrpcOptions
from podium.adapters.grpc.client import GrpcChannelClient
from podium.adapters.grpc.compiler import Compiler
from podium.adapters.http.client import HttpClient
from podium.adapters.http.egress import Egress
from podium.protocols.message_streams import MessageStreams
from podium.settings import Settings
from podium.workflows.calls.asyncapi.call import AsyncApiCall, Edges
from podium.workflows.calls.asyncapi.http import HttpPosting
from podium.workflows.calls.credentials import CallCredentials
from podium.workflows.calls.grpc import GrpcCall
from podium.workflows.calls.resources import Resources
from podium.workflows.calls.sending import Sender
from podium.workflows.interpreter.deps import NoSubscriptions, ProtocolCall, Subscriptions


@dataclass(frozen=True, slots=True)
class Messaging:
    grpc: GrpcChannelClient
    brokers: Brokers


@asynccontextmanager
async def open_messaging(settings: Settings, http: HttpClient) -> AsyncGenerator[Messaging]:
    """Connections are closed when this is left; `http` streams messages that come over HTTP."""
    section, egress = settings.http, Egress(private=settings.http.allow_private)
    trust = ssl.create_default_context()
    if section.ca_file:
        trust.load_verify_locations(section.ca_file)
    options = GrpcOptions(
        frozenset(settings.grpc.plaintext), frozenset(settings.grpc.tls), section.ca_file
    )
    async with AsyncExitStack() as stack:
        grpc = GrpcChannelClient(Channels(egress, options), Compiler())
        dial = Dial(egress, trust, section.max_response_bytes)
        brokers = Brokers(dial, {"http": MessageStreams(http)})
        yield Messaging(
            await stack.enter_async_context(grpc), await stack.enter_async_context(brokers)
        )


def messaging_calls(
    messaging: Messaging | None, settings: Settings, resources: Resources, *, sender: Sender
) -> dict[str, ProtocolCall]:
    if messaging is None:
        return {}
    seconds, credentials = settings.http.timeout, CallCredentials(sender)
    edges = Edges(resources, credentials, messaging.brokers, HttpPosting(sender))
    return {
        "grpc": GrpcCall(
            messaging.grpc,
            resources,
            credentials,
            seconds=seconds,
            max_bytes=settings.http.max_response_bytes,
        ),
        "asyncapi": AsyncApiCall(edges, seconds=seconds),
    }


def subscriptions(spoken: Mapping[str, ProtocolCall]) -> Subscriptions:
    """Whoever publishes subscribes, too."""
    asyncapi = spoken.get("asyncapi")
    return asyncapi if isinstance(asyncapi, AsyncApiCall) else NoSubscriptions()
