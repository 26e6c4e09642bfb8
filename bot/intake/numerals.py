"""Chinese and Arabic numerals, exact and rough: 二十来 is about 20, 半 is 0.5, 十几 about 15, 七八 at least 7."""

import re
from itertools import pairwise

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {
    "两": 2,
    "俩": 2,
    "仨": 3,
    "〇": 0,
}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_ROUGH = re.compile(r"[来多几余]")
_BETWEEN = re.compile(
    "(?<![零〇一二三四五六七八九])(?:"
    + "|".join(map("".join, pairwise("一二三四五六七八九")))
    + ")(?![零〇一二三四五六七八九])"
)


def parse_number(text: str) -> float | None:
    """Return the value of a numeral such as “12.5”, “三百二”, “二十来”, “半”; None when it is none."""
    plain = text.replace(",", "").replace("，", "")
    if re.fullmatch(r"\d{1,9}(\.\d{1,4})?", plain):
        return float(plain)
    if plain == "半":
        return 0.5
    if plain.endswith("半") and (whole := _section(_ROUGH.sub("", plain[:-1]))) is not None:
        return whole + 0.5
    return _chinese(plain)


def format_number(value: float) -> str:
    """Write a number without a needless “.0”."""
    return f"{value:g}" if value < 1e6 else str(int(value))


def _chinese(text: str) -> float | None:
    if text in {"几", "好几"}:
        return None
    some = 5 if re.search(r"[十百千]几$", text) and text.endswith("十几") else 0
    core = _BETWEEN.sub(_lower, _ROUGH.sub("", text))
    before, wan, after = core.partition("万")
    if not wan:
        value = _section(core)
        return None if value is None else value + some
    high, low = _section(before or "一"), _section(after) if after else 0.0
    if high is None or low is None:
        return None
    return high * 10000 + (low * 1000 if len(after) == 1 else low) + some


def _lower(between: re.Match[str]) -> str:
    return between[0][0]


def _section(text: str) -> float | None:
    """Read a numeral below ten thousand; digit strings such as 二零二六 are read digit by digit."""
    if not text or not all(char in _DIGITS or char in _UNITS for char in text):
        return float(text) if text.isdigit() and text.isascii() else None
    if len(text) > 1 and all(char in _DIGITS for char in text):
        return float("".join(str(_DIGITS[char]) for char in text)) if len(text) > 2 else None
    total, current = 0, 0
    for char in text:
        if char in _UNITS:
            total += (current or 1) * _UNITS[char]
            current = 0
        else:
            current = _DIGITS[char]
    short_for = _UNITS.get(text[-2:-1], 10) // 10
    return float(total + current * short_for)
