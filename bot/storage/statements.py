"""SQLAlchemy Core statements, compiled once per dialect and then run on the driver's own cursor.

Core builds the SQL, so it is right for every database; running it through Core costs 35 µs of Python a statement,
on the cursor 6. Values are given in the order of `names`, and encoded by the types of their columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.expression import ClauseElement

from bot.storage.types import Processor

S = TypeVar("S", bound=msgspec.Struct)
Build = Callable[[str], ClauseElement]
Steps = tuple[tuple[int, Processor], ...]


def insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that knows ON CONFLICT, which both dialects spell the same."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


class Compiled:
    """One statement in one dialect: its SQL, how to encode parameters and how to decode columns."""

    def __init__(self, construct: ClauseElement, names: Sequence[str], dialect: Dialect) -> None:
        written: Any = construct.table if isinstance(construct, UpdateBase) else None
        compiled: Any = construct.compile(
            dialect=dialect,
            column_keys=None if written is None else [name for name in names if name in written.c],
        )
        self.sql: str = compiled.string
        self.touches: str = "" if written is None else written.name
        self._shape(compiled, names, dialect)
        columns = getattr(construct, "selected_columns", ())
        self.decoders: Steps = tuple(
            (at, decode)
            for at, column in enumerate(columns)
            if (decode := column.type.dialect_impl(dialect).result_processor(dialect, None))
        )

    def _shape(self, compiled: Any, names: Sequence[str], dialect: Dialect) -> None:
        encoders = {
            name: encode
            for name, bind in compiled.binds.items()
            if (encode := bind.type.dialect_impl(dialect).bind_processor(dialect))
        }
        self.encoders: Steps = tuple(
            (at, encoders[name]) for at, name in enumerate(names) if name in encoders
        )
        wanted = compiled.positiontup if compiled.positional else list(compiled.params)
        self._constants = [compiled.params[name] for name in wanted if name not in names]
        given = [*names, *(name for name in wanted if name not in names)]
        self._order = [given.index(name) for name in wanted]
        self._plain = compiled.positional and self._order == list(range(len(names)))
        self._keys = None if compiled.positional else wanted

    def bind(self, values: Sequence[Any]) -> Any:
        """What the driver takes: encoded, in its order, by position or by name."""
        row = [*values]
        for at, encode in self.encoders:
            row[at] = encode(row[at])
        if self._plain:
            return row
        row += self._constants
        ordered = [row[at] for at in self._order]
        return dict(zip(self._keys, ordered, strict=True)) if self._keys else ordered

    def decode(self, raw: Sequence[Any]) -> list[Any]:
        """A row of the driver as values of the columns' types."""
        row = [*raw]
        for at, decode in self.decoders:
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


class Mapping(Generic[S]):
    """A struct and its table: columns bear the fields' names; `derived` ones are computed for lookups."""

    def __init__(self, struct: type[S], table: Table, **derived: Callable[[S], Any]) -> None:
        self.struct = struct
        self.table = table
        self.fields: tuple[str, ...] = struct.__struct_fields__
        self.names = (*self.fields, *derived)
        self.columns = [table.c[name] for name in self.fields]
        self._derive = tuple(derived.values())

    def values(self, item: S) -> list[Any]:
        """The item's values in the order of `names`."""
        return [*msgspec.structs.astuple(item), *(derive(item) for derive in self._derive)]

    def build(self, row: Sequence[Any]) -> S:
        """The struct of a decoded row whose first columns are the fields."""
        return self.struct(**dict(zip(self.fields, row, strict=False)))

    def insert(self) -> Statement:
        """A plain insert of `values`."""
        return Statement(self.table.insert(), *self.names)

    def insert_new(self, *key: str) -> Statement:
        """An insert of `values` that does nothing where the key is taken."""
        return Statement(
            lambda dialect: insert(dialect, self.table).on_conflict_do_nothing(index_elements=key),
            *self.names,
        )

    def upsert(self, *key: str) -> Statement:
        """An insert of `values` that replaces everything else where the key is taken."""

        def build(dialect: str) -> ClauseElement:
            fresh = insert(dialect, self.table)
            change = {name: fresh.excluded[name] for name in self.names if name not in key}
            return fresh.on_conflict_do_update(index_elements=key, set_=change)

        return Statement(build, *self.names)
