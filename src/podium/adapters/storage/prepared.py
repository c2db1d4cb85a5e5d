"""Statements of every run, as the driver takes them.

SQLAlchemy writes each once. To execute it through SQLAlchemy costs ten times what SQLite takes for
it, so these are handed to the driver.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol, TypeAlias, cast

from sqlalchemy import Connection, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

Bind: TypeAlias = Callable[[object], object]
Bound: TypeAlias = Sequence[object] | Mapping[str, object]
"""Values as the driver takes them: in a row where it counts places, else by name."""
Insert: TypeAlias = "sqlite.Insert | postgresql.Insert"

TOGETHER = 50
"""Rows of one statement: SQLite has taken 999 values since ever."""


class Cursor(Protocol):
    """What both drivers' cursors have in common."""

    def execute(self, sql: str, values: Bound, /) -> object: ...
    def executemany(self, sql: str, values: Sequence[Bound], /) -> object: ...
    @property
    def rowcount(self) -> int: ...


class Prepared:
    """A statement for one kind of database. `columns` are those of an INSERT without values."""

    def __init__(
        self, dialect: Dialect, statement: ClauseElement, columns: Sequence[str] | None = None
    ) -> None:
        compiled = cast("SQLCompiler", statement.compile(dialect=dialect, column_keys=columns))
        self.sql: str = str(compiled)
        self._names: Sequence[str] | None = compiled.positiontup
        self._binds: Mapping[str, Bind] = {
            name: bind
            for name, parameter in compiled.binds.items()
            if (bind := parameter.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        }
        self._places: Sequence[tuple[str, Bind | None]] = tuple(
            (name, self._binds.get(name)) for name in self._names or ()
        )
        self._constant: Mapping[str, object] = {
            name: parameter.effective_value
            for name, parameter in compiled.binds.items()
            if not parameter.required
        }

    def bound(self, values: Mapping[str, object]) -> Bound:
        given = {**self._constant, **values} if self._constant else values
        if self._names is None:
            return {
                name: bind(value) if (bind := self._binds.get(name)) else value
                for name, value in given.items()
            }
        return [given[name] if bind is None else bind(given[name]) for name, bind in self._places]

    def changes(self, connection: Connection, values: Mapping[str, object]) -> int:
        """How many rows it changed, within the transaction of `connection`."""
        cursor = cast("Cursor", cast("object", connection.connection.cursor()))
        _ = cursor.execute(self.sql, self.bound(values))
        return cursor.rowcount


class Rows:
    """An INSERT of many rows, of which each statement takes `TOGETHER`.

    Python's driver of SQLite lets go of the interpreter's lock for each statement and has to wait
    for it behind the event loop afterwards: row by row that takes longer than SQLite does.
    """

    def __init__(self, dialect: Dialect, insert: Insert, columns: Sequence[str]) -> None:
        self.one: Prepared = Prepared(dialect, insert, columns)
        numbered: list[dict[str, object]] = [
            {name: bindparam(f"{name}_{n}") for name in columns} for n in range(TOGETHER)
        ]
        self._many: str = Prepared(dialect, insert.values(numbered)).sql

    def insert(self, connection: Connection, rows: "Sequence[Bound]") -> None:
        """Each row as `one.bound` gives it."""
        cursor = cast("Cursor", cast("object", connection.connection.cursor()))
        whole = len(rows) - len(rows) % TOGETHER
        for start in range(0, whole, TOGETHER):
            _ = cursor.execute(self._many, list(chain(*rows[start : start + TOGETHER])))
        if whole < len(rows):
            _ = cursor.executemany(self.one.sql, rows[whole:])


@dataclass(frozen=True, slots=True)
class Command:
    """A statement with its values; it changes a row where it finds what it is about."""

    statement: Prepared
    values: Mapping[str, object]
