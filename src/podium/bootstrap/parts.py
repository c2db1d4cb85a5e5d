"""Small adapters between rooms that are strangers to each other."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Final, Self, cast

import anyio.to_thread
from msgspec import to_builtins

from podium.adapters.http.client import HttpClient, HttpOptions
from podium.adapters.http.egress import Egress
from podium.adapters.telemetry import SpanWriter
from podium.adapters.upstream.client import UpstreamClient, UpstreamOptions
from podium.adapters.upstream.proxied import ProxiedClient
from podium.functions.models import attempts
from podium.gateway.live import LiveGateway
from podium.gateway.models import CallRecord, Usage
from podium.gateway.pricing import PriceTable
from podium.gateway.supply.modes import Supplied
from podium.identity.ports import Principals
from podium.identity.principal import Principal
from podium.kernel.clock import Clock
from podium.kernel.errors import NotFound, Unavailable
from podium.kernel.ids import RunId, WorkspaceId
from podium.kernel.json import Json, JsonObject
from podium.kernel.money import NOTHING
from podium.kernel.paging import Page
from podium.observability import genai
from podium.observability.ports import CallQuery, SpanStore, StepSummary
from podium.observability.spans import Span, SpanKind, SpanStatus, Tracer, call_ids
from podium.settings import Settings
from podium.workflows.events.bus import Bus
from podium.workflows.functions import Call
from podium.workflows.interpreter.execution import Execution
from podium.workflows.interpreter.program import RunWorkflow
from podium.workflows.ports import Effects, End
from podium.workflows.run_service import Runs, Start
from podium.workflows.runs import Run


class GatewayEmbedder:
    """Embeds datasets through the gateway, on behalf of the folder's owner."""

    def __init__(self, gateway: LiveGateway, principal: Principal) -> None:
        self._gateway: LiveGateway = gateway
        self._principal: Principal = principal

    async def embed(self, model: str, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        request: JsonObject = {"model": model, "input": list(texts)}
        answer, _ = await self._gateway.embed(self._principal, request)
        rows = cast(Sequence[Mapping[str, Json]], answer["data"])
        return [cast(Sequence[float], row["embedding"]) for row in rows]


_OUTSIDE: Final = RunId("")


class CallSpans:
    """A gateway `Recorder`: one span for each call from outside.

    Calls that a run makes have an origin: their spans are written by the run, from what it
    recorded, so that a replay writes the same ones.
    """

    def __init__(self, tracer: Tracer) -> None:
        self._tracer: Tracer = tracer

    def record(self, record: CallRecord) -> None:
        if record.origin:
            return
        took = record.usage
        trace, span = call_ids(record.id)
        self._tracer.record(
            Span(
                id=span,
                trace=trace,
                parent=None,
                run=_OUTSIDE,
                workspace=record.workspace,
                kind=SpanKind.MODEL,
                name=f"{record.operation} {record.response_model or record.model}",
                path="",
                started_at=record.started_at,
                ended_at=record.started_at + record.ms / 1000,
                status=SpanStatus.OK if record.error is None else SpanStatus.ERROR,
                error=None if record.error is None else record.error.message,
                model=record.response_model or record.model,
                input_tokens=took.input,
                output_tokens=took.output,
                cost=record.cost or NOTHING,
                attributes=_attributes(record),
            )
        )


def _attributes(record: CallRecord) -> JsonObject:
    """Why it went where it went, and for whom, stands last: what is empty there is left out."""
    told: dict[str, Json] = {
        genai.OPERATION: record.operation,
        genai.PROVIDER: record.provider,
        genai.REQUEST_MODEL: record.requested,
        genai.RESPONSE_MODEL: record.response_model,
        genai.INPUT_TOKENS: record.usage.input,
        genai.OUTPUT_TOKENS: record.usage.output,
        genai.CALL: record.id,
        "podium.user": record.user,
        "podium.requested": record.requested,
        genai.ROUTE: record.route,
        "podium.cached_input_tokens": record.usage.cached_input,
        "podium.reasoning_tokens": record.usage.reasoning,
        "podium.usage_source": record.usage.source,
        genai.PRICED: record.cost is not None,
        genai.ATTEMPTS: attempts(record),
    }
    if record.reason:
        told[genai.REASON] = record.reason
    if record.key:
        told[genai.KEY] = record.key
    if record.team:
        told[genai.TEAM] = record.team
    if record.tags:
        told[genai.TAGS] = record.tags
    if record.cache != "bypass":
        told[genai.CACHE] = record.cache
        told["podium.saved_tokens"] = record.saved.input + record.saved.output
    if record.noted:
        told["podium.guards"] = [to_builtins(one) for one in record.noted]
    if record.supplied.what:
        told |= _supplied(record.supplied)
    return told


def _supplied(supplied: Supplied) -> JsonObject:
    kind: JsonObject = {genai.OUTPUT_TYPE: genai.JSON} if "json_schema" in supplied.what else {}
    return {genai.SUPPLIED: list(supplied.what), genai.REPAIRS: supplied.repairs, **kind}


class BaselinePrices:
    """List prices by `provider/model`, for comparisons. The list takes a second to load: once,
    and beside the event loop.
    """

    def __init__(self, table: PriceTable, clock: Clock) -> None:
        self._table: PriceTable = table
        self._clock: Clock = clock

    async def cost(self, model: str, input_tokens: int, output_tokens: int) -> int | None:
        took = Usage(input=input_tokens, output=output_tokens)
        return await anyio.to_thread.run_sync(
            self._table.cost_at_list_price, model, took, self._clock.now()
        )


class WorkflowSecrets:
    """The secrets of podium.yaml, for the workflows that declare them."""

    def __init__(self, settings: Settings) -> None:
        self._settings: Settings = settings

    def secret(self, name: str) -> str:
        reference = self._settings.secrets.get(name)
        if reference is None:
            known = ", ".join(sorted(self._settings.secrets)) or "none"
            raise NotFound(
                f"There is no secret {name}. Name it under `secrets` in podium.yaml (has: {known})."
            )
        return self._settings.reveal(reference)


@dataclass(frozen=True, slots=True)
class OwnRuns:
    """A `SubRuns`: what a run starts belongs to its owner, and to its batch no more."""

    runs: Runs

    async def start(self, wanted: RunWorkflow, input: Json, call: Call) -> RunId:
        wish = Start(
            namespace=wanted.namespace,
            name=wanted.name,
            version=None if wanted.version == "latest" else wanted.version,
            input=input,
            idempotency_key=call.key,
            parent=call.run if wanted.wait else None,
        )
        return (await self.runs.start(call.principal, wish)).id


@dataclass(frozen=True, slots=True)
class Own:
    """What runs use of podium itself."""

    bus: Bus
    runs: OwnRuns
    principals: Principals


@dataclass(frozen=True, slots=True)
class RunEvents:
    """Live spans of a run, for those who may read it."""

    runs: Runs
    spans: SpanWriter

    async def subscribe(self, principal: Principal, run: RunId) -> "Subscription":
        _ = await self.runs.get(principal, run)
        stack = AsyncExitStack()
        return Subscription(await stack.enter_async_context(self.spans.watch(run)), stack)


class Subscription:
    def __init__(self, spans: AsyncIterator[Span], stack: AsyncExitStack) -> None:
        self._spans: AsyncIterator[Span] = spans
        self._stack: AsyncExitStack = stack

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Span:
        return await anext(self._spans)

    async def aclose(self) -> None:
        await self._stack.aclose()


class FlushedSpans:
    """A SpanStore whose readers see what was recorded a moment ago."""

    def __init__(self, store: SpanStore, writer: SpanWriter) -> None:
        self._store: SpanStore = store
        self._writer: SpanWriter = writer

    async def write(self, spans: Sequence[Span]) -> None:
        await self._store.write(spans)

    async def trace(self, workspace: WorkspaceId, run: RunId) -> Sequence[Span]:
        await self._flush()
        return await self._store.trace(workspace, run)

    async def calls(
        self, workspace: WorkspaceId, query: CallQuery, *, cursor: str | None, limit: int
    ) -> Page[Span]:
        await self._flush()
        return await self._store.calls(workspace, query, cursor=cursor, limit=limit)

    async def steps(self, workspace: WorkspaceId, batch: str) -> Sequence[StepSummary]:
        await self._flush()
        return await self._store.steps(workspace, batch)

    async def open_names(self, workspace: WorkspaceId, batch: str) -> Sequence[tuple[str, int]]:
        return await self._store.open_names(workspace, batch)

    async def _flush(self) -> None:
        # A full disk must not hide what is stored already.
        with suppress(Unavailable):
            await self._writer.flush()


def provider_client(options: HttpOptions) -> ProxiedClient | UpstreamClient:
    """Providers are what the operator configured, so they may be anywhere. A proxy is spoken to
    by the client that knows how.
    """
    if options.proxy:
        return ProxiedClient(HttpClient(Egress.anywhere(), options))
    return UpstreamClient(Egress.anywhere(), UpstreamOptions(ca_file=options.ca_file))


class LateBody:
    """The engine wants a body before the functions exist that the body needs."""

    def __init__(self) -> None:
        self._made: list[Execution] = []

    def made(self, execution: Execution) -> None:
        """Once, before the engine is launched."""
        self._made.append(execution)

    async def __call__(self, run: Run, effects: Effects) -> End:
        return await self._made[0].body(run, effects)
