import dataclasses
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.metadata import version
from time import process_time

import pytest
from genai_prices import Usage as TheirUsage
from genai_prices import calc_price
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from podium.gateway.models import NO_FACTS, Capability, Model, Price, Provider, Usage
from podium.gateway.pricing import Period, PriceTable, Rates, Schedule, UsdRates, rates_at
from podium.providers.price_list import GenaiPrices

NOON = 1_790_000_000.0 // 86_400 * 86_400 + 43_200


@dataclass
class List:
    schedules: dict[tuple[str, str], Schedule]
    asked: list[str] = field(default_factory=list[str])
    name: str = "a list 7"

    def context_window(self, provider: str, model: str) -> int | None:
        return 1_000 if (provider, model) in self.schedules else None

    def find(self, provider: str, model: str) -> Schedule:
        self.asked.append(model)
        return self.schedules.get((provider, model), ())


def _model(*, prices_as: str = "acme", free: bool = False) -> Model:
    provider = Provider("acme", "openai_chat", prices_as=prices_as, free=free)
    return Model("mine", provider, "big", frozenset({Capability.CHAT}))


DOLLARS = Rates.per_million(Decimal(2), Decimal(10), Decimal("0.1"))
CHEAP = Rates.per_million(Decimal("0.25"), Decimal(1))


def test_cached_tokens_cost_less_and_reasoning_is_a_part_of_output():
    usage = Usage(input=1_000_000, output=500_000, cached_input=400_000, reasoning=100_000)

    assert DOLLARS.cost(usage) == int((0.6 * 2 + 0.4 * 0.1 + 0.5 * 10) * 10**9)


FULL = Rates.of(
    UsdRates(
        input=Decimal(2),
        output=Decimal(10),
        cached_input=Decimal("0.2"),
        cache_write_input=Decimal("2.5"),
        cache_write_1h_input=Decimal(4),
        audio_input=Decimal(8),
        audio_output=Decimal(20),
        reasoning=Decimal(12),
        search=Decimal(5),
    )
)
PLAIN = Usage(input=1_000_000, output=1_000_000)


@pytest.mark.parametrize(
    ("part", "more"),
    [
        ({"cached_input": 1_000_000}, -1.8),
        ({"cache_write_input": 1_000_000}, 0.5),
        ({"cache_write_input": 1_000_000, "cache_write_1h_input": 400_000}, 0.5 + 0.6),
        ({"audio_input": 500_000}, 3),
        ({"audio_output": 500_000}, 5),
        ({"reasoning": 250_000}, 0.5),
        ({"searches": 200}, 1),
    ],
)
def test_each_part_of_a_call_costs_what_is_asked_for_it(part, more):
    dear = replace(PLAIN, **part)

    assert FULL.cost(PLAIN) == 12 * 10**9
    assert FULL.cost(dear) == round((12 + more) * 10**9)
    usual = DOLLARS.cost(replace(dear, cached_input=0))
    assert usual == 12 * 10**9, "what has no price of its own costs what it is a part of"


@pytest.mark.timed
def test_a_price_is_counted_in_less_than_a_microsecond():
    """Of the processor's time; the best of some runs, as others use the processor too."""
    usage = Usage(10_000, 500, 4_000, 100, cache_write_input=2_000)

    def microseconds(rates: Rates) -> float:
        started = process_time()
        for _ in range(2_000):
            _ = rates.cost(usage)
        return (process_time() - started) * 500

    assert min(microseconds(DOLLARS) for _ in range(10)) < 1
    assert min(microseconds(FULL) for _ in range(10)) < 2


@given(st.integers(0, 10**7), st.decimals("0.001", "1000", places=3))
def test_it_agrees_with_the_kernel_on_a_single_price(tokens, price):
    rates = Rates.per_million(price, Decimal(0))

    assert rates.cost(Usage(input=tokens)) == round(Decimal(price) * tokens * 1000)


def test_a_long_request_pays_the_higher_rate_for_every_token():
    dear = Rates.per_million(Decimal(4), Decimal(15))
    rates = Rates(DOLLARS.input, DOLLARS.output, DOLLARS.cached_input, ((200_000, dear),))

    assert rates.cost(Usage(input=200_000)) == 4 * 10**8
    assert rates.cost(Usage(input=200_001)) == 200_001 * 4000


