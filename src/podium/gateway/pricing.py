"""List prices as a flat table: cost in whole nano-dollars, exact, well below a microsecond."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final, Protocol

from podium.gateway.models import Facts, Model, Price, Usage
from podium.kernel.money import NanoUsd

_DAY = 86_400
_SCALE = 10**9
"""Our units in a price of one dollar per million tokens; 10^6 of them are a nano-dollar."""
_UNIT = 10**6
_SEARCHES = 10**3
"""A price per thousand searches is a thousandth of that per million, of which `_SCALE` speaks."""


@dataclass(frozen=True, slots=True)
class UsdRates:
    """List prices as people write them: USD per million tokens, `search` per thousand searches.
    What is not said costs what it is a part of: input or output.
    """

    input: Decimal
    output: Decimal = Decimal(0)
    cached_input: Decimal | None = None
    cache_write_input: Decimal | None = None
    cache_write_1h_input: Decimal | None = None
    audio_input: Decimal | None = None
    audio_output: Decimal | None = None
    reasoning: Decimal | None = None
    search: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Extra:
    """What parts of input and output cost beyond what all of it costs; it may be negative."""

    cache_write_input: int = 0
    cache_write_1h_input: int = 0
    """Beyond `cache_write_input`."""
    audio_input: int = 0
    audio_output: int = 0
    reasoning: int = 0
    search: int = 0

    def cost(self, usage: Usage) -> int:
        return (
            usage.cache_write_input * self.cache_write_input
            + usage.cache_write_1h_input * self.cache_write_1h_input
            + usage.audio_input * self.audio_input
            + usage.audio_output * self.audio_output
            + usage.reasoning * self.reasoning
            + usage.searches * self.search
        )


NOTHING_EXTRA: Final = Extra()


@dataclass(frozen=True, slots=True)
class Rates:
    """Prices of one token in millionths of a nano-dollar: integers, so that sums are exact.

    `above` holds the dearer rates of long requests: beyond so many input tokens they apply to
    every token of the request, first the highest threshold (the "cliff" all providers use).
    """

    input: int
    output: int
    cached_input: int
    above: "tuple[tuple[int, Rates], ...]" = ()
    extra: Extra = NOTHING_EXTRA

    @classmethod
    def per_million(
        cls, input_usd: Decimal, output_usd: Decimal, cached_usd: Decimal | None = None
    ) -> "Rates":
        """From list prices in USD per million tokens; cached input costs like input by default."""
        return cls.of(UsdRates(input_usd, output_usd, cached_usd))

    @classmethod
    def of(cls, usd: UsdRates) -> "Rates":
        given, output = _scaled(usd.input), _scaled(usd.output)
        written = _scaled(usd.cache_write_input, given)
        extra = Extra(
            cache_write_input=written - given,
            cache_write_1h_input=_scaled(usd.cache_write_1h_input, written) - written,
            audio_input=_scaled(usd.audio_input, given) - given,
            audio_output=_scaled(usd.audio_output, output) - output,
            reasoning=_scaled(usd.reasoning, output) - output,
            search=_scaled(usd.search) * _SEARCHES,
        )
        plain = NOTHING_EXTRA if extra == NOTHING_EXTRA else extra
        return cls(given, output, _scaled(usd.cached_input, given), extra=plain)

    def cost(self, usage: Usage) -> NanoUsd:
        """Rounded half up, once, over the whole sum."""
        rates = self
        if self.above:
            rates = next((r for start, r in self.above if usage.input > start), self)
        units = (
            (usage.input - usage.cached_input) * rates.input
            + usage.cached_input * rates.cached_input
            + usage.output * rates.output
        )
        if rates.extra is not NOTHING_EXTRA:
            units += rates.extra.cost(usage)
        return NanoUsd((units + _UNIT // 2) // _UNIT)


def _scaled(usd: Decimal | None, otherwise: int = 0) -> int:
    return otherwise if usd is None else int(usd * _SCALE)


def _per_million(rate: int) -> Decimal:
    return Decimal(rate) / _SCALE


@dataclass(frozen=True, slots=True)
class Period:
    """When rates apply, in UTC: from a day on (days since 1970), or between two times of a day."""

    rates: Rates
    from_day: int = 0
    daily: tuple[int, int] | None = None
    """Seconds since midnight; an end before the start is on the next day."""

    def holds(self, at: float) -> bool:
        day, second = divmod(int(at), _DAY)
        if self.daily is None:
            return day >= self.from_day
        start, end = self.daily
        if start <= end:
            return start <= second < end
        return second >= start or second < end


def _day(since_1970: int) -> date:
    return datetime.fromtimestamp(since_1970 * _DAY, UTC).date()


Schedule = tuple[Period, ...]
"""The last period that holds is the one that counts; empty where no price is known."""


def rates_at(schedule: Schedule, at: float) -> Rates | None:
    if not schedule:
        return None
    if len(schedule) == 1:
        return schedule[0].rates
    return _period_at(schedule, at).rates


def _period_at(schedule: Schedule, at: float) -> Period:
    holding = (p for p in reversed(schedule) if p.holds(at))
    return next(holding, schedule[0])


class PriceList(Protocol):
    @property
    def name(self) -> str:
        """Which list it is, and of when."""
        ...

    def context_window(self, provider: str, model: str) -> int | None:
        """Tokens that a question may have."""
        ...

    def find(self, provider: str, model: str) -> Schedule:
        """The prices of a model in the words of its provider; empty where it is not listed."""
        ...


FREE: Schedule = (Period(Rates(0, 0, 0)),)


@dataclass(slots=True)
class PriceTable:
    """The port Prices: what the operator wrote first, then free providers, then the list.

    A model is looked up in the list once; `prepare` does so for all before the first call.
    """

    listed: PriceList
    overrides: Mapping[str, Rates] = field(default_factory=dict[str, Rates])
    _known: dict[str, Schedule] = field(default_factory=dict[str, Schedule])

    def prepare(self, models: Iterable[Model]) -> None:
        for model in models:
            _ = self._schedule(model)

    def facts(self, model: Model, at: float) -> Facts:
        """`at` is seconds since 1970."""
        schedule, window = self._schedule(model), model.context_window or None
        if window is None and model.provider.prices_as:
            window = self.listed.context_window(model.provider.prices_as, model.upstream_name)
        return Facts(self._price(model, _period_at(schedule, at)) if schedule else None, window)

    def _price(self, model: Model, period: Period) -> Price:
        rates = period.rates
        return Price(
            input=_per_million(rates.input),
            output=_per_million(rates.output),
            cached_input=_per_million(rates.cached_input),
            source=self._source(model),
            since=_day(period.from_day) if period.from_day else None,
        )

    def _source(self, model: Model) -> str:
        if model.name in self.overrides:
            return "podium.yaml"
        return "free" if model.provider.free else self.listed.name

    def cost(self, model: Model, usage: Usage, at: float) -> NanoUsd | None:
        rates = rates_at(self._known.get(model.name) or self._schedule(model), at)
        return None if rates is None else rates.cost(usage)

    def cost_at_list_price(self, name: str, usage: Usage, at: float) -> NanoUsd | None:
        """What the same tokens cost on `provider/model`, as `openai/gpt-6.1-sol`, at list price."""
        provider, _, model = name.partition("/")
        rates = rates_at(self.listed.find(provider, model), at) if model else None
        return None if rates is None else rates.cost(usage)

    def _schedule(self, model: Model) -> Schedule:
        known = self._known.get(model.name)
        if known is None:
            known = self._known[model.name] = self._look_up(model)
        return known

    def _look_up(self, model: Model) -> Schedule:
        own = self.overrides.get(model.name)
        if own is not None:
            return (Period(own),)
        if model.provider.free:
            return FREE
        if not model.provider.prices_as:
            return ()
        return self.listed.find(model.provider.prices_as, model.upstream_name)
