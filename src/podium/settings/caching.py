"""What podium.yaml says of kept answers."""

from typing import Literal

from pydantic import Field

from podium.gateway.caching.rules import CacheMode, CacheRule, CacheScope
from podium.settings.durations import Seconds
from podium.settings.secrets import REFERENCE
from podium.settings.section import Section


class CacheSection(Section):
    """Where answers are kept; routes say whether."""

    store: str = Field(
        default="memory",
        pattern=rf"^(memory|rediss?://\S+|{REFERENCE})$",
        description="`memory` of this process, or a redis:// URL or secret:// reference, which "
        "several processes share.",
    )
    max_bytes: int = Field(
        default=67_108_864, ge=1_048_576, description="Most that is kept in memory."
    )
    max_entries: int = Field(default=100_000, ge=1, description="Most answers kept in memory.")


class RouteCache(Section):
    mode: CacheMode = Field(
        default=CacheMode.OFF,
        description="`off`, `exact` (the same request) or `semantic` (the same question in other "
        "words, all else the same).",
    )
    scope: CacheScope = Field(
        default=CacheScope.USER,
        description="Who shares answers: `workspace`, `team`, `key`, `user` or `session`.",
    )
    ttl: Seconds = Field(default=3600.0, description="How long an answer is kept.")
    stale: Seconds | Literal[0] = Field(
        default=0, description="How much longer it serves where the upstream fails."
    )
    threshold: float = Field(
        default=0.95, ge=0.5, le=1.0, description="Least cosine of two questions of `semantic`."
    )
    embedding: str = Field(
        default="embed", description="Model or route that embeds the questions of `semantic`."
    )
    max_bytes: int = Field(default=1_048_576, ge=1, description="Largest answer that is kept.")

    def rule(self) -> CacheRule:
        return CacheRule(
            mode=self.mode,
            scope=self.scope,
            ttl=self.ttl,
            stale=float(self.stale),
            threshold=self.threshold,
            embedding=self.embedding,
            max_bytes=self.max_bytes,
        )