def test_the_last_period_that_holds_counts():
    cheap = Rates.per_million(Decimal(1), Decimal(1))
    by_night = Period(cheap, daily=(22 * 3600, 6 * 3600))

    assert rates_at((Period(DOLLARS), by_night), NOON) == DOLLARS
    assert rates_at((Period(DOLLARS), by_night), NOON + 11 * 3600) == cheap
    assert rates_at((Period(DOLLARS), Period(cheap, from_day=10**6)), NOON) == DOLLARS
    assert rates_at((), NOON) is None


def test_what_the_operator_wrote_comes_before_the_list():
    listed = List({("acme", "big"): (Period(DOLLARS),)})
    table = PriceTable(listed, {"mine": Rates.per_million(Decimal(1), Decimal(1))})

    assert table.cost(_model(), Usage(input=1_000_000), NOON) == 10**9
    assert listed.asked == []


def test_a_model_is_looked_up_once():
    listed = List({("acme", "big"): (Period(DOLLARS),)})
    table = PriceTable(listed)
    table.prepare([_model()])

    assert table.cost(_model(), Usage(input=1_000_000), NOON) == 2 * 10**9
    assert listed.asked == ["big"]


def test_free_is_nothing_and_unlisted_is_unknown():
    table = PriceTable(List({}))
    assert table.cost(_model(free=True), Usage(input=9), NOON) == 0
    table = PriceTable(List({}))
    assert table.cost(_model(prices_as=""), Usage(input=9), NOON) is None


def test_what_a_model_costs_is_told_with_its_source_and_its_day():
    listed = List({("acme", "big"): (Period(DOLLARS), Period(CHEAP, from_day=20_000))})
    own = PriceTable(listed, {"mine": CHEAP})

    before, since = (PriceTable(listed).facts(_model(), day * 86_400.0) for day in (19_999, 20_000))
    assert before.price == Price(Decimal(2), Decimal(10), Decimal("0.1"), "a list 7")
    assert since.price == Price(
        Decimal("0.25"), Decimal(1), Decimal("0.25"), "a list 7", date(2024, 10, 4)
    )
    mine, free = own.facts(_model(), NOON).price, PriceTable(listed).facts(_model(free=True), NOON)
    assert (mine.source, free.price.source) == ("podium.yaml", "free")
    assert PriceTable(List({})).facts(_model(prices_as=""), NOON) == NO_FACTS


def test_the_operator_knows_how_much_a_model_reads_before_the_list_does():
    table = PriceTable(List({("acme", "big"): (Period(DOLLARS),)}))

    assert table.facts(_model(), NOON).context_window == 1_000
    assert table.facts(dataclasses.replace(_model(), context_window=32), NOON).context_window == 32


def test_the_bundled_list_is_told_with_its_version():
    listed = GenaiPrices()

    assert listed.name == f"genai-prices {version('genai-prices')}"
    assert listed.context_window("openai", "gpt-4o-mini") == 128_000


def test_the_same_tokens_on_a_premium_model_at_list_price():
    table = PriceTable(List({("acme", "huge/v2"): (Period(DOLLARS),)}))

    assert table.cost_at_list_price("acme/huge/v2", Usage(input=1_000_000), NOON) == 2 * 10**9
    assert table.cost_at_list_price("acme/other", Usage(input=1), NOON) is None
    assert table.cost_at_list_price("nonsense", Usage(input=1), NOON) is None


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "gpt-4o-mini"),
        ("openai", "gpt-6.1-sol"),
        ("openai", "o3"),
        ("anthropic", "claude-opus-5-5"),
        ("mistral", "mistral-large-latest"),
        ("groq", "llama-3.3-70b-versatile"),
        ("deepseek", "deepseek-reasoner"),
    ],
)
@pytest.mark.parametrize("tokens", [1_000, 300_000])
def test_the_compiled_list_agrees_with_genai_prices(provider, model, tokens):
    at = datetime.fromtimestamp(NOON, UTC)
    theirs = calc_price(
        TheirUsage(
            input_tokens=tokens,
            output_tokens=777,
            cache_read_tokens=tokens // 3,
            cache_write_tokens=tokens // 5,
        ),
        model,
        provider_id=provider,
        genai_request_timestamp=at,
    )
    ours = PriceTable(GenaiPrices()).cost_at_list_price(
        f"{provider}/{model}",
        Usage(tokens, 777, tokens // 3, cache_write_input=tokens // 5),
        NOON,
    )
    assert ours is not None
    assert abs(ours - theirs.total_price * 10**9) <= 1
