"""`call: mcp`: what its arguments ask of a server, and what the answer is in a workflow.

The output is the JSON-RPC result. Lists are followed to their end and come as one. A tool that
says `isError`, and an error of JSON-RPC, are faults of the type `runtime`.
Source: Model Context Protocol, revisions 2024-11-05 to 2026-07-28.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from podium.kernel.errors import Invalid, LimitReached, Unavailable
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.callee import (
    Allowance,
    CalleeFailed,
    Endpoint,
    endpoint,
    filled_in,
    headers,
    needed_text,
    parameters,
    texts,
    within,
)
from podium.workflows.documents.durations import duration_seconds
from podium.workflows.functions import Call

VERSIONS: Final = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28")
DEFAULT_VERSION: Final = "2025-06-18"
"""The default of the language's schema."""
LISTS: Final[Mapping[str, str]] = {
    "tools/list": "tools",
    "prompts/list": "prompts",
    "resources/list": "resources",
    "resources/templates/list": "resourceTemplates",
}
NAMES: Final[Mapping[str, str]] = {
    "tools/call": "name",
    "prompts/get": "name",
    "resources/read": "uri",
}
"""What the method is about, in a parameter that it needs."""
_MOST_PAGES: Final = 100
_MOST_ROUNDS: Final = 10
_EXCERPT: Final = 2000


@dataclass(frozen=True, slots=True)
class HttpServer:
    endpoint: Endpoint
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StdioServer:
    """A process that is started for the call and ended with it."""

    command: str
    arguments: Sequence[str]
    environment: Mapping[str, str]


McpServer: TypeAlias = HttpServer | StdioServer


@dataclass(frozen=True, slots=True)
class Visit:
    """What a session is opened with. `version` is offered; the server may settle on another one.

    `client` says who calls: name, version, perhaps a description.
    """

    server: McpServer
    version: str
    client: JsonObject
    key: str
    allowance: Allowance


class McpSession(Protocol):
    @property
    def server(self) -> str:
        """Name and version of the server, as far as it gave them."""
        ...

    @property
    def version(self) -> str:
        """Of the protocol, as agreed."""
        ...

    async def request(self, method: str, given: JsonObject) -> JsonObject:
        """Raises CalleeFailed for an error of JSON-RPC; Unavailable, LimitReached."""
        ...


class McpServers(Protocol):
    def session(self, visit: Visit) -> AbstractAsyncContextManager[McpSession]:
        """Raises Unavailable, CalleeFailed, Refused, Unauthenticated, Invalid."""
        ...


class McpCall:
    """`name` and `version` introduce podium where the document has no `client`."""

    def __init__(self, servers: McpServers, *, version: str, max_bytes: int) -> None:
        self._servers: McpServers = servers
        self._client: JsonObject = {"name": "podium", "version": version}
        self._max_bytes: int = max_bytes

    async def call(self, arguments: JsonObject, call: Call) -> Json:
        """Raises what the ports raise, TimedOut, and Invalid for arguments that ask nothing."""
        method = str(arguments.get("method"))
        given = parameters(arguments.get("parameters"), method)
        if method in NAMES:
            _ = needed_text(given, NAMES[method], method)
        visit = self._visit(arguments, call)
        with within(visit.allowance.seconds, f"The MCP call {method}"):
            async with self._servers.session(visit) as session:
                call.notes.append(f"MCP {session.version} with {session.server}")
                if method in LISTS:
                    return await _listed(session, method, given)
                result = await _completed(session, method, given)
        if method == "tools/call" and result.get("isError") is True:
            raise CalleeFailed(f"The tool '{given['name']}' failed: {_said(result)}")
        return result

    def _visit(self, arguments: JsonObject, call: Call) -> Visit:
        version = arguments.get("protocolVersion", DEFAULT_VERSION)
        if not isinstance(version, str) or version not in VERSIONS:
            raise Invalid(
                f"There is no MCP version {version!r} that podium speaks. "
                f"Write one of {', '.join(VERSIONS)}, or leave `protocolVersion` out."
            )
        seconds = call.deadline
        if arguments.get("timeout") is not None:
            seconds = min(seconds, duration_seconds(arguments["timeout"]))
        client = arguments.get("client")
        return Visit(
            server=_server(arguments.get("transport"), call.input),
            version=version,
            client=client if isinstance(client, Mapping) else self._client,
            key=call.key,
            allowance=Allowance(seconds, self._max_bytes),
        )


