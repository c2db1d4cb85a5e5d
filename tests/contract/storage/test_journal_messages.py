"""How a journal finds the messages that wait."""

import pytest
from sqlalchemy import text
from tests.contract.storage.world import a_run, add

from podium.adapters.storage.database import Database
from podium.adapters.storage.journal import statements
from podium.adapters.storage.stores import SqlStores

pytestmark = pytest.mark.anyio

TAKEN = text("INSERT INTO messages (run, topic, key, taken) VALUES ('run_1', 'topic', :key, 1)")


async def test_a_message_is_found_whatever_the_number_of_those_taken(database: Database):
    """A listen that takes thousands of events would look at all of them for each."""
    stores, run = SqlStores(database), a_run()
    _ = await add(stores, run)
    rows = [{"key": str(number)} for number in range(300)]
    _ = await database.write(lambda c: c.execute(TAKEN, rows))
    assert await stores.journal.message(run.id, "topic") is None
    _ = await stores.journal.send(run.id, "topic", "hello", key="last", now=1.0)
    message = await stores.journal.message(run.id, "topic")
    assert message is not None
    assert message.body == "hello"
    if database.engine.dialect.name == "sqlite":
        plan = text(f"EXPLAIN QUERY PLAN {statements.OLDEST}")
        values = {"of": run.id, "about": "topic", "param_1": 1}
        found = await database.read(lambda c: [str(row) for row in c.execute(plan, values).all()])
        assert "messages_waiting (run=? AND topic=?)" in "".join(found)
