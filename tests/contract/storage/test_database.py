"""What happens when things go wrong around the database."""

import os
import sqlite3
import time
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import pytest
from anyio import to_thread
from sqlalchemy import Connection, bindparam, event, text
from tests.contract.storage.world import ONE, a_run, add, begin, finish, pending

from podium.adapters.storage.database import Database, open_database
from podium.adapters.storage.pace import AT_ONCE, SLOW, Pace
from podium.adapters.storage.prepared import Command, Prepared
from podium.adapters.storage.stores import SqlStores
from podium.adapters.storage.tables import runs
from podium.kernel.errors import Invalid, NotFound, Unavailable
from podium.kernel.ids import RunId
from podium.observability.ports import CallQuery
from podium.workflows.runs import RunQuery, RunStatus

pytestmark = pytest.mark.anyio


@pytest.fixture
async def file(tmp_path: Path) -> AsyncGenerator[Database]:
    database = open_database(f"sqlite:///{tmp_path}/podium.db")
    await database.migrate()
    yield database
    await database.close()


def _on_connect(database: Database, pragma: str) -> None:
    """Set it on the connections that are opened from now on."""

    def set_pragma(connection: sqlite3.Connection, _record: object) -> None:
        _ = connection.execute(f"PRAGMA {pragma}")

    event.listen(database.engine, "connect", set_pragma)


async def _pragma(database: Database, pragma: str) -> object:
    statement = text(f"PRAGMA {pragma}")
    return await database.read(lambda connection: connection.execute(statement).scalar_one())


async def test_a_full_disk_is_said_and_what_was_stored_stays_readable(tmp_path: Path):
    database = open_database(f"sqlite:///{tmp_path}/podium.db")
    _on_connect(database, "max_page_count = 160")
    await database.migrate()
    stores = SqlStores(database)
    _ = await add(stores, a_run("before", given={"a": "x" * 5000}))
    incompressible = [number * 2654435761 % 2**32 for number in range(100_000)]
    with pytest.raises(Unavailable, match=r"podium.db cannot grow.* Free some space"):
        _ = await add(stores, a_run("large", given=incompressible))
    assert (await stores.runs.find(RunId("run_before"))).input == {"a": "x" * 5000}
    page = await stores.runs.list(RunQuery(ONE), cursor=None, limit=9)
    assert [run.id for run in page.items] == ["run_before"]
    _ = await add(stores, a_run("after"))
    assert await finish(stores, RunId("run_after"), 1.0, output=1)
    await database.close()


async def test_a_file_that_another_process_holds_is_said_to_be_locked(tmp_path: Path):
    database = open_database(f"sqlite:///{tmp_path}/podium.db")
    _on_connect(database, "busy_timeout = 30")
    await database.migrate()
    stores = SqlStores(database)
    other = sqlite3.connect(tmp_path / "podium.db", isolation_level=None)
    _ = other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match=r"podium.db is locked by another process"):
        _ = await add(stores, a_run())
    assert await pending(stores) == 0
    _ = other.execute("COMMIT")
    other.close()
    _ = await add(stores, a_run())
    await database.close()


async def test_a_file_that_is_no_database_is_invalid(tmp_path: Path):
    path = tmp_path / "letter.txt"
    _ = path.write_text("Dear database, " * 100)
    database = open_database(f"sqlite:///{path}")
    with pytest.raises(Invalid, match=r"letter.txt is not a SQLite database"):
        await database.migrate()
    await database.close()


async def test_a_folder_that_does_not_exist_is_named(tmp_path: Path):
    database = open_database(f"sqlite:///{tmp_path}/none/podium.db")
    with pytest.raises(Unavailable, match=r"none/podium.db cannot be opened.* Create its folder"):
        await database.migrate()
    await database.close()


async def test_a_server_that_refuses_is_named_without_the_password():
    database = open_database("postgresql://ann:s3cret@127.0.0.1:1/podium")
    with pytest.raises(Unavailable) as caught:
        await database.ping()
    assert "The PostgreSQL database 'podium' at 127.0.0.1:1 does not answer" in str(caught.value)
    assert "refused" in str(caught.value)
    assert "s3cret" not in str(caught.value)
    await database.close()


@pytest.mark.service
async def test_a_database_that_does_not_exist_is_named(postgresql_url: str):
    url = postgresql_url.partition("?")[0].replace("/test", "/none_of_it")
    database = open_database(url)
    with pytest.raises(Unavailable, match='database "none_of_it" does not exist'):
        await database.ping()
    await database.close()


