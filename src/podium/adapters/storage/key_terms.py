"""Scopes and limits of an API key as JSON; nothing where it has none."""

from collections.abc import Sequence
from typing import cast

from podium.adapters.storage import payloads
from podium.identity.keys import EVERYTHING, Reach, Scopes
from podium.identity.limits import UNLIMITED, Limits
from podium.kernel.json import JsonObject
from podium.kernel.money import NanoUsd


def of_scopes(scopes: Scopes) -> str | None:
    if scopes == EVERYTHING:
        return None
    return payloads.encoded(
        {
            "models": list(scopes.models),
            "operations": list(scopes.operations),
            "reach": scopes.reach.value,
        }
    )


def scopes(text: str | None) -> Scopes:
    if text is None:
        return EVERYTHING
    stored = cast("JsonObject", payloads.decoded(text))
    return Scopes(
        tuple(cast("Sequence[str]", stored["models"])),
        tuple(cast("Sequence[str]", stored["operations"])),
        Reach(cast("str", stored["reach"])),
    )


def of_limits(limits: Limits) -> str | None:
    return None if limits == UNLIMITED else payloads.encoded(limits.given())


def limits(text: str | None) -> Limits:
    """A limit that this podium does not know ends in an error: none is dropped in silence."""
    return (
        UNLIMITED if text is None else Limits(**cast("dict[str, NanoUsd]", payloads.decoded(text)))
    )
