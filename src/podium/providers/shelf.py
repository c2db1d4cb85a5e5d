"""Reads the shelf."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import msgspec

from podium.gateway.models import Capability


class Shipped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One provider as podium ships it."""

    name: str
    protocol: str
    base_url: str
    api_key_env: str
    capabilities: frozenset[Capability]
    source: str
    prices_as: str = ""
    free: bool = False


@dataclass(frozen=True, slots=True)
class Shelf:
    by_name: dict[str, Shipped]


@cache
def shelf() -> Shelf:
    """All shipped providers. The files are a part of the package, so a fault in one is a bug."""
    texts = (
        each.read_text("utf-8")
        for each in sorted(files("podium.providers").iterdir(), key=lambda file: file.name)
        if each.name.endswith(".toml")
    )
    providers = [msgspec.convert(tomllib.loads(text), Shipped) for text in texts]
    return Shelf({each.name: each for each in providers})
