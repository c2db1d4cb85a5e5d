"""Signing in over stores in memory, with a hash that costs nothing."""

from dataclasses import dataclass, field, replace

from podium.adapters.sealing import KeySealer
from podium.identity.issuing import Edges as IdentityEdges
from podium.identity.logins import Login
from podium.identity.sign_in import Edges, SignIns
from podium.kernel.errors import Conflict
from podium.kernel.ids import KeyId, UserId


@dataclass
class MemoryLogins:
    rows: dict[UserId, Login] = field(default_factory=dict)
    proofs: dict[KeyId, float] = field(default_factory=dict)

    async def by_name(self, name: str) -> Login | None:
        return next((one for one in self.rows.values() if one.name == name), None)

    async def of(self, user: UserId) -> Login | None:
        return self.rows.get(user)

    async def put(self, login: Login, *, seen: Login | None) -> None:
        holder = await self.by_name(login.name)
        if holder is not None and holder.user != login.user:
            raise Conflict(f"Somebody else signs in as '{login.name}'. Choose another name.")
        stored = self.rows.get(login.user)
        if (None if stored is None else stored.revision) != (
            None if seen is None else seen.revision
        ):
            raise Conflict("This was changed at the same moment. Look at it, and try again.")
        revision = 0 if seen is None else seen.revision + 1
        self.rows[login.user] = replace(login, revision=revision)

    async def prove(self, session: KeyId, at: float) -> None:
        self.proofs[session] = at

    async def proved_at(self, session: KeyId) -> float | None:
        return self.proofs.get(session)


@dataclass
class PlainHasher:
    """Keeps passwords backwards, and counts how often it is asked."""

    asked: int = 0

    async def hash(self, password: str) -> str:
        return password[::-1]

    async def fits(self, hashed: str, password: str) -> bool:
        self.asked += 1
        return hashed != "" and hashed == password[::-1]


def sign_ins(people: IdentityEdges, logins: MemoryLogins, hasher: PlainHasher) -> SignIns:
    return SignIns(Edges(people, logins, hasher, KeySealer(bytes(32), people.chance)))


@dataclass
class MemoryLinks:
    rows: dict[tuple[str, str], UserId] = field(default_factory=dict)

    async def find(self, issuer: str, subject: str) -> UserId | None:
        return self.rows.get((issuer, subject))

    async def link(self, issuer: str, subject: str, user: UserId) -> None:
        if (issuer, subject) in self.rows:
            raise Conflict("This person is linked already.")
        self.rows[issuer, subject] = user
