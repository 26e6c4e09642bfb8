"""One connection as the repositories see it: run a statement, read structs, take an id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection

from bot.storage.ids import Ids
from bot.storage.mapping import Mapping, RowStatement, S, builder
from bot.storage.statements import Statement
from bot.storage.types import mended

U = TypeVar("U", bound=msgspec.Struct)


class Session:
    """Runs statements on the cursor of one connection; remembers which tables were written."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection  # alive as long as its cursor is used
        self.dialect = connection.dialect
        self.touched: set[str] = set()
        self.ids = Ids(self)
        self.memo: dict[str, Any] = {}  # what was read in this transaction and cannot have changed since
        self._held: dict[RowStatement[Any], dict[Any, Any]] = {}
        self._held_in: set[str] = set()  # the tables of what is held
        self._builders: dict[tuple[Statement, int], Callable[[Sequence[Any]], Any]] = {}
        self.cursor: Any = connection.connection.cursor()

    def run(self, statement: Statement, *values: Any) -> int:
        """Run it; the number of rows it changed."""
        return self._execute(statement, values).rowcount  # type: ignore[no-any-return]  # of the driver

    def hold(self, statement: RowStatement[S], *items: S) -> None:
        """Insert the items (by their ids) before anybody looks at their table, and before the commit at the latest.

        So a row is written once, with all that becomes known of it meanwhile, and together with others.
        """
        self._held.setdefault(statement, {}).update((item.id, item) for item in items)  # type: ignore[attr-defined]
        self._held_in.add(statement.on(self.dialect).touches)

    def amend(self, statement: RowStatement[S], row: int, **changes: Any) -> bool:
        """Change a row that is still held; False where it is not."""
        held = self._held.get(statement, {})
        if row not in held:
            return False
        held[row] = msgspec.structs.replace(held[row], **changes)
        return True

    def flush(self) -> None:
        """Write what is held."""
        self._held_in.clear()
        while self._held:
            statement = next(iter(self._held))
            self.put_all(statement, self._held.pop(statement).values())

    def put(self, statement: RowStatement[S], item: S) -> int:
        """Run it with an item's columns; the number of rows it changed."""
        compiled, make = statement.on(self.dialect), statement.maker(self.dialect)
        if compiled.touches in self._held_in:
            self.flush()
        self.touched.add(compiled.touches)
        try:
            self.cursor.execute(compiled.sql, make(item))
        except UnicodeEncodeError:
            self.cursor.execute(compiled.sql, make(mended(item)))
        return self.cursor.rowcount  # type: ignore[no-any-return]  # of the driver

    def put_all(self, statement: RowStatement[S], items: Iterable[S]) -> None:
        """Run it once per item."""
        compiled, make = statement.on(self.dialect), statement.maker(self.dialect)
        self.touched.add(compiled.touches)
        rows = [make(item) for item in items]
        try:
            self.cursor.executemany(compiled.sql, rows)
        except UnicodeEncodeError:
            self.cursor.executemany(compiled.sql, [mended(row) for row in rows])

    def run_all(self, statement: Statement, rows: Iterable[Sequence[Any]]) -> None:
        """Run it once per row of values."""
        compiled = statement.on(self.dialect)
        self.touched.add(compiled.touches)
        self.cursor.executemany(compiled.sql, [compiled.bind(row) for row in rows])

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
        build = self.builder(mapping, statement)
        return [build(row) for row in self._execute(statement, values).fetchall()]

    def item(self, mapping: Mapping[S], statement: Statement, *values: Any) -> S | None:
        """The first row, as a struct, if there is one."""
        raw = self._execute(statement, values).fetchone()
        return None if raw is None else self.builder(mapping, statement)(raw)

    def pairs(
        self, one: Mapping[S], other: Mapping[U], statement: Statement, *values: Any
    ) -> list[tuple[S, U]]:
        """All rows, whose columns are the fields of one struct and then of another."""
        first = self.builder(one, statement)
        second = self.builder(other, statement, len(one.fields))
        return [(first(row), second(row)) for row in self._execute(statement, values).fetchall()]

    def stream(self, mapping: Mapping[S], statement: Statement, *values: Any) -> Iterator[S]:
        """All rows, as structs, one by one; nothing else may run on the session meanwhile."""
        yield from map(self.builder(mapping, statement), self._execute(statement, values))

    def builder(
        self, mapping: Mapping[S], statement: Statement, start: int = 0
    ) -> Callable[[Sequence[Any]], S]:
        """What makes structs of that statement's rows, from that column on."""
        known = self._builders.get((statement, start))
        if known is None:
            known = builder(mapping, statement.on(self.dialect), start)
            self._builders[statement, start] = known
        return known

    def command(self, sql: str) -> None:
        """BEGIN, SAVEPOINT and the like, as they stand."""
        if sql.startswith("ROLLBACK"):
            self._drop()
        self.flush()
        self.memo.clear()
        self.cursor.execute(sql)

    def _drop(self) -> None:
        self._held.clear()
        self._held_in.clear()

    @property
    def open(self) -> bool:
        """Whether a transaction is open; on some errors (a full disk) SQLite ends it by itself."""
        return bool(self.cursor.connection.in_transaction)

    def undo(self) -> None:
        """Roll back the transaction, if it is still open."""
        self._drop()
        self.memo.clear()
        if self.open:
            self.command("ROLLBACK")

    def hang_up(self) -> None:
        """Roll back what is open and drop the connection, however broken it is.

        In this order: an error's traceback may keep the cursor alive, and with it SQLite's lock.
        """
        with suppress(Exception):
            self.undo()
        with suppress(Exception):
            self.cursor.close()
        self._connection.invalidate()
        self._connection.close()

    def _execute(self, statement: Statement, values: Sequence[Any]) -> Any:
        compiled = statement.on(self.dialect)
        if not self._held_in.isdisjoint(compiled.tables):
            self.flush()
        if compiled.touches:
            self.touched.add(compiled.touches)
        try:
            self.cursor.execute(compiled.sql, compiled.bind(values))
        except UnicodeEncodeError:
            self.cursor.execute(compiled.sql, compiled.bind(mended([*values])))
        return self.cursor
