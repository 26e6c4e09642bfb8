"""The time a customer asks for: “明天一早”, “下周三前”, “中午开饭前”, “后天上午十点半前”, “两小时内”.

The value is the latest moment that still keeps the wish, in the contract's zone. A part of the day without an hour
means its end (上午 12:00, 下午 18:00), a meal its start less half an hour, a day alone 18:00.
"""

import re
from datetime import datetime, timedelta

from msgspec import Struct

from bot.intake.numerals import parse_number

_N = r"[0-9零一二两三四五六七八九十半]{1,3}"
_DAY = (
    r"(?P<day>今天|今日|今晚|今早|今儿|明天|明日|明早|明晚|明儿|后天|后日|大后天|当天|"
    r"(?P<week>这个?|本|下下个?|下个?)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末])|"
    r"(?P<year>\d{4})[-/.年](?P<of_year>\d{1,2}[-/.月]\d{1,2})[号日]?|"
    rf"(?:(?P<month>{_N})月)?(?P<date>{_N})[号日]|月底|周末)"
)
_PART = (
    r"(?P<part>凌晨|一大?早|大清早|清早|清晨|早上|早晨|上午|中午|午间|下午|傍晚|晚上|晚间|夜里|天黑|"
    r"(?:开?早[饭餐点]|早饭|早餐|开餐|开饭|开?午[饭餐]|午饭|中饭|开?晚[饭餐]|晚饭|上课|上班|开学|放学|下班|收工|开门|开市)(?=前|之前|以前))"
)
_HOUR = rf"(?P<hour>{_N}|\d{{1,2}})(?:点钟?(?P<half>半)?(?:(?P<minute>{_N})分?)?|[:：](?P<clock>[0-5]\d))"
_BEFORE = r"(?P<before>之前|以前|前)?"
_MOMENT = re.compile(
    rf"(?:{_DAY})?[的 T]?(?:{_PART}的?(?P<meal>开饭|开餐|吃饭|上课|开会|下班)?)?的?(?:{_HOUR})?(?:{_BEFORE})"
)
_WITHIN = re.compile(
    r"(?P<count>半|[0-9一二两三四五六七八九十]{1,3})个?(?P<unit>小时|钟头|分钟|天|工作日|星期|周|礼拜)(?:之|以)?内"
)
_SEEK = re.compile(
    r"(?<!\d)\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}|今|明|后天|后日|大后|当天|本周|这周|下|周|星期|礼拜|(?<![0-9零一二两三四五六七八九十])[0-9零一二两三四五六七八九十]{1,3}[点:：号日月]|月底|凌晨|早|上午|中午|午|傍晚|晚|开[饭餐]|上课|上班|放学|天黑"
)
_WISH = re.compile(r"^.{0,6}?(要|送|到|来|补|换|修|装|安排|取|给|发|退|用|交|必须|务必|之前|过来|能|可以|配)")
_DONE = re.compile(
    r"^[^，。！？]{0,6}?(送来(?![吗么吧呢])(?=.)|到的|收到|来的|送的|买的|吃|发现|就|才|已|打|点了|开始|用了|坏|没"
    r"|到[0-9一二两三四五六七八九十百半几]{1,4}[箱筐斤件本套袋盒包瓶桶台份])"
)

_ENDS = {
    "凌晨": (6, 0), "一早": (8, 0), "一大早": (8, 0), "大清早": (7, 0), "清早": (7, 0), "清晨": (7, 0),
    "早上": (9, 0), "早晨": (9, 0), "上午": (12, 0), "中午": (12, 0), "午间": (12, 0), "下午": (18, 0),
    "傍晚": (18, 0), "天黑": (18, 0), "晚上": (21, 0), "晚间": (21, 0), "夜里": (23, 0),
    "早饭": (6, 30), "早餐": (6, 30), "早点": (6, 30), "开饭": (11, 30), "开餐": (11, 30), "吃饭": (11, 30),
    "午饭": (11, 30), "午餐": (11, 30), "中饭": (11, 30), "晚饭": (17, 0), "晚餐": (17, 0), "上课": (8, 0),
    "上班": (8, 0), "开学": (8, 0), "放学": (16, 30), "下班": (17, 30), "收工": (17, 30), "开门": (8, 0),
    "开市": (8, 0), "开会": (9, 0),
}  # fmt: skip
_MORNING = ("凌晨", "一早", "一大早", "大清早", "清早", "清晨", "早上", "早晨", "上午")
_WEEKDAYS = "一二三四五六日"
_FORESEEABLE = 730  # days
_MONTHS, _DAYS = 12, 31

TIMELY = frozenset("今明后当周下星礼月凌早午晚开课班放黑点：:号日内年-/.")


class Wish(Struct, frozen=True, gc=False):
    """A wanted time: where it stands in the text and, when the present is known, the moment it means."""

    start: int
    end: int
    at: datetime | None


