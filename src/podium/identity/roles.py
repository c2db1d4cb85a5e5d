"""The use cases of roles: which there are, and who has which of them where."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from podium.identity.access import Action, Resource, require
from podium.identity.issuing import Edges
from podium.identity.organisation import Binding, CustomRole
from podium.identity.ports import DirectoryStore
from podium.identity.principal import ORGANISATION, Principal, Role
from podium.kernel.errors import Conflict, Invalid, NotFound, Refused
from podium.kernel.ids import BindingId, GroupId, UserId, WorkspaceId

LOCAL = UserId("user_local")
"""The command line on the machine itself: whoever may write the folder owns what is in it."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Wish:
    """`subject` is the id of a user, service account, group or team. With `team`, its id, the role
    holds for what its members own.
    """

    role: str
    subject: str
    everywhere: bool = False
    team: str = ""


@dataclass(frozen=True, slots=True)
class Roles:
    edges: Edges

    async def list(self, principal: Principal) -> tuple[CustomRole, ...]:
        """Beside the built-in ones, by name."""
        resource = Resource("role", principal.workspace)
        require(self.edges.authorizer, principal, Action.LIST, resource)
        return await self.edges.directory.roles()

    async def create(self, principal: Principal, name: str, description: str) -> CustomRole:
        """It allows nothing until a policy names it. Raises Refused, Invalid, Conflict."""
        edges = self.edges
        require(edges.authorizer, principal, Action.CREATE, Resource("role", ORGANISATION, name))
        made = CustomRole(
            _checked(name), _described(description), edges.clock.now(), principal.user
        )
        if made.name in {*Role, *(one.name for one in await edges.directory.roles())}:
            raise Conflict(f"There is a role '{made.name}' already. Choose another name.")
        await edges.directory.add_role(made)
        return made

    async def remove(self, principal: Principal, name: str) -> None:
        """With its bindings. Raises Refused, NotFound."""
        resource = Resource("role", ORGANISATION, name)
        require(self.edges.authorizer, principal, Action.DELETE, resource)
        if name in set(Role):
            raise Refused(f"'{name}' is built in. Change what it may with a policy that forbids.")
        await known_role(self.edges.directory, name)
        await self.edges.directory.remove_role(name)
        self.edges.forget_everybody()

    async def bindings(self, principal: Principal) -> tuple[Binding, ...]:
        """Those that hold in the caller's workspace, the organisation's first."""
        resource = Resource("role_binding", principal.workspace)
        require(self.edges.authorizer, principal, Action.LIST, resource)
        directory = self.edges.directory
        return (
            *await directory.bindings(ORGANISATION),
            *await directory.bindings(principal.workspace),
        )

    async def bind(self, principal: Principal, wish: Wish) -> Binding:
        """In the caller's workspace, or everywhere. Raises Refused; NotFound for a role, subject or
        team that there is not; Conflict for what is bound already.
        """
        edges, place = self.edges, ORGANISATION if wish.everywhere else principal.workspace
        require(edges.authorizer, principal, Action.BIND, Resource("role", place, wish.role))
        await known_role(edges.directory, wish.role)
        await self._check(wish, place)
        made = Binding(
            id=edges.ids.binding(),
            role=wish.role,
            subject=wish.subject,
            workspace=place,
            created_at=edges.clock.now(),
            team=GroupId(wish.team),
            created_by=principal.user,
        )
        if any(_same(made, one) for one in await edges.directory.bindings_of(wish.subject)):
            raise Conflict(f"{wish.subject} is {wish.role} there already.")
        await edges.directory.add_binding(made)
        edges.forget_everybody()
        return made

    async def unbind(self, principal: Principal, binding: BindingId) -> None:
        """Raises NotFound, Refused."""
        found = await self._find(principal, binding)
        resource = Resource("role", found.workspace, found.role)
        require(self.edges.authorizer, principal, Action.BIND, resource)
        if found.subject == LOCAL and found.role == Role.OWNER:
            raise Refused(
                f"{LOCAL} is whoever may write the state folder, so it stays an owner. Guard the "
                "folder instead."
            )
        await self.edges.directory.remove_binding(binding)
        self.edges.forget_everybody()

    async def _find(self, principal: Principal, binding: BindingId) -> Binding:
        for one in await self.bindings(principal):
            if one.id == binding:
                return one
        raise NotFound(
            f"There is no role binding {binding[:80]} here. `podium roles bindings` shows them."
        )

    async def _check(self, wish: Wish, place: WorkspaceId) -> None:
        directory = self.edges.directory
        if wish.team and wish.everywhere:
            raise Invalid("A role for a team holds in its workspace. Leave `everywhere` out.")
        if wish.team and wish.team not in await _ids(directory, place):
            raise NotFound(
                f"There is no team {wish.team[:80]} here. `podium teams list` shows them."
            )
        users = {one.id for one in await directory.users()}
        known = users | await _ids(directory, ORGANISATION) | await _ids(directory, place)
        if wish.subject not in known:
            raise NotFound(
                f"There is nobody and no group {wish.subject[:80]}. Give the id of a user, service "
                "account, group or team, as their lists show it."
            )


async def known_role(directory: DirectoryStore, name: str) -> None:
    """Raises NotFound."""
    names: Sequence[str] = [*Role, *(one.name for one in await directory.roles())]
    if name not in names:
        raise NotFound(f"There is no role '{name[:80]}'. There are {', '.join(names)}.")


async def _ids(directory: DirectoryStore, place: WorkspaceId) -> set[str]:
    return {one.id for one in await directory.groups(place)}


def _same(one: Binding, other: Binding) -> bool:
    return (one.role, one.subject, one.workspace, one.team) == (
        other.role,
        other.subject,
        other.workspace,
        other.team,
    )


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise Invalid(
            f"'{name[:60]}' is no name for a role. Use up to 40 of a-z, 0-9 and -, a letter first."
        )
    return name


def _described(text: str) -> str:
    shown = " ".join(text.split())
    if len(shown) > _LONGEST:
        raise Invalid(f"A description has at most {_LONGEST} characters, got {len(shown)}.")
    return shown
