"""China's public holidays and make-up workdays (调休) of the years that have been published.

The data is `chinesecalendar`'s, which carries the State Council's yearly notices. A year counts as
known only when both its Spring Festival and its National Day are there: a notice also lists the New
Year's days of the following January, and those alone must never make the following year look known.
"""

from datetime import date
from functools import cache
from typing import Literal, NamedTuple

from chinese_calendar import constants

_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}


class PublicDay(NamedTuple):
    """What the notice says of a day: closed for a holiday, or a workday that makes up for one."""

    kind: Literal["holiday", "makeup"]
    name: str


@cache
def years_known() -> frozenset[int]:
    """Years whose holidays have been published and are in the installed `chinesecalendar`."""
    seen: dict[int, set[str]] = {}
    for day, name in constants.holidays.items():
        seen.setdefault(day.year, set()).add(str(name))
    return frozenset(year for year, names in seen.items() if {"Spring Festival", "National Day"} <= names)


def public_day(day: date) -> PublicDay | None:
    """Say what the notices hold about a day; None is a day like any other of its weekday.

    Ask `years_known` first: a day of an unknown year is None as well.
    """
    if (name := constants.workdays.get(day)) is not None:
        return PublicDay("makeup", _NAMES.get(str(name), str(name)))
    if (name := constants.holidays.get(day)) is not None:
        return PublicDay("holiday", _NAMES.get(str(name), str(name)))
    return None
