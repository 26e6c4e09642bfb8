"""The work calendar as data, and how it is read from settings."""

import re
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from bot.domain.calendar_errors import CalendarError
from bot.domain.hours import EVERY_HOUR, DayHours, parse_days, parse_special_hours, parse_weekly_hours

_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)


class WorkCalendar(Struct, frozen=True, kw_only=True, cache_hash=True):
    """When a promise's clock runs.

    `hours` has seven entries from Monday. Days in `holidays`, `extra_workdays` and `special_hours`
    are keys such as `2026-05-01` or `*-05-01`. Of several rules for one day the first wins: special
    hours, make-up workday, holiday, public notice, weekday. `years` are those whose public holidays
    the settings list by hand, before or instead of the published data. `always` is plain elapsed
    time: nothing closes it.
    """

    name: str
    zone: str
    hours: tuple[DayHours, ...]
    holidays: tuple[str, ...] = ()
    extra_workdays: tuple[str, ...] = ()
    special_hours: tuple[tuple[str, DayHours], ...] = ()
    cn_public_holidays: bool = False
    years: tuple[int, ...] = ()
    always: bool = False


class CalendarText(Struct, frozen=True, kw_only=True):
    """A calendar as it is written in settings; see `bot.domain.hours` for the forms."""

    tz: str
    hours: str
    holidays: str = ""
    extra_workdays: str = ""
    special_hours: str = ""
    cn_public_holidays: bool = False
    years: str = ""


def parse_calendar(name: str, text: CalendarText) -> WorkCalendar:
    """Read a calendar from its texts. A CalendarError's key is the setting at fault."""
    return WorkCalendar(
        name=name,
        zone=find_zone(text.tz).key,
        hours=parse_weekly_hours(text.hours),
        holidays=parse_days(text.holidays, "holidays"),
        extra_workdays=parse_days(text.extra_workdays, "extra_workdays"),
        special_hours=parse_special_hours(text.special_hours),
        cn_public_holidays=text.cn_public_holidays,
        years=_years(text.years),
        always=text.hours.strip().upper() == "ALWAYS",
    )


@lru_cache(maxsize=1024)
def find_zone(name: str) -> ZoneInfo:
    """Find an IANA time zone; a CalendarError with key `tz` says what was expected."""
    try:
        if _ZONE.fullmatch(name) and len(name) <= 64:
            return ZoneInfo(name)
    # A folder such as "Europe" is an OSError; a file that is no zone is a ValueError.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise CalendarError("tz", f"{name[:64]!r} is not a time zone; write an IANA name such as Asia/Shanghai")


def _years(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if bad := [part for part in parts if not _YEAR.fullmatch(part)]:
        raise CalendarError("years", f"{bad[0][:40]!r} is not a year such as 2027")
    return tuple(sorted({int(part) for part in parts}))


ALWAYS = WorkCalendar(name="always", zone="Asia/Shanghai", hours=EVERY_HOUR, always=True)
"""Every instant: 7×24."""

CN_OFFICE = parse_calendar(
    "cn-office", CalendarText(tz="Asia/Shanghai", hours="Mon-Fri=08:00-17:30", cn_public_holidays=True)
)
"""Office hours in China with public holidays and make-up workdays."""
