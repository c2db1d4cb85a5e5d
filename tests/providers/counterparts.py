"""Who plays which provider, and what podium is told of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

AIMOCK: Final = "aimock"
MINISTACK: Final = "ministack"


@dataclass(frozen=True, slots=True)
class Counterpart:
    """A provider in one wire format. `embeds` is a model for embeddings, empty where the mock has
    no such address.
    """

    name: str
    """Of the provider in podium.yaml."""
    title: str
    protocol: str
    mock: str
    settings: str
    """Of the provider in podium.yaml; `{aimock}` and `{ministack}` are addresses."""
    model: str
    embeds: str = ""

    @property
    def embedding(self) -> str:
        """What podium calls the model for embeddings."""
        return f"{self.name}-embed"


_KEY: Final = "api_key_env: MOCK_KEY"
_VERTEX: Final = "/v1/projects/p/locations/l/publishers/google"
_EMBEDDING: Final = "text-embedding-3-small"

COUNTERPARTS: Final = (
    Counterpart(
        "chat",
        "OpenAI, chat completions",
        "openai_chat",
        AIMOCK,
        f'protocol: openai_chat, base_url: "{{aimock}}/v1", {_KEY}',
        "gpt-6.1-sol",
        _EMBEDDING,
    ),
    Counterpart(
        "responses",
        "OpenAI, Responses",
        "openai_responses",
        AIMOCK,
        f'protocol: openai_responses, base_url: "{{aimock}}/v1", {_KEY}',
        "gpt-6.1-sol",
        _EMBEDDING,
    ),
    Counterpart(
        "azure_openai",
        "Azure OpenAI, /openai/v1",
        "openai_chat",
        AIMOCK,
        f'base_url: "{{aimock}}/openai/v1", {_KEY}',
        "gpt-6.1-sol",
        _EMBEDDING,
    ),
    Counterpart(
        "azure_deployments",
        "Azure OpenAI, by deployment",
        "azure_openai",
        AIMOCK,
        f'base_url: "{{aimock}}/openai", {_KEY}',
        "gpt-6.1-sol",
        _EMBEDDING,
    ),
    Counterpart(
        "anthropic",
        "Anthropic",
        "anthropic_messages",
        AIMOCK,
        f'base_url: "{{aimock}}/v1", {_KEY}',
        "claude-opus-5-5",
    ),
    Counterpart(
        "gemini",
        "Google AI Studio",
        "gemini",
        AIMOCK,
        f'base_url: "{{aimock}}/v1beta", {_KEY}',
        "gemini-3-pro",
    ),
    Counterpart(
        "vertex",
        "Google Vertex AI",
        "gemini_vertex",
        AIMOCK,
        f'base_url: "{{aimock}}{_VERTEX}", auth: key, {_KEY}',
        "gemini-3-pro",
    ),
    Counterpart(
        "converse",
        "Amazon Bedrock, Converse",
        "bedrock_converse",
        AIMOCK,
        'protocol: bedrock_converse, auth: aws, base_url: "{aimock}"',
        "anthropic.claude-opus-5-5",
    ),
    Counterpart(
        "bedrock",
        "Amazon Bedrock, Converse",
        "bedrock_converse",
        MINISTACK,
        'base_url: "{ministack}", places: {region: us-east-1}',
        "anthropic.claude-opus-5-5",
    ),
)

ENVIRONMENT: Final[Mapping[str, str]] = {
    "MOCK_KEY": "nobody-looks-at-it",
    "AWS_ACCESS_KEY_ID": "AKIAMOCK",
    "AWS_SECRET_ACCESS_KEY": "nobody-looks-at-it",
    "AWS_REGION": "us-east-1",
}
"""What podium finds in its own."""


def configuration(addresses: Mapping[str, str]) -> str:
    """podium.yaml; `addresses` are those of the mocks by name."""
    lines = ["version: 1", "gateway: {retries: 0}", "providers:"]
    for one in COUNTERPARTS:
        settings = one.settings
        for mock, address in addresses.items():
            settings = settings.replace(f"{{{mock}}}", address)
        lines.append(f"  {one.name}: {{{settings}}}")
    lines.append("models:")
    able = "capabilities: [chat, tools]"
    for one in COUNTERPARTS:
        lines.append(f'  {one.name}: {{provider: {one.name}, model: "{one.model}", {able}}}')
        if one.embeds:
            embeds = f'model: "{one.embeds}", capabilities: [embeddings]'
            lines.append(f"  {one.embedding}: {{provider: {one.name}, {embeds}}}")
    return "\n".join([*lines, ""])
