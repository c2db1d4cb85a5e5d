"""The gateway with all that it needs: upstreams, limits, cache, prices, records."""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import anyio

from podium.adapters.caching.memory import MemoryStore
from podium.adapters.caching.questions import MemoryQuestions
from podium.adapters.caching.redis import RedisStore
from podium.adapters.caching.redis_line import RedisLine, RedisOptions
from podium.adapters.caching.redis_questions import RedisQuestions
from podium.bootstrap.forms import answer_forms
from podium.bootstrap.parts import CallSpans, GatewayEmbedder
from podium.gateway.caching.ports import CacheStore, Questions
from podium.gateway.caching.service import Cache, CacheEdges
from podium.gateway.caching.similar import Similar
from podium.gateway.limits.limiter import Limiter
from podium.gateway.live import LiveGateway
from podium.gateway.offer import Offer
from podium.gateway.routing.memory import Learned
from podium.gateway.scores import Scores
from podium.gateway.service import Edges, Gateway
from podium.gateway.turnstile import TurnRules, Turnstile
from podium.governance.access import Authorizer
from podium.identity.principal import Principal
from podium.kernel.clock import Chance, Clock
from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject, canonical
from podium.observability.spans import Tracer
from podium.protocols.formats import CallerFormat
from podium.settings import Settings
from podium.settings.strategies import estimators
from podium.workflows.expressions.evaluator import Evaluator

_MEMORY: Final = "memory"
_SAVE_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the rest of podium lends to the gateway."""

    settings: Settings
    tracer: Tracer
    clock: Clock
    chance: Chance
    dialects: Mapping[str, CallerFormat]
    evaluator: Evaluator
    authorizer: Authorizer
    folder: Path


@dataclass(frozen=True, slots=True)
class Opened:
    """The gateway with those of its parts whose rules may change while it works."""

    live: LiveGateway
    turnstile: Turnstile
    learned: Learned
    cache: Cache
    kept: MemoryStore | None
    """Where answers are kept, unless that is Redis."""


async def open_gateway(
    around: Surroundings, offer: Offer, *, limits: Limiter, stack: AsyncExitStack
) -> Opened:
    """Raises Invalid where `cache.store` cannot be one."""
    settings, clock = around.settings, around.clock
    embedder, learned = _LateEmbedder(), Learned(estimators=estimators(settings))
    turnstile = Turnstile(turn_rules(settings))
    store, questions = await _stores(around, stack)
    cache = await _cache(around, store, Similar(embedder, questions), stack=stack)
    gateway = Gateway(
        offer.catalogue,
        Edges(
            upstreams=offer.upstreams,
            recorder=CallSpans(around.tracer),
            prices=offer.prices,
            clock=clock,
            chance=around.chance,
            sleep=anyio.sleep,
            authorizer=around.authorizer,
            limits=limits,
            cache=cache,
            forms=answer_forms(around.dialects),
            conditions=JqConditions(around.evaluator),
            learned=learned,
            guards=offer.guards,
            turnstile=turnstile,
        ),
    )
    live = LiveGateway(gateway)
    embedder.made(live)
    memory = RoutingMemory(around.folder / "routing.json", gateway.scores)
    memory.load()
    await stack.enter_async_context(memory.kept())
    kept = store if isinstance(store, MemoryStore) else None
    return Opened(live, turnstile, learned, cache, kept)


def turn_rules(settings: Settings) -> TurnRules:
    section = settings.gateway
    return TurnRules(section.concurrency, section.waiting, section.patience)


async def _cache(
    around: Surroundings, store: CacheStore, similar: Similar, *, stack: AsyncExitStack
) -> Cache:
    forms = answer_forms(around.dialects)
    cache = Cache(CacheEdges(store, around.clock, around.authorizer, forms, similar))
    await stack.enter_async_context(cache.serving())
    return cache


async def _stores(around: Surroundings, stack: AsyncExitStack) -> tuple[CacheStore, Questions]:
    section, clock = around.settings.cache, around.clock
    if section.store == _MEMORY:
        return MemoryStore(clock, section.max_bytes, section.max_entries), MemoryQuestions()
    options = RedisOptions(around.settings.reveal(section.store))
    line = await stack.enter_async_context(RedisLine.opened(options, clock))
    return RedisStore(line), RedisQuestions(line)


@dataclass(frozen=True, slots=True)
class JqConditions:
    """The rules of `by_rule`, computed as expressions of workflows are."""

    evaluator: Evaluator

    async def holds(self, expression: str, facts: JsonObject) -> bool:
        return await self.evaluator.truth(expression, facts, {})


class RoutingMemory:
    """What routing has learned, in one file of the state folder: read at the start, written at the
    end and now and then.
    """

    def __init__(self, file: Path, scores: Scores) -> None:
        self._file: Path = file
        self._scores: Scores = scores
        self._saved: int = 0

    def load(self) -> None:
        """Raises Invalid for a file that is none of ours."""
        if not self._file.exists():
            return
        try:
            state = cast("Json", json.loads(self._file.read_bytes()))
        except ValueError as error:
            raise Invalid(f"{self._file} is damaged: {error}. Remove it to start anew.") from error
        self._scores.learned.restore(state)

    def save(self) -> None:
        """Whole or not at all; nothing where nothing was learned since."""
        if self._scores.changes == self._saved:
            return
        fresh = self._file.with_suffix(".new")
        fresh.touch(mode=0o600)
        _ = fresh.write_bytes(canonical(self._scores.learned.to_json()))
        _ = fresh.replace(self._file)
        self._saved = self._scores.changes

    @asynccontextmanager
    async def kept(self) -> AsyncGenerator[None]:
        """Saves now and then, and at the end. A disk that is full is asked again."""
        async with anyio.create_task_group() as group:
            _ = group.start_soon(self._run)
            try:
                yield
            finally:
                group.cancel_scope.cancel()
                self.save()

    async def _run(self) -> None:
        while True:
            await anyio.sleep(_SAVE_SECONDS)
            with suppress(OSError):
                self.save()


class _LateEmbedder:
    """The cache embeds questions through the gateway that it is a part of."""

    def __init__(self) -> None:
        self._made: list[LiveGateway] = []

    def made(self, gateway: LiveGateway) -> None:
        self._made.append(gateway)

    async def embed(self, principal: Principal, model: str, text: str) -> Sequence[float]:
        """On behalf of who asks. Raises what the gateway raises."""
        vectors = await GatewayEmbedder(self._made[0], principal).embed(model, [text])
        return vectors[0]
