"""What users prove themselves with."""

from collections.abc import Mapping
from typing import TypedDict, cast

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, or_, select, update

from podium.adapters.storage import key_terms
from podium.adapters.storage.database import Database
from podium.adapters.storage.grants import oldest_workspace, principal_of
from podium.adapters.storage.people_tables import credentials
from podium.identity.keys import Key
from podium.identity.ports import Credential, CredentialKind
from podium.identity.principal import Principal
from podium.kernel import audit
from podium.kernel.audit import Thing
from podium.kernel.errors import Conflict, NotFound
from podium.kernel.ids import KeyId, UserId, WorkspaceId


class _CredentialRow(TypedDict):
    id: KeyId
    workspace: WorkspaceId
    owner: UserId
    kind: str
    secret_sha256: str
    name: str
    created_at: float
    expires_at: float | None
    used_at: float | None
    revoked_at: float | None
    disabled_at: float | None
    hint: str
    old_sha256: str | None
    old_until: float | None
    team: str
    scopes: str | None
    limits: str | None


def _credential(row: _CredentialRow) -> Credential:
    return Credential(
        id=row["id"],
        user=row["owner"],
        workspace=row["workspace"],
        kind=row["kind"],
        secret_sha256=row["secret_sha256"],
        name=row["name"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        used_at=row["used_at"],
        revoked_at=row["revoked_at"],
        disabled_at=row["disabled_at"],
        hint=row["hint"],
        old_sha256=row["old_sha256"],
        old_until=row["old_until"],
        team=row["team"],
        scopes=key_terms.scopes(row["scopes"]),
        limits=key_terms.limits(row["limits"]),
    )


def _changing(credential: Credential) -> dict[str, object]:
    """The columns that a change may write."""
    return {
        "name": credential.name,
        "secret_sha256": credential.secret_sha256,
        "expires_at": credential.expires_at,
        "disabled_at": credential.disabled_at,
        "hint": credential.hint,
        "old_sha256": credential.old_sha256,
        "old_until": credential.old_until,
        "team": credential.team,
        "scopes": key_terms.of_scopes(credential.scopes),
        "limits": key_terms.of_limits(credential.limits),
    }


def _key(credential: Credential) -> Key | None:
    if credential.kind != CredentialKind.API_KEY:
        return None
    return Key(
        credential.id, credential.name, credential.team, credential.scopes, credential.limits
    )


_KINDS = {CredentialKind.API_KEY: "key"}
"""Credentials by the word that people use."""


def _tell(credential: Credential, verb: str) -> None:
    """Neither its secret nor its name is told."""
    kind = _KINDS.get(credential.kind, credential.kind)
    scopes = {"scopes": key_terms.of_scopes(credential.scopes) or ""}
    limits = {"limits": key_terms.of_limits(credential.limits) or ""}
    terms = {"team": credential.team, "expires_at": credential.expires_at, **scopes, **limits}
    thing = Thing(kind, credential.id, credential.workspace)
    audit.tell(verb, thing, owner=credential.user, **terms)


def _verb(new: Credential, seen: Credential) -> str:
    if new.secret_sha256 != seen.secret_sha256:
        return "rotate"
    if new.disabled_at != seen.disabled_at:
        return "enable" if new.disabled_at is None else "disable"
    return "change"


def _live(now: float) -> ColumnElement[bool]:
    expires = credentials.c.expires_at
    return and_(
        credentials.c.revoked_at.is_(None),
        credentials.c.disabled_at.is_(None),
        or_(expires.is_(None), expires > now),
    )


def _shown(secret_sha256: str, now: float) -> ColumnElement[bool]:
    """The secret itself, or the one before the last rotation as long as both work."""
    old = and_(credentials.c.old_sha256 == secret_sha256, credentials.c.old_until > now)
    return or_(credentials.c.secret_sha256 == secret_sha256, old)


class SqlIdentity:
    """An `IdentityStore`."""

    def __init__(self, database: Database) -> None:
        self._database: Database = database

    async def add_credential(self, credential: Credential) -> None:
        statement = self._database.insert(credentials).values(
            id=credential.id,
            workspace=credential.workspace,
            owner=credential.user,
            kind=credential.kind,
            created_at=credential.created_at,
            used_at=credential.used_at,
            revoked_at=credential.revoked_at,
            **_changing(credential),
        )

        def work(connection: Connection) -> None:
            _ = connection.execute(statement)
            _tell(credential, "create")

        await self._database.write(work)

    async def credentials(self, user: UserId) -> tuple[Credential, ...]:
        return await self._found(credentials.c.owner == user)

    async def credentials_in(self, workspace: WorkspaceId, kind: str) -> tuple[Credential, ...]:
        return await self._found(credentials.c.workspace == workspace, credentials.c.kind == kind)

    async def _found(self, *conditions: ColumnElement[bool]) -> tuple[Credential, ...]:
        oldest = (credentials.c.created_at, credentials.c.id)
        statement = select(credentials).where(*conditions).order_by(*oldest)
        rows = await self._database.read(
            lambda connection: connection.execute(statement).mappings().all()
        )
        return tuple(_credential(row) for row in cast("list[_CredentialRow]", rows))

    async def credential(self, workspace: WorkspaceId, id: KeyId) -> Credential:
        statement = select(credentials).where(
            credentials.c.workspace == workspace, credentials.c.id == id
        )
        row = await self._database.read(
            lambda connection: connection.execute(statement).mappings().first()
        )
        if row is None:
            raise NotFound(f"There is no credential {id}.")
        return _credential(cast("_CredentialRow", cast("object", row)))

    async def change(self, new: Credential, *, seen: Credential) -> None:
        here = credentials.c.id == new.id
        as_seen = [
            credentials.c[name].is_not_distinct_from(v) for name, v in _changing(seen).items()
        ]
        statement = (
            update(credentials)
            .where(here, credentials.c.revoked_at.is_(None), *as_seen)
            .values(_changing(new))
        )

        def work(connection: Connection) -> None:
            if connection.execute(statement).rowcount:
                return _tell(new, _verb(new, seen))
            if connection.execute(select(credentials.c.id).where(here)).first() is None:
                raise NotFound(f"There is no credential {new.id}.")
            raise Conflict(f"{new.id} was changed at the same moment. Look at it, and try again.")

        await self._database.write(work)

    async def principal_by_secret(
        self, secret_sha256: str, kind: str, now: float
    ) -> tuple[Principal, Credential] | None:
        shown = select(credentials).where(
            _shown(secret_sha256, now), credentials.c.kind == kind, _live(now)
        )

        def work(connection: Connection) -> tuple[Principal, Credential] | None:
            found = connection.execute(shown).mappings().first()
            if found is None:
                return None
            credential = _credential(cast("_CredentialRow", cast("object", found)))
            key, user = _key(credential), credential.user
            principal = principal_of(connection, user, credential.workspace, key=key)
            if principal is None and kind == CredentialKind.SESSION:
                principal = principal_of(connection, user, oldest_workspace(connection))
            return None if principal is None else (principal, credential)

        return await self._database.read(work)

    async def use_once(self, credential: KeyId, now: float) -> bool:
        statement = (
            update(credentials)
            .where(credentials.c.id == credential, credentials.c.used_at.is_(None), _live(now))
            .values(used_at=now)
            .returning(credentials.c.workspace)
        )

        def work(connection: Connection) -> bool:
            workspace = cast("WorkspaceId | None", connection.execute(statement).scalar())
            if workspace is not None:
                audit.tell("use", Thing("invitation", credential, workspace))
            return workspace is not None

        return await self._database.write(work)

    async def revoke(self, user: UserId, credential: KeyId, now: float) -> None:
        statement = (
            update(credentials)
            .where(credentials.c.id == credential, credentials.c.owner == user)
            .values(revoked_at=func.coalesce(credentials.c.revoked_at, now))
            .returning(credentials.c.kind, credentials.c.workspace)
        )

        def work(connection: Connection) -> None:
            found = connection.execute(statement).first()
            if found is None:
                raise NotFound(f"There is no credential {credential}.")
            kind, workspace = cast("tuple[str, WorkspaceId]", tuple(found))
            audit.tell("revoke", Thing(_KINDS.get(kind, kind), credential, workspace))

        await self._database.write(work)

    async def touch(self, used: Mapping[KeyId, float]) -> None:
        statement = (
            update(credentials)
            .where(credentials.c.id == bindparam("credential"))
            .values(used_at=bindparam("at"))
        )
        # In one order, so that two processes cannot wait for each other.
        rows = [{"credential": id, "at": used[id]} for id in sorted(used)]
        _ = await self._database.write(lambda connection: connection.execute(statement, rows))
