"""Reads the shelf."""

import tomllib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files

import msgspec

from podium.gateway.models import Capability


class Auth(StrEnum):
    """How a provider is shown who asks."""

    KEY = "key"
    AWS = "aws"
    GOOGLE = "google"
    ENTRA = "entra"
    IBM = "ibm"
    DATABRICKS = "databricks"


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a base URL leaves open, as `{region}`, and the variable that says it by default."""

    variable: str
    example: str
    default: str = ""


class Shipped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One provider as podium ships it: `written` is when, `source` where that is documented."""

    name: str
    title: str
    protocol: str
    base_url: str
    api_key_env: str
    capabilities: frozenset[Capability]
    source: str
    written: date
    auth: tuple[Auth, ...] = (Auth.KEY,)
    """The first is used unless podium.yaml says another."""
    key_header: str = "Authorization"
    headers: dict[str, str] = {}
    place: dict[str, Place] = {}
    api_version: str = ""
    prices_as: str = ""
    free: bool = False
    sources: dict[str, str] = {}
    """Where a single fact is documented, by its name, if not at `source`."""
    checked_on: date | None = None
    checked: dict[str, str] = {}
    """Facts that stood so in their maker's own text on that day, by name, and where."""


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
