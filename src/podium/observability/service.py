"""Use cases: the trace of a run, what a batch of runs took, and calls from outside of runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from podium.identity.access import Action, Authorizer, Resource, require
from podium.identity.principal import Principal
from podium.kernel.errors import NotFound
from podium.kernel.ids import RunId
from podium.kernel.paging import Page
from podium.observability.ports import CallQuery, SpanStore, StepSummary
from podium.observability.spans import Span, call_ids


class Prices(Protocol):
    async def cost(self, model: str, input_tokens: int, output_tokens: int) -> int | None:
        """Nano-dollars at list price; None for a model that has none."""
        ...


@dataclass(frozen=True, slots=True)
class BatchReport:
    """`baseline_cost` is what the same chat tokens cost on `baseline_model` at list price."""

    steps: Sequence[StepSummary]
    running: Sequence[tuple[str, int]]
    input_tokens: int
    output_tokens: int
    cost: int
    baseline_model: str
    baseline_cost: int | None


class Traces:
    def __init__(
        self, store: SpanStore, prices: Prices, baseline_model: str, *, authorizer: Authorizer
    ) -> None:
        self._authorizer: Authorizer = authorizer
        self._store: SpanStore = store
        self._prices: Prices = prices
        self._baseline: str = baseline_model

    async def trace(self, principal: Principal, run: RunId) -> Sequence[Span]:
        """The spans of a run in the caller's workspace, by start time. Raises Refused."""
        self._require(principal, Action.READ, "trace")
        return await self._store.trace(principal.workspace, run)

    async def calls(
        self, principal: Principal, query: CallQuery, *, cursor: str | None = None, limit: int = 50
    ) -> Page[Span]:
        """Calls to the gateway from outside of a run in the caller's workspace, newest first.

        Raises Refused.
        """
        self._require(principal, Action.LIST, "call")
        return await self._store.calls(principal.workspace, query, cursor=cursor, limit=limit)

    async def call(self, principal: Principal, call: str) -> Span:
        """One of them, by its id. Raises NotFound, Refused."""
        self._require(principal, Action.READ, "call")
        _, span = call_ids(call)
        query = CallQuery(span=span)
        page = await self._store.calls(principal.workspace, query, cursor=None, limit=1)
        if page.items:
            return page.items[0]
        raise NotFound(
            f"There is no call {call[:100]} from outside of runs. 'podium calls list --json' has "
            "their ids; those of a run are in its trace."
        )

    def _require(self, principal: Principal, action: Action, kind: str) -> None:
        require(self._authorizer, principal, action, Resource(kind, principal.workspace))

    async def batch(self, principal: Principal, batch: str) -> BatchReport:
        """Raises Refused."""
        self._require(principal, Action.LIST, "trace")
        steps = await self._store.steps(principal.workspace, batch)
        models = [step for step in steps if step.kind == "model"]
        chats = [step for step in models if step.output_tokens]  # embeddings put out none
        read, written = (
            sum(step.input_tokens for step in chats),
            sum(step.output_tokens for step in chats),
        )
        return BatchReport(
            steps=steps,
            running=await self._store.open_names(principal.workspace, batch),
            input_tokens=sum(step.input_tokens for step in models),
            output_tokens=sum(step.output_tokens for step in models),
            cost=sum(step.cost for step in models),
            baseline_model=self._baseline,
            baseline_cost=await self._prices.cost(self._baseline, read, written),
        )
