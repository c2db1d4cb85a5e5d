# ruff: noqa: S608 - whoever tampers builds statements
"""Whoever has the database in hand changes it: each change is found, and the first bad entry named.

The triggers are taken away first, as such a person would.
"""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, text
from tests.contract.storage.test_audit import deed
from tests.contract.storage.world import ONE
from tests.fakes_audit import MemoryKeys
from tests.world import FakeClock

from podium.adapters.storage.audit_tables import TABLES
from podium.adapters.storage.database import Database, open_database
from podium.adapters.storage.stores import SqlStores
from podium.governance.audit.events import Stored, entry_of_many, events_in
from podium.governance.audit.keys import PublicKey
from podium.governance.audit.notes import Checkpoint
from podium.governance.audit.ports import Sealed
from podium.governance.audit.sealing import Batch, Sealer
from podium.governance.audit.tree import leaf_hash
from podium.governance.audit.verification import Report, Verifier
from podium.kernel import audit
from podium.kernel.audit import Actor, Origin, Thing
from podium.kernel.errors import Conflict, PodiumError

pytestmark = pytest.mark.anyio

FIRST = MemoryKeys().keys(None)[0].public
Change = Callable[[Connection], None]


def run(*statements: str) -> Change:
    def work(connection: Connection) -> None:
        for statement in statements:
            _ = connection.execute(text(statement))

    return work


async def filled(database: Database) -> SqlStores:
    """30 entries under three checkpoints of 10; their serials are found by position."""
    stores = SqlStores(database)
    for start in (0, 10, 20):
        await stores.audit.record([deed(f"key_{number}") for number in range(start, start + 10)])
        _ = await Sealer(stores.audit, MemoryKeys(), FakeClock()).seal()
    return stores


