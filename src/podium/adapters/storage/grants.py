"""What a user may be in a workspace: who they are, and the roles that hold for them there."""

from collections.abc import Sequence
from typing import TypedDict, cast

from sqlalchemy import Connection, and_, or_, select

from podium.adapters.storage.people_tables import (
    groups,
    memberships,
    role_bindings,
    users,
    workspaces,
)
from podium.identity.keys import Key
from podium.identity.principal import ORGANISATION, Kind, Principal, TeamRole
from podium.kernel.ids import GroupId, UserId, WorkspaceId


class _BindingRow(TypedDict):
    role: str
    workspace: WorkspaceId
    team: GroupId


def principal_of(
    connection: Connection, user: UserId, workspace: WorkspaceId, *, key: Key | None = None
) -> Principal | None:
    """None where the user or the workspace is gone, or the user is disabled."""
    person = connection.execute(
        select(users.c.name, users.c.kind).where(
            users.c.id == user, users.c.disabled_at.is_(None), users.c.removed_at.is_(None)
        )
    ).first()
    here = select(workspaces.c.id).where(
        workspaces.c.id == workspace, workspaces.c.removed_at.is_(None)
    )
    if person is None or connection.execute(here).first() is None:
        return None
    name, kind = cast("tuple[str, str]", tuple(person))
    within = _within(connection, user, workspace)
    bound = _bound(connection, (user, *(id for id, _, _ in within)), workspace)
    teams = {row["team"] for row in bound if row["team"]}
    members = {team: _members(connection, team) for team in teams}
    return Principal(
        user=user,
        workspace=workspace,
        name=name,
        roles=frozenset(row["role"] for row in bound if not row["team"]),
        key=key,
        everywhere=frozenset(row["role"] for row in bound if row["workspace"] == ORGANISATION),
        over=tuple(
            TeamRole(row["role"], row["team"], members[row["team"]]) for row in bound if row["team"]
        ),
        groups=frozenset(name for _, of, name in within if of == ORGANISATION),
        teams=frozenset(name for _, of, name in within if of != ORGANISATION),
        kind=Kind(kind),
    )


def oldest_workspace(connection: Connection) -> WorkspaceId:
    """Where somebody begins whose own one was removed; there is always one."""
    living = workspaces.c.removed_at.is_(None)
    oldest = (workspaces.c.created_at, workspaces.c.id)
    statement = select(workspaces.c.id).where(living).order_by(*oldest).limit(1)
    return WorkspaceId(cast("str", connection.execute(statement).scalar_one()))


def _within(
    connection: Connection, user: UserId, workspace: WorkspaceId
) -> Sequence[tuple[GroupId, WorkspaceId, str]]:
    """Groups of the organisation and teams of the workspace that the user is in."""
    statement = (
        select(groups.c.id, groups.c.workspace, groups.c.name)
        .join(memberships, memberships.c.parent == groups.c.id)
        .where(memberships.c.member == user, groups.c.workspace.in_((ORGANISATION, workspace)))
    )
    rows = connection.execute(statement).all()
    return cast("Sequence[tuple[GroupId, WorkspaceId, str]]", rows)


def _bound(
    connection: Connection, subjects: Sequence[str], workspace: WorkspaceId
) -> Sequence[_BindingRow]:
    statement = (
        select(role_bindings.c.role, role_bindings.c.workspace, role_bindings.c.team)
        .where(
            and_(
                role_bindings.c.subject.in_(subjects),
                or_(
                    role_bindings.c.workspace == workspace,
                    role_bindings.c.workspace == ORGANISATION,
                ),
            )
        )
        .order_by(role_bindings.c.id)
    )
    return cast("Sequence[_BindingRow]", connection.execute(statement).mappings().all())


def _members(connection: Connection, team: GroupId) -> frozenset[UserId]:
    statement = select(memberships.c.member).where(memberships.c.parent == team)
    return frozenset(cast("Sequence[UserId]", connection.execute(statement).scalars().all()))
