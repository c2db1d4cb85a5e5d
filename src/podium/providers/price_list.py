"""The bundled price list (PyPI genai-prices, MIT) as schedules of the gateway.

Loading it takes most of a second, so nothing loads it before a price is asked for. It reads no
network: a new list comes with a new version of the package.
"""

from collections.abc import Iterator
from datetime import time
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias, cast

from podium.gateway.pricing import Period, Rates, Schedule

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

_EPOCH_ORDINAL = 719_163
"""`date(1970, 1, 1).toordinal()`."""


class GenaiPrices:
    """The port PriceList over genai-prices."""

    def __init__(self) -> None:
        self._providers: list[Provider] | None = None

    def find(self, provider: str, model: str) -> Schedule:
        providers = self._loaded()
        known = next((each for each in providers if each.id == provider), None)
        found = known.find_model(model, all_providers=providers) if known else None
        return tuple(_periods(found)) if found else ()

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
    fields = (price.input_mtok, price.output_mtok, price.cache_read_mtok)
    starts = {tier.start for each in fields for tier in _tiers(each)}
    above = tuple((start, _at(fields, start)) for start in sorted(starts, reverse=True))
    base = _at(fields, 0)
    return Rates(base.input, base.output, base.cached_input, above)


def _tiers(field: Field) -> "list[Tier]":
    return [] if field is None or isinstance(field, Decimal) else field.tiers


def _at(fields: tuple[Field, ...], start: int) -> Rates:
    given, output, cached = (_price(each, start) for each in fields)
    return Rates.per_million(given or Decimal(0), output or Decimal(0), cached)


def _price(field: Field, start: int) -> Decimal | None:
    """The price of requests just longer than `start` tokens."""
    if field is None or isinstance(field, Decimal):
        return field
    price = field.base
    for tier in field.tiers:
        if tier.start <= start and start:
            price = tier.price
    return price
