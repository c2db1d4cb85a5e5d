"""What a route says about keeping its answers."""

from dataclasses import dataclass
from enum import StrEnum


class CacheMode(StrEnum):
    OFF = "off"
    EXACT = "exact"
    """The same request gets the same answer."""
    SEMANTIC = "semantic"
    """So does one whose last question means the same, and that is the same otherwise."""


class CacheScope(StrEnum):
    """Who shares answers. An answer never leaves its workspace."""

    WORKSPACE = "workspace"
    TEAM = "team"
    KEY = "key"
    USER = "user"
    SESSION = "session"


class CacheStatus(StrEnum):
    """How an answer came about, for `x-podium-cache`."""

    HIT = "hit"
    """Kept from before, or shared with an equal request that was under way."""
    MISS = "miss"
    STALE = "stale"
    """Older than its time, because the upstream failed."""
    BYPASS = "bypass"
    """The cache was not asked."""


@dataclass(frozen=True, slots=True)
class CacheRule:
    """Times in seconds. `stale` is how long after its time an answer serves where the upstream
    fails (RFC 5861, stale-if-error). `threshold` is the least cosine, and `embedding` the model,
    of `semantic`. `max_bytes` is the largest answer that is kept.
    """

    mode: CacheMode = CacheMode.OFF
    scope: CacheScope = CacheScope.USER
    ttl: float = 3600.0
    stale: float = 0.0
    threshold: float = 0.95
    embedding: str = ""
    max_bytes: int = 1_048_576


NOT_CACHED = CacheRule()
