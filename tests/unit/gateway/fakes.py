"""A small world for the gateway: time stands still, chance repeats, upstreams play a script."""

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

import anyio
from tests.fakes_access import RULE

from podium.gateway.catalogue import Catalogue
from podium.gateway.dispatch import Rules
from podium.gateway.errors import Failure, UpstreamFailed
from podium.gateway.models import (
    NO_FACTS,
    CallRecord,
    Capability,
    Deadlines,
    Facts,
    Model,
    Operation,
    Outcome,
    Provider,
    Route,
    Target,
    Usage,
)
from podium.gateway.requests import Reply, Request
from podium.gateway.service import Edges, Gateway
from podium.gateway.supply.modes import NATIVE, Supplied
from podium.gateway.usage import finish_reasons, usage_of
from podium.identity.principal import Principal, Role
from podium.kernel.ids import UserId, WorkspaceId
from podium.kernel.json import Json, JsonObject
from podium.kernel.money import NanoUsd

ANA = Principal(UserId("user_ana"), WorkspaceId("ws_1"), "ana", frozenset({Role.ENGINEER}))
ASK: JsonObject = {"model": "default", "messages": [{"role": "user", "content": "Hello there"}]}


def asked(**more: Json) -> Request:
    """A stream of `ASK`."""
    fields: JsonObject = {**ASK, "stream": True, **more}
    return Request("openai_chat", Operation.CHAT, fields, stream=True)


@dataclass
class StillClock:
    at: float = 1000.0

    def now(self) -> float:
        return 1_790_000_000.0 + self.at

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


@dataclass
class EvenChance:
    value: float = 0.5
    _count: Iterator[int] = field(default_factory=itertools.count)

    def random(self) -> float:
        return self.value

    def token(self, size: int) -> bytes:
        return next(self._count).to_bytes(size, "big")


@dataclass
class Book:
    records: list[CallRecord] = field(default_factory=list[CallRecord])

    def record(self, record: CallRecord) -> None:
        self.records.append(record)


class OneDollarAToken:
    def cost(self, model: Model, usage: Usage, at: float) -> NanoUsd | None:
        _ = at
        if model.name == "unpriced":
            return None
        return NanoUsd((usage.input + usage.output) * 10**9)

    def facts(self, model: Model, at: float) -> Facts:
        _ = model, at
        return NO_FACTS


Step = dict[str, Json] | Failure | Sequence[dict[str, Json] | Failure]


@dataclass
class Script:
    """An upstream that plays its steps in order; the last one is repeated."""

    steps: list[Step]
    seen: list[JsonObject] = field(default_factory=list[JsonObject])
    deadlines: list[Deadlines] = field(default_factory=list[Deadlines])
    before: Callable[[], object] = lambda: None
    gate: anyio.Event | None = None
    """Where there is one, answers wait for it."""
    closed: int = 0
    supplied: Supplied = NATIVE

    def _next(self, request: JsonObject, deadlines: Deadlines) -> Step:
        self.seen.append(request)
        self.deadlines.append(deadlines)
        _ = self.before()
        return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]

    async def send(self, model: Model, request: Request, deadlines: Deadlines) -> Reply:
        _ = model
        step = self._next(request.fields, deadlines)
        if self.gate is not None:
            await self.gate.wait()
        if isinstance(step, Failure):
            raise UpstreamFailed(step)
        assert isinstance(step, dict)
        return Reply(
            json.dumps(step).encode(),
            usage_of(step),
            str(step.get("model", "")),
            finish_reasons(step),
            supplied=self.supplied,
        )

    async def open(self, model: Model, request: Request, deadlines: Deadlines) -> "Played":
        _ = model
        step = self._next(request.fields, deadlines)
        if self.gate is not None:
            await self.gate.wait()
        parts = [step] if isinstance(step, Failure) else step
        assert isinstance(parts, Sequence)
        played = Played(self, list(parts))
        if not parts or isinstance(parts[0], Failure):
            await played.aclose()
            raise UpstreamFailed(parts[0] if parts else NOTHING)
        return played


@dataclass
class Played:
    """A flow: each chunk is a piece."""

    script: Script
    parts: list[dict[str, Json] | Failure]
    usage: Usage | None = None
    model: str = ""
    finish_reasons: tuple[str, ...] = ()
    chunks: int = 0
    supplied: Supplied = NATIVE

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if not self.parts:
            raise StopAsyncIteration
        part = self.parts.pop(0)
        if isinstance(part, Failure):
            raise UpstreamFailed(part)
        self.chunks += bool(part.get("choices"))
        self.usage = usage_of(part) or self.usage
        self.model = self.model or str(part.get("model", ""))
        self.finish_reasons = self.finish_reasons or finish_reasons(part)
        return json.dumps(part).encode()

    async def aclose(self) -> None:
        self.script.closed += 1


def model(name: str, provider: str, *capabilities: Capability) -> Model:
    able = frozenset(capabilities) or frozenset({Capability.CHAT, Capability.EMBEDDINGS})
    return Model(name, Provider(provider, "openai_chat"), f"{name}-upstream", able)


FIRST = model("first", "alpha")
SECOND = model("second", "beta")
UNPRICED = model("unpriced", "alpha")
TEXTS = model("texts", "alpha", Capability.EMBEDDINGS)


@dataclass
class World:
    """Route `default`: first at alpha, then second at beta."""

    alpha: Script
    beta: Script = field(default_factory=lambda: Script([answer("from beta")]))
    clock: StillClock = field(default_factory=StillClock)
    chance: EvenChance = field(default_factory=EvenChance)
    book: Book = field(default_factory=Book)
    deadlines: Deadlines = field(default_factory=Deadlines)
    rules: Rules = field(default_factory=Rules)
    waits: list[float] = field(default_factory=list[float])
    more: dict[str, object] = field(default_factory=dict)
    """Further edges."""

    def gateway(self, **options: object) -> Gateway:
        """`options` are those of the route."""
        route = Route("default", (Target(FIRST, 2), Target(SECOND, 2)), self.deadlines, **options)
        models = {m.name: m for m in (FIRST, SECOND, UNPRICED, TEXTS)}
        return Gateway(
            Catalogue(models, {"default": route}),
            Edges(
                upstreams={"alpha": self.alpha, "beta": self.beta},
                recorder=self.book,
                prices=OneDollarAToken(),
                clock=self.clock,
                chance=self.chance,
                sleep=self._sleep,
                authorizer=RULE,
                rules=self.rules,
                **self.more,
            ),
        )

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.clock.at += seconds


def answer(text: str, **more: Json) -> dict[str, Json]:
    return {
        "model": "upstream-model",
        "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
        **more,
    }


def chunk(text: str, **more: Json) -> dict[str, Json]:
    return {"model": "upstream-model", "choices": [{"delta": {"content": text}}], **more}


LAST: dict[str, Json] = {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": None}
USAGE: dict[str, Json] = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}}


def status(code: int, *, retry_after: float | None = None, name: str = "") -> Failure:
    return Failure(Outcome.STATUS, f"It answered {code}.", code, name, retry_after)


REFUSED = Failure(Outcome.CONNECT, "Cannot connect.")
SLOW = Failure(Outcome.TIMEOUT, "Too slow.")
NOTHING = Failure(Outcome.BROKEN, "It ended before it began.")
BROKEN = Failure(Outcome.BROKEN, "Broke off.")