@pytest.mark.service
async def test_a_connection_that_the_server_ended_is_replaced(postgresql_tables: str):
    database = open_database(postgresql_tables)
    own = text("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(Unavailable, match="ended the connection"):
        _ = await database.write(lambda connection: connection.execute(own))
    pid = await database.read(
        lambda connection: connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    )
    killer = open_database(postgresql_tables)
    kill = text("SELECT pg_terminate_backend(:pid, 5000)")
    _ = await killer.read(lambda connection: connection.execute(kill, {"pid": pid}))
    await killer.close()
    await database.ping()
    await database.close()


async def test_an_error_inside_a_write_undoes_all_of_it(database: Database):
    stores = SqlStores(database)
    _ = await add(stores, a_run())

    def fail(connection: Connection) -> None:
        _ = connection.execute(runs.update().values(ended_at=1.0))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(fail)
    assert await pending(stores) == 1


async def test_of_several_commands_all_are_done_or_none(database: Database):
    stores = SqlStores(database)
    for name in ("1", "2"):
        _ = await add(stores, a_run(name))
    statement = runs.update().where(runs.c.id == bindparam("run")).values(owner=bindparam("to"))
    owned = Prepared(database.engine.dialect, statement)

    async def give(**owners: str | None) -> Sequence[bool]:
        return await database.commit(
            [Command(owned, {"run": f"run_{name}", "to": to}) for name, to in owners.items()]
        )

    assert await give(_1="ann", _2="ben") == [False, False]
    assert await give(**{"1": "ann", "3": "ben"}) == [True, False]
    with pytest.raises(NotFound):
        _ = await give(**{"2": "ben", "1": None})
    assert [(await stores.runs.find(RunId(f"run_{name}"))).owner for name in "12"] == [
        "ann",
        "user_ann",
    ]
    assert await give(**{"2": "ben"}) == [True]


@pytest.mark.service
async def test_commands_on_a_connection_that_the_server_ended_are_refused_once(
    postgresql_tables: str,
):
    database = open_database(postgresql_tables)
    end = Prepared(database.engine.dialect, text("SELECT pg_terminate_backend(pg_backend_pid())"))
    with pytest.raises(Unavailable):
        _ = await database.commit([Command(end, {})])
    again = Prepared(database.engine.dialect, text("SELECT 1"))
    assert await database.commit([Command(again, {})]) == [True]
    await database.close()


async def test_writers_of_two_processes_all_get_their_turn(url: str):
    databases = [open_database(url), open_database(url)]
    stores = [SqlStores(database) for database in databases]

    async def work(number: int) -> None:
        run = a_run(str(number))
        own = stores[number % 2]
        _ = await add(own, run)
        await begin(own, run.id)
        _ = await own.runs.get(ONE, run.id)
        _ = await finish(own, run.id, 2.0, output=number)

    async with anyio.create_task_group() as group:
        for number in range(60):
            _ = group.start_soon(work, number)
    assert (await stores[0].runs.counts(RunQuery(ONE)))[RunStatus.COMPLETED] == 60
    for database in databases:
        await database.close()


async def test_a_cancelled_write_leaves_the_database_usable(database: Database):
    stores = SqlStores(database)
    for number in range(30):
        with anyio.move_on_after(0.0003 * number):
            _ = await add(stores, a_run(str(number)))
    _ = await add(stores, a_run("last"))
    assert (await stores.runs.find(RunId("run_last"))).status is RunStatus.PENDING


async def test_many_readers_and_a_writer_do_not_starve_each_other(database: Database):
    stores = SqlStores(database)

    async def read() -> None:
        _ = await stores.runs.list(RunQuery(ONE), cursor=None, limit=50)

    async with anyio.create_task_group() as group:
        for number in range(40):
            _ = group.start_soon(read)
            _ = group.start_soon(add, stores, a_run(str(number)))
    assert await pending(stores) == 40


async def test_sqlite_is_set_up_for_one_writer_and_many_readers(file: Database):
    for pragma, value in [
        ("journal_mode", "wal"),
        ("synchronous", 1),
        ("foreign_keys", 1),
        ("busy_timeout", 10_000),
    ]:
        assert await _pragma(file, pragma) == value


async def test_while_another_program_writes_what_is_recorded_waits_in_a_thread(file: Database):
    stores, path = SqlStores(file), file.engine.url.database
    assert path is not None
    other = sqlite3.connect(path, isolation_level=None)
    _ = other.execute("BEGIN IMMEDIATE")
    async with anyio.create_task_group() as group:
        _ = group.start_soon(add, stores, a_run())
        await anyio.sleep(0.05)
        assert await pending(stores) == 0
        _ = other.execute("ROLLBACK")
    other.close()
    assert await pending(stores) == 1
    assert await _pragma(file, "busy_timeout") == 10_000


async def test_a_run_that_cannot_be_recorded_at_once_says_why(tmp_path: Path):
    database = open_database(f"sqlite:///{tmp_path}/podium.db")
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        _ = await add(SqlStores(database), a_run())
    await database.close()


def test_after_a_slow_transaction_threads_do_the_next_ones():
    pace = Pace(AT_ONCE)
    assert (pace.is_quick(AT_ONCE), pace.is_quick(AT_ONCE + 1)) == (True, False)
    with pace.measured():
        time.sleep(1.2 * SLOW)
    assert not pace.is_quick(1)


async def test_what_is_logged_goes_into_the_file_beside_the_writers(file: Database):
    stores = SqlStores(file)

    async def size() -> int:
        pages = await _pragma(file, "main.page_count")
        path = file.engine.url.database
        assert isinstance(pages, int)
        assert path is not None
        return pages * 4096 - await to_thread.run_sync(os.path.getsize, path)

    for number in range(20):
        _ = await add(stores, a_run(str(number), given="x" * 1000))
    assert await size() > 0, "it is not in the file yet"
    async with anyio.create_task_group() as group:
        _ = group.start_soon(file.tend)
        with anyio.fail_after(60):
            while await size():  # noqa: ASYNC110 - the file tells nobody
                await anyio.sleep(0.05)
        group.cancel_scope.cancel()
    assert await pending(stores) == 20


async def test_every_write_can_be_made_to_wait_for_the_disk(tmp_path: Path):
    database = open_database(f"sqlite:///{tmp_path}/podium.db", synchronous="full")
    assert await _pragma(database, "synchronous") == 2
    await database.close()


def _modes(folder: Path) -> dict[str, str]:
    return {path.name: oct(path.stat().st_mode & 0o777) for path in folder.iterdir()}


async def test_the_files_are_their_owners_alone_whatever_the_umask_says(tmp_path: Path):
    before = os.umask(0)
    try:
        database = open_database(f"sqlite:///{tmp_path}/podium.db")
        await database.migrate()
        modes = _modes(tmp_path)
        await database.close()
    finally:
        _ = os.umask(before)
    assert modes == {f"podium.db{end}": "0o600" for end in ("", "-wal", "-shm")}


async def test_a_file_that_exists_keeps_its_mode(tmp_path: Path):
    (tmp_path / "podium.db").touch(0o640)
    database = open_database(f"sqlite:///{tmp_path}/podium.db")
    await database.migrate()
    await database.close()
    assert _modes(tmp_path) == {"podium.db": "0o640"}


@pytest.mark.parametrize("query", [CallQuery(), CallQuery(model="m", since=1.0)])
async def test_calls_are_found_by_their_index(file: Database, query: CallQuery):
    asked: list[tuple[str, object]] = []

    def see(*event: object) -> None:
        asked.append((str(event[2]), event[3]))

    event.listen(file.engine, "before_cursor_execute", see)
    _ = await SqlStores(file).spans.calls(ONE, query, cursor=None, limit=5)
    (statement, values) = asked[-1]
    plan = await file.read(
        lambda connection: connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {statement}", values
        ).all()
    )
    assert "USING INDEX spans_calls" in str(plan)
    assert "TEMP B-TREE" not in str(plan)


async def test_migrating_again_changes_nothing(database: Database):
    _ = await add(SqlStores(database), a_run())
    await database.migrate()
    assert await pending(SqlStores(database)) == 1


async def _migrate(url: str) -> None:
    database = open_database(url)
    await database.migrate()
    await database.close()


def _migrate_at_once(url: str) -> None:
    """From four threads that share nothing: to the database they are four processes."""
    with ThreadPoolExecutor(4) as threads:
        started = [threads.submit(anyio.run, _migrate, url) for _ in range(4)]
        for each in started:
            each.result(timeout=60)


def test_processes_may_migrate_an_empty_file_at_once(tmp_path: Path):
    _migrate_at_once(f"sqlite:///{tmp_path}/podium.db")


@pytest.mark.service
def test_processes_may_migrate_an_empty_schema_at_once(postgresql_empty: str):
    _migrate_at_once(postgresql_empty)
