"""Approvals, and what they need of other rooms."""

from dataclasses import dataclass

from podium.adapters.storage.stores import SqlStores
from podium.governance.access import Authorizer
from podium.governance.approval_service import Approvals, Assurance, Deliver
from podium.governance.approval_service import Edges as ApprovalEdges
from podium.governance.delegations import Delegations
from podium.governance.delegations import Edges as DelegationEdges
from podium.identity.ports import DirectoryStore
from podium.identity.principal import Principal
from podium.kernel.clock import Clock
from podium.kernel.ids import Ids, UserId, WorkspaceId
from podium.kernel.json import Json, JsonObject, canonical
from podium.workflows.schemas import compiled


@dataclass(frozen=True, slots=True)
class Approving:
    approvals: Approvals
    delegations: Delegations


@dataclass(frozen=True, slots=True)
class StoredPeople:
    """Users as who they would call now."""

    store: DirectoryStore

    async def person(self, workspace: WorkspaceId, user: UserId) -> Principal | None:
        found = await self.store.principal(user, workspace)
        return found if found is not None and found.roles else None


@dataclass(frozen=True, slots=True)
class Around:
    stores: SqlStores
    authorizer: Authorizer
    deliver: Deliver
    clock: Clock
    ids: Ids
    assurance: Assurance


def approving(around: Around) -> Approving:
    stores = around.stores
    delegations = Delegations(
        DelegationEdges(
            store=stores.delegations,
            approvals=stores.approvals,
            people=StoredPeople(stores.directory),
            authorizer=around.authorizer,
            clock=around.clock,
            ids=around.ids,
        )
    )
    approvals = Approvals(
        ApprovalEdges(
            store=stores.approvals,
            authorizer=around.authorizer,
            deliver=around.deliver,
            clock=around.clock,
            ids=around.ids,
            delegated=delegations,
            assurance=around.assurance,
            fits=misfit,
        )
    )
    return Approving(approvals, delegations)


def misfit(schema: JsonObject, value: Json) -> str:
    """Why a value does not fit, with its place; "" where it does. Raises Invalid."""
    wrong = compiled(canonical(schema)).mismatches(value)
    if not wrong:
        return ""
    where = "/".join(map(str, wrong[0].path))
    return f"{where}: {wrong[0].message}" if where else wrong[0].message
