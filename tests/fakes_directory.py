"""The directory port in dictionaries; see `fakes_storage`."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from podium.governance.policies.ports import PolicyVersion
from podium.identity.organisation import (
    Binding,
    CustomRole,
    Group,
    Organisation,
    User,
    Workspace,
)
from podium.identity.principal import ORGANISATION, Principal, TeamRole
from podium.kernel.errors import Conflict, NotFound
from podium.kernel.ids import BindingId, GroupId, UserId, WorkspaceId
from tests.fakes_rows import by_time, kept


@dataclass
class MemoryDirectory:
    made: list[Organisation] = field(default_factory=list)
    places: dict[WorkspaceId, Workspace] = field(default_factory=dict)
    people: dict[UserId, User] = field(default_factory=dict)
    circles: dict[GroupId, Group] = field(default_factory=dict)
    within: set[tuple[GroupId, UserId]] = field(default_factory=set)
    bound: dict[BindingId, Binding] = field(default_factory=dict)
    custom: dict[str, CustomRole] = field(default_factory=dict)
    revoked: list[Callable[[UserId, float], None]] = field(default_factory=list)
    """Who is told that a user is removed."""

    async def begin(self, organisation: Organisation, workspace: Workspace) -> Workspace:
        if not self.made:
            self.made.append(kept(organisation))
        living = await self.workspaces()
        if living:
            return living[0]
        self.places[workspace.id] = kept(workspace)
        return workspace

    async def organisation(self) -> Organisation:
        if not self.made:
            raise NotFound("There is no organisation yet. `podium up` makes it.")
        return self.made[0]

    async def rename_organisation(self, name: str) -> None:
        self.made[0] = replace(self.made[0], name=name)

    async def workspaces(self) -> tuple[Workspace, ...]:
        living = [one for one in self.places.values() if one.removed_at is None]
        return tuple(sorted(living, key=by_time))

    async def add_workspace(self, workspace: Workspace) -> None:
        self._free(workspace)
        self.places[workspace.id] = kept(workspace)

    async def change_workspace(self, workspace: Workspace) -> None:
        if workspace.id not in self.places:
            raise NotFound(f"There is no workspace {workspace.id}.")
        self._free(workspace)
        self.places[workspace.id] = kept(workspace)

    def _free(self, workspace: Workspace) -> None:
        for one in self.places.values():
            same = one.name == workspace.name and one.id != workspace.id
            if same and one.removed_at is None and workspace.removed_at is None:
                raise Conflict("It is stored already.")

    async def users(self) -> tuple[User, ...]:
        living = [one for one in self.people.values() if one.removed_at is None]
        return tuple(sorted(living, key=by_time))

    async def user(self, user: UserId) -> User:
        if user not in self.people:
            raise NotFound(f"There is no user {user}.")
        return self.people[user]

    async def add_user(self, user: User) -> User:
        if user.workspace not in self.places:
            raise NotFound(f"There is no workspace {user.workspace}.")
        if user.id in self.people:
            raise Conflict(f"User {user.id} is stored already.")
        self._check_email(user)
        self.people[user.id] = kept(user)
        return user

    async def change_user(self, user: User) -> None:
        _ = await self.user(user.id)
        self._check_email(user)
        self.people[user.id] = kept(user)

    def _check_email(self, user: User) -> None:
        others = [one for one in self.people.values() if one.id != user.id]
        if user.email and any(one.email == user.email and not one.removed_at for one in others):
            raise Conflict("It is stored already.")

    async def remove_user(self, user: UserId, at: float) -> None:
        self.people[user] = replace(await self.user(user), removed_at=at)
        self.within = {pair for pair in self.within if pair[1] != user}
        self.bound = {id: one for id, one in self.bound.items() if one.subject != user}
        for tell in self.revoked:
            tell(user, at)

    async def groups(self, workspace: WorkspaceId) -> tuple[Group, ...]:
        found = [one for one in self.circles.values() if one.workspace == workspace]
        return tuple(sorted(found, key=lambda one: one.name))

    async def add_group(self, group: Group) -> None:
        if any(one.name == group.name for one in await self.groups(group.workspace)):
            raise Conflict("It is stored already.")
        self.circles[group.id] = kept(group)

    async def rename_group(self, group: GroupId, name: str) -> None:
        if group not in self.circles:
            raise NotFound(f"There is no group {group}.")
        found = self.circles[group]
        others = [one for one in await self.groups(found.workspace) if one.id != group]
        if any(one.name == name for one in others):
            raise Conflict("It is stored already.")
        self.circles[group] = replace(found, name=name)

    async def remove_group(self, group: GroupId) -> None:
        self.within = {pair for pair in self.within if pair[0] != group}
        self.bound = {
            id: one for id, one in self.bound.items() if group not in {one.subject, one.team}
        }
        _ = self.circles.pop(group, None)

    async def members(self, group: GroupId) -> tuple[UserId, ...]:
        return tuple(sorted(member for parent, member in self.within if parent == group))

    async def add_member(self, group: GroupId, user: UserId) -> None:
        if group not in self.circles or user not in self.people:
            raise NotFound("It belongs to something that is not stored.")
        self.within.add((group, user))

    async def remove_member(self, group: GroupId, user: UserId) -> None:
        self.within.discard((group, user))

    async def bindings(self, workspace: WorkspaceId) -> tuple[Binding, ...]:
        found = [one for one in self.bound.values() if one.workspace == workspace]
        return tuple(sorted(found, key=by_time))

    async def bindings_of(self, subject: str) -> tuple[Binding, ...]:
        found = [one for one in self.bound.values() if one.subject == subject]
        return tuple(sorted(found, key=by_time))

    async def add_binding(self, binding: Binding) -> None:
        for one in self.bound.values():
            if (
                replace(binding, id=one.id, created_at=one.created_at, created_by=one.created_by)
                == one
            ):
                raise Conflict("It is stored already.")
        self.bound[binding.id] = kept(binding)

    async def remove_binding(self, binding: BindingId) -> None:
        _ = self.bound.pop(binding, None)

    async def roles(self) -> tuple[CustomRole, ...]:
        return tuple(sorted(self.custom.values(), key=lambda one: one.name))

    async def add_role(self, role: CustomRole) -> None:
        if role.name in self.custom:
            raise Conflict("It is stored already.")
        self.custom[role.name] = kept(role)

    async def remove_role(self, name: str) -> None:
        self.bound = {id: one for id, one in self.bound.items() if one.role != name}
        _ = self.custom.pop(name, None)

    async def principal(self, user: UserId, workspace: WorkspaceId) -> Principal | None:
        person, place = self.people.get(user), self.places.get(workspace)
        if person is None or place is None or place.removed_at is not None:
            return None
        if person.disabled_at is not None or person.removed_at is not None:
            return None
        parents = {parent for parent, member in self.within if member == user}
        groups = {id for id in parents if self.circles[id].workspace == ORGANISATION}
        teams = {id for id in parents if self.circles[id].workspace == workspace}
        subjects = {user, *groups, *teams}
        bound = [
            self.bound[id]
            for id in sorted(self.bound)
            if self.bound[id].subject in subjects
            and self.bound[id].workspace in {ORGANISATION, workspace}
        ]
        return Principal(
            user=user,
            workspace=workspace,
            name=person.name,
            roles=frozenset(one.role for one in bound if not one.team),
            everywhere=frozenset(one.role for one in bound if one.workspace == ORGANISATION),
            over=tuple(
                [
                    TeamRole(one.role, one.team, frozenset(await self.members(one.team)))
                    for one in bound
                    if one.team
                ]
            ),
            groups=frozenset(self.circles[id].name for id in groups),
            teams=frozenset(self.circles[id].name for id in teams),
            kind=person.kind,
        )


@dataclass
class MemoryPolicies:
    kept: dict[int, PolicyVersion] = field(default_factory=dict)

    async def latest(self) -> PolicyVersion | None:
        return self.kept[max(self.kept)] if self.kept else None

    async def get(self, number: int) -> PolicyVersion:
        if number not in self.kept:
            raise NotFound(f"There is no version {number} of the policies.")
        return self.kept[number]

    async def list(self, *, most: int) -> tuple[PolicyVersion, ...]:
        return tuple(self.kept[number] for number in sorted(self.kept, reverse=True)[:most])

    async def add(self, version: PolicyVersion) -> None:
        if version.number in self.kept:
            raise Conflict("It is stored already.")
        self.kept[version.number] = version
