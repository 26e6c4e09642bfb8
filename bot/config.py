"""Settings: a TOML file plus secrets from the environment become frozen values; a mistake names file, key and why."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec

from bot.channels.local.settings import LocalSettings
from bot.channels.settings import Channels
from bot.desk.book import Book
from bot.domain.calendar import CalendarError, CalendarText, parse_calendar
from bot.domain.roster import Override, Person, Roster, Shift
from bot.domain.scheme import CalendarSpec, Contract, Scheme, Terms, effective
from bot.domain.words import Role
from bot.problems import ConfigError, expectation, terms_problems
from bot.references import reference_problems
from bot.schemes import SHIPPED

T = TypeVar("T")

_ENV = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")


class Desk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[desk]: who we are. `default_contract` takes whoever nobody knows: a complaint is a ticket all the same."""

    company: str
    default_contract: str
    hotline: str = ""


class Storage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[storage]: where the database and the attachments are; paths are relative to the file's folder."""

    database: str = "data/yingnuo.sqlite3"
    media: str = "data/media"


class Web(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[web]: where webhooks, health and metrics are served."""

    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8080
    demo: bool = False


class PersonSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[[people]]: one of the supplier's people; `reach` holds their ids by channel."""

    id: str
    name: str
    roles: tuple[Role, ...] = (Role.AGENT,)
    duties: tuple[str, ...] = ()
    contracts: tuple[str, ...] = ()
    phone: str = ""
    external: bool = False
    reach: dict[str, str] = {}


class ShiftSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[[shifts]]: who is asked first, second …, and when."""

    name: str
    people: tuple[str, ...]
    hours: str = "ALWAYS"
    tz: str = "Asia/Shanghai"
    holidays: str = ""
    extra_workdays: str = ""
    special_hours: str = ""
    cn_public_holidays: bool = False
    years: str = ""
    categories: tuple[str, ...] = ()
    contracts: tuple[str, ...] = ()


class OverrideSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[[overrides]]: `person` is away from `since` to `until`; `instead` stands in."""

    person: str
    since: datetime
    until: datetime
    instead: str = ""


class ChatSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[[chats]]: a conversation whose meaning is known beforehand, such as the staff group."""

    channel: str
    chat: str
    role: Literal["customer", "staff", "supervisor"] = "staff"
    account: str = "default"
    thread: str = ""
    contract: str = ""
    title: str = ""


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole configuration file."""

    desk: Desk
    contracts: tuple[Contract, ...]
    people: tuple[PersonSpec, ...] = ()
    shifts: tuple[ShiftSpec, ...] = ()
    overrides: tuple[OverrideSpec, ...] = ()
    chats: tuple[ChatSpec, ...] = ()
    storage: Storage = Storage()
    web: Web = Web()
    channels: Channels = Channels()
    schemes: str = ""  # a folder of one's own scheme files, beside those that ship


def load(path: Path, environment: Mapping[str, str] = os.environ) -> tuple[Config, Book]:
    """Read a configuration. Raises ConfigError with one sentence per mistake."""
    config = _read(path, Config, environment)
    config = msgspec.structs.replace(config, chats=tuple(_at_its_account(config, c) for c in config.chats))
    schemes = shipped_schemes()
    if config.schemes:
        schemes |= read_schemes(path.parent / config.schemes)
    return config, build_book(path, config, schemes)


def accounts(channels: Channels) -> dict[str, str]:
    """By channel the account that is meant where none is named: `default`, else the first there is."""
    listed = {name: getattr(channels, name) for name in channels.__struct_fields__}
    names = {
        name: [one.account for one in found] for name, found in listed.items() if isinstance(found, tuple)
    }
    return {name: own[0] for name, own in names.items() if own and "default" not in own}


def _at_its_account(config: Config, chat: ChatSpec) -> ChatSpec:
    if chat.account != "default":
        return chat
    return msgspec.structs.replace(chat, account=accounts(config.channels).get(chat.channel, "default"))


def shipped_schemes() -> dict[str, Scheme]:
    """The four schemes that ship: books, food, medical, survey."""
    return read_schemes(SHIPPED)


def read_schemes(folder: Path) -> dict[str, Scheme]:
    """Every `*.toml` of a folder. Raises ConfigError naming file, key and what was expected."""
    if not folder.is_dir():
        raise ConfigError(folder, "schemes", "is no folder: name the folder that holds your scheme files")
    schemes = {}
    for file in sorted(folder.glob("*.toml")):
        scheme = _read(file, Scheme, {})
        problems = terms_problems(effective(scheme, Contract(id="check", title="", scheme=scheme.name)))
        if problems:
            raise ConfigError(file, problems[0][0], problems[0][1])
        schemes[scheme.name] = scheme
    return schemes


def _read(path: Path, kind: type[T], environment: Mapping[str, str]) -> T:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(path, "", "does not exist: copy config.example.toml and adapt it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(path, "", f"cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(path, "", f"is not TOML: {error}") from None
    return convert(_filled(path, raw, environment), kind, path)


def convert(raw: object, kind: type[T], path: Path) -> T:
    """Check types and keys. Raises ConfigError with the key's path."""
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        key = where.rstrip("`").lstrip(".")
        raise ConfigError(path, key, what + expectation(kind, key)) from None


def _filled(path: Path, value: object, environment: Mapping[str, str], key: str = "") -> object:
    """Put `${NAME}` from the environment in place, wherever it stands."""
    if isinstance(value, dict):
        return {k: _filled(path, v, environment, f"{key}.{k}".lstrip(".")) for k, v in value.items()}
    if isinstance(value, list):
        return [_filled(path, v, environment, f"{key}[{n}]") for n, v in enumerate(value)]
    if not isinstance(value, str):
        return value

    def known(found: re.Match[str]) -> str:
        name = found[1]
        if name not in environment:
            raise ConfigError(path, key, f"needs the environment variable {name}, which is not set")
        return environment[name]

    return _ENV.sub(known, value)


def build_book(path: Path, config: Config, schemes: Mapping[str, Scheme]) -> Book:
    """Lay contracts over schemes, check everything that refers to something, and build the roster."""
    terms = {}
    for n, contract in enumerate(config.contracts):
        key = f"contracts[{n}]"
        scheme = schemes.get(contract.scheme)
        if scheme is None:
            known = ", ".join(sorted(schemes))
            raise ConfigError(path, f"{key}.scheme", f"{contract.scheme!r} is not known; there are {known}")
        if contract.id in terms:
            raise ConfigError(path, f"{key}.id", f"{contract.id!r} stands twice")
        terms[contract.id] = _sound(path, key, effective(scheme, contract))
    for where, why in reference_problems(config, terms, schemes)[:1]:
        raise ConfigError(path, where, why)
    if config.desk.default_contract not in terms:
        raise ConfigError(path, "desk.default_contract", "names no contract of this file")
    return Book(
        company=config.desk.company,
        terms=terms,
        roster=_roster(path, config),
        default_contract=config.desk.default_contract,
        hotline=config.desk.hotline,
        accounts=accounts(config.channels),
        second_opinion=config.channels.opinion.account if config.channels.opinion else "",
    )


def _sound(path: Path, key: str, terms: Terms) -> Terms:
    problems = terms_problems(terms)
    if problems:
        raise ConfigError(path, f"{key}.{problems[0][0]}", problems[0][1])
    return terms


def _roster(path: Path, config: Config) -> Roster:
    people = {p.id: Person(**msgspec.structs.asdict(p)) for p in config.people}
    _known_people(path, config, people)
    return Roster(
        people=people,
        shifts=tuple(_shift(path, n, s) for n, s in enumerate(config.shifts)),
        overrides=tuple(Override(**msgspec.structs.asdict(o)) for o in config.overrides),
    )


def _known_people(path: Path, config: Config, people: Mapping[str, Person]) -> None:
    for n, shift in enumerate(config.shifts):
        for name in shift.people:
            if name not in people:
                raise ConfigError(path, f"shifts[{n}].people", f"{name!r} is nobody in [[people]]")
    for n, override in enumerate(config.overrides):
        for field, name in (("person", override.person), ("instead", override.instead)):
            if name and name not in people:
                raise ConfigError(path, f"overrides[{n}].{field}", f"{name!r} is nobody in [[people]]")
        if override.since.tzinfo is None or override.until.tzinfo is None:
            raise ConfigError(path, f"overrides[{n}].since", "has no offset: write 2026-02-16T08:00:00+08:00")


def _shift(path: Path, number: int, spec: ShiftSpec) -> Shift:
    wanted = {name: getattr(spec, name) for name in CalendarSpec.__struct_fields__}
    try:
        hours = parse_calendar(spec.name, CalendarText(**wanted))
    except CalendarError as error:
        raise ConfigError(path, f"shifts[{number}].{error.key}", str(error)) from None
    return Shift(
        name=spec.name,
        people=spec.people,
        hours=hours,
        categories=spec.categories,
        contracts=spec.contracts,
    )


def local_settings(config: Config, book: Book) -> LocalSettings:
    """The local channel as the configuration's people use it: agents and leads speak in the staff group."""
    crowd = tuple(p.id for p in book.roster.people.values() if not p.may(Role.SUPERVISOR, Role.MANAGER))
    return msgspec.structs.replace(config.channels.local or LocalSettings(), staff=crowd)
