"""What is where, and in which protocol."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from podium.gateway.models import Operation


@dataclass(frozen=True, slots=True)
class Address:
    """`protocol` is the wire format of requests, answers and refusals."""

    path: str
    protocol: str
    operation: Operation
    form: bool = False
    """Whether it takes a form with files in place of JSON."""
    model: str = ""
    """What is asked where the caller names no model."""
    forwards: tuple[str, ...] = ()
    """Headers that go on to a provider of the same protocol."""


_ANTHROPIC: Final = ("anthropic-version", "anthropic-beta")
_ALL: Final = (
    Address("/v1/chat/completions", "openai_chat", Operation.CHAT),
    Address("/v1/responses", "openai_responses", Operation.CHAT),
    Address("/v1/embeddings", "openai_chat", Operation.EMBEDDINGS),
    Address("/v1/messages", "anthropic_messages", Operation.CHAT, forwards=_ANTHROPIC),
    Address(
        "/v1/messages/count_tokens",
        "anthropic_messages",
        Operation.COUNT_TOKENS,
        forwards=_ANTHROPIC,
    ),
    Address("/v1/moderations", "openai_chat", Operation.MODERATION, model="omni-moderation-latest"),
    Address("/v1/images/generations", "openai_chat", Operation.IMAGE_GENERATION),
    Address("/v1/images/edits", "openai_chat", Operation.IMAGE_EDIT, form=True),
    Address("/v1/audio/transcriptions", "openai_chat", Operation.TRANSCRIPTION, form=True),
    Address("/v1/audio/translations", "openai_chat", Operation.TRANSLATION, form=True),
    Address("/v1/audio/speech", "openai_chat", Operation.SPEECH),
)

BY_PATH: Final[Mapping[str, Address]] = {address.path: address for address in _ALL}


def protocol_of(path: str) -> str:
    """In which words an address below /v1 refuses, also one that does not exist."""
    address = BY_PATH.get(path)
    return "openai_chat" if address is None else address.protocol
