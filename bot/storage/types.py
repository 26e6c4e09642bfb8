"""Column types that mean the same on SQLite and PostgreSQL: instants in UTC, JSON, words, flags, references."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Boolean, DateTime, Dialect, String, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

_ENCODE = msgspec.json.Encoder().encode

Processor = Callable[[Any], Any]


@lru_cache(maxsize=1024)
def _text(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def utc_text(at: datetime | None) -> str | None:
    """The instant as SQLite keeps it: fixed width, so that text order is time order; naive times are refused.

    One transaction writes the same few instants many times, hence the cache; only of UTC, where equal times
    are the same text.
    """
    if at is None:
        return None
    if at.tzinfo is UTC:
        return _text(at)
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone: storage takes aware datetimes only; attach one first")
    return _text(at.astimezone(UTC))


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


class Utc(TypeDecorator[datetime]):
    """An instant: `timestamptz` on PostgreSQL, fixed-width ISO text in UTC on SQLite (which has no zones)."""

    impl = String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite, the server's own type elsewhere."""
        native = dialect.name != "sqlite"
        return dialect.type_descriptor(DateTime(timezone=True) if native else String(32))

    def bind_processor(self, dialect: Dialect) -> Processor | None:
        """An aware datetime to what the driver takes."""
        return utc_text if dialect.name == "sqlite" else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:  # noqa: ARG002  # SQLAlchemy's
        """Back to an aware datetime in UTC."""
        return _from_text if dialect.name == "sqlite" else _in_utc


class Json(TypeDecorator[Any]):
    """A value of the given type as JSON text, encoded and validated by msgspec."""

    impl = Text
    cache_ok = True

    def __init__(self, of: Any) -> None:
        super().__init__()
        self.of = of
        self._decode = msgspec.json.Decoder(of).decode

    def bind_processor(self, dialect: Dialect) -> Processor:  # noqa: ARG002  # SQLAlchemy's
        """To JSON text."""
        return _to_json

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:  # noqa: ARG002  # SQLAlchemy's
        """To a value of the type."""
        return self._decode


class Word(TypeDecorator[StrEnum]):
    """One of a closed set of words."""

    impl = String(40)
    cache_ok = True

    def __init__(self, of: type[StrEnum]) -> None:
        super().__init__()
        self.of = of
        self._members = {member.value: member for member in of}

    def bind_processor(self, dialect: Dialect) -> Processor:  # noqa: ARG002  # SQLAlchemy's
        """The bare word."""
        return str

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:  # noqa: ARG002  # SQLAlchemy's
        """The member; an unknown word is a KeyError, for then the code is older than the data."""
        return self._members.__getitem__


class Flag(TypeDecorator[bool]):
    """Yes or no."""

    impl = Boolean
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Processor | None:
        """SQLite knows numbers only."""
        return int if dialect.name == "sqlite" else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:  # noqa: ARG002  # SQLAlchemy's
        """Back to yes or no."""
        return bool


class Ref(TypeDecorator[int]):
    """A reference to another row, where 0 in the code means none and is NULL in the database."""

    impl = BigInteger
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Processor:  # noqa: ARG002  # SQLAlchemy's
        """0 to NULL."""
        return or_null

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:  # noqa: ARG002  # SQLAlchemy's
        """NULL to 0."""
        return _or_zero


def or_null(value: int) -> int | None:
    """0 to NULL."""
    return value or None


def _or_zero(value: int | None) -> int:
    return value or 0


def _to_json(value: Any) -> str:
    if value == ():
        return "[]"
    try:
        return _ENCODE(value).decode()
    except UnicodeEncodeError:  # lone surrogates, which no database takes
        return _ENCODE(mended(value)).decode()


def mended(value: Any) -> Any:
    """The same value with lone surrogates replaced, for text that UTF-8 cannot carry."""
    if isinstance(value, StrEnum):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode() if not value.isascii() else value
    if isinstance(value, tuple | list):
        return type(value)(mended(each) for each in value)
    if isinstance(value, dict):
        return {mended(key): mended(each) for key, each in value.items()}
    if isinstance(value, msgspec.Struct):
        fields = {name: mended(getattr(value, name)) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **fields)
    return value
