"""Where providers answer and what they are shown, out of podium.yaml and variables."""

import pytest

from podium.adapters.http.client import HttpRequest
from podium.gateway.errors import UpstreamFailed
from podium.kernel.errors import Invalid
from podium.protocols.credentials.google import GoogleCredentials
from podium.protocols.credentials.grants import (
    ClientCredentials,
    EntraClient,
    KeyForToken,
    MachineIdentity,
)
from podium.protocols.endpoints import Key, Unplaced
from podium.settings import load
from podium.settings.showing import Signing, shown
from podium.settings.wiring import addresses, missing_keys

pytestmark = pytest.mark.anyio


def _settings(folder, text, **environment: str):
    path = folder / "podium.yaml"
    path.write_text(f"version: 1\n{text}")
    return load(path, environment)


def test_places_are_filled_by_the_file_then_by_variables_then_by_defaults(tmp_path):
    models = (
        "models: {a: {provider: azure_openai}, w: {provider: watsonx}, d: {provider: databricks}}"
    )
    known = {"AZURE_OPENAI_RESOURCE": "mine", "DATABRICKS_HOST": "https://dbc-1.example.com/"}
    by_variable = _settings(tmp_path, models, **known)
    by_file = _settings(
        tmp_path, f"{models}\nproviders: {{azure_openai: {{places: {{account: ours}}}}}}", **known
    )

    assert addresses(by_variable) == {
        "azure_openai": "https://mine.openai.azure.com/openai/v1",
        "databricks": "https://dbc-1.example.com/serving-endpoints",
        "watsonx": "https://us-south.ml.cloud.ibm.com/ml/gateway/v1",
    }
    assert addresses(by_file)["azure_openai"] == "https://ours.openai.azure.com/openai/v1"


async def test_a_place_that_nobody_filled_is_asked_for(tmp_path):
    settings = _settings(tmp_path, "models: {a: {provider: azure_openai}}")
    (lacking,) = (shown(settings, "azure_openai"),)

    assert lacking == Unplaced("account", "AZURE_OPENAI_RESOURCE")
    assert missing_keys(settings) == {"azure_openai": "AZURE_OPENAI_RESOURCE"}
    with pytest.raises(UpstreamFailed, match="Set AZURE_OPENAI_RESOURCE, or"):
        _ = await lacking.head("azure_openai", HttpRequest("POST", "https://x.example"))


def test_an_address_without_the_place_needs_none_but_for_a_region_that_is_signed(tmp_path):
    settings = _settings(
        tmp_path,
        """
models: {a: {provider: azure_openai}, b: {provider: bedrock}}
providers:
  azure_openai: {base_url: "https://proxy.example/openai/v1"}
  bedrock: {base_url: "https://proxy.example"}
""",
        AZURE_OPENAI_API_KEY="k",
    )

    assert isinstance(shown(settings, "azure_openai"), Key)
    assert addresses(settings)["azure_openai"] == "https://proxy.example/openai/v1"
    assert shown(settings, "bedrock") == Unplaced("region", "AWS_REGION")


@pytest.mark.parametrize(
    ("places", "known", "region"),
    [
        ("", {"AWS_REGION": "eu-west-1"}, "eu-west-1"),
        (", places: {region: us-east-1}", {}, "us-east-1"),
    ],
)
def test_a_server_of_ones_own_is_signed_for_a_region_too(tmp_path, places, known, region):
    own = f'{{protocol: bedrock_converse, auth: aws, base_url: "https://proxy.example"{places}}}'
    text = f"providers: {{own: {own}}}\nmodels: {{a: {{provider: own}}}}"
    keys = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}

    signing = shown(_settings(tmp_path, text, **keys, **known), "own")

    assert isinstance(signing, Signing)
    assert signing.scope.region == region


