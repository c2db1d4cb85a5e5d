"""The use cases of workspaces, and the name of the organisation."""

from dataclasses import dataclass, replace

from podium.identity.access import Action, Resource, require
from podium.identity.issuing import Edges, checked_name
from podium.identity.organisation import Organisation, Workspace
from podium.identity.principal import ORGANISATION, Principal
from podium.kernel.errors import Conflict, NotFound
from podium.kernel.ids import WorkspaceId


@dataclass(frozen=True, slots=True)
class Workspaces:
    edges: Edges

    async def organisation(self, principal: Principal) -> Organisation:
        resource = Resource("workspace", principal.workspace, principal.workspace)
        require(self.edges.authorizer, principal, Action.READ, resource)
        return await self.edges.directory.organisation()

    async def rename_organisation(self, principal: Principal, name: str) -> Organisation:
        """Raises Refused, Invalid."""
        resource = Resource("organisation", ORGANISATION)
        require(self.edges.authorizer, principal, Action.CHANGE, resource)
        await self.edges.directory.rename_organisation(checked_name(name))
        return await self.edges.directory.organisation()

    async def list(self, principal: Principal) -> tuple[Workspace, ...]:
        """Those that the caller may enter, the oldest first."""
        here = Resource("workspace", principal.workspace, principal.workspace)
        require(self.edges.authorizer, principal, Action.READ, here)
        every = await self.edges.directory.workspaces()
        if principal.key is not None:
            return tuple(one for one in every if one.id == principal.workspace)
        return tuple([one for one in every if await self._may_enter(principal, one)])

    async def get(self, principal: Principal, wanted: str) -> Workspace:
        """By id or name. Raises NotFound, also for one that the caller may not enter."""
        for one in await self.list(principal):
            if wanted in {one.id, one.name}:
                return one
        raise _unknown(wanted)

    async def create(self, principal: Principal, name: str) -> Workspace:
        """Raises Refused, Invalid, Conflict for a name that another one has."""
        edges = self.edges
        resource = Resource("workspace", ORGANISATION)
        require(edges.authorizer, principal, Action.CREATE, resource)
        shown = checked_name(name)
        if any(one.name == shown for one in await edges.directory.workspaces()):
            raise Conflict(f"There is a workspace '{shown}' already. Choose another name.")
        made = Workspace(edges.ids.workspace(), shown, edges.clock.now())
        await edges.directory.add_workspace(made)
        edges.forget_everybody()
        return made

    async def rename(self, principal: Principal, workspace: WorkspaceId, name: str) -> Workspace:
        """Raises NotFound, Refused, Invalid, Conflict."""
        found = await self._required(principal, workspace, Action.CHANGE)
        renamed = replace(found, name=checked_name(name))
        await self.edges.directory.change_workspace(renamed)
        self.edges.forget_everybody()
        return renamed

    async def remove(self, principal: Principal, workspace: WorkspaceId) -> None:
        """Nobody enters it any more, its schedules start nothing and its keys are dead; what is
        stored in it stays. Raises NotFound, Refused, Conflict for the last one.
        """
        found = await self._required(principal, workspace, Action.DELETE)
        if len(await self.edges.directory.workspaces()) == 1:
            raise Conflict(f"'{found.name}' is the only workspace. Create another one first.")
        removed = replace(found, removed_at=self.edges.clock.now())
        await self.edges.directory.change_workspace(removed)
        self.edges.forget_everybody()

    async def _required(
        self, principal: Principal, workspace: WorkspaceId, action: Action
    ) -> Workspace:
        """Workspaces are of the organisation, so that a role in one is no right to it."""
        found = await self.get(principal, workspace)
        resource = Resource("workspace", ORGANISATION, found.id)
        require(self.edges.authorizer, principal, action, resource)
        return found

    async def _may_enter(self, principal: Principal, workspace: Workspace) -> bool:
        there = await self.edges.roster.principal(principal.user, workspace.id)
        return bool(there.roles or there.over)


def _unknown(wanted: str) -> NotFound:
    return NotFound(
        f"There is no workspace {wanted[:80]}. `podium workspaces list` shows those you may enter."
    )
