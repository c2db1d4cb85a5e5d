"""The audit trail over memory, SQLite and PostgreSQL."""

import pytest
from tests.contract.storage.world import ANN, ONE, TWO, Stores
from tests.fakes_audit import MemoryKeys
from tests.world import FakeClock

from podium.governance.audit.ports import EntryQuery
from podium.governance.audit.sealing import Batch, Sealer
from podium.governance.audit.tree import Node, cover, root_of
from podium.governance.audit.verification import Verifier
from podium.kernel.audit import Actor, Deed, Origin, Outcome
from podium.kernel.errors import Invalid
from podium.kernel.ids import WorkspaceId

pytestmark = pytest.mark.anyio


def deed(id: str, *, workspace: WorkspaceId = ONE, action: str = "key.create") -> Deed:
    origin = Origin(Actor("user", ANN, "key_1"), workspace, "192.0.2.7", "req_1", "ab" * 16)
    nasty = {"said": "naïve \x00 日本"}
    return Deed(action, "key", id, Outcome.ALLOWED, "admin", origin, nasty)


def sealer(stores: Stores, keys: MemoryKeys | None = None) -> Sealer:
    return Sealer(stores.audit, keys or MemoryKeys(), FakeClock())


async def test_what_is_recorded_is_listed_and_found(stores: Stores):
    await stores.audit.record([deed("key_1"), deed("key_2"), deed("key_3", workspace=TWO)])
    found = await stores.audit.list(EntryQuery(ONE), before=None, limit=10)
    assert [row.entry.resource for row in found] == ["key_2", "key_1"]
    assert found[0].position is None
    before = await stores.audit.list(EntryQuery(ONE), before=found[0].serial, limit=10)
    assert before == found[1:]
    oldest = await stores.audit.oldest_first(EntryQuery(ONE), after=0, limit=1)
    assert list(oldest) == [found[1]]
    one = await stores.audit.find(ONE, found[1].entry.id)
    assert one == found[1]
    assert await stores.audit.find(TWO, found[1].entry.id) is None


@pytest.mark.parametrize(
    "query",
    [
        EntryQuery(ONE, action="key.rotate"),
        EntryQuery(ONE, resource="key_2"),
    ],
)
async def test_a_list_is_asked_for_some_alone(stores: Stores, query: EntryQuery):
    await stores.audit.record([deed("key_1"), deed("key_2", action="key.rotate")])
    found = await stores.audit.list(query, before=None, limit=10)
    assert [row.entry.resource for row in found] == ["key_2"]


async def test_a_seal_covers_what_waits_in_its_order(pair: tuple[Stores, Stores]):
    one, two = pair
    for number in range(5):
        await one.audit.record([deed(f"key_{number}")])
    assert (await one.audit.waiting())[0] == 5
    assert await sealer(one).seal() == 5
    await two.audit.record([deed(f"key_{number}") for number in range(5, 300)])
    assert await sealer(two).seal() == 295
    assert await sealer(one).seal() == 0
    assert await two.audit.waiting() == (0, None)
    newest = await one.audit.newest()
    assert newest is not None
    head = newest.checkpoint.head
    assert head.size == 300
    known = await two.audit.hashes(cover(0, 300))
    assert Node(8, 0) in known
    assert root_of(known, 300) == head.root
    leaves = await one.audit.leaves(start=3, limit=4)
    assert [leaf.position for leaf in leaves] == [3, 4, 5, 6]
    entries = [leaf.entry.resource for leaf in leaves if leaf.entry]
    assert entries == ["key_3", "key_4", "key_5", "key_6"]


async def test_a_trail_that_was_not_touched_verifies(stores: Stores):
    keys = MemoryKeys()
    for number in range(3):
        await stores.audit.record([deed(f"key_{number}_{each}") for each in range(200)])
        _ = await sealer(stores, keys).seal()
    pinned = [one for _, one in await stores.audit.checkpoints(after=0, limit=10)]
    report = await Verifier(stores.audit, keys.keys(None)[0].public).verify(pinned)
    assert report.defect is None
    assert (report.entries, report.checkpoints, report.pinned, report.waiting) == (600, 3, 3, 0)


async def test_a_key_is_followed_by_the_next(stores: Stores):
    keys = MemoryKeys()
    first = keys.keys(None)[0].public
    await stores.audit.record([deed("key_1")])
    made = await sealer(stores, keys).rotate()
    assert made.next_key == keys.keys(first.name)[0].public
    await stores.audit.record([deed("key_2")])
    _ = await sealer(stores, keys).seal()
    report = await Verifier(stores.audit, first).verify()
    assert report.defect is None
    assert report.key == str(made.next_key)


async def test_a_process_that_died_while_it_rotated_goes_on_with_the_new_key(stores: Stores):
    keys = MemoryKeys()
    await stores.audit.record([deed("key_1")])
    _ = await stores.audit.seal(Batch(keys, 1.0, rotates=True), most=10)
    assert len(keys.fresh) == 1  # signed, and not yet in its place
    await stores.audit.record([deed("key_2")])
    assert await sealer(stores, keys).seal() == 1
    assert (await Verifier(stores.audit, MemoryKeys().keys(None)[0].public).verify()).ok


async def test_no_other_key_seals(stores: Stores):
    await stores.audit.record([deed("key_1")])
    _ = await sealer(stores).seal()
    await stores.audit.record([deed("key_2")])
    with pytest.raises(Invalid, match="signed with another key than this podium has"):
        _ = await sealer(stores, MemoryKeys(7)).seal()
    assert (await stores.audit.waiting())[0] == 1
