"""Statements of every run, as the driver takes them.

SQLAlchemy writes each once. To execute it through SQLAlchemy costs ten times what SQLite takes for
it, so these are handed to the driver.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, cast

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

Bind: TypeAlias = Callable[[object], object]
Bound: TypeAlias = Sequence[object] | Mapping[str, object]
"""Values as the driver takes them: in a row where it counts places, else by name."""


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

    def many(self, connection: Connection, values: Sequence[Mapping[str, object]]) -> None:
        """The same once for each of `values`."""
        cursor = cast("Cursor", cast("object", connection.connection.cursor()))
        _ = cursor.executemany(self.sql, [self.bound(each) for each in values])


@dataclass(frozen=True, slots=True)
class Command:
    """A statement with its values; it changes a row where it finds what it is about."""

    statement: Prepared
    values: Mapping[str, object]
