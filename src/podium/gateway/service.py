"""The use cases of the gateway: answer, open (a stream), chat, embed, models.

It asks whether the caller may use the model, finds the target, tries, prices and records.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

import msgspec

from podium.gateway.catalogue import Catalogue
from podium.gateway.dispatch import Course, Dispatch, Leg, Rules, Work
from podium.gateway.ledger import Ledger, error_of
from podium.gateway.models import Call, CallRecord, Listing, Operation
from podium.gateway.ports import Prices, Recorder, Sleep, Upstream
from podium.gateway.requests import Reply, Request
from podium.gateway.routing.choice import Choice
from podium.gateway.routing.fleet import Fleet
from podium.gateway.routing.question import asked
from podium.gateway.routing.router import ONLY, Router
from podium.gateway.stream import Opened, Stream
from podium.gateway.usage import estimate
from podium.governance.access import Action, Authorizer, OwnerRule, Resource, require
from podium.identity.principal import Principal
from podium.kernel.clock import Chance, Clock
from podium.kernel.errors import Invalid, Problem
from podium.kernel.ids import Ids
from podium.kernel.json import Json, JsonObject

OPENAI = "openai_chat"
"""The protocol of podium's own calls."""

_ASKS = {
    Operation.CHAT: "messages",
    Operation.COUNT_TOKENS: "messages",
    Operation.EMBEDDINGS: "input",
    Operation.MODERATION: "input",
    Operation.SPEECH: "input",
    Operation.IMAGE_GENERATION: "prompt",
}
_ASKS_IN = {"openai_responses": "input"}

Answer = tuple[dict[str, Json], CallRecord]
T = TypeVar("T")


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
        fleet = Fleet(edges.clock)
        self._router: Router = Router(fleet, edges.chance, edges.prices)
        self._dispatch: Dispatch = Dispatch(
            edges.clock, edges.chance, edges.sleep, fleet, edges.rules
        )

    def models(self) -> tuple[Listing, ...]:
        """Every name that can be asked for, routes first."""
        return self._catalogue.listings()

    async def answer(self, principal: Principal, request: Request) -> tuple[Reply, CallRecord]:
        """The answer in one piece, in the protocol of the request.

        Raises NotFound and Invalid for the request, LimitReached, TimedOut and Unavailable for
        the upstreams, each with the attempts in `details`.
        """
        ledger = self._open(principal, request)

        async def ask(upstream: Upstream, leg: Leg) -> Reply:
            reply = await upstream.send(leg.model, request, leg.deadlines)
            ledger.model = leg.model
            leg.flight.succeeded(reply.usage.output if reply.usage else 0)
            return reply

        reply = await self._run(ledger, request, Work(ask, _let_go, _whatever))
        ledger.usage = reply.usage or estimate(request.fields, (len(reply.body) + 3) // 4)
        ledger.response_model = reply.model
        ledger.finish = reply.finish_reasons
        return reply, ledger.close()

    async def open(self, principal: Principal, request: Request) -> Stream:
        """A streamed answer, opened: its first piece has arrived. Close it after use.

        Raises as `answer` does; what goes wrong after the first piece is raised by the stream.
        """
        ledger = self._open(principal, request)

        async def ask(upstream: Upstream, leg: Leg) -> Opened:
            flow = await upstream.open(leg.model, request, leg.deadlines)
            ledger.model = leg.model
            leg.flight.first()
            return Opened(flow, leg.flight)

        opened = await self._run(ledger, request, Work(ask, _close, _whatever))
        ledger.first()
        return Stream(opened, ledger, self._dispatch, request=request)

    async def chat(self, principal: Principal, request: JsonObject, *, origin: str = "") -> Answer:
        """A chat completion for a part of podium. Raises as `answer` does."""
        sent = {k: v for k, v in request.items() if k not in {"stream", "stream_options"}}
        return await self._told(principal, Request(OPENAI, Operation.CHAT, sent, origin=origin))

    async def embed(self, principal: Principal, request: JsonObject, *, origin: str = "") -> Answer:
        """Embeddings for a part of podium. Raises as `answer` does."""
        asked = Request(OPENAI, Operation.EMBEDDINGS, request, origin=origin)
        return await self._told(principal, asked)

    async def _told(self, principal: Principal, request: Request) -> Answer:
        reply, record = await self.answer(principal, request)
        return cast("dict[str, Json]", msgspec.json.decode(reply.body)), record

    async def _run(self, ledger: Ledger, request: Request, work: Work[T]) -> T:
        ledger.begin()
        call = ledger.call
        ends = self._edges.clock.monotonic() + call.route.deadlines.total
        try:
            choice = await self._choice(call, request)
            ledger.choice = choice
            course = Course(
                call, iter(choice.targets), ends, ledger.attempts, self._edges.upstreams
            )
            return await self._dispatch.run(course, work, hedge=call.route.hedge)
        except BaseException as raised:
            _ = ledger.close(error_of(raised))
            raise

    async def _choice(self, call: Call, request: Request) -> Choice:
        route = call.route
        if route.free and "region" not in request.tags and "data_class" not in request.tags:
            return Choice(route.targets, ONLY)
        question = asked(request, workspace=call.workspace, user=call.user, key=call.key)
        return await self._router.choose(question, route)

    def _open(self, principal: Principal, request: Request) -> Ledger:
        name = _model_name(request.fields)
        _refuse_empty(request)
        edges = self._edges
        resource = Resource("model", principal.workspace, name)
        require(edges.authorizer, principal, Action.USE, resource)
        call = Call(
            id=self._ids.call(),
            operation=request.operation,
            requested=name,
            route=self._catalogue.resolve(name, request.operation),
            workspace=principal.workspace,
            user=principal.user,
            key=principal.key.id if principal.key else "",
            team=principal.key.team if principal.key else "",
            tags=request.tags,
            streamed=request.stream,
            started_at=edges.clock.now(),
            origin=request.origin,
        )
        return Ledger(call, edges.clock, edges.prices, edges.recorder)


async def _let_go(_reply: Reply) -> None:
    """A whole answer needs no closing."""


async def _close(opened: Opened) -> None:
    opened.flight.dropped()
    await opened.flow.aclose()


def _whatever(_answer: object) -> str:
    return ""


def _model_name(fields: JsonObject) -> str:
    name = fields.get("model")
    if isinstance(name, str) and name:
        return name
    raise _invalid("/model", f"needs the name of a model or route, got {name!r:.80}")


def _refuse_empty(request: Request) -> None:
    key = _ASKS_IN.get(request.protocol) or _ASKS.get(request.operation)
    if key is None:
        return
    value = request.fields.get(key)
    if isinstance(value, str | list | tuple) and value:
        return
    raise _invalid(f"/{key}", "is missing or empty")


def _invalid(pointer: str, what: str) -> Invalid:
    message = f"'{pointer[1:]}' {what}."
    return Invalid(message, problems=[Problem(message, "request", pointer)])
