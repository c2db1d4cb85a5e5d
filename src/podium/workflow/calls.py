"""Calls: functions and the protocols of the language, with their credentials."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NotRequired, TypeAlias, TypedDict, Unpack

from podium.functions.declared import Declared
from podium.workflow.parts import (
    Duration,
    Options,
    Part,
    Resource,
    Task,
    endpoint,
    picked,
    resource,
    some,
    task,
)

Arguments: TypeAlias = "Mapping[str, object] | None"
Authentication: TypeAlias = Part
Returned: TypeAlias = Literal["content", "response", "raw"]


def call(
    name: str,
    function: "str | Declared[..., object]",
    arguments: Arguments = None,
    **options: Unpack[Options],
) -> Task:
    """A function by its name, of `use.functions`, of the catalog or of an address; or one that was
    declared with `@podium.function`. Without arguments it gets the task's input.
    """
    if isinstance(function, Declared):
        made = function.function
        function = f"{made.name}:{made.version}@default"
    return _call(name, function, arguments, options=options)


class HttpOptions(Options, total=False):
    headers: Mapping[str, str] | str
    query: Mapping[str, str] | str
    body: object
    returns: Returned
    redirect: bool
    authentication: Authentication


def http(name: str, method: str, uri: str, **options: Unpack[HttpOptions]) -> Task:
    """`{name}` in the address stands for a member of the task's input."""
    names = {
        "headers": "headers",
        "query": "query",
        "body": "body",
        "returns": "output",
        "redirect": "redirect",
    }
    where = endpoint(uri, options.get("authentication"))
    arguments = {"method": method, "endpoint": where, **picked(options, names)}
    return _call(name, "http", arguments, options=options)


class OpenApiOptions(Options, total=False):
    parameters: Mapping[str, object]
    authentication: Authentication
    returns: Returned
    redirect: bool


def openapi(
    name: str, document: str | Resource, operation: str, **options: Unpack[OpenApiOptions]
) -> Task:
    names = {
        "parameters": "parameters",
        "authentication": "authentication",
        "returns": "output",
        "redirect": "redirect",
    }
    arguments = {"document": resource(document), "operationId": operation}
    return _call(name, "openapi", {**arguments, **picked(options, names)}, options=options)


class GrpcService(TypedDict):
    name: str
    host: str
    port: NotRequired[int]
    authentication: NotRequired[Authentication]


class GrpcOptions(Options):
    service: GrpcService
    method: str
    arguments: NotRequired[Mapping[str, object]]


def grpc(name: str, proto: str | Resource, **options: Unpack[GrpcOptions]) -> Task:
    names = {"service": "service", "method": "method", "arguments": "arguments"}
    arguments = {"proto": resource(proto), **picked(options, names)}
    return _call(name, "grpc", arguments, options=options)


class AsyncApiOptions(Options, total=False):
    """`operation` for AsyncAPI 3, `channel` for 2.6."""

    operation: str
    channel: str
    server: Mapping[str, object]
    protocol: str
    authentication: Authentication


_ASYNCAPI: Final = {
    "operation": "operation",
    "channel": "channel",
    "server": "server",
    "protocol": "protocol",
    "authentication": "authentication",
}


class PublishOptions(AsyncApiOptions, total=False):
    payload: Mapping[str, object]
    headers: Mapping[str, object]


def publish(name: str, document: str | Resource, **options: Unpack[PublishOptions]) -> Task:
    """Send a message by AsyncAPI."""
    message = picked(options, {"payload": "payload", "headers": "headers"})
    arguments = {"document": resource(document), **picked(options, _ASYNCAPI), "message": message}
    return _call(name, "asyncapi", arguments, options=options)


class SubscribeOptions(AsyncApiOptions, total=False):
    """How many messages: `amount`, `while_` or `until`, for at most `seconds` (a duration)."""

    filter: str
    amount: int
    while_: str
    until: str
    seconds: Duration
    foreach: Part


def subscribe(name: str, document: str | Resource, **options: Unpack[SubscribeOptions]) -> Task:
    """Take messages by AsyncAPI."""
    names = {"amount": "amount", "while_": "while", "until": "until", "seconds": "for"}
    subscription = {
        **picked(options, {"filter": "filter"}),
        "consume": picked(options, names),
        **picked(options, {"foreach": "foreach"}),
    }
    taken = picked(options, _ASYNCAPI)
    arguments = {"document": resource(document), **taken, "subscription": subscription}
    return _call(name, "asyncapi", arguments, options=options)


class McpOptions(Options, total=False):
    """`within` is the timeout of the call itself."""

    parameters: Mapping[str, object] | str
    protocol_version: str
    within: Duration
    client: Mapping[str, str]


def mcp(name: str, method: str, transport: Part, **options: Unpack[McpOptions]) -> Task:
    """A server of the Model Context Protocol, over `over_http(…)` or `over_stdio(…)`."""
    names = {
        "protocol_version": "protocolVersion",
        "parameters": "parameters",
        "within": "timeout",
        "client": "client",
    }
    arguments = {"method": method, "transport": transport, **picked(options, names)}
    return _call(name, "mcp", arguments, options=options)


def over_http(
    uri: str,
    *,
    headers: Mapping[str, str] | None = None,
    authentication: Authentication | None = None,
) -> Part:
    return Part({"http": some(endpoint=endpoint(uri, authentication), headers=headers)})


def over_stdio(
    command: str, arguments: Sequence[str] = (), *, environment: Mapping[str, str] | None = None
) -> Part:
    given = some(command=command, arguments=arguments or None, environment=environment)
    return Part({"stdio": given})


class A2AOptions(Options, total=False):
    agent_card: str | Resource
    server: str
    authentication: Authentication
    parameters: Mapping[str, object] | str


def a2a(name: str, method: str, **options: Unpack[A2AOptions]) -> Task:
    """Another agent, by its card or its server."""
    arguments: dict[str, object] = {"method": method}
    if "agent_card" in options:
        arguments["agentCard"] = resource(options["agent_card"])
    if "server" in options:
        arguments["server"] = endpoint(options["server"], options.get("authentication"))
    arguments |= picked(options, {"parameters": "parameters"})
    return _call(name, "a2a", arguments, options=options)


def _call(name: str, function: str, arguments: Arguments, *, options: Options) -> Task:
    given = {} if arguments is None else {"with": arguments}
    return task(name, {"call": function, **given}, options)


def basic(username: str, password: str) -> Authentication:
    return Part({"basic": {"username": username, "password": password}})


def digest(username: str, password: str) -> Authentication:
    return Part({"digest": {"username": username, "password": password}})


def bearer(token: str) -> Authentication:
    return Part({"bearer": {"token": token}})


def oauth2(**members: object) -> Authentication:
    """By the names of the language: `authority`, `grant`, `client`, `scopes` …"""
    return Part({"oauth2": members})


def oidc(**members: object) -> Authentication:
    return Part({"oidc": members})


def from_secret(
    kind: Literal["basic", "bearer", "digest", "oauth2", "oidc"], secret: str
) -> Authentication:
    """What the secret of this name holds, as a JSON object."""
    return Part({kind: {"use": secret}})


def use(name: str) -> Authentication:
    """One of `use.authentications`."""
    return Part({"use": name})
