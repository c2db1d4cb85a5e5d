"""Versions of the configuration: stored once, never changed."""

import json
from typing import TypedDict, cast

from sqlalchemy import ColumnElement, Select, func, select

from podium.adapters.storage import cursors
from podium.adapters.storage.database import Database
from podium.adapters.storage.gateway_tables import configurations
from podium.gateway.configuration.versions import Version
from podium.kernel.errors import Conflict, NotFound
from podium.kernel.ids import UserId, WorkspaceId
from podium.kernel.json import JsonObject
from podium.kernel.paging import Page

_LISTING = "versions"
_NEWEST_FIRST = select(configurations).order_by(configurations.c.version.desc())


class _Row(TypedDict):
    version: int
    workspace: WorkspaceId
    owner: UserId
    created_at: float
    digest: str
    restores: int
    comment: str
    document: str
    text: str


class SqlConfigurations:
    """A `VersionStore`."""

    def __init__(self, database: Database) -> None:
        self._database: Database = database

    async def count(self) -> int:
        statement = select(func.coalesce(func.max(configurations.c.version), 0))
        return await self._database.read(
            lambda connection: cast("int", connection.execute(statement).scalar_one())
        )

    async def newest(self) -> Version | None:
        found = await self._rows(_NEWEST_FIRST.limit(1))
        return found[0] if found else None

    async def get(self, number: int) -> Version:
        found = await self._rows(_NEWEST_FIRST.where(configurations.c.version == number))
        if not found:
            raise NotFound(f"There is no version {number} of the configuration.")
        return found[0]

    async def list(self, *, cursor: str | None, limit: int) -> Page[Version]:
        conditions: list[ColumnElement[bool]] = []
        if cursor is not None:
            (before,) = cursors.read(_LISTING, cursor, (int,))
            conditions.append(configurations.c.version < before)
        found = await self._rows(_NEWEST_FIRST.where(*conditions).limit(limit + 1))
        items = tuple(found[:limit])
        if len(found) <= limit:
            return Page(items)
        return Page(items, cursors.write(_LISTING, (items[-1].number,)))

    async def add(self, version: Version) -> None:
        statement = (
            self._database.insert(configurations)
            .values(**_row(version))
            .on_conflict_do_nothing(index_elements=["version"])
            .returning(configurations.c.version)
        )
        added = await self._database.write(
            lambda connection: connection.execute(statement).first() is not None
        )
        if not added:
            raise Conflict(
                f"Version {version.number} was stored by somebody else just now. Look at what has "
                "changed, and send the change again."
            )

    async def _rows(self, statement: "Select[tuple[object, ...]]") -> "list[Version]":
        found = await self._database.read(
            lambda connection: connection.execute(statement).mappings().all()
        )
        return [_version(row) for row in cast("list[_Row]", found)]


def _row(version: Version) -> _Row:
    return {
        "version": version.number,
        "workspace": version.workspace,
        "owner": version.owner,
        "created_at": version.created_at,
        "digest": version.digest,
        "restores": version.restores,
        "comment": version.comment,
        "document": json.dumps(version.document),
        "text": version.text,
    }


def _version(row: _Row) -> Version:
    return Version(
        number=row["version"],
        workspace=row["workspace"],
        owner=row["owner"],
        created_at=row["created_at"],
        digest=row["digest"],
        comment=row["comment"],
        restores=row["restores"],
        document=cast("JsonObject", json.loads(row["document"])),
        text=row["text"],
    )
