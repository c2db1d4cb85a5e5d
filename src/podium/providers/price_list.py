"""The bundled price list (PyPI genai-prices, MIT) as schedules of the gateway.

Loading it takes most of a second, so nothing loads it before a price is asked for. It reads no
network: a new list comes with a new version of the package.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import time
from decimal import Decimal
from importlib.metadata import version
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from podium.gateway.pricing import Period, Rates, Schedule, UsdRates

if TYPE_CHECKING:
    from genai_prices.types import (
        ConditionalPrice,
        ModelInfo,
        ModelPrice,
        Provider,
        StartDateConstraint,
        Tier,
        TieredPrices,
        TimeOfDateConstraint,
    )

Field: TypeAlias = "Decimal | TieredPrices | None"

_FIELDS: Final = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cached_input": "cache_read_mtok",
    "cache_write_input": "cache_write_mtok",
    "cache_write_1h_input": "cache_write_1h_mtok",
    "audio_input": "input_audio_mtok",
    "audio_output": "output_audio_mtok",
    "reasoning": "output_reasoning_mtok",
    "search": "web_searches_kcount",
}
"""The list's names for our rates; it leaves out what a model has no price for."""
_EPOCH_ORDINAL = 719_163
"""`date(1970, 1, 1).toordinal()`."""


class GenaiPrices:
    """The port PriceList over genai-prices."""

    def __init__(self) -> None:
        self._providers: list[Provider] | None = None

    @property
    def name(self) -> str:
        """A new list comes with a new version."""
        return f"genai-prices {version('genai-prices')}"

    def find(self, provider: str, model: str) -> Schedule:
        found = self._model(provider, model)
        return tuple(_periods(found)) if found else ()

    def context_window(self, provider: str, model: str) -> int | None:
        found = self._model(provider, model)
        return found.context_window if found else None

    def _model(self, provider: str, model: str) -> "ModelInfo | None":
        providers = self._loaded()
        known = next((each for each in providers if each.id == provider), None)
        return known.find_model(model, all_providers=providers) if known else None

    def _loaded(self) -> "list[Provider]":
        if self._providers is None:
            from genai_prices.data import providers  # noqa: PLC0415 - see above: on first need

            self._providers = providers
        return self._providers


def _periods(model: "ModelInfo") -> Iterator[Period]:
    prices = model.prices
    if isinstance(prices, list):
        yield from (_period(each) for each in prices)
    else:
        yield Period(_rates(prices))


def _period(price: "ConditionalPrice") -> Period:
    rates, rule = _rates(price.prices), price.constraint
    if rule is None:
        return Period(rates)
    if hasattr(rule, "start_date"):
        first_day = cast("StartDateConstraint", rule).start_date
        return Period(rates, from_day=first_day.toordinal() - _EPOCH_ORDINAL)
    hours = cast("TimeOfDateConstraint", rule)
    return Period(rates, daily=(_second(hours.start_time), _second(hours.end_time)))


def _second(moment: time) -> int:
    """Seconds since midnight UTC; the list gives its times in UTC."""
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def _rates(price: "ModelPrice") -> Rates:
    fields = {name: cast("Field", getattr(price, key, None)) for name, key in _FIELDS.items()}
    starts = {tier.start for each in fields.values() for tier in _tiers(each)}
    above = tuple((start, _at(fields, start)) for start in sorted(starts, reverse=True))
    return replace(_at(fields, 0), above=above)


def _tiers(field: Field) -> "list[Tier]":
    return [] if field is None or isinstance(field, Decimal) else field.tiers


def _at(fields: Mapping[str, Field], start: int) -> Rates:
    usd = {name: _price(each, start) for name, each in fields.items()}
    return Rates.of(
        UsdRates(
            input=usd["input"] or Decimal(0),
            output=usd["output"] or Decimal(0),
            cached_input=usd["cached_input"],
            cache_write_input=usd["cache_write_input"],
            cache_write_1h_input=usd["cache_write_1h_input"],
            audio_input=usd["audio_input"],
            audio_output=usd["audio_output"],
            reasoning=usd["reasoning"],
            search=usd["search"] or Decimal(0),
        )
    )


def _price(field: Field, start: int) -> Decimal | None:
    """The price of requests just longer than `start` tokens."""
    if field is None or isinstance(field, Decimal):
        return field
    price = field.base
    for tier in field.tiers:
        if tier.start <= start and start:
            price = tier.price
    return price
