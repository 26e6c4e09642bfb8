"""Finds the fields a ticket needs, with their place in the customer's own text."""

import re
import tomllib
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from bot.intake.isbn import is_isbn
from bot.intake.lexicon import read_data
from bot.intake.normalise import Normal
from bot.intake.numerals import format_number, parse_number
from bot.intake.segment import words_of_trade
from bot.intake.types import Context, Span
from bot.intake.when import TIMELY, find_wish

_QUANTITY = re.compile(r"(.*?)([多来余几]?)[大小整]?([一-鿿]{1,2}|kg|KG|g|ml|L)$")
_DATE = re.compile(r"(?:(去年)|(?:20)?(\d{2})(?:年|[-./]))?(\d{1,2})(?:月|[-./])(?:(\d{1,2})[日号]?)?$")
_DIGITS = frozenset("0123456789")
_DAYS = {"天": 1, "日": 1, "周": 7, "月": 30, "年": 365}
_TITLE = re.compile(r"《([^《》]{1,40})》")
_UNITS = ("公斤", "千克")
_LABEL = re.compile("手机[号:： ]{0,3}(?:是|为)?[0-9]")


class FieldRule(Struct, frozen=True, gc=False):
    """How one field is written and how its value is normalised."""

    name: str
    keep: str
    digits: bool
    needs: frozenset[str]
    also: frozenset[str]
    regex: re.Pattern[str]


class Found(Struct, frozen=True, gc=False):
    """A field in the normalised text."""

    name: str
    start: int
    end: int
    value: str


@cache
def field_rules() -> tuple[FieldRule, ...]:
    """Read the field rules of the package."""
    rows = tomllib.loads(read_data("fields.toml"))["field"]
    return tuple(
        FieldRule(
            row["name"],
            row["keep"],
            row.get("digits", False),
            frozenset(row.get("needs", "")),
            frozenset(row.get("also", "")),
            re.compile(row["regex"]),
        )
        for row in rows
    )


@cache
def _telling() -> frozenset[str]:
    """Return every character that a field can be told by."""
    return _DIGITS.union(TIMELY, *(rule.needs | rule.also for rule in field_rules()))


def extract(normal: Normal, context: Context) -> tuple[Span, ...]:
    """Return every field of the text, in the order of the text; none overlaps one found before it."""
    now = context.now.astimezone(ZoneInfo(context.zone)) if context.now else None
    found = [*_candidates(normal.text, now), *_products(normal.text)]
    if len(found) > 1:
        found = _apart(found, len(normal.text))
    return tuple([_span(item, normal) for item in found])


def _apart(found: list[Found], length: int) -> list[Found]:
    taken = bytearray(length)
    kept: list[Found] = []
    for item in found:
        if not any(taken[item.start : item.end]):
            taken[item.start : item.end] = b"\x01" * (item.end - item.start)
            kept.append(item)
    return sorted(kept, key=_place)


def _place(found: Found) -> int:
    return found.start


def _span(found: Found, normal: Normal) -> Span:
    start, end = normal.original_span(found.start, found.end)
    return Span(field=found.name, text=normal.original[start:end], start=start, end=end, value=found.value)


def _candidates(text: str, now: datetime | None) -> Iterable[Found]:
    told = _telling().intersection(text)
    for rule in _rules(told):
        for match in rule.regex.finditer(text):
            value = _value(rule.keep, match["v"], now)
            if value:
                yield Found(rule.name, match.start("v"), match.end("v"), value)
    wish = None if TIMELY.isdisjoint(told) else find_wish(text, now)
    if wish:
        value = wish.at.isoformat() if wish.at else text[wish.start : wish.end]
        yield Found("wanted_at", wish.start, wish.end, value)


def _rules(told: frozenset[str]) -> Iterable[FieldRule]:
    """Return the rules that may find something in a text with these telling characters."""
    digits = not _DIGITS.isdisjoint(told)
    return [
        rule
        for rule in field_rules()
        if (digits or not rule.digits)
        and not (rule.needs and rule.needs.isdisjoint(told))
        and not (rule.also and rule.also.isdisjoint(told))
    ]


def _products(text: str) -> Iterable[Found]:
    for match in _TITLE.finditer(text) if "《" in text else ():
        yield Found("product", match.start(), match.end(), match[1])
    for word in words_of_trade(text):
        if word.kind != "defect" and not _LABEL.match(text, word.start):
            yield Found("product", word.start, word.start + len(word.text), word.text)


def _value(keep: str, raw: str, now: datetime | None) -> str:
    if keep == "isbn":
        digits = re.sub(r"[- ]", "", raw).upper()
        return digits if is_isbn(digits) else ""
    if keep == "digits":
        return re.sub(r"\D", "", raw).removeprefix("86") if len(raw) > 11 else re.sub(r"\D", "", raw)
    if keep == "quantity":
        return _quantity(raw)
    if keep == "date":
        return _date(raw, now)
    return _days(raw) if keep == "days" else raw.strip()


def _quantity(raw: str) -> str:
    match = _QUANTITY.match(raw)
    if not match:
        return ""
    unit = match[3] if match[3] in _UNITS or match[3].isascii() else match[3][-1]
    amount = raw[: len(raw) - len(unit)]
    value = parse_number(re.sub(r"[大小整]$", "", amount))
    return f"{format_number(value)} {unit}" if value is not None else ""


def _days(raw: str) -> str:
    value = parse_number(re.sub(r"个?(?:天|日|个月|月|年|周)$", "", raw))
    return f"{format_number(value * _DAYS[raw[-1]])} 天" if value else ""


def _date(raw: str, now: datetime | None) -> str:
    if re.fullmatch(r"20\d{6}", raw):
        return _iso(int(raw[:4]), int(raw[4:6]), int(raw[6:]))
    match = _DATE.match(raw)
    if not match:
        return ""
    year = 2000 + int(match[2]) if match[2] else (now.year - (1 if match[1] else 0) if now else 0)
    if not year:
        return ""
    value = _iso(year, int(match[3]), int(match[4] or 1))
    in_future = now is not None and not match[2] and value > now.date().isoformat()
    return _iso(year - 1, int(match[3]), int(match[4] or 1)) if in_future else value


def _iso(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""
