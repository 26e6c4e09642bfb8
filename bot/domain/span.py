"""How long a promise gives: `10m`, `2h`, `15d`, `4h30m`, `3wd`, `3wd-eod`, `eod`."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from bot.domain.calendar_errors import CalendarError

SpanKind = Literal["seconds", "workdays", "workdays_eod", "eod"]

MAX_SECONDS = 50 * 366 * 86400
MAX_WORKDAYS = 50 * 366

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_UNIT_WORDS = ((86400, "天"), (3600, "小时"), (60, "分钟"), (1, "秒"))
_LENGTH = re.compile(r"(?:(\d{1,12})d)?(?:(\d{1,12})h)?(?:(\d{1,12})m)?(?:(\d{1,12})s)?", re.ASCII)
_WORKDAYS = re.compile(r"(\d{1,12})wd(-eod)?", re.ASCII)
_FORMS = 'such as "10m", "2h", "4h30m", "15d", "3wd", "3wd-eod" or "eod"'


class Span(Struct, frozen=True, kw_only=True):
    """A promised length of time.

    `seconds`: `amount` seconds counted in the calendar's opening hours (`d` is 24 such hours).
    `workdays`: `amount` working days later at the same local time.
    `workdays_eod`: at the closing of that day. `eod`: at the closing of the working day itself.
    """

    kind: SpanKind
    amount: int = 0

    def __post_init__(self) -> None:
        """Refuse lengths that promise nothing or lie beyond every horizon."""
        if self.kind == "eod":
            return
        limit = MAX_SECONDS if self.kind == "seconds" else MAX_WORKDAYS
        unit = "seconds" if self.kind == "seconds" else "working days"
        if self.amount <= 0:
            raise CalendarError("span", f"must be longer than zero, but is {self.amount} {unit}")
        if self.amount > limit:
            raise CalendarError("span", f"must be at most 50 years ({limit} {unit}), but is {self.amount}")

    def __str__(self) -> str:
        """Write the form that `parse_span` reads."""
        if self.kind == "eod":
            return "eod"
        if self.kind != "seconds":
            return f"{self.amount}wd" + ("-eod" if self.kind == "workdays_eod" else "")
        return "".join(
            f"{count}{unit}" for count, unit in _split(self.amount, zip(_UNITS.values(), _UNITS, strict=True))
        )

    def chinese(self) -> str:
        """Say the length in Chinese: 「4小时30分钟」, 「3个工作日内（当日下班前）」."""
        if self.kind == "eod":
            return "当日下班前"
        if self.kind == "workdays":
            return f"{self.amount}个工作日"
        if self.kind == "workdays_eod":
            return f"{self.amount}个工作日（当日下班前）"
        return seconds_in_chinese(self.amount)


@lru_cache(maxsize=1024)
def parse_span(text: str) -> Span:
    """Read a span; a CalendarError says what was expected. Zero and negative lengths are refused."""
    given = text.strip().lower()
    if given == "eod":
        return Span(kind="eod")
    if found := _WORKDAYS.fullmatch(given):
        return Span(kind="workdays_eod" if found[2] else "workdays", amount=int(found[1]))
    found = _LENGTH.fullmatch(given)
    if not given or not found:
        raise CalendarError("span", f"{text[:40]!r} is not a length of time {_FORMS}")
    parts = zip(found.groups(), _UNITS.values(), strict=True)
    return Span(kind="seconds", amount=sum(int(count) * unit for count, unit in parts if count))


def seconds_in_chinese(seconds: int) -> str:
    """Say a number of seconds as 「1天2小时」; zero is 「0秒」."""
    return "".join(f"{count}{word}" for count, word in _split(seconds, _UNIT_WORDS)) or "0秒"


def _split(seconds: int, units: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    parts = []
    for size, name in units:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append((count, name))
    return parts
