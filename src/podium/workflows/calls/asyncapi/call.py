"""`call: asyncapi`: a message is published, or the next one of a subscription is taken."""

import base64
import binascii
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

import anyio.to_thread

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject, digest
from podium.workflows.calls.asyncapi import messages
from podium.workflows.calls.asyncapi.document import AsyncApi, Found
from podium.workflows.calls.asyncapi.ports import (
    Access,
    Brokers,
    Outgoing,
    Source,
    Target,
)
from podium.workflows.calls.asyncapi.servers import Wanted, server
from podium.workflows.calls.bodies import as_object
from podium.workflows.calls.resources import Resources
from podium.workflows.documents.yaml import Bounds, load
from podium.workflows.functions import Call

KEPT: Final = 16
MARK: Final = "mark"
_BOUNDS: Final = Bounds(bare_keys=True)


class Credentials(Protocol):
    async def headers(self, policy: Json, call: Call) -> Mapping[str, str]:
        """The Authorization header that a policy makes; nothing without a policy."""
        ...


class Posting(Protocol):
    async def post(
        self, target: Target, message: Outgoing, policy: JsonObject, *, call: Call
    ) -> None:
        """Publish over HTTP. Raises as `Brokers.publish`."""
        ...


@dataclass(frozen=True, slots=True)
class Edges:
    resources: Resources
    credentials: Credentials
    brokers: Brokers
    posting: Posting


class AsyncApiCall:
    """Publishing takes `seconds` at most, or what its task has left."""

    def __init__(self, edges: Edges, *, seconds: float) -> None:
        self._edges: Edges = edges
        self._seconds: float = seconds
        self._documents: OrderedDict[str, AsyncApi] = OrderedDict()

    async def call(self, arguments: JsonObject, call: Call) -> Json:
        """Publish; the output is what was published: {payload, headers}.

        Raises Invalid for a document, server or payload that will not do, and what `Brokers` does.
        """
        given = as_object(arguments.get("message"))
        api, found = await self._found(arguments, call, sends=True)
        headers = messages.headers(given.get("headers"))
        shown: JsonObject = {"payload": given.get("payload"), "headers": dict(headers)}
        messages.check(api, found, shown["payload"])
        target = _target(api, found, arguments, message=shown)
        message = _outgoing(target, shown, headers, call=call)
        if target.server.protocol == "http":
            policy = as_object(arguments.get("authentication"))
            await self._edges.posting.post(target, message, policy, call=call)
        else:
            source = Source(target, await self._access(arguments, call))
            seconds = min(call.deadline, self._seconds)
            await self._edges.brokers.publish(source, message, seconds=seconds)
        call.notes.append(
            f"published to {target.channel.address} of {target.server.name} "
            f"({target.server.protocol}, {target.server.host})"
        )
        return shown

    async def next(self, arguments: JsonObject, call: Call, *, after: str) -> JsonObject | None:
        """{payload, headers, correlationId?, mark}; None where no message comes in
        `call.deadline` seconds. `after` is the mark of the message before it, empty at first.
        """
        taken = await self._edges.brokers.next(
            call.key,
            partial(self._source, arguments, call),
            seconds=call.deadline,
            after=after,
        )
        if taken is None:
            return None
        return {**messages.decoded(taken.message, taken.channel), MARK: taken.message.mark}

    async def close(self, arguments: JsonObject, call: Call, *, after: str) -> None:
        """The subscription is over; `after` is the last message that was taken."""
        source = partial(self._source, arguments, call)
        await self._edges.brokers.close(call.key, source, after=after)

    def suspend(self, call: Call) -> None:
        """Nobody asks for messages now; what was not recorded comes again."""
        self._edges.brokers.suspend(call.key)

    async def _source(self, arguments: JsonObject, call: Call) -> Source:
        api, found = await self._found(arguments, call, sends=False)
        target = _target(api, found, arguments, message={})
        return Source(target, await self._access(arguments, call))

    async def _access(self, arguments: JsonObject, call: Call) -> Access:
        headers = await self._edges.credentials.headers(arguments.get("authentication"), call)
        return access(next(iter(headers.values()), ""))

    async def _found(
        self, arguments: JsonObject, call: Call, *, sends: bool
    ) -> tuple[AsyncApi, Found]:
        operation, channel = arguments.get("operation"), arguments.get("channel")
        resource = await self._edges.resources.read(arguments.get("document"), call)
        api = await self._parsed(resource.text)
        found = api.found(
            operation=operation if isinstance(operation, str) else None,
            channel=channel if isinstance(channel, str) else None,
            sends=sends,
        )
        return api, found

    async def _parsed(self, text: str) -> AsyncApi:
        """Beside the event loop: a large document takes a second."""
        key = digest(text)
        if key not in self._documents:
            read = partial(load, text, name="The AsyncAPI document", bounds=_BOUNDS)
            source = await anyio.to_thread.run_sync(read)
            self._documents[key] = AsyncApi(source.value)
        self._documents.move_to_end(key)
        if len(self._documents) > KEPT:
            _ = self._documents.popitem(last=False)
        return self._documents[key]


def _target(api: AsyncApi, found: Found, arguments: JsonObject, *, message: JsonObject) -> Target:
    asked, protocol = as_object(arguments.get("server")), arguments.get("protocol")
    name = asked.get("name")
    wanted = Wanted(
        name if isinstance(name, str) else None,
        as_object(asked.get("variables")),
        protocol if isinstance(protocol, str) else None,
    )
    chosen = server(api, found, wanted)
    return Target(chosen, messages.channel(api, found, chosen.protocol, message=message))


def _outgoing(
    target: Target, shown: JsonObject, headers: Mapping[str, str], *, call: Call
) -> Outgoing:
    channel = target.channel
    if places := messages.places(channel.address):
        raise Invalid(
            f"The address {channel.address!r} needs {', '.join(places)}, which neither the message "
            f"nor the AsyncAPI document gives."
        )
    order = messages.order(channel, shown)
    return Outgoing(
        messages.encoded(shown["payload"], channel.content_type),
        headers,
        channel.content_type,
        call.key,
        call.run if order is None else order,
    )


def access(header: str) -> Access:
    """What an Authorization header says, for servers that have none."""
    scheme, _, value = header.partition(" ")
    if scheme != "Basic":
        return Access(token=value)
    try:
        username, _, password = base64.b64decode(value).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Invalid("The credentials are no user name and password.") from error
    return Access(username, password)
