import pytest
from tests.contract.storage.world import NASTY, Stores

from podium.adapters.storage.columns import storable
from podium.governance.policies.ports import PolicyVersion
from podium.kernel.errors import Conflict, NotFound

pytestmark = pytest.mark.anyio


async def test_versions_are_kept_and_never_changed(stores: Stores):
    assert await stores.policies.latest() is None
    first = PolicyVersion(1, storable(NASTY), 1.5, "user_ann", "first")
    second = PolicyVersion(2, "", 2.5, "user_ann", "")
    for one in (first, second):
        await stores.policies.add(one)
    assert await stores.policies.latest() == second
    assert await stores.policies.get(1) == first
    assert await stores.policies.list(most=5) == (second, first)
    assert await stores.policies.list(most=1) == (second,)
    with pytest.raises(Conflict):
        await stores.policies.add(first)
    with pytest.raises(NotFound, match="no version 9"):
        _ = await stores.policies.get(9)
