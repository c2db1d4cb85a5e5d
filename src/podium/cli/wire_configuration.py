"""The API's answers about the configuration and the cache, as `wire` has the others."""

from collections.abc import Mapping

import msgspec


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """An operation of JSON Patch, with what was there before."""

    op: str
    path: str
    before: object = None
    after: object = None


class ConfigurationCheck(msgspec.Struct, frozen=True, kw_only=True):
    changes: tuple[Difference, ...] = ()
    restart: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class ConfigurationOutcome(ConfigurationCheck, frozen=True, kw_only=True):
    version: int
    in_force: bool = True


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    newest: int
    document: Mapping[str, object] = {}
    text: str = ""
    effective: Mapping[str, object] = {}
    restart: tuple[str, ...] = ()
    file: str = ""
    file_changed: bool = False
    problem: str = ""


class Version(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    owner: str = ""
    created_at: float = 0.0
    digest: str = ""
    comment: str = ""
    restores: int = 0


class WholeVersion(Version, frozen=True, kw_only=True):
    document: Mapping[str, object] = {}
    text: str = ""


class CacheStatistics(msgspec.Struct, frozen=True, kw_only=True):
    served: Mapping[str, Mapping[str, int]] = {}
    entries: int | None = None
    bytes: int | None = None


class Purged(msgspec.Struct, frozen=True):
    purged: int