async def test_a_key_goes_into_the_header_that_the_provider_has_for_it(tmp_path):
    settings = _settings(
        tmp_path,
        """
providers:
  azure_openai: {places: {account: a}}
  own: {protocol: openai_chat, base_url: "https://own.example", api_key_env: OWN, key_header: X-Key}
models: {a: {provider: azure_openai}, o: {provider: own}, g: {provider: groq}}
""",
        AZURE_OPENAI_API_KEY="k1",
        OWN="k2",
        GROQ_API_KEY="k3",
    )
    asked = HttpRequest("POST", "https://x.example")

    async def head(name):
        key = shown(settings, name)
        assert isinstance(key, Key)
        return await key.head(name, asked)

    assert await head("azure_openai") == {"api-key": "k1"}
    assert await head("own") == {"X-Key": "k2"}
    assert await head("groq") == {"Authorization": "Bearer k3"}


def test_entra_and_databricks_and_ibm_name_every_variable_that_is_missing(tmp_path):
    settings = _settings(
        tmp_path,
        """
providers:
  azure_openai: {places: {account: a}, auth: entra}
  databricks: {places: {account: h.example}, auth: databricks}
models: {a: {provider: azure_openai}, d: {provider: databricks}, w: {provider: watsonx}}
""",
        AZURE_TENANT_ID="t",
    )
    assert missing_keys(settings) == {
        "azure_openai": "AZURE_CLIENT_ID and AZURE_CLIENT_SECRET",
        "databricks": "DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET",
        "watsonx": "WATSONX_APIKEY",
    }
    assert isinstance(shown(settings, "azure_openai"), EntraClient)
    assert isinstance(shown(settings, "databricks"), ClientCredentials)
    assert isinstance(shown(settings, "watsonx"), KeyForToken)


def test_the_machine_may_say_who_it_is(tmp_path):
    settings = _settings(
        tmp_path,
        """
providers:
  azure_openai: {places: {account: a}, auth: entra, machine_identity: true}
  v: {protocol: openai_chat, base_url: "https://v.example", auth: google, machine_identity: true}
  g: {protocol: openai_chat, base_url: "https://v.example", auth: google}
  b: {protocol: openai_chat, base_url: "https://{region}.example", auth: aws,
      places: {region: eu-west-1}, machine_identity: true}
models: {a: {provider: azure_openai}, v: {provider: v}, b: {provider: b}, g: {provider: g}}
""",
    )
    assert missing_keys(settings) == {"g": "GOOGLE_APPLICATION_CREDENTIALS"}
    assert isinstance(shown(settings, "azure_openai"), MachineIdentity)
    assert isinstance(shown(settings, "v"), MachineIdentity)
    assert isinstance(shown(settings, "g"), GoogleCredentials)
    signing = shown(settings, "b")
    assert isinstance(signing, Signing)
    assert signing.source.machine == "http://169.254.169.254/latest"


def test_of_the_environment_only_what_the_providers_in_use_need_is_kept(tmp_path):
    known = {"AZURE_TENANT_ID": "t", "AWS_SECRET_ACCESS_KEY": "s", "PATH": "/bin"}
    unused = _settings(tmp_path, "models: {}", **known)
    used = _settings(
        tmp_path,
        "providers: {azure_openai: {auth: entra}}\nmodels: {a: {provider: azure_openai}}",
        **known,
    )
    assert not any(unused.variable(name) for name in known)
    assert [name for name in known if used.variable(name)] == ["AZURE_TENANT_ID"]


@pytest.mark.parametrize(
    "text",
    [
        "providers: {azure_openai: {places: {account: 'a/../b c'}}}",
        "providers: {azure_openai: {places: {acount: a}}}",
        "providers: {azure_openai: {auth: sso}}",
        "providers: {azure_openai: {key_header: 'X Key'}}",
        "providers: {azure_openai: {api_version: '1&x=2'}}",
    ],
)
def test_what_would_break_out_of_an_address_is_refused(tmp_path, text):
    with pytest.raises(Invalid):
        _ = _settings(tmp_path, text)
