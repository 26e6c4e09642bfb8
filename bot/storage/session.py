"""One connection as the repositories see it: run a statement, read structs, take an id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from bot.storage.ids import Ids
from bot.storage.statements import Mapping, S, Statement
from bot.storage.types import mended


class Session:
    """Runs statements on the cursor of one connection; remembers which tables were written."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection  # alive as long as its cursor is used
        self.dialect = connection.dialect
        self.touched: set[str] = set()
        self.ids = Ids(self)
        self._cursor: Any = connection.connection.cursor()

    def run(self, statement: Statement, *values: Any) -> int:
        """Run it; the number of rows it changed."""
        return self._execute(statement, values).rowcount  # type: ignore[no-any-return]  # of the driver

    def many(self, statement: Statement, rows: Sequence[Sequence[Any]]) -> None:
        """Run it once per row of values."""
        compiled = statement.on(self.dialect)
        self.touched.add(compiled.touches)
        try:
            self._cursor.executemany(compiled.sql, [compiled.bind(row) for row in rows])
        except UnicodeEncodeError:
            self._cursor.executemany(compiled.sql, [compiled.bind(mended([*row])) for row in rows])

    def rows(self, statement: Statement, *values: Any) -> list[list[Any]]:
        """All rows, decoded."""
        decode = statement.on(self.dialect).decode
        return [decode(row) for row in self._execute(statement, values).fetchall()]

    def row(self, statement: Statement, *values: Any) -> list[Any] | None:
        """The first row, decoded, if there is one."""
        raw = self._execute(statement, values).fetchone()
        return None if raw is None else statement.on(self.dialect).decode(raw)

    def value(self, statement: Statement, *values: Any) -> Any:
        """The first column of the first row, if there is one."""
        row = self.row(statement, *values)
        return row and row[0]

    def items(self, mapping: Mapping[S], statement: Statement, *values: Any) -> list[S]:
        """All rows, as structs."""
        return [mapping.build(row) for row in self.rows(statement, *values)]

    def item(self, mapping: Mapping[S], statement: Statement, *values: Any) -> S | None:
        """The first row, as a struct, if there is one."""
        row = self.row(statement, *values)
        return None if row is None else mapping.build(row)

    def stream(self, mapping: Mapping[S], statement: Statement, *values: Any) -> Iterator[S]:
        """All rows, as structs, one by one; nothing else may run on the session meanwhile."""
        decode = statement.on(self.dialect).decode
        for row in self._execute(statement, values):
            yield mapping.build(decode(row))

    def command(self, sql: str) -> None:
        """BEGIN, SAVEPOINT and the like, as they stand."""
        self._cursor.execute(sql)

    def _execute(self, statement: Statement, values: Sequence[Any]) -> Any:
        compiled = statement.on(self.dialect)
        if compiled.touches:
            self.touched.add(compiled.touches)
        cursor = self._cursor
        try:
            cursor.execute(compiled.sql, compiled.bind(values))
        except UnicodeEncodeError:
            cursor.execute(compiled.sql, compiled.bind(mended([*values])))
        return cursor
