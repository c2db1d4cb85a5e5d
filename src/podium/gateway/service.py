"""The use cases of the gateway: chat, stream, embed, models.

It asks whether the caller may use the model, finds the target, tries, prices and records.
`origin` is the step of a run that calls; empty for a call from outside.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from podium.gateway.catalogue import Catalogue
from podium.gateway.dispatch import Dispatch, Rules, Work
from podium.gateway.errors import Failure, UpstreamFailed
from podium.gateway.ledger import Ledger, error_of
from podium.gateway.models import Call, CallRecord, Deadlines, Listing, Model, Operation, Outcome
from podium.gateway.ports import Prices, Recorder, Sleep, Upstream
from podium.gateway.stream import Opened, Stream
from podium.gateway.usage import estimate, text_tokens, usage_of
from podium.governance.access import Action, Authorizer, OwnerRule, Resource, require
from podium.identity.principal import Principal
from podium.kernel.clock import Chance, Clock
from podium.kernel.errors import Invalid, Problem
from podium.kernel.ids import Ids
from podium.kernel.json import Json, JsonObject

Answer = tuple[dict[str, Json], CallRecord]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Answered:
    model: Model
    body: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Edges:
    """Everything outside that the gateway acts upon."""

    upstreams: Mapping[str, Upstream]
    """By provider name."""
    recorder: Recorder
    prices: Prices
    clock: Clock
    chance: Chance
    sleep: Sleep
    authorizer: Authorizer = field(default_factory=OwnerRule)
    rules: Rules = field(default_factory=Rules)


class Gateway:
    def __init__(self, catalogue: Catalogue, edges: Edges) -> None:
        self._catalogue: Catalogue = catalogue
        self._edges: Edges = edges
        self._ids: Ids = Ids(edges.clock, edges.chance)
        self._dispatch: Dispatch = Dispatch(
            edges.upstreams, edges.clock, edges.chance, edges.sleep, edges.rules
        )

    def models(self) -> tuple[Listing, ...]:
        """Every name that can be asked for, routes first."""
        return self._catalogue.listings()

    async def chat(self, principal: Principal, request: JsonObject, *, origin: str = "") -> Answer:
        """An OpenAI chat completion in one piece. Fields unknown to podium pass through.

        Raises NotFound and Invalid for the request, LimitReached, TimedOut and Unavailable for
        the upstreams, each with the attempts in `details`.
        """
        _refuse_empty(request, "messages")
        sent = {k: v for k, v in request.items() if k not in {"stream", "stream_options"}}

        async def work(upstream: Upstream, model: Model, deadlines: Deadlines) -> _Answered:
            return _Answered(model, await upstream.chat(model, sent, deadlines))

        ledger = self._open(principal, request, Operation.CHAT, origin=origin)
        return await self._answer(ledger, sent, work)

    async def embed(self, principal: Principal, request: JsonObject, *, origin: str = "") -> Answer:
        """OpenAI embeddings. Raises as `chat` does."""
        _refuse_empty(request, "input")

        async def work(upstream: Upstream, model: Model, deadlines: Deadlines) -> _Answered:
            return _Answered(model, await upstream.embeddings(model, request, deadlines))

        ledger = self._open(principal, request, Operation.EMBEDDINGS, origin=origin)
        return await self._answer(ledger, request, work)

    async def stream(self, principal: Principal, request: JsonObject) -> Stream:
        """A streamed chat completion, opened: its first chunk has arrived. Close it after use.

        Raises as `chat` does; what goes wrong after the first chunk is raised by the stream.
        """
        _refuse_empty(request, "messages")
        ledger = self._open(principal, request, Operation.CHAT, streamed=True)

        async def work(upstream: Upstream, model: Model, deadlines: Deadlines) -> Opened:
            chunks = upstream.chat_stream(model, request, deadlines)
            try:
                return Opened(model, await anext(chunks), chunks)
            except StopAsyncIteration as empty:
                raise UpstreamFailed(_empty(model)) from empty

        opened = await self._run(ledger, work)
        ledger.first()
        ledger.model = opened.model
        return Stream(opened, ledger, self._dispatch, request=request)

    async def _answer(self, ledger: Ledger, request: JsonObject, work: Work[_Answered]) -> Answer:
        answered = await self._run(ledger, work)
        body = answered.body
        ledger.model = answered.model
        ledger.heard(body)
        ledger.usage = usage_of(body) or estimate(request, text_tokens(body))
        return body, ledger.close()

    async def _run(self, ledger: Ledger, work: Work[T]) -> T:
        ledger.begin()
        try:
            return await self._dispatch.run(ledger.call, ledger.attempts, work)
        except BaseException as raised:
            _ = ledger.close(error_of(raised))
            raise

    def _open(
        self,
        principal: Principal,
        request: JsonObject,
        operation: Operation,
        *,
        streamed: bool = False,
        origin: str = "",
    ) -> Ledger:
        name = _model_name(request)
        edges = self._edges
        resource = Resource("model", principal.workspace, name)
        require(edges.authorizer, principal, Action.USE, resource)
        call = Call(
            id=self._ids.call(),
            operation=operation,
            requested=name,
            route=self._catalogue.resolve(name, operation),
            workspace=principal.workspace,
            user=principal.user,
            streamed=streamed,
            started_at=edges.clock.now(),
            origin=origin,
        )
        return Ledger(call, edges.clock, edges.prices, edges.recorder)


def _model_name(request: JsonObject) -> str:
    name = request.get("model")
    if isinstance(name, str) and name:
        return name
    raise _invalid("/model", f"needs the name of a model or route, got {name!r}")


def _refuse_empty(request: JsonObject, key: str) -> None:
    value = request.get(key)
    if isinstance(value, str | list | tuple) and value:
        return
    raise _invalid(f"/{key}", "is missing or empty")


def _invalid(pointer: str, what: str) -> Invalid:
    message = f"'{pointer[1:]}' {what}."
    return Invalid(message, problems=[Problem(message, "request", pointer)])


def _empty(model: Model) -> Failure:
    return Failure(Outcome.BROKEN, f"The stream of '{model.name}' ended before it began.")
