"""The contract that every file of the shelf of providers keeps."""

from importlib.resources import files

import pytest
from genai_prices.data import providers

from podium.gateway.models import Capability
from podium.providers.price_list import GenaiPrices
from podium.providers.shelf import shelf
from podium.settings import load

SHIPPED = list(shelf().by_name.values())


def test_each_file_is_named_as_its_provider():
    names = {f.name for f in files("podium.providers").iterdir() if f.name.endswith(".toml")}
    assert names == {f"{each.name}.toml" for each in SHIPPED}


@pytest.mark.parametrize("provider", SHIPPED, ids=lambda each: each.name)
def test_a_provider_says_where_it_answers_and_how(provider):
    if provider.protocol == "embedded":
        assert provider.base_url == ""
        assert provider.api_key_env == ""
    else:
        assert provider.protocol == "openai_chat"
        local = provider.base_url.startswith("http://127.0.0.1:")
        assert local or provider.base_url.startswith("https://")
        assert local == (provider.api_key_env == "")
        assert not provider.base_url.endswith("/")
    assert provider.source
    assert Capability.CHAT in provider.capabilities


@pytest.mark.parametrize("provider", SHIPPED, ids=lambda each: each.name)
def test_a_provider_has_prices_or_is_free(provider):
    assert bool(provider.prices_as) != provider.free


def test_the_price_list_knows_each_name_that_the_shelf_uses():
    known = {each.id for each in providers}
    assert {each.prices_as for each in SHIPPED if each.prices_as} <= known


def test_the_baseline_model_has_a_list_price():
    provider, _, model = load(None, {}).costs.baseline_model.partition("/")
    assert GenaiPrices().find(provider, model)
