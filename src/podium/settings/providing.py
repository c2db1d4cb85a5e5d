"""Who serves models, and the models."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from podium.gateway.models import Capability
from podium.gateway.supply.modes import JsonMode, ToolMode
from podium.providers.shelf import Auth
from podium.settings.routes import Timeouts
from podium.settings.section import EnvName, Name, Price, Section

Protocol = Literal[
    "openai_chat",
    "openai_responses",
    "anthropic_messages",
    "azure_openai",
    "gemini",
    "gemini_vertex",
    "bedrock_converse",
]
Value = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,251}$")]
"""What is put into an address."""


class ProviderEntry(Section):
    protocol: Protocol | None = Field(
        default=None, description="Wire format; needed where podium does not ship the provider."
    )
    base_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s]+$",
        description="Where it answers, as https://api.openai.com/v1.",
    )
    places: dict[Name, Value] = Field(
        default_factory=dict[Name, Value],
        description="What the address leaves open, as `region: eu-central-1` for `{region}`.",
    )
    api_version: Value | None = Field(
        default=None, description="Sent as `api-version` with every address, as Azure wants it."
    )
    auth: Auth | None = Field(
        default=None,
        description="How podium shows who asks: `key`, or with `aws`, `google`, `entra`, `ibm` and "
        "`databricks` as these sign or hand out tokens; default what the provider takes.",
    )
    machine_identity: bool = Field(
        default=False,
        description="Whether the metadata service of the machine (Amazon EC2, Google Compute "
        "Engine, Azure) is asked for credentials.",
    )
    key_header: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$")] | None = Field(
        default=None,
        description="Header that the key goes into; `Authorization` has it as a bearer token.",
    )
    api_key_env: EnvName | Literal[""] | None = Field(
        default=None,
        description="Environment variable that holds the key; empty where none is needed.",
    )
    api_key: str | None = Field(
        default=None,
        description="Reference to the key, as secret://env/OPENAI_API_KEY or "
        "secret://file//run/secrets/openai.",
    )
    headers: dict[str, str] = Field(
        default_factory=dict[str, str],
        description="Headers to add; a value may be a secret:// reference.",
    )
    timeouts: Timeouts = Field(
        default_factory=Timeouts, description="For calls that name a model of it directly."
    )
    prices_as: str | None = Field(
        default=None, description="Its name in the bundled price list (genai-prices)."
    )
    free: bool | None = Field(
        default=None, description="True where nobody charges for tokens, as on your own machine."
    )


class PriceEntry(Section):
    """USD per million tokens."""

    input: Price = Field(description="USD per million input tokens.")
    output: Price = Field(default=Decimal(0), description="USD per million output tokens.")
    cached_input: Price | None = Field(
        default=None,
        description="USD per million input tokens read from a cache; default as input.",
    )
    cache_write_input: Price | None = Field(
        default=None,
        description="USD per million input tokens written to a cache; default as input.",
    )
    cache_write_1h_input: Price | None = Field(
        default=None,
        description="USD per million of them that stay for an hour; default as cache_write_input.",
    )
    audio_input: Price | None = Field(
        default=None, description="USD per million input tokens of sound; default as input."
    )
    audio_output: Price | None = Field(
        default=None, description="USD per million output tokens of sound; default as output."
    )
    reasoning: Price | None = Field(
        default=None, description="USD per million tokens of reasoning; default as output."
    )
    search: Price = Field(
        default=Decimal(0), description="USD per thousand searches of the web by the provider."
    )


class ModelEntry(Section):
    provider: str = Field(description="A shipped provider, or one of `providers`.")
    model: str | None = Field(
        default=None, description="What the provider calls it; default the name."
    )
    capabilities: list[Capability] | None = Field(
        default=None, description="What it can do; default what its provider can."
    )
    tools: ToolMode = Field(
        default=ToolMode.NATIVE,
        description="How it calls tools: `native`, `emulated` by a JSON schema, or `off`.",
    )
    json_schema: JsonMode = Field(
        default=JsonMode.NATIVE,
        description="How it answers in JSON: `native`, by `repair` (told, checked and asked "
        "again), or `off`.",
    )
    repairs: int = Field(
        default=2, ge=0, le=5, description="How often `repair` asks it again at most."
    )
    price: PriceEntry | None = Field(
        default=None, description="Takes the place of the bundled list price."
    )
    context_window: int | None = Field(
        default=None,
        ge=1,
        description="Tokens that a question may have; default what the bundled list says.",
    )
