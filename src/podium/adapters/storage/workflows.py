"""Versions of workflow documents: stored once, never changed."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import TypedDict, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    bindparam,
    func,
    select,
    tuple_,
)

from podium.adapters.storage import cursors, payloads
from podium.adapters.storage.database import Database
from podium.adapters.storage.tables import workflows
from podium.kernel import audit
from podium.kernel.audit import Thing
from podium.kernel.errors import Conflict, NotFound
from podium.kernel.ids import UserId, WorkspaceId
from podium.kernel.json import JsonObject
from podium.kernel.paging import Page
from podium.workflows.runs import WorkflowRef, WorkflowVersion

_LISTING = "workflows"
_NAMED = ["workspace", "namespace", "name", "version"]

_KEPT = 256
"""Workflows of which the newest version stays in memory."""

# Building a statement takes SQLAlchemy as long as running it, so those of every run are built once.
_NEWEST = (
    select(workflows)
    .where(*(workflows.c[name] == bindparam(name) for name in _NAMED[:3]))
    .order_by(workflows.c.serial.desc())
    .limit(1)
)
_BY_NAME = _NEWEST.where(workflows.c.version == bindparam("version"))
_BY_DIGEST = (
    select(workflows)
    .where(workflows.c.workspace == bindparam("workspace"), workflows.c.digest == bindparam("of"))
    .order_by(workflows.c.serial)
    .limit(1)
)


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
    connection: Connection, statement: Executable, values: Mapping[str, object] | None = None
) -> list[WorkflowVersion]:
    """All of one workspace."""
    rows = cast("list[_Row]", connection.execute(statement, values).mappings().all())
    if not rows:
        return []
    cells = [row["document"] for row in rows]
    opened = payloads.fetch(connection, rows[0]["workspace"], cells)
    return [_version(row, opened) for row in rows]


class SqlWorkflows:
    """A `WorkflowStore`."""

    def __init__(self, database: Database) -> None:
        self._database: Database = database
        self._newest: OrderedDict[tuple[str, ...], WorkflowVersion] = OrderedDict()
        self._changes: int = 0

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
                thing = Thing("workflow", str(version.ref), version.workspace)
                audit.tell("create", thing, digest=version.ref.digest)
            return added

        ref = version.ref
        if await self._database.write(work):
            self._changes += 1
            _ = self._newest.pop((version.workspace, ref.namespace, ref.name), None)
            return version
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
        name_of = (workspace, namespace, name)
        if version is not None:
            found = await self._first(_BY_NAME, dict(zip(_NAMED, (*name_of, version), strict=True)))
        elif (found := self._newest.get(name_of)) is None:
            before = self._changes
            found = await self._first(_NEWEST, dict(zip(_NAMED, name_of, strict=False)))
            self._keep(name_of, found, before)
        if found is None:
            wanted = f"{namespace}/{name}" + ("" if version is None else f":{version}")
            raise NotFound(f"There is no workflow {wanted}.")
        return found

    async def by_digest(self, workspace: WorkspaceId, digest: str) -> WorkflowVersion:
        found = await self._first(_BY_DIGEST, {"workspace": workspace, "of": digest})
        if found is None:
            raise NotFound(f"There is no workflow whose document has the digest {digest}.")
        return found

    async def _first(
        self, statement: Executable, values: Mapping[str, object]
    ) -> WorkflowVersion | None:
        found = await self._database.read(lambda connection: _fetch(connection, statement, values))
        return found[0] if found else None

    def _keep(self, name: tuple[str, ...], newest: WorkflowVersion | None, before: int) -> None:
        """Which version is the newest is known as long as nobody else can store one, and unless one
        was stored while the database was asked.
        """
        if newest is None or self._database.shared or self._changes != before:
            return
        self._newest[name] = newest
        if len(self._newest) > _KEPT:
            _ = self._newest.popitem(last=False)

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
        statement = select(workflows).where(*conditions).order_by(*order).limit(limit + 1)
        found = await self._database.read(lambda connection: _fetch(connection, statement))
        items = tuple(found[:limit])
        if len(found) <= limit:
            return Page(items)
        last = items[-1].ref
        return Page(items, cursors.write(_LISTING, (last.name, last.namespace)))
