"""The gateway with its limits and its configuration, put together."""

import logging
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from podium.adapters.storage.database import Database
from podium.bootstrap.configuring import InForce, Offers, Start, prepare_prices
from podium.bootstrap.gateway import Surroundings, open_gateway
from podium.bootstrap.guarding import LateMeans
from podium.bootstrap.limits import Limiting, limiting
from podium.bootstrap.upstreams import Makers
from podium.gateway.caching.service import Cache
from podium.gateway.configuration.ports import VersionStore
from podium.gateway.configuration.service import Configuration, Edges
from podium.gateway.guardrail_service import Guardrails
from podium.gateway.live import LiveGateway
from podium.gateway.offer import Offer
from podium.gateway.pricing import PriceTable
from podium.identity.issuing import Edges as IdentityEdges
from podium.kernel.ids import WorkspaceId
from podium.providers.price_list import GenaiPrices

_log: Final = logging.getLogger("podium.configuration")


@dataclass(frozen=True, slots=True)
class Lent:
    """What limits and configuration need besides. `home` is the workspace of the installation."""

    makers: Makers
    database: Database
    people: IdentityEdges
    home: WorkspaceId
    store: VersionStore


@dataclass(frozen=True, slots=True)
class Models:
    gateway: LiveGateway
    cache: Cache
    limits: Limiting
    machine: InForce
    configuration: Configuration
    prices: PriceTable
    """Those of the list alone."""
    follows: bool
    """Whether other processes may store versions."""
    first: Offer
    judging: LateMeans
    guardrails: Guardrails

    async def run(self) -> None:
        """Beside the work, until cancelled."""
        await prepare_prices(self.first, self.machine.settings)
        if self.follows:
            await self.configuration.follow()


async def open_models(
    around: Surroundings, start: Start, lent: Lent, *, stack: AsyncExitStack
) -> Models:
    """Raises Invalid where a store or a secret that the settings name cannot be had."""
    judging = LateMeans()
    offers = Offers(lent.makers, GenaiPrices(), judging)
    offer, made = offers.made(start.settings)

    def names() -> tuple[str, ...]:
        return opened.live.names()

    limits = limiting(start.settings, lent.database, lent.people, stack=stack, models=names)
    opened = await open_gateway(around, offer, limits=limits.limiter, stack=stack)
    judging.made(opened.live)
    machine = InForce(
        written=start.written,
        settings=start.settings,
        effective=start.effective,
        offers=offers,
        made=made,
        gateway=opened,
        limits=limits,
    )
    edges = Edges(
        store=lent.store,
        machine=machine,
        authorizer=around.authorizer,
        clock=around.clock,
        home=lent.home,
        ignored=start.ignored,
    )
    return Models(
        gateway=opened.live,
        cache=opened.cache,
        limits=limits,
        machine=machine,
        configuration=Configuration(edges, start.current, told=_log.info),
        prices=PriceTable(offers.listed),
        follows=lent.database.shared,
        first=offer,
        judging=judging,
        guardrails=Guardrails(lambda: opened.live.now.guards, around.authorizer),
    )
