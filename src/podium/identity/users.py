"""The use cases of users and of service accounts, which are programs that act for themselves."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from podium.identity.access import Action, Resource, require
from podium.identity.issuing import Edges, checked_name
from podium.identity.organisation import User
from podium.identity.principal import ORGANISATION, Kind, Principal
from podium.identity.roles import LOCAL
from podium.kernel.errors import Invalid, NotFound, Refused
from podium.kernel.ids import UserId, WorkspaceId

_LONGEST_EMAIL = 254
"""Of RFC 5321, 4.5.3.1.3, without its angle brackets."""


@dataclass(frozen=True, slots=True)
class Users:
    """Service accounts belong to the workspace in which they were made, people to the organisation.

    Who may see one of them is told the rest: what they are is decided in one place.
    """

    edges: Edges
    kind: Kind

    async def list(self, principal: Principal) -> tuple[User, ...]:
        """Service accounts of the workspace; people of the organisation for those who may see it,
        for others those who have a role in the workspace. The oldest first.
        """
        here = Resource(self.kind, principal.workspace)
        require(self.edges.authorizer, principal, Action.LIST, here)
        every = [one for one in await self.edges.directory.users() if one.kind is self.kind]
        if self.kind is Kind.SERVICE_ACCOUNT:
            return tuple(one for one in every if one.workspace == principal.workspace)
        return tuple([one for one in every if await self._sees(principal, one)])

    async def get(self, principal: Principal, user: UserId) -> User:
        """Raises NotFound, Refused."""
        for one in await self.list(principal):
            if one.id == user:
                return one
        raise NotFound(
            f"There is no {self._noun} {user[:80]}. `podium {self._nouns} list` shows them."
        )

    async def create(self, principal: Principal, name: str) -> User:
        """A service account, which can do nothing until it has a role. Raises Refused, Invalid.

        People come by invitation, or are made by what signs them in.
        """
        edges = self.edges
        require(
            edges.authorizer, principal, Action.CREATE, Resource(self.kind, principal.workspace)
        )
        made = User(
            id=edges.ids.service_account(),
            workspace=principal.workspace,
            name=checked_name(name),
            created_at=edges.clock.now(),
            kind=Kind.SERVICE_ACCOUNT,
        )
        return await edges.directory.add_user(made)

    async def change(
        self, principal: Principal, user: UserId, change: Callable[[User], User]
    ) -> User:
        """Name and e-mail address, from the present ones. Raises NotFound, Refused, Invalid,
        Conflict.
        """
        found = await self._required(principal, user, Action.CHANGE)
        wish = change(found)
        new = replace(found, name=checked_name(wish.name), email=_checked_email(wish.email))
        return await self._write(new)

    async def disable(self, principal: Principal, user: UserId) -> User:
        """Nothing that they hold lets them in, until they are enabled. Raises NotFound, Refused."""
        found = await self._required(principal, user, Action.CHANGE)
        _refuse_local(user)
        at = self.edges.clock.now() if found.disabled_at is None else found.disabled_at
        return await self._write(replace(found, disabled_at=at))

    async def enable(self, principal: Principal, user: UserId) -> User:
        """Raises NotFound, Refused."""
        found = await self._required(principal, user, Action.CHANGE)
        return await self._write(replace(found, disabled_at=None))

    async def remove(self, principal: Principal, user: UserId) -> None:
        """For good, with keys, sessions and roles; what they made stays.

        Raises NotFound, Refused.
        """
        found = await self._required(principal, user, Action.DELETE)
        _refuse_local(user)
        await self.edges.directory.remove_user(found.id, self.edges.clock.now())
        self.edges.forget_everybody()

    async def _required(self, principal: Principal, user: UserId, action: Action) -> User:
        found = await self.get(principal, user)
        place = self._place(found)
        require(self.edges.authorizer, principal, action, Resource(self.kind, place, found.id))
        return found

    async def _write(self, user: User) -> User:
        await self.edges.directory.change_user(user)
        self.edges.forget_everybody()
        return user

    async def _sees(self, principal: Principal, user: User) -> bool:
        if principal.everywhere:
            return True
        there = await self.edges.roster.principal(user.id, principal.workspace)
        return bool(there.roles or there.over) or user.workspace == principal.workspace

    def _place(self, user: User) -> WorkspaceId:
        return user.workspace if self.kind is Kind.SERVICE_ACCOUNT else ORGANISATION

    @property
    def _noun(self) -> str:
        return self.kind.value.replace("_", " ")

    @property
    def _nouns(self) -> str:
        return self.kind.value.replace("_", "-") + "s"


def _refuse_local(user: UserId) -> None:
    if user == LOCAL:
        raise Refused(
            f"{LOCAL} is whoever may write the state folder, so it can be neither disabled nor "
            "removed. Guard the folder instead."
        )


def _checked_email(email: str) -> str:
    """Only its shape: whether somebody reads it is known when somebody signs in with it."""
    name, at, domain = email.strip().rpartition("@")
    fits = name and domain and len(email) <= _LONGEST_EMAIL and not set(email) & set(" \t\r\n<>")
    if email and not (at and fits):
        raise Invalid(f"'{email[:80]}' is no e-mail address. Write it as ann@example.org.")
    return email.strip().lower()
