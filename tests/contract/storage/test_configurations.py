"""What every store of versions of the configuration does."""

import pytest
from tests.contract.storage.world import ANN, NASTY, ONE, Stores

from podium.gateway.configuration.versions import Version
from podium.kernel.errors import Conflict, Invalid, NotFound

pytestmark = pytest.mark.anyio


def a_version(number: int = 1, **more: object) -> Version:
    return Version(number, ONE, ANN, 100.0 + number, "d" * 64, **more)


async def test_a_version_comes_back_as_it_was_given(stores: Stores):
    document = {"routes": {"a": {"targets": [NASTY, 1, None]}}}
    given = a_version(comment="why", restores=3, document=document, text="routes:\n  # é\n")
    await stores.configurations.add(given)
    assert await stores.configurations.get(1) == given
    assert await stores.configurations.newest() == given


async def test_nothing_is_stored_at_first(stores: Stores):
    assert await stores.configurations.newest() is None
    assert await stores.configurations.count() == 0
    with pytest.raises(NotFound, match="version 7"):
        _ = await stores.configurations.get(7)


async def test_of_two_who_store_the_same_number_one_is_told(pair: tuple[Stores, Stores]):
    one, other = (stores.configurations for stores in pair)
    await one.add(a_version(comment="first"))
    with pytest.raises(Conflict, match="somebody else"):
        await other.add(a_version(comment="second"))
    newest = await other.newest()
    assert newest is not None
    assert newest.comment == "first"


async def test_versions_are_listed_newest_first_page_by_page(stores: Stores):
    for number in (1, 2, 3):
        await stores.configurations.add(a_version(number))
    assert await stores.configurations.count() == 3
    page = await stores.configurations.list(cursor=None, limit=2)
    rest = await stores.configurations.list(cursor=page.next, limit=2)
    assert [one.number for one in (*page.items, *rest.items)] == [3, 2, 1]
    assert rest.next is None
    with pytest.raises(Invalid, match="no cursor"):
        _ = await stores.configurations.list(cursor="x", limit=2)
