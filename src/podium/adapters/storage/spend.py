"""What was spent, by day and by who spent it on what."""

from collections.abc import Mapping
from typing import TypedDict, cast

from sqlalchemy import func, select

from podium.adapters.storage.database import Database
from podium.adapters.storage.tables import spend
from podium.gateway.limits.ports import Account, Spent
from podium.gateway.limits.rules import Scope
from podium.kernel.money import NanoUsd

_SUMS = ("requests", "tokens", "cost")


class _Row(TypedDict):
    requests: int
    tokens: int
    cost: int


class SqlSpend:
    """A `SpendStore`."""

    def __init__(self, database: Database) -> None:
        self._database: Database = database
        new = database.insert(spend)
        self._add = new.on_conflict_do_update(
            index_elements=list(spend.primary_key.columns),
            set_={name: spend.c[name] + new.excluded[name] for name in _SUMS},
        )

    async def add(self, spent: Mapping[Account, Spent]) -> None:
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
        sums = (func.coalesce(func.sum(spend.c[name]), 0).label(name) for name in _SUMS)
        statement = select(*sums).where(
            spend.c.day.between(first, last),
            *(spend.c[name] == value for name, value in wanted.items() if value),
        )
        found = await self._database.read(
            lambda connection: connection.execute(statement).mappings().one()
        )
        row = cast("_Row", cast("object", found))
        return Spent(int(row["requests"]), int(row["tokens"]), NanoUsd(int(row["cost"])))


def _row(who: Account, what: Spent) -> dict[str, str | int]:
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
