"""Kept answers to questions that mean the same: by cosine, within what is the same otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import anyio

from podium.gateway.caching.entries import Key
from podium.gateway.caching.keys import Asked, key_of
from podium.gateway.caching.ports import Embedder, Near, Questions
from podium.gateway.caching.questions import question_of
from podium.gateway.caching.rules import CacheMode
from podium.kernel.errors import PodiumError

_PATIENCE = 2.0
"""Seconds that an embedding may take: then it is a miss."""
_TRIED = 3


@dataclass(frozen=True, slots=True)
class Sought:
    """A request as the cache looks for it. Without a vector it has no question, or none was read.

    `partition` is the digest of all but the question.
    """

    key: Key
    partition: str = ""
    vector: Sequence[float] = ()
    near: Sequence[Near] = field(default_factory=tuple[Near, ...])


@dataclass(frozen=True, slots=True)
class Similar:
    embedder: Embedder
    questions: Questions

    async def seek(self, asked: Asked, holder: str, key: Key) -> Sought:
        """With the nearest questions that are near enough, best first. An embedding model that
        fails makes it a miss.
        """
        rule = asked.route.cache
        question = question_of(asked.request) if rule.mode is CacheMode.SEMANTIC else None
        if question is None:
            return Sought(key)
        rest = key_of(replace(asked, request=question.rest), rule.scope, holder)
        try:
            with anyio.fail_after(_PATIENCE):
                vector = await self.embedder.embed(asked.principal, rule.embedding, question.text)
        except (PodiumError, TimeoutError):
            return Sought(key)
        found = await self.questions.near(rest, vector, most=_TRIED)
        near = tuple(one for one in found if one.score >= rule.threshold)
        return Sought(key, rest.digest, vector, near)

    async def remember(self, sought: Sought, *, seconds: float) -> None:
        if sought.vector:
            partition = Key(sought.key.place, sought.partition)
            await self.questions.add(partition, sought.vector, sought.key.digest, seconds=seconds)
