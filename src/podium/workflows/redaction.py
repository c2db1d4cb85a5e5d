"""What nobody may read, taken out of what is written down."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from podium.kernel.json import Json, JsonObject

HIDDEN: Final = "***"
SHORTEST: Final = 4
"""A shorter secret is no secret: to take it out would take out half of every sentence."""


def redacted(text: str, secrets: Iterable[str]) -> str:
    """The text with `***` for each secret, also where it is percent-encoded. The longest go first,
    as one may hold another.
    """
    for secret in sorted(
        {each for each in secrets if len(each) >= SHORTEST}, key=len, reverse=True
    ):
        for spelled in dict.fromkeys((secret, quote(secret, safe="", errors="replace"))):
            text = text.replace(spelled, HIDDEN)
    return text


def cleared(value: Json, secrets: Sequence[str]) -> Json:
    """The same for every text in a value, at any depth. Its keys stay."""
    match value:
        case str():
            return redacted(value, secrets)
        case Mapping():
            return cleared_object(value, secrets)
        case Sequence():
            return [cleared(each, secrets) for each in value]
        case _:
            return value


def cleared_object(value: JsonObject, secrets: Sequence[str]) -> JsonObject:
    return {key: cleared(each, secrets) for key, each in value.items()}


def texts(value: Json) -> list[str]:
    """Every text in a value that is long enough to be a secret."""
    match value:
        case str():
            return [value] if len(value) >= SHORTEST else []
        case Mapping():
            return [text for each in value.values() for text in texts(each)]
        case Sequence():
            return [text for each in value for text in texts(each)]
        case _:
            return []
