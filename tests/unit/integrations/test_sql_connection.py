"""A Connection over SQLite, and over PostgreSQL where there is one; both keep the same promises."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import anyio
import psycopg
import pytest

from podium.adapters.sql_connection import SqlConnection, open_connection
from podium.adapters.sql_values import as_json
from podium.kernel.errors import Invalid, LimitReached, TimedOut, Unavailable
from podium.kernel.json import Json, JsonObject

pytestmark = pytest.mark.anyio
POSTGRESQL = "postgresql://postgres@127.0.0.1:5432/test"
SLOW = {
    "sqlite": "with recursive r(n) as (select 1 union all select n + 1 from r) "
    "select max(n) from r",
    "postgresql": "select pg_sleep(30)",
}


class Bank:
    def __init__(self, kind: str, connection: SqlConnection) -> None:
        self.kind: str = kind
        self.connection: SqlConnection = connection

    async def run(self, statement: str, *, limit: int = 10, seconds: float = 5, **given: Json):
        return await self.connection.query(statement, given, limit=limit, seconds=seconds)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
async def bank(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bank]:
    url = f"sqlite:///{tmp_path / 'bank.db'}"
    if request.param == "postgresql":
        url = POSTGRESQL
        try:
            psycopg.connect(url, connect_timeout=1).close()
        except psycopg.OperationalError:
            pytest.skip("no PostgreSQL at 127.0.0.1:5432")
    connection = open_connection("bank", url)
    opened = Bank(request.param, connection)
    _ = await opened.run("drop table if exists podium_accounts")
    _ = await opened.run(
        "create table podium_accounts (id integer primary key, name text, balance numeric)"
    )
    yield opened
    _ = await opened.run("drop table podium_accounts")
    await connection.close()


INSERT = "insert into podium_accounts values (:id, :name, :balance)"


async def test_values_are_bound_and_never_part_of_the_statement(bank: Bank):
    evil = "x'); drop table podium_accounts; -- 100% :no"
    assert await bank.run(INSERT, id=1, name=evil, balance=1.5) == ([], 1)
    rows, changed = await bank.run("select name, balance from podium_accounts where id = :id", id=1)
    assert (rows, changed) == ([{"name": evil, "balance": 1.5}], 0)


async def test_colons_and_percent_signs_in_quotes_stay_what_they_are(bank: Bank):
    rows, _ = await bank.run("select '12:30' as t, '50%' as p, cast(:a as text) as a", a="x")
    assert rows == [{"t": "12:30", "p": "50%", "a": "x"}]


async def test_changes_are_counted_and_returned_rows_come_with_them(bank: Bank):
    _ = await bank.run(INSERT, id=1, name="a", balance=1)
    _ = await bank.run(INSERT, id=2, name="b", balance=2)
    assert await bank.run("update podium_accounts set balance = 0") == ([], 2)
    deleted = await bank.run("delete from podium_accounts where id = :id returning name", id=2)
    assert deleted == ([{"name": "b"}], 1)


async def test_more_rows_than_the_limit_are_an_error(bank: Bank):
    for number in range(3):
        _ = await bank.run(INSERT, id=number, name="a", balance=1)
    with pytest.raises(LimitReached, match="more than 2 rows"):
        _ = await bank.run("select * from podium_accounts", limit=2)
    assert len((await bank.run("select * from podium_accounts", limit=3))[0]) == 3


async def test_a_write_that_answers_too_many_rows_is_taken_back(bank: Bank):
    for number in range(3):
        _ = await bank.run(INSERT, id=number, name="a", balance=1)
    with pytest.raises(LimitReached):
        _ = await bank.run("delete from podium_accounts returning id", limit=2)
    assert len((await bank.run("select * from podium_accounts"))[0]) == 3


@pytest.mark.parametrize(
    "statement",
    ["selec 1", "select nope", "select 1; select 2", "select 1 as a, 2 as a", "select :missing"],
)
async def test_what_the_database_or_podium_refuses_is_invalid(bank: Bank, statement: str):
    with pytest.raises(Invalid):
        _ = await bank.run(statement)


async def test_a_parameter_that_is_not_in_the_statement_is_a_mistake(bank: Bank):
    with pytest.raises(Invalid, match="Parameter 'b' is not in the statement"):
        _ = await bank.run("select :a as a", a=1, b=2)


async def test_a_broken_constraint_is_invalid(bank: Bank):
    _ = await bank.run(INSERT, id=1, name="a", balance=1)
    with pytest.raises(Invalid, match="refused"):
        _ = await bank.run(INSERT, id=1, name="b", balance=1)


async def test_a_slow_statement_is_stopped_and_the_connection_goes_on(bank: Bank):
    with pytest.raises(TimedOut, match=r"within 0\.2 s"):
        _ = await bank.run(SLOW[bank.kind], seconds=0.2)
    assert (await bank.run("select 7 as x"))[0] == [{"x": 7}]


async def test_a_cancelled_caller_stops_the_statement(bank: Bank):
    with anyio.move_on_after(0.2) as scope:
        _ = await bank.run(SLOW[bank.kind], seconds=30)
    assert scope.cancelled_caught
    assert (await bank.run("select 7 as x"))[0] == [{"x": 7}]


async def test_statements_at_the_same_time_do_not_disturb_each_other(bank: Bank):
    found: list[Json] = []

    async def one(number: int) -> None:
        rows, _ = await bank.run("select cast(:n as integer) as n", n=number)
        found.append(rows[0]["n"])

    async with anyio.create_task_group() as group:
        for number in range(20):
            _ = group.start_soon(one, number)
    assert sorted(found) == list(range(20))


async def test_lists_are_handed_over_as_json(tmp_path: Path):
    bank = Bank("sqlite", open_connection("bank", f"sqlite:///{tmp_path / 'x.db'}"))
    rows, _ = await bank.run("select value as v from json_each(:ids)", ids=[1, 2])
    assert rows == [{"v": 1}, {"v": 2}]
    await bank.connection.close()


async def test_a_database_that_does_not_answer_is_unavailable(tmp_path: Path):
    for url in ("postgresql://a@127.0.0.1:9/x", f"sqlite:///{tmp_path}"):
        connection = open_connection("bank", url)
        with pytest.raises(Unavailable, match="'bank' is not available"):
            _ = await connection.query("select 1", {}, limit=1, seconds=5)
        await connection.close()
        await anyio.sleep(0.1)  # aiosqlite's thread of a failed connect speaks once more


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("oracle://x", "podium reads sqlite"),
        ("nonsense", "cannot be read"),
        ("mysql://a:b@127.0.0.1/x", "needs the Python package 'aiomysql'"),
    ],
)
def test_a_url_of_no_database_we_read_is_refused_without_showing_it(url: str, message: str):
    with pytest.raises(Invalid, match=message) as caught:
        _ = open_connection("bank", url)
    assert "a:b" not in caught.value.message


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("1.10"), 1.1),
        (Decimal(12), 12),
        (Decimal("12345678901234567890.123456789"), "12345678901234567890.123456789"),
        (Decimal("NaN"), None),
        (float("inf"), None),
        (timedelta(days=1), 86_400.0),
        (b"\x00\xff", "AP8="),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ([Decimal("0.5"), {"a": b""}], [0.5, {"a": ""}]),
    ],
)
def test_values_become_json(value: object, expected: JsonObject):
    assert as_json(value) == expected
