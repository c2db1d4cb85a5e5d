"""What the API needs to be given to let people decide."""

from typing import Protocol

from podium.governance.approvals import Approval, ApprovalQuery
from podium.governance.delegations import Delegation, Handover
from podium.identity.principal import Principal
from podium.kernel.ids import ApprovalId, DelegationId
from podium.kernel.json import Json
from podium.kernel.paging import Page


class Approvals(Protocol):
    async def list(
        self, principal: Principal, query: ApprovalQuery, *, cursor: str | None, limit: int
    ) -> Page[Approval]: ...

    async def count(self, principal: Principal, query: ApprovalQuery) -> int: ...

    async def mine(
        self, principal: Principal, query: ApprovalQuery, *, cursor: str | None, limit: int
    ) -> Page[Approval]: ...

    async def count_mine(self, principal: Principal, query: ApprovalQuery) -> int: ...

    async def get(self, principal: Principal, approval: ApprovalId) -> Approval: ...

    async def approve(
        self,
        principal: Principal,
        approval: ApprovalId,
        comment: str = "",
        *,
        edited: Json = None,
        expected_digest: str = "",
    ) -> Approval: ...

    async def reject(
        self,
        principal: Principal,
        approval: ApprovalId,
        comment: str = "",
        *,
        expected_digest: str = "",
    ) -> Approval: ...


class Delegations(Protocol):
    async def give(self, principal: Principal, wish: Handover) -> Delegation: ...

    async def mine(self, principal: Principal) -> tuple[Delegation, ...]: ...

    async def revoke(self, principal: Principal, delegation: DelegationId) -> Delegation: ...
