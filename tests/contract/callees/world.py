"""`call: mcp` and `call: a2a` as bootstrap makes them, over the real HTTP client."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tests.pace import HANGS

from podium.adapters.clock import SystemChance, SystemClock
from podium.adapters.http.client import HttpClient
from podium.adapters.http.egress import Egress
from podium.identity.principal import Principal
from podium.kernel.ids import RunId, UserId, WorkspaceId
from podium.protocols.a2a import A2aVisits
from podium.protocols.callees import Callees
from podium.protocols.mcp import McpSessions, Processes
from podium.workflows.calls.a2a import A2aCall
from podium.workflows.calls.authentication.exchange import Authentication
from podium.workflows.calls.mcp import McpCall
from podium.workflows.functions import Call

MAX_BYTES = 1_000_000
ANN = Principal(UserId("user_ann"), WorkspaceId("ws_one"), "Ann")


@asynccontextmanager
async def callees(egress: Egress | None = None) -> AsyncGenerator[Callees]:
    authentication = Authentication(SystemClock(), SystemChance())
    async with HttpClient(egress or Egress.anywhere()) as http:
        yield Callees(http, authentication)


@asynccontextmanager
async def mcp(
    processes: Processes | None = None, *, max_bytes: int = MAX_BYTES, egress: Egress | None = None
) -> AsyncGenerator[McpCall]:
    async with callees(egress) as reached:
        yield McpCall(McpSessions(reached, processes), version="0.0", max_bytes=max_bytes)


@asynccontextmanager
async def a2a(
    *, max_bytes: int = MAX_BYTES, egress: Egress | None = None
) -> AsyncGenerator[A2aCall]:
    async with callees(egress) as reached:
        yield A2aCall(A2aVisits(reached), max_bytes=max_bytes)


def call(*, seconds: float = HANGS, data: object = None, path: str = "/do/ask") -> Call:
    return Call(RunId("run_1"), path, ANN, seconds, data)
