"""What becomes of checkpoints, and of a trail that cannot be sealed."""

from dataclasses import dataclass, field

import anyio
import anyio.lowlevel
import pytest
from tests.fakes_audit import MemoryAudit, MemoryKeys
from tests.world import FakeClock

from podium.governance.audit.sealing import Sealer
from podium.governance.audit.trail import Trail
from podium.kernel.audit import Actor, Deed, Origin, Outcome, Thing, tell, unit
from podium.kernel.errors import Unavailable
from podium.kernel.ids import WorkspaceId

pytestmark = pytest.mark.anyio
DEED = Deed("key.create", "key", "key_1")


@dataclass
class Elsewhere:
    """`down` is a place that does not answer."""

    down: bool = False
    notes: list[str] = field(default_factory=list)

    async def put(self, note: str) -> None:
        if self.down:
            raise Unavailable("It does not answer.")
        self.notes.append(note)


async def test_a_place_that_did_not_answer_gets_the_newest_checkpoint_later():
    store, up, down = MemoryAudit(), Elsewhere(), Elsewhere(down=True)
    sealer = Sealer(store, MemoryKeys(), FakeClock(), outlets=[down, up])
    for _ in range(3):
        await store.record([DEED])
        with pytest.raises(Unavailable):
            _ = await sealer.seal()
    assert len(up.notes) == 3
    down.down = False
    assert await sealer.seal() == 0
    assert down.notes == up.notes[-1:]


async def test_a_trail_that_cannot_be_sealed_says_why_and_goes_on():
    store = MemoryAudit()
    await store.record([DEED])
    _ = await Sealer(store, MemoryKeys(), FakeClock()).seal()
    await store.record([DEED])
    sealer = Sealer(store, MemoryKeys(7), FakeClock())
    async with anyio.create_task_group() as group:
        group.start_soon(sealer.run, 1.0)
        with anyio.fail_after(5):
            while not sealer.problem:
                await anyio.lowlevel.checkpoint()
        group.cancel_scope.cancel()
    assert "signed with another key" in sealer.problem


async def test_what_is_told_in_the_background_is_stored_a_moment_later():
    store = MemoryAudit()
    trail = Trail(store, FakeClock())
    trail.record(DEED)
    assert not store.rows
    await trail.flush()
    assert [row.entry.action for row in store.rows] == ["key.create"]


async def test_nothing_more_is_allowed_where_too_much_waits():
    trail = Trail(MemoryAudit(full=True), FakeClock())
    for _ in range(10_000):
        trail.record(DEED)
    with pytest.raises(Unavailable, match="cannot be written: 10000 events wait"):
        trail.record(DEED)


def test_what_was_decided_and_done_is_one_event():
    origin = Origin(Actor("user", "user_ann"), WorkspaceId("ws_1"))
    with unit(origin) as here:
        here.decided(Deed("key.read", "key", "key_1", policy="admin", origin=origin))
        here.decided(Deed("key.change", "key", "key_1", policy="admin", origin=origin))
        tell("rotate", Thing("key", "key_1", WorkspaceId("ws_1")), count=1)
        read, done = here.take()
    assert (read.action, done.action, done.policy) == ("key.read", "key.rotate", "admin")
    assert done.origin == origin


def test_what_could_not_be_stored_failed():
    with unit(Origin()) as here:
        here.decided(DEED)
        here.decided(Deed("key.read", "key", "key_2", Outcome.DENIED))
        here.undone(here.take())
        assert [deed.outcome for deed in here.take()] == [Outcome.FAILED, Outcome.DENIED]


async def test_who_looks_at_a_full_disk_is_told_of_when_there_is_space():
    store = MemoryAudit(full=True)
    trail = Trail(store, FakeClock())
    await trail.keep([Deed("run.read", "run", "run_1")])
    with pytest.raises(Unavailable):
        await trail.keep([DEED])
    store.full = False
    await trail.flush()
    assert [row.entry.action for row in store.rows] == ["run.read"]
