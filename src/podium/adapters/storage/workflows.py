"""Versions of workflow documents: stored once, never changed."""

from typing import TypedDict, cast

from sqlalchemy import ColumnElement, Connection, func, select, tuple_

from podium.adapters.storage import cursors, payloads
from podium.adapters.storage.database import Database
from podium.adapters.storage.tables import workflows
from podium.kernel.errors import Conflict, NotFound
from podium.kernel.ids import UserId, WorkspaceId
from podium.kernel.json import JsonObject
from podium.kernel.paging import Page
from podium.workflows.runs import WorkflowRef, WorkflowVersion

_LISTING = "workflows"
_NAMED = ["workspace", "namespace", "name", "version"]


class _Row(TypedDict):
    workspace: WorkspaceId
    owner: UserId
    namespace: str
    name: str
    version: str
    digest: str
    title: str
    created_at: float
    document: str | None
    text: str


def _row(version: WorkflowVersion, document: payloads.Cell) -> _Row:
    return {
        "workspace": version.workspace,
        "owner": version.owner,
        "namespace": version.ref.namespace,
        "name": version.ref.name,
        "version": version.ref.version,
        "digest": version.ref.digest,
        "title": version.title,
        "created_at": version.created_at,
        "document": document.text,
        "text": version.text,
    }


def _version(row: _Row, opened: payloads.Opened) -> WorkflowVersion:
    return WorkflowVersion(
        ref=WorkflowRef(
            namespace=row["namespace"],
            name=row["name"],
            version=row["version"],
            digest=row["digest"],
        ),
        workspace=row["workspace"],
        owner=row["owner"],
        title=row["title"],
        text=row["text"],
        document=cast("JsonObject", opened.value(row["document"])),
        created_at=row["created_at"],
    )


def _fetch(
    connection: Connection,
    *conditions: ColumnElement[bool],
    order: tuple[ColumnElement[object], ...],
    limit: int = 1,
) -> list[WorkflowVersion]:
    """All of one workspace."""
    result = connection.execute(select(workflows).where(*conditions).order_by(*order).limit(limit))
    rows = cast("list[_Row]", result.mappings().all())
    if not rows:
        return []
    cells = [row["document"] for row in rows]
    opened = payloads.fetch(connection, rows[0]["workspace"], cells)
    return [_version(row, opened) for row in rows]


class SqlWorkflows:
    """A `WorkflowStore`."""

    def __init__(self, database: Database) -> None:
        self._database: Database = database

    async def add(self, version: WorkflowVersion) -> WorkflowVersion:
        document = await payloads.pack(version.document)
        statement = (
            self._database.insert(workflows)
            .values(**_row(version, document))
            .on_conflict_do_nothing(index_elements=_NAMED)
            .returning(workflows.c.serial)
        )

        def work(connection: Connection) -> bool:
            added = connection.execute(statement).first() is not None
            if added:
                payloads.keep(self._database, connection, version.workspace, document)
            return added

        if await self._database.write(work):
            return version
        ref = version.ref
        stored = await self.get(version.workspace, ref.namespace, ref.name, ref.version)
        if stored.ref.digest != ref.digest:
            raise Conflict(
                f"Workflow {ref} is stored already with other content. "
                "A version never changes: give this one a new version number."
            )
        return stored

    async def get(  # noqa: PLR0917 the port's
        self, workspace: WorkspaceId, namespace: str, name: str, version: str | None
    ) -> WorkflowVersion:
        conditions = [
            workflows.c.workspace == workspace,
            workflows.c.namespace == namespace,
            workflows.c.name == name,
        ]
        if version is not None:
            conditions.append(workflows.c.version == version)
        newest = (workflows.c.serial.desc(),)
        found = await self._database.read(
            lambda connection: _fetch(connection, *conditions, order=newest)
        )
        if not found:
            wanted = f"{namespace}/{name}" + ("" if version is None else f":{version}")
            raise NotFound(f"There is no workflow {wanted}.")
        return found[0]

    async def by_digest(self, workspace: WorkspaceId, digest: str) -> WorkflowVersion:
        conditions = [workflows.c.workspace == workspace, workflows.c.digest == digest]
        oldest = (workflows.c.serial,)
        found = await self._database.read(
            lambda connection: _fetch(connection, *conditions, order=oldest)
        )
        if not found:
            raise NotFound(f"There is no workflow whose document has the digest {digest}.")
        return found[0]

    async def list(
        self, workspace: WorkspaceId, *, cursor: str | None, limit: int
    ) -> Page[WorkflowVersion]:
        newest = (
            select(func.max(workflows.c.serial))
            .where(workflows.c.workspace == workspace)
            .group_by(workflows.c.namespace, workflows.c.name)
        )
        conditions: list[ColumnElement[bool]] = [workflows.c.serial.in_(newest)]
        order = (workflows.c.name, workflows.c.namespace)
        if cursor is not None:
            conditions.append(tuple_(*order) > cursors.read(_LISTING, cursor, (str, str)))
        found = await self._database.read(
            lambda connection: _fetch(connection, *conditions, order=order, limit=limit + 1)
        )
        items = tuple(found[:limit])
        if len(found) <= limit:
            return Page(items)
        last = items[-1].ref
        return Page(items, cursors.write(_LISTING, (last.name, last.namespace)))
