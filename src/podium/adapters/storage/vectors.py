"""Embeddings, kept by model and text."""

from collections.abc import Mapping, Sequence
from typing import cast

from sqlalchemy import Connection, select

from podium.adapters.storage import tables
from podium.adapters.storage.database import Database

_CHUNK = 500
"""Databases limit the parameters of a statement: SQLite to 32,766, PostgreSQL to 65,535."""


class SqlVectors:
    """A `VectorStore`."""

    def __init__(self, database: Database) -> None:
        self._database: Database = database

    async def get(self, model: str, digests: Sequence[str]) -> Mapping[str, bytes]:
        wanted = sorted(set(digests))

        def work(connection: Connection) -> dict[str, bytes]:
            found: dict[str, bytes] = {}
            for start in range(0, len(wanted), _CHUNK):
                rows = connection.execute(
                    select(tables.vectors.c.digest, tables.vectors.c.vector).where(
                        tables.vectors.c.model == model,
                        tables.vectors.c.digest.in_(wanted[start : start + _CHUNK]),
                    )
                )
                found.update(cast("list[tuple[str, bytes]]", rows.all()))
            return found

        return await self._database.read(work)

    async def put(self, model: str, vectors: Mapping[str, bytes]) -> None:
        rows = [
            {"model": model, "digest": digest, "vector": vector}
            for digest, vector in sorted(vectors.items())
        ]
        if rows:
            statement = self._database.insert(tables.vectors).on_conflict_do_nothing()
            _ = await self._database.write(lambda connection: connection.execute(statement, rows))
