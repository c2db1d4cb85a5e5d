"""A configuration brought into force: the one place that changes what the gateway works with."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Self

import anyio.to_thread
from yarl import URL

from podium.adapters.upstream.client import UpstreamClient
from podium.bootstrap.gateway import Opened, turn_rules
from podium.bootstrap.guarding import LateMeans, guards
from podium.bootstrap.limits import Limiting
from podium.bootstrap.upstreams import Made, Makers
from podium.gateway.configuration.differences import Difference, differences
from podium.gateway.configuration.ports import VersionStore
from podium.gateway.configuration.versions import Version
from podium.gateway.limits.rules import Rule
from podium.gateway.offer import Offer
from podium.gateway.pricing import PriceList, PriceTable
from podium.gateway.routing.estimator import Estimator
from podium.kernel.errors import Invalid, PodiumError
from podium.kernel.json import JsonObject
from podium.settings import Settings, Written
from podium.settings.limits import key_defaults, limit_rules
from podium.settings.overlay import read_overlay, until_restart
from podium.settings.strategies import estimators
from podium.settings.wiring import addresses, catalogue, missing_keys, price_overrides

_IGNORE: Final = "ignore"


@dataclass(frozen=True, slots=True)
class Offers:
    """What settings say of models, as a value of the gateway."""

    makers: Makers
    listed: PriceList
    judging: LateMeans

    def made(self, settings: Settings, before: Made | None = None) -> tuple[Offer, Made]:
        """Raises Invalid where a secret that it needs is not set, or a guard cannot be made."""
        made = self.makers.upstreams(settings, before)
        prices = PriceTable(self.listed, price_overrides(settings))
        offer = Offer(catalogue(settings), made.upstreams, prices, guards(settings, self.judging))
        return offer, made


@dataclass(frozen=True, slots=True)
class Ready:
    """A `Prepared`."""

    machine: "InForce"
    written: Written
    settings: Settings
    document: JsonObject
    effective: JsonObject
    offer: Offer
    made: Made
    trained: dict[str, Estimator]
    rules: Sequence[Rule]
    servers: Sequence[str]
    """URLs of those that are needed from then on."""
    differences: Sequence[Difference]
    restart: Sequence[str]
    warnings: Sequence[str]

    def take_effect(self) -> None:
        self.machine.take(self)


@dataclass(slots=True)
class InForce:
    """A `Machine`. `settings` are those that the gateway works with now."""

    written: Written
    settings: Settings
    effective: JsonObject
    offers: Offers
    made: Made
    gateway: Opened
    limits: Limiting
    restart: Sequence[str] = ()
    _started: JsonObject = field(init=False)

    def __post_init__(self) -> None:
        self._started = self.settings.model_dump(mode="json")

    @property
    def file(self) -> str:
        path = self.written.path
        return "" if path is None else str(path.resolve())

    def file_changed(self) -> bool:
        try:
            return self.written.origin.read().source.text != self.written.source.text
        except PodiumError:
            return True

    async def prepare(self, text: str, *, name: str, afresh: bool = False) -> Ready:
        """What takes a while is done beside the calls."""
        written = self.written.origin.read() if afresh else self.written
        overlay = read_overlay(text, name=name)
        settings = await anyio.to_thread.run_sync(written.settings, overlay)
        offer, made = self.offers.made(settings, self.made)
        trained = await anyio.to_thread.run_sync(estimators, settings)
        await prepare_prices(offer, settings)
        effective = written.sections(overlay)
        return Ready(
            machine=self,
            written=written,
            settings=settings,
            document=overlay.value if overlay else {},
            effective=effective,
            offer=offer,
            made=made,
            trained=trained,
            rules=limit_rules(settings.limits),
            servers=tuple(_servers(settings)),
            differences=differences(self.effective, effective),
            restart=until_restart(self._started, settings.model_dump(mode="json")),
            warnings=tuple(_warnings(settings)),
        )

    def take(self, ready: Ready) -> None:
        """Nothing in it waits and nothing fails: no call sees half of it."""
        settings, rules = ready.settings, ready.rules
        self.gateway.learned.take(ready.trained)
        self.gateway.live.offer(ready.offer)
        self.gateway.turnstile.change(turn_rules(settings))
        if self.gateway.kept is not None:
            self.gateway.kept.resize(settings.cache.max_bytes, settings.cache.max_entries)
        rates, budgets = settings.limits.away()
        self.limits.limiter.change(rules, rates_away=rates, budgets_away=budgets)
        self.limits.budgets.rules = rules
        self.limits.keys.defaults = key_defaults(rules)
        http = self.offers.makers.http
        if isinstance(http, UpstreamClient):
            http.retain(ready.servers)
        self.written, self.settings, self.made = ready.written, settings, ready.made
        self.effective, self.restart = ready.effective, ready.restart


async def prepare_prices(offer: Offer, settings: Settings) -> None:
    """The list of prices takes a second to load: not while the first priced call waits."""
    prices = offer.prices
    if isinstance(prices, PriceTable) and addresses(settings):
        await anyio.to_thread.run_sync(prices.prepare, offer.catalogue.models.values())


@dataclass(frozen=True, slots=True)
class Start:
    """What podium begins with: podium.yaml, and the newest version over it. `ignored` says that
    podium.yaml wants none.
    """

    written: Written
    settings: Settings
    effective: JsonObject
    current: Version | None
    ignored: bool

    @classmethod
    async def of(cls, written: Written, settings: Settings, store: VersionStore) -> Self:
        """`settings` are those of the file alone. Raises Invalid where a version does not go with
        the file: podium does not guess which of them is meant.
        """
        ignored = settings.configuration.stored == _IGNORE
        current = None if ignored else await store.newest()
        if current is None:
            return cls(written, settings, written.sections(), None, ignored)
        laid_over, effective = _with_stored(written, current)
        return cls(written, laid_over, effective, current, ignored)


def _with_stored(written: Written, stored: Version) -> tuple[Settings, JsonObject]:
    overlay = read_overlay(stored.text, name=f"version {stored.number} of the configuration")
    try:
        return written.settings(overlay), written.sections(overlay)
    except Invalid as refused:
        raise Invalid(
            f"Version {stored.number} of the configuration, which was stored over the API, does "
            f"not go with {written.source.name}. Correct the file; or write 'configuration: "
            f"{{stored: {_IGNORE}}}' into it, start podium, and store another version.",
            problems=refused.problems,
        ) from refused


def _servers(settings: Settings) -> Iterator[str]:
    """Where nothing can be asked, there is nothing to keep."""
    for url in addresses(settings).values():
        with suppress(ValueError):
            yield str(URL(url))


def _warnings(settings: Settings) -> Sequence[str]:
    return [
        f"Provider '{name}' needs {variable}, which is not set; until it is, its calls fail."
        for name, variable in missing_keys(settings).items()
    ]
