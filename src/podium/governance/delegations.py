"""Delegations: a person hands their votes to another one, for a time or for one approval."""

from dataclasses import dataclass, replace
from typing import Protocol

from podium.governance.access import Action, Authorizer, Resource, require
from podium.governance.approvals import ApprovalStore
from podium.identity.principal import Principal
from podium.kernel.clock import Clock
from podium.kernel.errors import Invalid, NotFound
from podium.kernel.ids import ApprovalId, DelegationId, Ids, UserId, WorkspaceId

LONGEST_SECONDS = 366 * 86_400.0


@dataclass(frozen=True, slots=True)
class Delegation:
    """From `begins_at` to before `ends_at` the votes of `owner` may be given by `delegate`: all of
    them, or with `approval` this one. Times are seconds since the epoch.
    """

    id: DelegationId
    workspace: WorkspaceId
    owner: UserId
    delegate: UserId
    approval: ApprovalId | None
    created_at: float
    begins_at: float
    ends_at: float
    revoked_at: float | None = None

    def holds(self, now: float) -> bool:
        return self.revoked_at is None and self.begins_at <= now < self.ends_at


@dataclass(frozen=True, slots=True)
class Handover:
    """What a person wishes: to whom, and for how long from `begins_at` on; None: from now on."""

    delegate: UserId
    seconds: float
    approval: ApprovalId | None = None
    begins_at: float | None = None


class DelegationStore(Protocol):
    async def add(self, delegation: Delegation) -> None: ...

    async def of(self, workspace: WorkspaceId, user: UserId) -> tuple[Delegation, ...]:
        """Those that this user gave or was given and that are not revoked, oldest first."""
        ...

    async def revoke(self, workspace: WorkspaceId, delegation: DelegationId, at: float) -> None: ...


class People(Protocol):
    async def person(self, workspace: WorkspaceId, user: UserId) -> Principal | None:
        """As who they would call now; None for who is not there or may not come in."""
        ...


@dataclass(frozen=True, slots=True)
class Edges:
    store: DelegationStore
    approvals: ApprovalStore
    people: People
    authorizer: Authorizer
    clock: Clock
    ids: Ids


class Delegations:
    def __init__(self, edges: Edges) -> None:
        self._edges: Edges = edges

    async def give(self, principal: Principal, wish: Handover) -> Delegation:
        """Raises Invalid for a time or person that cannot be, NotFound, Refused."""
        edges, now = self._edges, self._edges.clock.now()
        require(
            edges.authorizer, principal, Action.CREATE, Resource("delegation", principal.workspace)
        )
        if wish.delegate == principal.user:
            raise Invalid("You have your own votes already. Name somebody else as delegate.")
        if await edges.people.person(principal.workspace, wish.delegate) is None:
            raise NotFound(f"There is no user {wish.delegate} in this workspace.")
        if not 0 < wish.seconds <= LONGEST_SECONDS:
            raise Invalid(
                f"A delegation lasts up to {LONGEST_SECONDS / 86_400:.0f} days, got "
                f"{wish.seconds:g} seconds."
            )
        if wish.approval is not None:
            _ = await edges.approvals.get(principal.workspace, wish.approval)
        begins = now if wish.begins_at is None else wish.begins_at
        if begins + wish.seconds <= now:
            raise Invalid("This delegation would be over already. Let it end in the future.")
        given = Delegation(
            id=edges.ids.delegation(),
            workspace=principal.workspace,
            owner=principal.user,
            delegate=wish.delegate,
            approval=wish.approval,
            created_at=now,
            begins_at=begins,
            ends_at=begins + wish.seconds,
        )
        await edges.store.add(given)
        return given

    async def mine(self, principal: Principal) -> tuple[Delegation, ...]:
        """Those that the caller gave or was given and that are not over."""
        edges, now = self._edges, self._edges.clock.now()
        require(
            edges.authorizer, principal, Action.LIST, Resource("delegation", principal.workspace)
        )
        found = await edges.store.of(principal.workspace, principal.user)
        return tuple(one for one in found if now < one.ends_at)

    async def revoke(self, principal: Principal, delegation: DelegationId) -> Delegation:
        """Either of the two may end it. Raises NotFound."""
        edges, now = self._edges, self._edges.clock.now()
        for one in await self.mine(principal):
            if one.id == delegation:
                await edges.store.revoke(principal.workspace, delegation, now)
                return replace(one, revoked_at=now)
        raise NotFound(f"You gave and were given no delegation {delegation}, or it is over.")

    async def behind(self, principal: Principal) -> tuple[tuple[Principal, Delegation], ...]:
        """Who handed votes to the caller that they may give now."""
        edges, now = self._edges, self._edges.clock.now()
        found: list[tuple[Principal, Delegation]] = []
        for one in await edges.store.of(principal.workspace, principal.user):
            if one.delegate != principal.user or not one.holds(now):
                continue
            giver = await edges.people.person(principal.workspace, one.owner)
            if giver is not None:
                found.append((giver, one))
        return tuple(found)
