"""What was spent, by day and by who spent it on what."""

from collections.abc import Mapping
from typing import TypedDict, cast

from sqlalchemy import ColumnElement, func, select

from podium.adapters.storage.database import Database
from podium.adapters.storage.gateway_tables import spending
from podium.adapters.storage.prepared import Insert
from podium.gateway.limits.ports import Payer, Spent
from podium.gateway.limits.rules import Scope
from podium.kernel.money import NanoUsd

_SUMS = ("requests", "tokens", "cost")


class _Row(TypedDict):
    requests: int
    tokens: int
    cost: int


class SqlSpending:
    """A `SpendingStore`."""

    def __init__(self, database: Database) -> None:
        self._database: Database = database
        new = database.insert(spending)
        self._add: Insert = new.on_conflict_do_update(
            index_elements=list(spending.primary_key.columns),
            set_={name: spending.c[name] + new.excluded[name] for name in _SUMS},
        )

    async def add(self, spent: Mapping[Payer, Spent]) -> None:
        # In one order, so that two processes cannot wait for each other.
        rows = sorted((_row(who, what) for who, what in spent.items()), key=_place)
        if rows:
            _ = await self._database.write(lambda connection: connection.execute(self._add, rows))

    async def total(self, scope: Scope, first: int, last: int) -> Spent:
        wanted = {
            "workspace": scope.workspace,
            "owner": scope.user,
            "api_key": scope.key,
            "team": scope.team,
            "model": scope.model,
        }
        sums: list[ColumnElement[int]] = [
            func.coalesce(func.sum(spending.c[name]), 0).label(name) for name in _SUMS
        ]
        conditions: list[ColumnElement[bool]] = [
            spending.c[name] == value for name, value in wanted.items() if value
        ]
        days = spending.c.day.between(first, last)
        statement = select(*sums).where(days, *conditions)
        found = await self._database.read(
            lambda connection: connection.execute(statement).mappings().one()
        )
        row = cast("_Row", cast("object", found))
        return Spent(int(row["requests"]), int(row["tokens"]), NanoUsd(int(row["cost"])))


def _row(who: Payer, what: Spent) -> dict[str, str | int]:
    return {
        "day": who.day,
        "workspace": who.workspace,
        "owner": who.user,
        "api_key": who.key,
        "team": who.team,
        "model": who.model,
        "requests": what.requests,
        "tokens": what.tokens,
        "cost": what.cost,
    }


def _place(row: dict[str, str | int]) -> tuple[str | int, ...]:
    return tuple(row.values())
