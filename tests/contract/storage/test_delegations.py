from dataclasses import replace

import pytest
from tests.contract.storage.world import ONE, TWO, Stores

from podium.governance.delegations import Delegation
from podium.kernel.ids import ApprovalId, DelegationId, UserId

pytestmark = pytest.mark.anyio
ANN, BOB, EVE = UserId("user_a"), UserId("user_b"), UserId("user_e")


def _given(name: str, owner: UserId = ANN, delegate: UserId = BOB) -> Delegation:
    return Delegation(
        id=DelegationId(f"dele_{name}"),
        workspace=ONE,
        owner=owner,
        delegate=delegate,
        approval=None,
        created_at=float(name),
        begins_at=5.0,
        ends_at=9.5,
    )


async def test_delegations_come_back_to_both_sides_until_they_are_revoked(stores: Stores):
    first = replace(_given("1"), approval=ApprovalId("appr_1"))
    second, other = _given("2", BOB, EVE), _given("3", EVE, UserId("user_x"))
    for one in (second, first, other, replace(first, id=DelegationId("dele_4"), workspace=TWO)):
        await stores.delegations.add(one)
    assert await stores.delegations.of(ONE, ANN) == (first,)
    assert await stores.delegations.of(ONE, BOB) == (first, second)
    await stores.delegations.revoke(TWO, first.id, 7.0)
    assert await stores.delegations.of(ONE, ANN) == (first,)
    await stores.delegations.revoke(ONE, first.id, 7.0)
    assert await stores.delegations.of(ONE, BOB) == (second,)
