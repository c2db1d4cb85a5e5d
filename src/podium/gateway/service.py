"""The use cases of the gateway: answer, open (a stream), chat, embed, models.

It asks whether the caller may use the model, finds the target, tries, prices and records.
"""

from collections.abc import Awaitable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar, cast

import msgspec

from podium.gateway.caching.control import control
from podium.gateway.caching.keys import Asked
from podium.gateway.caching.ports import Form, Source
from podium.gateway.caching.rules import CacheMode
from podium.gateway.caching.service import Ticket
from podium.gateway.caching.uncached import Uncached
from podium.gateway.catalogue import Catalogue
from podium.gateway.dispatch import Course, Dispatch, Leg, Rules, Work
from podium.gateway.guards import Guards
from podium.gateway.judging import Judges
from podium.gateway.ledger import Ledger
from podium.gateway.limits.grants import Estimate
from podium.gateway.limits.unlimited import Unlimited
from podium.gateway.models import Call, CallRecord, Listing, Operation, Usage
from podium.gateway.offer import Offer, replaced, unchanged
from podium.gateway.ports import Admission, Caching, Prices, Recorder, Sleep, Upstream
from podium.gateway.requests import Answered, Reply, Request
from podium.gateway.routing.answers import answer_of
from podium.gateway.routing.choice import Choice, Escalate, whatever
from podium.gateway.routing.fleet import Fleet
from podium.gateway.routing.memory import Learned
from podium.gateway.routing.question import asked, most_tokens, size_of
from podium.gateway.routing.router import Router
from podium.gateway.routing.rules import Conditions, NoConditions
from podium.gateway.scores import Scores
from podium.gateway.stream import FromUpstream, Stream
from podium.gateway.turnstile import Turnstile
from podium.gateway.usage import estimate
from podium.governance.access import MODEL, Action, Authorizer, Resource, may, require
from podium.identity.keys import EVERYTHING
from podium.identity.principal import Principal
from podium.kernel.clock import Chance, Clock
from podium.kernel.errors import Invalid, Problem
from podium.kernel.ids import Ids
from podium.kernel.json import Json, JsonObject
from podium.kernel.money import NOTHING

USUAL_ANSWER = 1_000
"""Tokens that are reserved for an answer whose length nobody has bounded."""
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
    authorizer: Authorizer
    limits: Admission = field(default_factory=Unlimited)
    cache: Caching = field(default_factory=Uncached)
    guards: Guards = field(default_factory=Guards)
    turnstile: Turnstile = field(default_factory=Turnstile)
    conditions: Conditions = field(default_factory=NoConditions)
    forms: Mapping[str, Form] = field(default_factory=dict[str, Form])
    """By protocol, for cascades that look at streams."""
    learned: Learned = field(default_factory=Learned)
    rules: Rules = field(default_factory=Rules)