def disarm(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        found = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        for (name,) in found.all():
            _ = connection.execute(text(f"DROP TRIGGER {name}"))
    else:
        _ = connection.execute(text("SET LOCAL session_replication_role = replica"))


async def tampered(
    database: Database, change: Change, pinned: tuple[Checkpoint, ...] = ()
) -> Report:
    stores = await filled(database)

    def work(connection: Connection) -> None:
        disarm(connection)
        change(connection)

    await database.write(work)
    return await Verifier(stores.audit, FIRST).verify(pinned)


ENTRY = "(SELECT entry FROM audit_leaves WHERE position = {})"


@pytest.mark.parametrize(
    ("change", "rule", "position"),
    [
        pytest.param(
            run(
                "UPDATE audit_entries SET body = replace(body, 'allowed', 'denied') "
                f"WHERE serial = {ENTRY.format(13)}"
            ),
            "altered",
            13,
            id="a body",
        ),
        pytest.param(
            run(f"UPDATE audit_entries SET actor = 'user_bob' WHERE serial = {ENTRY.format(13)}"),
            "altered",
            13,
            id="a column",
        ),
        pytest.param(
            run(f"DELETE FROM audit_entries WHERE serial = {ENTRY.format(13)}"),
            "missing",
            13,
            id="a deleted entry",
        ),
        pytest.param(
            run(
                f"DELETE FROM audit_entries WHERE serial = {ENTRY.format(13)}",
                "DELETE FROM audit_leaves WHERE position = 13",
            ),
            "missing",
            13,
            id="a deleted entry with its leaf",
        ),
        pytest.param(
            run("UPDATE audit_leaves SET entry = -1 WHERE position = 13"),
            "missing",
            13,
            id="a leaf of another entry",
        ),
        pytest.param(
            run(
                "UPDATE audit_leaves SET position = -1 WHERE position = 13",
                "UPDATE audit_leaves SET position = 13 WHERE position = 16",
                "UPDATE audit_leaves SET position = 16 WHERE position = -1",
            ),
            "order",
            14,
            id="two entries swapped",
        ),
        pytest.param(
            run("DELETE FROM audit_leaves WHERE position >= 27"),
            "missing",
            27,
            id="the last leaves cut off",
        ),
        pytest.param(
            run("DELETE FROM audit_checkpoints WHERE size = 30"),
            "inserted",
            20,
            id="the last checkpoint cut off",
        ),
    ],
)
async def test_a_change_is_found_where_it_was_made(
    database: Database, change: Change, rule: str, position: int
):
    report = await tampered(database, change)
    assert report.defect is not None
    assert (report.defect.rule, report.defect.position) == (rule, position)
    assert str(position) in report.defect.message


def _forge(position: int) -> Change:
    """The entry and its leaf, so that both fit each other."""

    def work(connection: Connection) -> None:
        where = f"WHERE serial = {ENTRY.format(position)}"
        body = connection.execute(text(f"SELECT body FROM audit_entries {where}")).scalar_one()
        forged = body.replace("192.0.2.7", "192.0.2.8")
        update = text(f"UPDATE audit_entries SET body = :body {where}")
        _ = connection.execute(update, {"body": forged})
        leaf = text("UPDATE audit_leaves SET hash = :hash WHERE position = :at")
        _ = connection.execute(leaf, {"hash": leaf_hash(forged.encode()), "at": position})

    return work


async def test_an_entry_that_was_forged_with_its_leaf_is_found_between_two_checkpoints(
    database: Database,
):
    report = await tampered(database, _forge(13))
    assert report.defect is not None
    assert (report.defect.rule, report.defect.position, report.defect.until) == ("root", 10, 19)


async def test_an_entry_that_was_put_in_is_found(database: Database):
    def insert(connection: Connection) -> None:
        for position in range(29, 12, -1):
            move = f"UPDATE audit_leaves SET position = {position + 1} WHERE position = {position}"
            _ = connection.execute(text(move))
        _ = connection.execute(
            text("INSERT INTO audit_leaves (position, entry, hash) VALUES (13, :serial, :hash)"),
            {"serial": 10_000_000, "hash": b"x" * 32},
        )

    report = await tampered(database, insert)
    assert report.defect is not None
    assert (report.defect.rule, report.defect.position) == ("missing", 13)


async def test_a_checkpoint_of_another_key_is_refused(database: Database):
    """Somebody forges an entry and signs all anew, with a key of their own."""
    stores = await filled(database)
    forger = MemoryKeys(7)
    sealed = await stores.audit.newest()
    assert sealed is not None

    def resign(connection: Connection) -> None:
        disarm(connection)
        _forge(25)(connection)
        own = _Renamed(forger, FIRST.name)
        batch = Batch(own, 2_000_000.0)
        rows = connection.execute(text("SELECT body FROM audit_entries ORDER BY serial")).scalars()
        entries = [stored_of(body) for body in rows.all()]
        seal = batch(None, entries)
        assert seal is not None
        _ = connection.execute(text("DELETE FROM audit_checkpoints"))
        insert = text(
            "INSERT INTO audit_checkpoints (size, peaks, note) VALUES (30, :peaks, :note)"
        )
        made: Sealed = seal.sealed
        values = {"peaks": b"".join(made.peaks), "note": made.checkpoint.note}
        _ = connection.execute(insert, values)

    await database.write(resign)
    report = await Verifier(stores.audit, FIRST).verify()
    assert report.defect is not None
    assert report.defect.rule == "signature"
    # Who trusts the forger's key is told by a checkpoint that was kept elsewhere.
    theirs = PublicKey(FIRST.name, forger.keys(FIRST.name)[0].public.raw)
    fooled = await Verifier(stores.audit, theirs).verify()
    assert fooled.ok
    pinned = await Verifier(stores.audit, theirs).verify([sealed.checkpoint])
    assert pinned.defect is not None
    assert pinned.defect.rule == "pinned"


class _Renamed:
    def __init__(self, keys: MemoryKeys, name: str) -> None:
        self._keys, self._name = keys, name

    def keys(self, name: str | None):
        return self._keys.keys(self._name)

    def successor(self, name: str):
        return self._keys.successor(name)

    def promote(self) -> None: ...


def stored_of(body: str) -> Stored:
    return Stored(0, entry_of_many(events_in(body)))


async def test_what_was_cut_off_whole_is_found_by_a_checkpoint_kept_elsewhere(database: Database):
    """Entries, leaves and checkpoint of the last batch go: what is left fits itself."""
    stores = await filled(database)
    kept = [one for _, one in await stores.audit.checkpoints(after=0, limit=10)]

    def cut(connection: Connection) -> None:
        disarm(connection)
        run(
            "DELETE FROM audit_entries WHERE serial IN "
            "(SELECT entry FROM audit_leaves WHERE position >= 20)",
            "DELETE FROM audit_leaves WHERE position >= 20",
            "DELETE FROM audit_checkpoints WHERE size > 20",
        )(connection)

    await database.write(cut)
    assert (await Verifier(stores.audit, FIRST).verify()).ok
    report = await Verifier(stores.audit, FIRST).verify(kept)
    assert report.defect is not None
    assert (report.defect.rule, report.defect.position) == ("missing", 20)


@pytest.mark.parametrize("table", [table.name for table in TABLES])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET {} = {}"])
async def test_rows_are_neither_changed_nor_taken_out(database: Database, table: str, change: str):
    _ = await filled(database)
    column = {"audit_entries": "serial", "audit_checkpoints": "number"}.get(table, "position")
    statement = change.format(table, column, column)
    if table == "audit_nodes" and database.shared is False:
        fill = "INSERT INTO audit_nodes (level, position, hash) VALUES (8, 0, 'x')"
        await database.write(run(fill))
    with pytest.raises(PodiumError, match="only added to"):
        await database.write(run(statement))


async def test_what_is_told_is_stored_with_what_is_done_or_not_at_all(database: Database):
    stores = SqlStores(database)
    with audit.unit(Origin(Actor("user", "user_ann"))) as unit:

        def work(connection: Connection) -> None:
            _ = connection.execute(text("SELECT 1"))
            audit.tell("create", Thing("thing", "one", ONE))

        await database.write(work)
        assert (await stores.audit.waiting())[0] == 1

        def failing(_connection: Connection) -> None:
            audit.tell("create", Thing("thing", "two", ONE))
            raise Conflict("It is there.")

        with pytest.raises(Conflict):
            await database.write(failing)
        assert (await stores.audit.waiting())[0] == 1
        (left,) = unit.take()
        assert (left.id, left.outcome) == ("two", audit.Outcome.FAILED)


async def test_two_processes_that_seal_at_once_make_one_tree(database: Database, url: str):
    other = open_database(url)
    one, two = SqlStores(database), SqlStores(other)
    for number in range(6):
        await one.audit.record([deed(f"a_{number}")])
        await two.audit.record([deed(f"b_{number}")])
        for stores in (one, two):
            _ = await stores.audit.seal(Batch(MemoryKeys(), float(number)), most=10)
    await other.close()
    report = await Verifier(one.audit, FIRST).verify()
    assert report.ok
    assert report.entries == 12
