"""The contract that every file of the shelf of providers keeps."""

import re
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest
from genai_prices.data import providers

from podium.gateway.models import Capability
from podium.providers.page import page
from podium.providers.price_list import GenaiPrices
from podium.providers.shelf import Auth, Shipped, shelf
from podium.settings import load
from podium.settings.providing import Protocol

SHIPPED = list(shelf().by_name.values())
FACTS = {*Shipped.__struct_fields__, *Capability}
DOCS = Path(__file__).parents[3] / "docs" / "reference"


def _named(each):
    return each.name


def test_each_file_is_named_as_its_provider():
    names = {f.name for f in files("podium.providers").iterdir() if f.name.endswith(".toml")}
    assert names == {f"{each.name}.toml" for each in SHIPPED}


def test_there_are_many_and_those_that_everybody_knows():
    assert len(SHIPPED) >= 40
    assert {"openai", "azure_openai", "mistral", "groq", "vllm", "local"} <= shelf().by_name.keys()


@pytest.mark.parametrize("provider", SHIPPED, ids=_named)
def test_a_provider_says_where_it_answers_and_how(provider):
    if provider.protocol == "embedded":
        assert not provider.base_url
        assert not provider.api_key_env
        return
    assert provider.protocol in get_args(Protocol)
    local = provider.base_url.startswith("http://127.0.0.1:")
    assert local or provider.base_url.startswith("https://")
    assert local == (not provider.api_key_env and Auth.KEY in provider.auth)
    assert not provider.base_url.endswith("/")


@pytest.mark.parametrize("provider", SHIPPED, ids=_named)
def test_every_place_of_an_address_has_a_variable(provider):
    places = set(re.findall(r"\{(\w+)\}", provider.base_url))
    assert places == provider.place.keys()
    for place in provider.place.values():
        assert re.fullmatch(r"[A-Z][A-Z0-9_]+", place.variable)
        assert place.example


@pytest.mark.parametrize("provider", SHIPPED, ids=_named)
def test_every_fact_was_read_somewhere_and_not_long_ago(provider):
    assert provider.title
    assert provider.capabilities & {Capability.CHAT, Capability.EMBEDDINGS}
    assert provider.source.startswith("https://") or provider.protocol == "embedded"
    assert date(2026, 1, 1) <= provider.written <= date(2028, 1, 1)
    assert provider.sources.keys() <= FACTS
    assert all(each.startswith("https://") for each in provider.sources.values())


@pytest.mark.parametrize("provider", SHIPPED, ids=_named)
def test_what_was_checked_is_a_fact_with_an_address_and_a_day(provider):
    assert bool(provider.checked) == (provider.checked_on is not None)
    assert provider.checked.keys() <= {*FACTS} - {"checked", "checked_on", "written"}
    can = {name for name in provider.checked if name in {*Capability}}
    assert can <= provider.capabilities
    assert all(each.startswith("https://") for each in provider.checked.values())
    if provider.checked_on is not None:
        assert provider.checked_on >= provider.written


@pytest.mark.parametrize("provider", SHIPPED, ids=_named)
def test_a_provider_on_your_own_machine_is_free_and_no_other(provider):
    own = provider.protocol == "embedded" or "127.0.0.1" in provider.base_url
    assert provider.free == own
    assert not (provider.free and provider.prices_as)


def test_the_price_list_knows_each_name_that_the_shelf_uses():
    known = {each.id for each in providers}
    assert {each.prices_as for each in SHIPPED if each.prices_as} <= known


def test_the_baseline_model_has_a_list_price():
    provider, _, model = load(None, {}).costs.baseline_model.partition("/")
    assert GenaiPrices().find(provider, model)


def test_the_committed_page_is_the_one_that_the_files_give():
    again = "Run: python -m podium.settings.reference docs/reference"
    assert (DOCS / "providers.md").read_text("utf-8") == page(), again
