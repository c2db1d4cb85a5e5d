"""What the integrations room needs from outside."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from podium.kernel.json import Json, JsonObject


class Rows(Protocol):
    async def read(self, path: str) -> Sequence[Mapping[str, str]]:
        """The rows of a CSV or JSON Lines file. Raises Invalid, NotFound."""
        ...

    async def stamp(self, path: str) -> str:
        """Another text when the file may have changed; costs little. Raises NotFound."""
        ...


class VectorStore(Protocol):
    """Embeddings kept by model and text, so that each text is embedded once."""

    async def get(self, model: str, digests: Sequence[str]) -> Mapping[str, bytes]:
        """Little-endian float32 vectors of those of the texts (SHA-256 digests) that are kept."""
        ...

    async def put(self, model: str, vectors: Mapping[str, bytes]) -> None: ...


class Connection(Protocol):
    """One database an operator has configured."""

    async def query(
        self, statement: str, parameters: JsonObject, *, limit: int, seconds: float
    ) -> tuple[Sequence[Mapping[str, Json]], int]:
        """Rows (at most `limit`; more raise LimitReached) and the number of rows changed.

        Raises Invalid for SQL the database refuses, Unavailable, TimedOut.
        """
        ...


class Embedder(Protocol):
    async def embed(self, model: str, texts: Sequence[str]) -> Sequence[Sequence[float]]: ...
