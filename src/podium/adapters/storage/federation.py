"""Who is known by an identity provider."""

from sqlalchemy import select

from podium.adapters.storage.database import Database
from podium.adapters.storage.login_tables import federated_users
from podium.kernel.ids import UserId


class SqlLinks:
    """A `LinkStore`."""

    def __init__(self, database: Database) -> None:
        self._database: Database = database

    async def find(self, issuer: str, subject: str) -> UserId | None:
        table = federated_users.c
        statement = select(table.owner).where(table.issuer == issuer, table.subject == subject)
        return await self._database.read(lambda connection: connection.execute(statement).scalar())

    async def link(self, issuer: str, subject: str, user: UserId) -> None:
        statement = self._database.insert(federated_users).values(
            issuer=issuer, subject=subject, owner=user
        )
        _ = await self._database.write(lambda connection: connection.execute(statement))