class Gateway:
    def __init__(self, catalogue: Catalogue, edges: Edges) -> None:
        self._catalogue: Catalogue = catalogue
        self._edges: Edges = edges
        self._ids: Ids = Ids(edges.clock, edges.chance)
        fleet = Fleet(edges.clock)
        self._router: Router = Router(
            fleet, edges.chance, edges.prices, edges.conditions, edges.learned
        )
        self._scores: Scores = Scores(edges.learned)
        self._judges: Judges = Judges(edges.clock, edges.forms)
        self._dispatch: Dispatch = Dispatch(
            edges.clock, edges.chance, edges.sleep, fleet, edges.rules
        )

    def offering(self, offer: Offer) -> "Gateway":
        """Another gateway with this offer. They share all that is learned, and what is remembered
        of targets that both have; calls of this one go on as they began.
        """
        after, edges = copy(self), self._edges
        before = Offer(self._catalogue, edges.upstreams, edges.prices)
        edges.learned.qualities.forget(replaced(before, offer))
        after._begin(offer, self._dispatch.keeping(unchanged(before, offer)))  # noqa: SLF001 - its own copy
        return after

    def _begin(self, offer: Offer, dispatch: Dispatch) -> None:
        edges = replace(
            self._edges, upstreams=offer.upstreams, prices=offer.prices, guards=offer.guards
        )
        self._catalogue, self._edges, self._dispatch = offer.catalogue, edges, dispatch
        self._router = Router(
            dispatch.fleet, edges.chance, edges.prices, edges.conditions, edges.learned
        )

    @property
    def scores(self) -> Scores:
        """What answers were worth."""
        return self._scores

    @property
    def guards(self) -> Guards:
        return self._edges.guards

    def names(self) -> tuple[str, ...]:
        """Every name that there is, whoever may ask for it."""
        return self._catalogue.names()

    def models(self, principal: Principal) -> tuple[Listing, ...]:
        """Every name that the caller may ask for, routes first."""
        edges, now = self._edges, self._edges.clock.now()
        facts = partial(edges.prices.facts, at=now)
        return tuple(
            one
            for one in self._catalogue.listings(facts)
            if may(edges.authorizer, principal, Action.USE, _resource(principal, one.name))
        )

    async def answer(self, principal: Principal, request: Request) -> Answered:
        """The answer in one piece, in the protocol of the request.

        Raises NotFound, Invalid and Refused for the request; LimitReached for the caller's limits;
        LimitReached, TimedOut and Unavailable for the upstreams, with the attempts in `details`.
        """
        ledger = self._open(principal, request)
        with ledger:
            request = await self._admitted(principal, ledger, request)
            cached = self._cached(principal, ledger, request)
            if cached is None:
                reply = await self._asked(ledger, request, Ticket())
            else:
                ask = partial(self._asked, ledger, request)
                reply = ledger.served(await self._edges.cache.answer(cached, ask))
            if ledger.watch is not None:
                reply = await ledger.watch.after(reply)
        return Answered(reply, ledger.close(), ledger.headers(request.protocol))

    async def open(self, principal: Principal, request: Request) -> Stream:
        """A streamed answer, opened: its first piece has arrived. Close it after use.

        Raises as `answer` does; what goes wrong after the first piece is raised by the stream.
        """
        ledger = self._open(principal, request)
        with ledger:
            request = await self._admitted(principal, ledger, request)
            watch = ledger.watch.stream() if ledger.watch else None

            async def ask(ticket: Ticket) -> Source:
                _mark(ledger, ticket)
                return await self._opened(ledger, request)

            cached = self._cached(principal, ledger, request)
            if cached is None:
                source = await ask(Ticket())
            else:
                source = ledger.served(await self._edges.cache.stream(cached, ask))
            ledger.first()
        return Stream(source, ledger, request=request, watch=watch)

    async def chat(self, principal: Principal, request: JsonObject, *, origin: str = "") -> Answer:
        """A chat completion for a part of podium. Raises as `answer` does."""
        sent = {k: v for k, v in request.items() if k not in {"stream", "stream_options"}}
        return await self._told(principal, Request(OPENAI, Operation.CHAT, sent, origin=origin))

    async def embed(self, principal: Principal, request: JsonObject, *, origin: str = "") -> Answer:
        """Embeddings for a part of podium. Raises as `answer` does."""
        asked = Request(OPENAI, Operation.EMBEDDINGS, request, origin=origin)
        return await self._told(principal, asked)

    async def _told(self, principal: Principal, request: Request) -> Answer:
        answered = await self.answer(principal, request)
        return cast("dict[str, Json]", msgspec.json.decode(answered.reply.body)), answered.record

    async def _admitted(self, principal: Principal, ledger: Ledger, request: Request) -> Request:
        """Past the guards and the limits. What was stopped took nothing of its limits."""
        if self._edges.guards.guards:
            route = ledger.call.route.name
            watch = ledger.watch = self._edges.guards.watch(principal, route, request)
            request = await watch.before(request) if watch else request
        limits, estimated = self._edges.limits, self._estimate(ledger.call, request)
        name = ledger.call.requested
        ledger.grant = limits.at_once(principal, name, estimated) or await limits.admit(
            principal, name, estimated
        )
        return request

    def _estimate(self, call: Call, request: Request) -> Estimate:
        """What is asked, and the longest answer that may come, at the first target's price."""
        size, most = size_of(request), most_tokens(request.fields) or USUAL_ANSWER
        if call.operation is Operation.EMBEDDINGS:
            most = 0
        took = Usage(size, most)
        cost = self._edges.prices.cost(call.route.targets[0].model, took, call.started_at)
        return Estimate(size + most, cost or NOTHING)

    def _cached(self, principal: Principal, ledger: Ledger, request: Request) -> Asked | None:
        """None where the cache has nothing to do with it."""
        route = ledger.call.route
        if route.cache.mode is CacheMode.OFF:
            return None
        call, said = ledger.call, control(request.cache_control)
        return Asked(request, principal, route, said, call.key, call.team)

    async def _asked(self, ledger: Ledger, request: Request, ticket: Ticket) -> Reply:
        """Of the upstreams, whole."""

        def ask(upstream: Upstream, leg: Leg) -> Awaitable[Reply]:
            return upstream.send(leg.model, request, leg.deadlines)

        def got(leg: Leg, reply: Reply) -> Reply:
            took = reply.usage or estimate(request.fields, (len(reply.body) + 3) // 4)
            ledger.answered(leg.model, took)
            leg.flight.succeeded(reply.usage.output if reply.usage else 0)
            return reply

        choice = await self._choose(ledger, request)
        turnstile = self._edges.turnstile
        with turnstile.at_once() or await turnstile.turn(ledger.call.payer):
            work = Work(ask, got, _let_go, partial(_too_little, choice))
            course, hedge = self._course(ledger, choice), ledger.call.route.hedge
            reply = await self._dispatch.run(course, work, hedge=hedge)
        self._scores.remember(ledger.call, choice, ledger.model)
        ledger.response_model = reply.model
        ledger.finish = reply.finish_reasons
        ledger.supplied = reply.supplied
        _mark(ledger, ticket)
        return reply

    async def _opened(self, ledger: Ledger, request: Request) -> FromUpstream:
        """Of the upstreams, in pieces."""

        async def ask(upstream: Upstream, leg: Leg) -> FromUpstream:
            flow = await upstream.open(leg.model, request, leg.deadlines)
            leg.flight.first()
            if choice.accepts is whatever or leg.model is choice.targets[-1].model:
                ledger.answered(leg.model, None)
                return FromUpstream(flow, leg.flight, ledger, self._dispatch)
            held = await self._judges.judged(flow, request, choice)
            took = held.usage or estimate(request.fields, held.chunks)
            if held.ended:
                leg.flight.succeeded(took.output)
            ledger.answered(leg.model, took)
            return FromUpstream(held, leg.flight, ledger, self._dispatch, lacks=held.lacks)

        choice = await self._choose(ledger, request)
        turnstile = self._edges.turnstile
        turn = turnstile.at_once() or await turnstile.turn(ledger.call.payer)
        try:
            course, hedge = self._course(ledger, choice), ledger.call.route.hedge
            opened = await self._dispatch.run(
                course, Work(ask, _as_it_is, _close, _lacking), hedge=hedge
            )
        except BaseException:
            turn.leave()
            raise
        opened.takes(turn)
        self._scores.remember(ledger.call, choice, ledger.model)
        ledger.upstream = opened
        return opened

    async def _choose(self, ledger: Ledger, request: Request) -> Choice:
        call = ledger.call
        choice = self._router.at_once(request, call.route)
        if choice is None:
            question = asked(request, workspace=call.workspace, user=call.user, key=call.key)
            choice = await self._router.choose(question, call.route)
        ledger.choice = choice
        return choice

    def _course(self, ledger: Ledger, choice: Choice) -> Course:
        call = ledger.call
        ends = self._edges.clock.monotonic() + call.route.deadlines.total
        return Course(call, iter(choice.targets), ends, ledger.attempts, self._edges.upstreams)

    def _open(self, principal: Principal, request: Request) -> Ledger:
        name = _model_name(request.fields)
        _refuse_empty(request)
        edges = self._edges
        resource = _resource(principal, name, request.operation)
        require(edges.authorizer, principal, Action.USE, resource)
        scopes = principal.key.scopes if principal.key else EVERYTHING
        call = Call(
            id=self._ids.call(),
            operation=request.operation,
            requested=name,
            route=self._catalogue.resolve(name, request.operation, scopes),
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


def _mark(ledger: Ledger, ticket: Ticket) -> None:
    """An answer that must not be kept as it came is not kept at all."""
    if ledger.watch is not None and not ledger.watch.keeps:
        ticket.drop()


def _as_it_is(_leg: Leg, opened: FromUpstream) -> FromUpstream:
    return opened


async def _let_go(_reply: Reply) -> None:
    """A whole answer needs no closing."""


async def _close(opened: FromUpstream) -> None:
    await opened.aclose()


def _too_little(choice: Choice, reply: Reply) -> str:
    """Why a better model has to be asked, by the tests of a cascade; empty where the answer may
    stand.
    """
    if choice.accepts is whatever:
        return ""
    body = cast("JsonObject", msgspec.json.decode(reply.body))
    verdict = choice.accepts(answer_of(body))
    return verdict.reason if isinstance(verdict, Escalate) else ""


def _lacking(opened: FromUpstream) -> str:
    return opened.lacks


def _model_name(fields: JsonObject) -> str:
    name = fields.get("model")
    if isinstance(name, str) and name:
        return name
    raise _invalid("/model", f"needs the name of a model or route, got {name!r:.80}")


def _resource(principal: Principal, name: str, operation: str = "") -> Resource:
    return Resource(MODEL, principal.workspace, name, operation=operation)


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
