"""Word from other processes, over PostgreSQL's LISTEN and NOTIFY."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import anyio
import psycopg
from sqlalchemy.engine import make_url

from podium.kernel.ids import RunId

CHANNEL = "podium"
PAUSE = 1.0
"""Seconds before it connects again; meanwhile the engine looks by itself."""


class PostgresWakes:
    """A `Wakes` on a connection of its own."""

    def __init__(self, url: str) -> None:
        plain = make_url(url).set(drivername="postgresql")
        self._url: str = plain.render_as_string(hide_password=False)
        self._words: AsyncGenerator[RunId | None] = self._listen()

    async def next(self) -> RunId | None:
        return await anext(self._words)

    async def _listen(self) -> AsyncGenerator[RunId | None]:
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
                async with connection:
                    _ = await connection.execute(f"LISTEN {CHANNEL}")
                    yield None  # whatever was said before
                    async with aclosing(connection.notifies()) as words:
                        async for word in words:
                            yield RunId(word.payload)
            except psycopg.OperationalError:
                await anyio.sleep(PAUSE)
