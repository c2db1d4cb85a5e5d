"""What the cache needs from outside."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from podium.gateway.caching.entries import Entry, Key, Part
from podium.gateway.models import Usage
from podium.gateway.requests import Reply, Request
from podium.identity.principal import Principal


class CacheStore(Protocol):
    """Keeps entries for a while. What it cannot reach, it does not have: that is no error."""

    async def get(self, key: Key) -> Entry | None: ...

    async def put(self, key: Key, entry: Entry, *, seconds: float) -> None:
        """Keep it for so long at most; it may be dropped earlier."""
        ...

    @property
    def size(self) -> tuple[int, int] | None:
        """How many entries there are, of how many bytes; None where that is not known at once."""
        ...

    async def purge(self, part: Part) -> int:
        """Forget what is in that part; how many there were. Raises Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Near:
    """A question that was asked before; `score` is the cosine."""

    key: Key
    score: float


class Questions(Protocol):
    """Vectors of questions, by partition. As a CacheStore: what it cannot reach, it has not."""

    async def near(self, partition: Key, vector: Sequence[float], *, most: int) -> Sequence[Near]:
        """The nearest ones, best first."""
        ...

    async def add(
        self, partition: Key, vector: Sequence[float], digest: str, *, seconds: float
    ) -> None:
        """The answer is kept under `digest` at the partition's place."""
        ...


class Embedder(Protocol):
    async def embed(self, principal: Principal, model: str, text: str) -> Sequence[float]:
        """On behalf of who asks. Raises what the gateway raises."""
        ...


class Source(Protocol):
    """A stream towards a caller, opened, in the caller's protocol."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def aclose(self) -> None: ...

    @property
    def usage(self) -> Usage | None:
        """After the end: what it took, where that is known."""
        ...


class Form(Protocol):
    """The two forms of an answer in one protocol, each made from the other."""

    def events(self, reply: Reply, request: Request) -> Iterable[bytes]:
        """A whole answer as the stream that was asked for."""
        ...

    def whole(self, events: bytes, request: Request, usage: Usage | None) -> Reply | None:
        """A stream that has ended as a whole answer; None where it is none."""
        ...
