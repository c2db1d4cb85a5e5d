"""The gateway with all that it needs: upstreams, limits, cache, prices, records."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

import anyio

from podium.adapters.caching.memory import MemoryStore
from podium.adapters.caching.questions import MemoryQuestions
from podium.adapters.caching.redis import RedisStore
from podium.adapters.caching.redis_line import RedisLine, RedisOptions
from podium.adapters.caching.redis_questions import RedisQuestions
from podium.bootstrap.parts import CallSpans, GatewayEmbedder
from podium.bootstrap.upstreams import Speech, means, upstreams
from podium.gateway.caching.ports import CacheStore, Form, Questions
from podium.gateway.caching.service import Cache, CacheEdges
from podium.gateway.caching.similar import Similar
from podium.gateway.catalogue import Catalogue
from podium.gateway.limits.limiter import Limiter
from podium.gateway.pricing import PriceTable
from podium.gateway.service import Edges, Gateway
from podium.gateway.turnstile import TurnRules, Turnstile
from podium.governance.access import OwnerRule
from podium.identity.principal import Principal
from podium.kernel.clock import Chance, Clock
from podium.observability.spans import Tracer
from podium.protocols.anthropic.provider import AnthropicProvider
from podium.protocols.calls import Http
from podium.protocols.credentials.means import Means as CredentialMeans
from podium.protocols.embedded import LocalHost
from podium.protocols.formats import CallerFormat
from podium.protocols.openai.chat_provider import OpenAIChatProvider
from podium.protocols.replays import Replays
from podium.settings import Settings

_MEMORY: Final = "memory"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the rest of podium lends to the gateway."""

    settings: Settings
    http: Http
    host: LocalHost
    tracer: Tracer
    clock: Clock
    chance: Chance
    dialects: Mapping[str, CallerFormat]
    lent: CredentialMeans
    """What credentials are fetched with."""


async def open_gateway(
    around: Surroundings,
    models: Catalogue,
    prices: PriceTable,
    *,
    limits: Limiter,
    stack: AsyncExitStack,
) -> Gateway:
    """Raises Invalid where `cache.store` cannot be one."""
    settings, section = around.settings, around.settings.gateway
    speech = Speech(around.dialects, means(around.clock, around.chance))
    embedder = _LateEmbedder()
    gateway = Gateway(
        models,
        Edges(
            upstreams=upstreams(
                settings, around.http, around.host, speech=speech, lent=around.lent
            ),
            recorder=CallSpans(around.tracer),
            prices=prices,
            clock=around.clock,
            chance=around.chance,
            sleep=anyio.sleep,
            limits=limits,
            cache=await _cache(around, embedder, stack),
            turnstile=Turnstile(TurnRules(section.concurrency, section.waiting, section.patience)),
        ),
    )
    embedder.made(gateway)
    return gateway


async def _cache(around: Surroundings, embedder: "_LateEmbedder", stack: AsyncExitStack) -> Cache:
    store, questions = await _stores(around, stack)
    forms: dict[str, Form] = {
        "openai_chat": Replays(around.dialects["openai_chat"], OpenAIChatProvider()),
        "anthropic_messages": Replays(around.dialects["anthropic_messages"], AnthropicProvider()),
    }
    edges = CacheEdges(store, around.clock, OwnerRule(), forms, Similar(embedder, questions))
    cache = Cache(edges)
    await stack.enter_async_context(cache.serving())
    return cache


async def _stores(around: Surroundings, stack: AsyncExitStack) -> tuple[CacheStore, Questions]:
    section, clock = around.settings.cache, around.clock
    if section.store == _MEMORY:
        return MemoryStore(clock, section.max_bytes, section.max_entries), MemoryQuestions()
    options = RedisOptions(around.settings.reveal(section.store))
    line = await stack.enter_async_context(RedisLine.opened(options, clock))
    return RedisStore(line), RedisQuestions(line)


class _LateEmbedder:
    """The cache embeds questions through the gateway that it is a part of."""

    def __init__(self) -> None:
        self._made: list[Gateway] = []

    def made(self, gateway: Gateway) -> None:
        self._made.append(gateway)

    async def embed(self, principal: Principal, model: str, text: str) -> Sequence[float]:
        """On behalf of who asks. Raises what the gateway raises."""
        vectors = await GatewayEmbedder(self._made[0], principal).embed(model, [text])
        return vectors[0]
