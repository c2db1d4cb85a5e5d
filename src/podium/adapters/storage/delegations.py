"""Who handed their votes to whom."""

from typing import TypedDict, cast

from sqlalchemy import or_, select, update

from podium.adapters.storage.approval_tables import delegations
from podium.adapters.storage.database import Database
from podium.governance.delegations import Delegation
from podium.kernel.ids import ApprovalId, DelegationId, UserId, WorkspaceId


class _Row(TypedDict):
    id: DelegationId
    workspace: WorkspaceId
    owner: UserId
    delegate: UserId
    approval: ApprovalId | None
    created_at: float
    begins_at: float
    ends_at: float
    revoked_at: float | None


def _row(given: Delegation) -> _Row:
    return {
        "id": given.id,
        "workspace": given.workspace,
        "owner": given.owner,
        "delegate": given.delegate,
        "approval": given.approval,
        "created_at": given.created_at,
        "begins_at": given.begins_at,
        "ends_at": given.ends_at,
        "revoked_at": given.revoked_at,
    }


class SqlDelegations:
    """A `DelegationStore`."""

    def __init__(self, database: Database) -> None:
        self._database: Database = database

    async def add(self, delegation: Delegation) -> None:
        statement = self._database.insert(delegations).values(**_row(delegation))
        _ = await self._database.write(lambda connection: connection.execute(statement))

    async def of(self, workspace: WorkspaceId, user: UserId) -> tuple[Delegation, ...]:
        table = delegations.c
        statement = (
            select(delegations)
            .where(
                table.workspace == workspace,
                or_(table.owner == user, table.delegate == user),
                table.revoked_at.is_(None),
            )
            .order_by(table.created_at, table.id)
        )
        rows = await self._database.read(
            lambda connection: connection.execute(statement).mappings().all()
        )
        return tuple(Delegation(**row) for row in cast("list[_Row]", rows))

    async def revoke(self, workspace: WorkspaceId, delegation: DelegationId, at: float) -> None:
        table = delegations.c
        statement = (
            update(delegations)
            .where(table.workspace == workspace, table.id == delegation)
            .values(revoked_at=at)
        )
        _ = await self._database.write(lambda connection: connection.execute(statement))
