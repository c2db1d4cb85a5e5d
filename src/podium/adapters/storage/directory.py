"""The organisation: workspaces, users, groups and teams, and who has which role where."""

from collections.abc import Sequence
from typing import TypeVar, cast

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Select,
    Table,
    delete,
    func,
    or_,
    select,
    update,
)

from podium.adapters.storage.database import Database
from podium.adapters.storage.grants import principal_of
from podium.adapters.storage.people_tables import (
    credentials,
    custom_roles,
    groups,
    memberships,
    organisations,
    role_bindings,
    users,
    workspaces,
)
from podium.identity.organisation import (
    Binding,
    CustomRole,
    Group,
    Organisation,
    User,
    Workspace,
)
from podium.identity.principal import Principal
from podium.kernel.errors import NotFound
from podium.kernel.ids import BindingId, GroupId, UserId, WorkspaceId

T = TypeVar("T")
Row = dict[str, object]


class SqlDirectory:
    """A `DirectoryStore`."""

    def __init__(self, database: Database) -> None:
        self._database: Database = database

    async def begin(self, organisation: Organisation, workspace: Workspace) -> Workspace:
        def work(connection: Connection) -> Workspace:
            self._database.alone(connection, "first workspace")
            if connection.execute(select(organisations.c.id)).first() is None:
                _ = connection.execute(organisations.insert().values(_values(organisation)))
            if oldest := _rows(connection, _live_workspaces().limit(1), Workspace):
                return oldest[0]
            _ = connection.execute(workspaces.insert().values(_values(workspace)))
            return workspace

        return await self._database.write(work)

    async def organisation(self) -> Organisation:
        found = await self._read(select(organisations), Organisation)
        if not found:
            raise NotFound("There is no organisation yet. `podium up` makes it.")
        return found[0]

    async def rename_organisation(self, name: str) -> None:
        _ = await self._write(update(organisations).values(name=name))

    async def workspaces(self) -> tuple[Workspace, ...]:
        return await self._read(_live_workspaces(), Workspace)

    async def add_workspace(self, workspace: Workspace) -> None:
        _ = await self._write(workspaces.insert().values(_values(workspace)))

    async def change_workspace(self, workspace: Workspace) -> None:
        await self._change(workspaces, workspace.id, _values(workspace), "workspace")

    async def users(self) -> tuple[User, ...]:
        living = users.c.removed_at.is_(None)
        statement = select(users).where(living).order_by(users.c.created_at, users.c.id)
        return await self._read(statement, User)

    async def user(self, user: UserId) -> User:
        found = await self._read(select(users).where(users.c.id == user), User)
        if not found:
            raise NotFound(f"There is no user {user}.")
        return found[0]

    async def add_user(self, user: User) -> User:
        _ = await self._write(users.insert().values(_values(user)))
        return user

    async def change_user(self, user: User) -> None:
        await self._change(users, user.id, _values(user), "user")

    async def remove_user(self, user: UserId, at: float) -> None:
        mine = credentials.c.owner == user
        gone = func.coalesce(credentials.c.revoked_at, at)
        changed = await self._write(
            update(credentials).where(mine).values(revoked_at=gone),
            delete(memberships).where(memberships.c.member == user),
            delete(role_bindings).where(role_bindings.c.subject == user),
            update(users).where(users.c.id == user).values(removed_at=at),
        )
        if not changed:
            raise NotFound(f"There is no user {user}.")

    async def groups(self, workspace: WorkspaceId) -> tuple[Group, ...]:
        statement = select(groups).where(groups.c.workspace == workspace).order_by(groups.c.name)
        return await self._read(statement, Group)

    async def add_group(self, group: Group) -> None:
        _ = await self._write(groups.insert().values(_values(group)))

    async def rename_group(self, group: GroupId, name: str) -> None:
        await self._change(groups, group, {"name": name}, "group")

    async def remove_group(self, group: GroupId) -> None:
        bound = or_(role_bindings.c.subject == group, role_bindings.c.team == group)
        _ = await self._write(
            delete(memberships).where(memberships.c.parent == group),
            delete(role_bindings).where(bound),
            delete(groups).where(groups.c.id == group),
        )

    async def members(self, group: GroupId) -> tuple[UserId, ...]:
        statement = (
            select(memberships.c.member)
            .where(memberships.c.parent == group)
            .order_by(memberships.c.member)
        )
        found = await self._database.read(
            lambda connection: connection.execute(statement).scalars().all()
        )
        return tuple(cast("Sequence[UserId]", found))

    async def add_member(self, group: GroupId, user: UserId) -> None:
        insert = self._database.insert(memberships).values(parent=group, member=user)
        _ = await self._write(insert.on_conflict_do_nothing())

    async def remove_member(self, group: GroupId, user: UserId) -> None:
        here = memberships.c.parent == group
        _ = await self._write(delete(memberships).where(here, memberships.c.member == user))

    async def bindings(self, workspace: WorkspaceId) -> tuple[Binding, ...]:
        return await self._bindings(role_bindings.c.workspace == workspace)

    async def bindings_of(self, subject: str) -> tuple[Binding, ...]:
        return await self._bindings(role_bindings.c.subject == subject)

    async def add_binding(self, binding: Binding) -> None:
        _ = await self._write(role_bindings.insert().values(_values(binding)))

    async def remove_binding(self, binding: BindingId) -> None:
        _ = await self._write(delete(role_bindings).where(role_bindings.c.id == binding))

    async def roles(self) -> tuple[CustomRole, ...]:
        return await self._read(select(custom_roles).order_by(custom_roles.c.name), CustomRole)

    async def add_role(self, role: CustomRole) -> None:
        _ = await self._write(custom_roles.insert().values(_values(role)))

    async def remove_role(self, name: str) -> None:
        _ = await self._write(
            delete(role_bindings).where(role_bindings.c.role == name),
            delete(custom_roles).where(custom_roles.c.name == name),
        )

    async def principal(self, user: UserId, workspace: WorkspaceId) -> Principal | None:
        return await self._database.read(
            lambda connection: principal_of(connection, user, workspace)
        )

    async def _bindings(self, condition: ColumnElement[bool]) -> tuple[Binding, ...]:
        oldest = (role_bindings.c.created_at, role_bindings.c.id)
        return await self._read(select(role_bindings).where(condition).order_by(*oldest), Binding)

    async def _read(self, statement: Executable, shape: type[T]) -> tuple[T, ...]:
        return await self._database.read(lambda connection: _rows(connection, statement, shape))

    async def _write(self, *statements: Executable) -> int:
        """In one transaction; how many rows the last one changed."""

        def work(connection: Connection) -> int:
            return [connection.execute(one).rowcount for one in statements][-1]

        return await self._database.write(work)

    async def _change(self, table: Table, id: str, values: Row, noun: str) -> None:  # noqa: PLR0917 - a row
        if not await self._write(update(table).where(table.c.id == id).values(values)):
            raise NotFound(f"There is no {noun} {id}.")


def _live_workspaces() -> Select[tuple[object, ...]]:
    living = workspaces.c.removed_at.is_(None)
    oldest = (workspaces.c.created_at, workspaces.c.id)
    return cast("Select[tuple[object, ...]]", select(workspaces).where(living).order_by(*oldest))


def _rows(connection: Connection, statement: Executable, shape: type[T]) -> tuple[T, ...]:
    """Columns have the names of the fields."""
    rows = connection.execute(statement).mappings().all()
    return tuple(msgspec.convert({str(name): row[name] for name in row}, shape) for row in rows)


def _values(value: object) -> Row:
    return cast("Row", msgspec.to_builtins(value))