def _server(transport: Json, data: Json) -> McpServer:
    match transport:
        case {"http": {"endpoint": where, **rest}}:
            return HttpServer(
                filled_in(endpoint(where, "The endpoint of an MCP server"), data),
                headers(rest.get("headers")),
            )
        case {"stdio": {"command": str(command), **rest}} if command:
            words = rest.get("arguments", [])
            return StdioServer(
                command,
                [str(word) for word in words] if isinstance(words, Sequence) else [],
                texts(rest.get("environment"), "The environment variable"),
            )
        case _:
            raise Invalid(
                "The transport names no server. Write `http` with an `endpoint`, or `stdio` with a "
                "`command`."
            )


async def _completed(session: McpSession, method: str, given: JsonObject) -> JsonObject:
    """The final result. A server may answer that it is not done and hand over a state to come back
    with; what it wants to know of a person or a model nobody is there to say.
    """
    for _ in range(_MOST_ROUNDS):
        result = await session.request(method, given)
        if result.get("resultType", "complete") == "complete":
            return result
        state, wanted = result.get("requestState"), result.get("inputRequests")
        if result["resultType"] != "input_required" or wanted or not isinstance(state, str):
            raise CalleeFailed(
                f"{session.server} answers {method} with {_wish(result)}, which a workflow cannot "
                "give. Ask for it before the call, and pass it in the parameters."
            )
        given = {**given, "requestState": state}
    raise CalleeFailed(
        f"{session.server} is still not done with {method} at attempt {_MOST_ROUNDS}."
    )


async def _listed(session: McpSession, method: str, given: JsonObject) -> JsonObject:
    """All pages as one: the first page's members with the items of all."""
    member, items, seen = LISTS[method], list[Json](), set[str]()
    first: JsonObject | None = None
    for _ in range(_MOST_PAGES):
        page = await _completed(session, method, given)
        first = page if first is None else first
        found = page.get(member)
        if not isinstance(found, Sequence) or isinstance(found, str):
            raise Unavailable(f"{session.server} answers {method} without an array '{member}'.")
        items.extend(found)
        cursor = page.get("nextCursor")
        if not isinstance(cursor, str) or not cursor:
            kept = {name: value for name, value in first.items() if name != "nextCursor"}
            return {**kept, member: items}
        if cursor in seen:
            raise Unavailable(f"{session.server} leads {method} in a circle: a cursor came twice.")
        seen.add(cursor)
        given = {**given, "cursor": cursor}
    raise LimitReached(f"{session.server} has more than {_MOST_PAGES} pages for {method}.")


def _wish(result: JsonObject) -> str:
    wanted = result.get("inputRequests")
    methods = {
        str(each.get("method"))
        for each in (wanted.values() if isinstance(wanted, Mapping) else ())
        if isinstance(each, Mapping)
    }
    kind = str(result.get("resultType"))[:60]
    return f"a request for input ({', '.join(sorted(methods))[:200]})" if methods else f"'{kind}'"


def _said(result: JsonObject) -> str:
    content = result.get("content")
    blocks = content if isinstance(content, Sequence) and not isinstance(content, str) else ()
    found = [
        str(block["text"]) for block in blocks if isinstance(block, Mapping) and "text" in block
    ]
    return " ".join(found)[:_EXCERPT] or "it gave no reason."
