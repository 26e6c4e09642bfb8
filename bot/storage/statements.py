"""SQLAlchemy Core statements, compiled once per dialect and then run on the driver's own cursor.

Core builds the SQL, so it is right for every database; running it through Core costs 35 µs of Python a statement,
on the cursor 6. Values are given in the order of `names`, and encoded by the types of their columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Dialect, Table, TypeDecorator
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.sql.visitors import iterate

from bot.storage.types import Processor

Build = Callable[[str], ClauseElement]


def insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that knows ON CONFLICT, which both dialects spell the same."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


class Compiled:
    """One statement in one dialect: its SQL, how to encode parameters and how to decode columns.

    Only our own types need either; the others are what the drivers take and give.
    """

    def __init__(self, construct: ClauseElement, names: Sequence[str], dialect: Dialect) -> None:
        written: Any = construct.table if isinstance(construct, UpdateBase) else None
        compiled: Any = construct.compile(
            dialect=dialect,
            column_keys=None if written is None else [name for name in names if name in written.c],
        )
        self.sql: str = compiled.string
        self.tables = frozenset(part.name for part in iterate(construct) if isinstance(part, Table))
        self.touches: str = "" if written is None else written.name
        self.wanted: list[str] = compiled.positiontup if compiled.positional else list(compiled.params)
        self.positional: bool = compiled.positional
        self.encode: dict[str, Processor] = {
            name: encode
            for name, bind in compiled.binds.items()
            if isinstance(bind.type, TypeDecorator) and (encode := bind.type.bind_processor(dialect))
        }
        self.decode_at: dict[int, Processor] = {
            at: decode
            for at, column in enumerate(getattr(construct, "exported_columns", ()))
            if isinstance(column.type, TypeDecorator)
            and (decode := column.type.result_processor(dialect, None))
        }
        self._shape(compiled.params, names)

    def _shape(self, params: dict[str, Any], names: Sequence[str]) -> None:
        self._encoders = tuple(
            (at, self.encode[name]) for at, name in enumerate(names) if name in self.encode
        )
        self._decoders = tuple(self.decode_at.items())
        self._constants = [params[name] for name in self.wanted if name not in names]
        given = [*names, *(name for name in self.wanted if name not in names)]
        self._order = [given.index(name) for name in self.wanted]
        self._plain = self.positional and self._order == list(range(len(names)))

    def bind(self, values: Sequence[Any]) -> Any:
        """What the driver takes: encoded, in its order, by position or by name."""
        row = [*values]
        for at, encode in self._encoders:
            row[at] = encode(row[at])
        if self._plain:
            return row
        row += self._constants
        ordered = [row[at] for at in self._order]
        return ordered if self.positional else dict(zip(self.wanted, ordered, strict=True))

    def decode(self, raw: Sequence[Any]) -> list[Any]:
        """A row of the driver as values of the columns' types."""
        row = [*raw]
        for at, decode in self._decoders:
            row[at] = decode(row[at])
        return row


class Statement:
    """A statement and the names of its parameters, in the order in which values will be given."""

    def __init__(self, build: ClauseElement | Build, *names: str) -> None:
        self._build = build
        self._names = names
        self._compiled: dict[str, Compiled] = {}

    def on(self, dialect: Dialect) -> Compiled:
        """As compiled for that dialect."""
        compiled = self._compiled.get(dialect.driver)
        if compiled is None:
            construct = self._build
            if not isinstance(construct, ClauseElement):
                construct = construct(dialect.name)
            compiled = self._compiled[dialect.driver] = Compiled(construct, self._names, dialect)
        return compiled