def find_wish(text: str, now: datetime | None) -> Wish | None:
    """Return the first time in the text that is asked for rather than reported. `now` carries the zone."""
    place = 0
    while seek := _SEEK.search(text, place):
        match = _MOMENT.match(text, seek.start())
        if match and match.end() > match.start() and _is_wish(text, match):
            moment = _moment(match, now) if now else None
            if moment or not (now or _impossible(match)):
                return Wish(match.start(), match.end(), moment)
        place = max(seek.start() + 1, match.end() if match else 0)
    return _within(text, now)


def _is_wish(text: str, match: re.Match[str]) -> bool:
    if not (match["day"] or match["part"] or match["hour"]):
        return False
    rest = text[match.end() : match.end() + 10]
    if match["before"]:
        return bool(match["day"] or match["hour"] or match["part"])
    if _DONE.match(rest):
        return False
    future = match["day"] is not None and not match["day"].startswith(("今", "当"))
    named = match["date"] is None and match["year"] is None
    return (future and (named or _WISH.match(rest) is not None)) or (
        bool(match["day"] or match["hour"]) and _WISH.match(rest) is not None
    )


def _within(text: str, now: datetime | None) -> Wish | None:
    match = _WITHIN.search(text) if "内" in text else None
    if not match:
        return None
    count = parse_number(match["count"]) or 1
    unit = {"小时": 60, "钟头": 60, "分钟": 1, "天": 1440, "工作日": 1440}.get(match["unit"], 7 * 1440)
    return Wish(match.start(), match.end(), now + timedelta(minutes=count * unit) if now else None)


def _moment(match: re.Match[str], now: datetime) -> datetime | None:
    day = _day(match, now)
    if day is None:
        return None
    hour, minute = _time_of_day(match)
    moment = day.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if match["day"] or moment > now:
        return moment
    if match["part"] is None and hour < 12 and moment + timedelta(hours=12) > now:
        return moment + timedelta(hours=12)
    return moment + timedelta(days=1)


def _time_of_day(match: re.Match[str]) -> tuple[int, int]:
    part = match["part"] or _part_of_day_word(match["day"] or "")
    if match["hour"]:
        hour = int(parse_number(match["hour"]) or 0)
        minute = 30 if match["half"] else int(parse_number(match["minute"] or match["clock"] or "0") or 0)
        afternoon = part not in _MORNING if part else hour <= 6
        return (
            hour + 12 if afternoon and hour < 12 and not (part == "中午" and hour > 9) else hour
        ) % 24, minute % 60
    word = match["meal"] or part
    return _ENDS.get(word, _ENDS.get(word.removeprefix("开"), (18, 0))) if word else (18, 0)


def _part_of_day_word(day: str) -> str:
    return {"晚": "晚上", "早": "早上"}.get(day[-1:], "")


def _day(match: re.Match[str], now: datetime) -> datetime | None:
    word = match["day"] or "今天"
    if match["year"]:
        return _full_date(match, now)
    if match["weekday"]:
        return _weekday(match, now)
    if match["date"]:
        return _calendar_day(match, now)
    if word == "月底":
        return (now.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    ahead = {"明": 1, "后": 2, "大": 3}.get(word[0], 0)
    return now + timedelta(days=ahead)


def _weekday(match: re.Match[str], now: datetime) -> datetime:
    wanted = _WEEKDAYS.find(match["weekday"].replace("天", "日").replace("末", "六"))
    monday = now - timedelta(days=now.weekday())
    weeks = match["week"].count("下") if match["week"] else 0
    if match["week"] is None and wanted < now.weekday():
        weeks = 1
    return monday + timedelta(days=wanted, weeks=weeks)


def _full_date(match: re.Match[str], now: datetime) -> datetime | None:
    """Return a date given with its year; none that nobody can be waiting for."""
    month, day = map(int, re.split(r"[-/.月]", match["of_year"]))
    try:
        date = now.replace(year=int(match["year"]), month=month, day=day)
    except ValueError:
        return None
    return date if abs((date - now).days) <= _FORESEEABLE else None


def _impossible(match: re.Match[str]) -> bool:
    """Tell, where the present is not known, whether a date cannot be anybody's wish."""
    if match["year"]:
        month, day = map(int, re.split(r"[-/.月]", match["of_year"]))
        return not ("2000" <= match["year"] < "2100" and 1 <= month <= _MONTHS and 1 <= day <= _DAYS)
    nth_month = parse_number(match["month"]) if match["month"] else 1
    nth_day = parse_number(match["date"]) if match["date"] else 1
    return not (nth_month and nth_day and 1 <= nth_month <= _MONTHS and 1 <= nth_day <= _DAYS)


def _calendar_day(match: re.Match[str], now: datetime) -> datetime | None:
    day, month = parse_number(match["date"]), parse_number(match["month"]) if match["month"] else now.month
    try:
        date = now.replace(month=int(month or 0), day=int(day or 0))
    except ValueError:
        return None
    if date.date() >= now.date():
        return date
    if match["month"]:
        return date.replace(year=now.year + 1) if (now - date).days > 180 else None
    following = (now.replace(day=1) + timedelta(days=32)).replace(day=1)
    try:
        return following.replace(day=int(day or 0))
    except ValueError:
        return None
