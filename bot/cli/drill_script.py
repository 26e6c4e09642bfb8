"""The script of a drill, as written in TOML (see docs/reference/drills.md)."""

from __future__ import annotations

import re
import tomllib
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import msgspec

from bot.cli.drill_checks import Check
from bot.cli.world import world
from bot.config import Config, build_book, convert, load, shipped_schemes
from bot.desk.book import Book
from bot.problems import ConfigError

SPEAKERS = ("customer", "customer2", "agent1", "agent2", "lead", "supervisor", "manager")
_RESERVED = {
    "at",
    "expect",
    "expect_none",
    "down",
    "up",
    "restart",
    "reload",
    "press",
    "chat",
    "quote",
    "media",
}


class Expectation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must (or must not) have been sent to somebody since the last look at them."""

    to: str
    says: tuple[str, ...] = ()
    mentions: str = ""
    times: int = 0  # exactly so often; 0: at least once


class Deeds(msgspec.Struct, frozen=True, kw_only=True):
    """What a step does beside speaking, as it is written."""

    press: bool = False  # the words are the label of a button
    chat: str = ""
    quote: str = ""
    media: str = ""
    expect: Expectation | None = None
    expect_none: Expectation | None = None
    down: str = ""
    up: str = ""
    restart: bool = False
    reload: str = ""


class Step(Deeds, frozen=True, kw_only=True):
    """One step: at most one speaker, or an expectation, or something done to the world."""

    at: timedelta
    speaker: str = ""
    words: str = ""


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """A whole drill."""

    file: Path
    title: str
    start: datetime
    config: Config
    book: Book
    steps: tuple[Step, ...]
    checks: tuple[Check, ...] = ()


def read_script(path: Path) -> Script:
    """Read a drill. Raises ConfigError naming file, key and what was expected."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(path, "", f"cannot be read as a drill: {error}") from None
    start = raw.get("start")
    if not isinstance(start, datetime) or start.tzinfo is None:
        raise ConfigError(path, "start", "must be a time with offset, such as 2026-02-16T23:50:00+08:00")
    config, book = _world(path, raw)
    steps = tuple(_step(path, n, step) for n, step in enumerate(raw.get("step", [])))
    if not steps:
        raise ConfigError(path, "step", "there is no [[step]]: a drill needs at least one")
    if any(a.at > b.at for a, b in pairwise(steps)):
        raise ConfigError(path, "step", "steps must stand in the order of their `at`")
    return Script(
        file=path,
        title=str(raw.get("title", path.stem)),
        start=start,
        config=config,
        book=book,
        steps=steps,
        checks=convert(raw.get("check", []), tuple[Check, ...], path),
    )


def _world(path: Path, raw: dict[str, object]) -> tuple[Config, Book]:
    if "config" in raw:
        return load(path.parent / str(raw["config"]))
    scheme = raw.get("scheme")
    schemes = shipped_schemes()
    if scheme not in schemes:
        raise ConfigError(path, "scheme", f"{scheme!r} is not one of {', '.join(schemes)}; or give `config`")
    config = world(str(scheme))
    overrides = {k: raw[k] for k in ("contracts", "people", "shifts", "overrides", "chats") if k in raw}
    if overrides:
        config = convert(msgspec.to_builtins(config) | overrides, Config, path)
    return config, build_book(path, config, schemes)


def _since(text: str) -> timedelta:
    """`90s`, `9m59s`, `1d2h`. Raises ValueError for anything else."""
    found = re.fullmatch(r"(?=\d)(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,7})s)?", text)
    if found is None:
        raise ValueError(text)
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _step(path: Path, number: int, raw: dict[str, object]) -> Step:
    key = f"step[{number}]"
    try:
        at = _since(str(raw["at"]))
    except (KeyError, ValueError):
        raise ConfigError(
            path, f"{key}.at", "must be a time since the start, such as 90s, 15m or 1d2h30m"
        ) from None
    speakers = [k for k in raw if k not in _RESERVED]
    for name in speakers:
        if name not in SPEAKERS and not name.startswith("call:") and not name.startswith("customer"):
            raise ConfigError(
                path, f"{key}.{name}", f"is no speaker; there are {', '.join(SPEAKERS)}, call:NUMBER"
            )
    if len(speakers) > 1:
        raise ConfigError(path, key, "has two speakers: write one step for each")
    plain = {k: v for k, v in raw.items() if k in _RESERVED and k != "at"}
    speaker = speakers[0] if speakers else ""
    words = str(raw[speaker]) if speaker else ""
    fields = convert(plain, Deeds, path)
    return Step(at=at, speaker=speaker, words=words, **msgspec.structs.asdict(fields))
