"""Column types that mean the same on SQLite and PostgreSQL: instants in UTC, JSON by msgspec, words, references."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import BigInteger, DateTime, Dialect, String, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

_ENCODE = msgspec.json.Encoder().encode

Processor = Callable[[Any], Any]


def utc_text(at: datetime) -> str:
    """The instant as SQLite keeps it: fixed width, so that text order is time order; naive times are refused."""
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone: storage takes aware datetimes only; attach one first")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


class Utc(TypeDecorator[datetime]):
    """An instant: `timestamptz` on PostgreSQL, fixed-width ISO text in UTC on SQLite (which has no zones)."""

    impl = String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite, the server's own type elsewhere."""
        native = dialect.name != "sqlite"
        return dialect.type_descriptor(DateTime(timezone=True) if native else String(32))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """An aware datetime to what the driver takes."""
        if value is None or dialect.name != "sqlite":
            return value
        return utc_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Back to an aware datetime in UTC."""
        if value is None or dialect.name == "sqlite":
            return value and datetime.fromisoformat(value)
        return value.astimezone(UTC)  # type: ignore[no-any-return]  # the driver's datetime


class Json(TypeDecorator[Any]):
    """A value of the given type as JSON text, encoded and validated by msgspec."""

    impl = Text
    cache_ok = True

    def __init__(self, of: Any) -> None:
        super().__init__()
        self.of = of
        self._decode = msgspec.json.Decoder(of).decode

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:  # noqa: ARG002  # the signature is SQLAlchemy's
        """To JSON text; lone surrogates, which no database takes, become U+FFFD."""
        try:
            return _ENCODE(value).decode()
        except UnicodeEncodeError:
            return _ENCODE(mended(value)).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002  # the signature is SQLAlchemy's
        """To a value of the type."""
        return self._decode(value)


class Word(TypeDecorator[StrEnum]):
    """One of a closed set of words."""

    impl = String(40)
    cache_ok = True

    def __init__(self, of: type[StrEnum]) -> None:
        super().__init__()
        self.of = of
        self._members = {member.value: member for member in of}

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:  # noqa: ARG002  # SQLAlchemy's
        """The bare word."""
        return None if value is None else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002  # SQLAlchemy's
        """The member; an unknown word is a KeyError, for then the code is older than the data."""
        return None if value is None else self._members[value]


class Ref(TypeDecorator[int]):
    """A reference to another row, where 0 in the code means none and is NULL in the database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:  # noqa: ARG002  # SQLAlchemy's
        """0 to NULL."""
        return value or None

    def process_result_value(self, value: Any, dialect: Dialect) -> int:  # noqa: ARG002  # SQLAlchemy's
        """NULL to 0."""
        return value or 0


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
