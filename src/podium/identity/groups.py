"""The use cases of groups, and of teams, which are groups of one workspace."""

from dataclasses import dataclass, replace

from podium.identity.access import Action, Resource, require
from podium.identity.issuing import Edges, checked_name
from podium.identity.organisation import Group
from podium.identity.principal import ORGANISATION, Principal
from podium.kernel.errors import Conflict, NotFound
from podium.kernel.ids import GroupId, UserId, WorkspaceId


@dataclass(frozen=True, slots=True)
class Groups:
    """`noun` is group or team; teams are those of the caller's workspace."""

    edges: Edges
    noun: str

    async def list(self, principal: Principal) -> tuple[Group, ...]:
        """By name."""
        place = self._place(principal)
        require(self.edges.authorizer, principal, Action.LIST, Resource(self.noun, place))
        return await self.edges.directory.groups(place)

    async def get(self, principal: Principal, wanted: str) -> Group:
        """By id or name. Raises NotFound, Refused."""
        place = self._place(principal)
        found = await self._find(place, wanted)
        id = wanted if found is None else found.id
        require(self.edges.authorizer, principal, Action.READ, Resource(self.noun, place, id))
        if found is None:
            raise self._unknown(wanted)
        return found

    async def members(self, principal: Principal, group: GroupId) -> tuple[UserId, ...]:
        """Raises NotFound, Refused."""
        found = await self.get(principal, group)
        return await self.edges.directory.members(found.id)

    async def create(self, principal: Principal, name: str) -> Group:
        """Raises Refused, Invalid, Conflict for a name that another one has."""
        place, edges = self._place(principal), self.edges
        require(edges.authorizer, principal, Action.CREATE, Resource(self.noun, place))
        shown = checked_name(name)
        if await self._find(place, shown) is not None:
            raise Conflict(f"There is a {self.noun} '{shown}' already. Choose another name.")
        id = edges.ids.group() if place == ORGANISATION else edges.ids.team()
        made = Group(id, place, shown, edges.clock.now())
        await edges.directory.add_group(made)
        return made

    async def rename(self, principal: Principal, group: GroupId, name: str) -> Group:
        """Raises NotFound, Refused, Invalid, Conflict."""
        found = await self._required(principal, group, Action.CHANGE)
        renamed = replace(found, name=checked_name(name))
        await self.edges.directory.rename_group(found.id, renamed.name)
        return renamed

    async def remove(self, principal: Principal, group: GroupId) -> None:
        """With the roles that it has. Raises NotFound, Refused."""
        found = await self._required(principal, group, Action.DELETE)
        await self.edges.directory.remove_group(found.id)
        self.edges.forget_everybody()

    async def add(self, principal: Principal, group: GroupId, member: UserId) -> None:
        """Raises NotFound, Refused."""
        found = await self._required(principal, group, Action.CHANGE)
        user = await self.edges.directory.user(member)
        if user.removed_at is not None:
            raise NotFound(f"There is no user {member}.")
        await self.edges.directory.add_member(found.id, member)
        self.edges.forget_everybody()

    async def drop(self, principal: Principal, group: GroupId, member: UserId) -> None:
        """Nothing where they are no member. Raises NotFound, Refused."""
        found = await self._required(principal, group, Action.CHANGE)
        await self.edges.directory.remove_member(found.id, member)
        self.edges.forget_everybody()

    async def _required(self, principal: Principal, group: GroupId, action: Action) -> Group:
        found = await self.get(principal, group)
        resource = Resource(self.noun, found.workspace, found.id)
        require(self.edges.authorizer, principal, action, resource)
        return found

    async def _find(self, place: WorkspaceId, wanted: str) -> Group | None:
        every = await self.edges.directory.groups(place)
        return next((one for one in every if wanted in {one.id, one.name}), None)

    def _place(self, principal: Principal) -> WorkspaceId:
        return principal.workspace if self.noun == "team" else ORGANISATION

    def _unknown(self, wanted: str) -> NotFound:
        return NotFound(
            f"There is no {self.noun} {wanted[:80]}. `podium {self.noun}s list` shows them."
        )
