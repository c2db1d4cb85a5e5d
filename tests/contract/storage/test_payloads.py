from collections.abc import Sequence

import pytest
from sqlalchemy import func, select
from tests.contract.storage.world import ONE, TWO, a_run, a_version, add, an_approval, finish

from podium.adapters.storage.database import Database
from podium.adapters.storage.payloads import INLINE
from podium.adapters.storage.stores import SqlStores
from podium.adapters.storage.tables import payloads, runs

pytestmark = pytest.mark.anyio

LARGE = {"text": "an email of some length. " * 100}


async def _bodies(database: Database) -> Sequence[tuple[str, int]]:
    """Coding and size of each payload, smallest first."""
    size = func.length(payloads.c.body)
    statement = select(payloads.c.coding, size).order_by(size)
    rows = await database.read(lambda connection: connection.execute(statement).all())
    return [(coding, bytes_) for coding, bytes_ in rows]


async def test_a_large_value_is_stored_once_in_a_workspace(database: Database):
    stores = SqlStores(database)
    for name in "123":
        _ = await add(stores, a_run(name, given=LARGE))
        _ = await finish(stores, a_run(name).id, 1.0, output=LARGE, error={"detail": LARGE["text"]})
    _ = await stores.approvals.add(an_approval(payload=LARGE))
    _ = await stores.workflows.add(a_version(document=LARGE))
    assert len(await _bodies(database)) == 2
    _ = await add(stores, a_run("4", given=LARGE, workspace=TWO))
    assert len(await _bodies(database)) == 3


async def test_a_small_value_stays_in_its_row(database: Database):
    at_limit = "x" * (INLINE - 2)
    _ = await add(SqlStores(database), a_run("1", given=at_limit))
    assert await _bodies(database) == []
    _ = await add(SqlStores(database), a_run("2", given=at_limit + "x"))
    assert len(await _bodies(database)) == 1


async def test_a_body_is_compressed_where_that_helps(database: Database):
    stores = SqlStores(database)
    digits = "".join(f"{number * 2654435761 % 2**32:08x}" for number in range(400))
    _ = await add(stores, a_run("1", given={"a": "x" * 100_000}))
    _ = await add(stores, a_run("2", given=digits))
    (_, repeated), (coding, _size) = await _bodies(database)
    assert repeated < 1000
    assert coding == "zlib"


async def test_the_row_of_a_large_value_is_small(database: Database):
    _ = await add(SqlStores(database), a_run(given=LARGE))
    cell = await database.read(
        lambda connection: connection.execute(select(runs.c.input)).scalar_one()
    )
    assert cell.startswith("@")
    assert len(cell) == 65


async def test_nothing_is_stored_of_a_finish_that_came_too_late(database: Database):
    stores = SqlStores(database)
    _ = await add(stores, a_run())
    run = a_run().id
    _ = await finish(stores, run, 1.0)
    assert not await finish(stores, run, 2.0, output=LARGE)
    assert await _bodies(database) == []


async def test_workspaces_do_not_read_each_others_payloads(database: Database):
    stores = SqlStores(database)
    for name, workspace in (("1", ONE), ("2", TWO)):
        _ = await add(stores, a_run(name, given=LARGE, workspace=workspace))
    statement = payloads.delete().where(payloads.c.workspace == ONE)
    _ = await database.write(lambda connection: connection.execute(statement))
    assert (await stores.runs.find(a_run("2").id)).input == LARGE
    with pytest.raises(KeyError):
        _ = await stores.runs.find(a_run("1").id)
