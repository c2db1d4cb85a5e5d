"""Policies, version by version."""

from typing import cast

import msgspec
from sqlalchemy import Connection, Select, select

from podium.adapters.storage.database import Database
from podium.adapters.storage.people_tables import policy_versions
from podium.governance.policies.ports import PolicyVersion
from podium.kernel.errors import NotFound


class SqlPolicies:
    """A `PolicyStore`."""

    def __init__(self, database: Database) -> None:
        self._database: Database = database

    async def latest(self) -> PolicyVersion | None:
        return next(iter(await self.list(most=1)), None)

    async def get(self, number: int) -> PolicyVersion:
        found = await self._read(select(policy_versions).where(policy_versions.c.number == number))
        if not found:
            raise NotFound(f"There is no version {number} of the policies.")
        return found[0]

    async def list(self, *, most: int) -> tuple[PolicyVersion, ...]:
        newest = policy_versions.c.number.desc()
        return await self._read(select(policy_versions).order_by(newest).limit(most))

    async def add(self, version: PolicyVersion) -> None:
        values = cast("dict[str, object]", msgspec.to_builtins(version))
        _ = await self._database.write(
            lambda connection: connection.execute(policy_versions.insert().values(values))
        )

    async def _read(self, statement: Select[tuple[object, ...]]) -> tuple[PolicyVersion, ...]:
        def work(connection: Connection) -> tuple[PolicyVersion, ...]:
            rows = connection.execute(statement).mappings().all()
            found = [cast("dict[str, object]", dict(row.items())) for row in rows]
            return tuple(msgspec.convert(_plain(row), PolicyVersion) for row in found)

        return await self._database.read(work)


def _plain(row: dict[str, object]) -> dict[str, object]:
    """SQLAlchemy's names are texts of a kind of their own."""
    return {str(name): value for name, value in row.items()}
