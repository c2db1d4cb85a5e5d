"""Names with passwords and second factors, and sessions that showed one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypedDict, cast

from sqlalchemy import ColumnElement, Connection, select, update

from podium.adapters.storage import payloads
from podium.adapters.storage.database import Database
from podium.adapters.storage.login_tables import logins, session_proofs
from podium.identity.logins import Login
from podium.kernel.errors import Conflict
from podium.kernel.ids import KeyId, UserId


class _Row(TypedDict):
    owner: UserId
    name: str
    changed_at: float
    is_confirmed: int
    last_step: int
    revision: int
    password: str
    factor: str
    recovery: str


def _row(login: Login) -> _Row:
    return {
        "owner": login.user,
        "name": login.name,
        "changed_at": login.changed_at,
        "is_confirmed": int(login.is_confirmed),
        "last_step": login.last_step,
        "revision": login.revision,
        "password": login.password,
        "factor": login.factor,
        "recovery": payloads.encoded(list(login.recovery)),
    }


def _login(row: _Row) -> Login:
    return Login(
        user=row["owner"],
        name=row["name"],
        password=row["password"],
        changed_at=row["changed_at"],
        factor=row["factor"],
        is_confirmed=bool(row["is_confirmed"]),
        last_step=row["last_step"],
        recovery=tuple(cast("Sequence[str]", payloads.decoded(row["recovery"]))),
        revision=row["revision"],
    )


class SqlLogins:
    """A `LoginStore`."""

    def __init__(self, database: Database) -> None:
        self._database: Database = database

    async def by_name(self, name: str) -> Login | None:
        return await self._one(logins.c.name == name)

    async def of(self, user: UserId) -> Login | None:
        return await self._one(logins.c.owner == user)

    async def _one(self, condition: ColumnElement[bool]) -> Login | None:
        statement = select(logins).where(condition)
        row = await self._database.read(
            lambda connection: connection.execute(statement).mappings().first()
        )
        return None if row is None else _login(cast("_Row", cast("object", row)))

    async def put(self, login: Login, *, seen: Login | None) -> None:
        if seen is None:
            statement = self._database.insert(logins).values(**_row(login))
            statement = statement.on_conflict_do_nothing().returning(logins.c.owner)
        else:
            after = _row(replace(login, revision=seen.revision + 1))
            here = [logins.c.owner == login.user, logins.c.revision == seen.revision]
            statement = update(logins).where(*here).values(**after).returning(logins.c.owner)
        named = select(logins.c.owner).where(logins.c.name == login.name)

        def work(connection: Connection) -> None:
            holder = connection.execute(named).scalar()
            if holder is not None and holder != login.user:
                raise Conflict(f"Somebody else signs in as '{login.name}'. Choose another name.")
            if connection.execute(statement).first() is None:
                raise Conflict("This was changed at the same moment. Look at it, and try again.")

        await self._database.write(work)

    async def prove(self, session: KeyId, at: float) -> None:
        statement = self._database.insert(session_proofs).values(credential=session, at=at)
        statement = statement.on_conflict_do_update(index_elements=["credential"], set_={"at": at})
        _ = await self._database.write(lambda connection: connection.execute(statement))

    async def proved_at(self, session: KeyId) -> float | None:
        statement = select(session_proofs.c.at).where(session_proofs.c.credential == session)
        return await self._database.read(lambda connection: connection.execute(statement).scalar())
