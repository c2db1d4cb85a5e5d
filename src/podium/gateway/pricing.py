"""List prices as a flat table: cost in whole nano-dollars, exact, well below a microsecond."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from podium.gateway.models import Model, Usage
from podium.kernel.money import NanoUsd

_DAY = 86_400
_SCALE = 10**9
"""Our units in a price of one dollar per million tokens; 10^6 of them are a nano-dollar."""
_UNIT = 10**6


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

    @classmethod
    def per_million(
        cls, input_usd: Decimal, output_usd: Decimal, cached_usd: Decimal | None = None
    ) -> "Rates":
        """From list prices in USD per million tokens; cached input costs like input by default."""
        cached = input_usd if cached_usd is None else cached_usd
        return cls(int(input_usd * _SCALE), int(output_usd * _SCALE), int(cached * _SCALE))

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
        return NanoUsd((units + _UNIT // 2) // _UNIT)


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


Schedule = tuple[Period, ...]
"""The last period that holds is the one that counts; empty where no price is known."""


def rates_at(schedule: Schedule, at: float) -> Rates | None:
    if not schedule:
        return None
    if len(schedule) == 1:
        return schedule[0].rates
    holding = (p for p in reversed(schedule) if p.holds(at))
    return next(holding, schedule[0]).rates


class PriceList(Protocol):
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
