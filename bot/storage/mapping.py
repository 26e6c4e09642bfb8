"""Structs to rows and back, by functions written for each pair of struct and statement.

A ticket's intake writes some twenty rows of up to thirty columns; a loop over their columns would cost more than
SQLite's own work. The functions are plain lambdas over the names of our own structs; nothing from outside is in them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import Dialect, Table, bindparam
from sqlalchemy.sql.expression import ClauseElement

from bot.storage.statements import Build, Compiled, Statement, insert
from bot.storage.types import or_null

S = TypeVar("S", bound=msgspec.Struct)


class Mapping(Generic[S]):
    """A struct and its table: columns bear the fields' names; `derived` ones are computed for lookups."""

    def __init__(self, struct: type[S], table: Table, **derived: Callable[[S], Any]) -> None:
        self.struct = struct
        self.table = table
        self.fields: tuple[str, ...] = struct.__struct_fields__
        self.derived = derived
        self.names = (*self.fields, *derived)
        self.columns = [table.c[name] for name in self.fields]

    def values(self, item: S) -> list[Any]:
        """The item's values in the order of `names`."""
        return [*msgspec.structs.astuple(item), *(derive(item) for derive in self.derived.values())]

    def insert(self) -> RowStatement[S]:
        """A plain insert of an item."""
        return RowStatement(self, self.table.insert())

    def insert_new(self, *key: str) -> RowStatement[S]:
        """An insert of an item that does nothing where the key is taken."""
        return RowStatement(
            self, lambda dialect: insert(dialect, self.table).on_conflict_do_nothing(index_elements=key)
        )

    def upsert(self, *key: str) -> RowStatement[S]:
        """An insert of an item that replaces everything else where the key is taken."""

        def build(dialect: str) -> ClauseElement:
            fresh = insert(dialect, self.table)
            change = {name: fresh.excluded[name] for name in self.names if name not in key}
            return fresh.on_conflict_do_update(index_elements=key, set_=change)

        return RowStatement(self, build)

    def update(self, *changing: str) -> RowStatement[S]:
        """An update by id, of these columns; default: everything but the id."""
        sources = {name: name for name in changing or self.names if name != "id"}
        found = self.table.update().where(self.table.c.id == bindparam("row"))
        return RowStatement(self, found, sources | {"row": "id"})


class RowStatement(Statement, Generic[S]):
    """A statement whose parameters are an item's columns: `sources` says which, by parameter; default: all."""

    def __init__(
        self, mapping: Mapping[S], build: ClauseElement | Build, sources: dict[str, str] | None = None
    ) -> None:
        self._mapping = mapping
        self._sources = sources or {name: name for name in mapping.names}
        super().__init__(build, *self._sources)
        self._makers: dict[str, Callable[[S], Any]] = {}

    def maker(self, dialect: Dialect) -> Callable[[S], Any]:
        """Makes of an item what the driver takes."""
        maker = self._makers.get(dialect.driver)
        if maker is None:
            maker = self._makers[dialect.driver] = parameters(self._mapping, self._sources, self.on(dialect))
        return maker


def parameters(mapping: Mapping[S], sources: dict[str, str], compiled: Compiled) -> Callable[[S], Any]:
    """The function from an item to what the driver takes: a tuple, or a dict for named parameters."""
    scope: dict[str, Any] = {}
    parts = []
    for at, name in enumerate(compiled.wanted):
        value = f"item.{sources[name]}"
        if sources[name] in mapping.derived:
            scope[f"derive{at}"] = mapping.derived[sources[name]]
            value = f"derive{at}(item)"
        encode = compiled.encode.get(name)
        if encode is or_null:
            value = f"{value} or None"
        elif encode is not None:
            scope[f"encode{at}"] = encode
            value = f"encode{at}({value})"
        parts.append(value if compiled.positional else f"{name!r}: {value}")
    body = ", ".join(parts)
    source = f"lambda item: ({body},)" if compiled.positional else f"lambda item: {{{body}}}"
    made: Callable[[S], Any] = _function(source, scope)
    return made


def builder(mapping: Mapping[S], compiled: Compiled, start: int = 0) -> Callable[[Sequence[Any]], S]:
    """The function from a row of the driver, whose columns from `start` on are the fields, to the struct."""
    scope: dict[str, Any] = {"struct": mapping.struct}
    parts = []
    for at, name in enumerate(mapping.fields, start):
        decode = compiled.decode_at.get(at)
        scope[f"decode{at}"] = decode
        parts.append(f"{name}=row[{at}]" if decode is None else f"{name}=decode{at}(row[{at}])")
    made: Callable[[Sequence[Any]], S] = _function(f"lambda row: struct({', '.join(parts)})", scope)
    return made


def _function(source: str, scope: dict[str, Any]) -> Any:
    return eval(source, scope)  # noqa: S307  # written above, of names in our own code
