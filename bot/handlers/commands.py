"""Commands as people type them: in Chinese or with a slash, with or without a ticket number. Pure."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from bot.desk.wording import UNSEEN
from bot.domain.words import CHIEFS, Role

_STAFF = (Role.AGENT, Role.LEAD, Role.SUPERVISOR, Role.MANAGER)
_CUSTOMER = (Role.REQUESTER,)
_UNITS = "年月日号点时分秒天周个本册箱斤公千克吨元块人名台套件份袋盒瓶楼层车次批%点小kK"
_NUMBER = re.compile(
    rf"""(?:
      [A-Za-z]{{0,4}}\d{{6}}-\d{{1,4}}(?!\d)          # in full, or without its letters
    | 0\d{{2,3}}(?!\d|[.:：]\d)                      # its end, as it stands in the number
    | \d{{1,4}}(?=$|[\s，,、。；;#!！)）\]】]|[:：](?!\d))(?!\s*[{_UNITS}])  # its end, bare: not 「2小时内到」
    )""",
    re.ASCII | re.VERBOSE,
)
_NUMBER_FIRST = re.compile(r"(?:[A-Za-z]{1,4}\d{6}-\d{1,4}|\d{3,4})(?!\d)[\s，,：:#]*", re.ASCII)
_WIDE = {n: n - 0xFEE0 for n in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_WIDE |= {ord("／"): "/", ord("＠"): "@", ord("＃"): "#", ord("－"): "-", ord("＿"): "_"}
_MARKS = " \t\r\n\u3000，,：:#。.！!？?~～、;；"  # what may stand between a command, a number and the words
_OPENING, _CLOSING = "（(【[", "）)】]号"  # what a number may stand in

Wants = Literal["nothing", "ticket", "maybe"]


class CommandSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One command: its name, how it may be typed, who may use it, and whether it is about a ticket."""

    name: str
    words: tuple[str, ...]
    roles: tuple[Role, ...]
    wants: Wants = "ticket"


def _spec(name: str, words: str, roles: tuple[Role, ...], wants: Wants = "ticket") -> CommandSpec:
    return CommandSpec(name=name, words=tuple(words.split()), roles=roles, wants=wants)


COMMANDS: tuple[CommandSpec, ...] = (
    _spec("mytickets", "我的工单 /mytickets", _CUSTOMER, "nothing"),
    _spec("progress", "进度 /progress", _CUSTOMER, "maybe"),
    _spec("withdraw", "撤销 /withdraw /cancel", _CUSTOMER, "maybe"),
    _spec("human", "人工 转人工 /human", _CUSTOMER, "maybe"),
    _spec("rate", "评价 /rate", _CUSTOMER, "maybe"),
    _spec("join", "绑定 /bind", _CUSTOMER + _STAFF, "nothing"),
    _spec("link", "关联 /link", _CUSTOMER, "nothing"),
    _spec("help", "帮助 /help /start help", _CUSTOMER + _STAFF, "nothing"),
    _spec("take", "接单 /take", _STAFF),
    _spec("dispatch", "派员 /dispatch", _STAFF),
    _spec("arrive", "到场 /arrive", _STAFF),
    _spec("resolve", "解决 /resolve", _STAFF),
    _spec("reply", "回复 /reply", _STAFF),
    _spec("note", "备注 /note", _STAFF),
    _spec("transfer", "转派 /transfer", _STAFF),
    _spec("release", "退回 /release", _STAFF),
    _spec("wait", "待客户 /wait", _STAFF),
    _spec("resume", "继续 /resume", _STAFF),
    _spec("dispute", "争议 /dispute", _STAFF),
    _spec("merge", "合并 /merge", _STAFF),
    _spec("split", "拆分 /split", _STAFF),
    _spec("invalid", "误报 /invalid", _STAFF),
    _spec("reclassify", "改类 /reclassify", _STAFF),
    _spec("severity", "程度 /severity", _STAFF),
    _spec("replace", "更换 换货 /replace", _STAFF),
    _spec("feedback", "反馈 /feedback", _STAFF),
    _spec("deliver", "送达 补送 /deliver", _STAFF),
    _spec("collect", "运回 /collect", _STAFF),
    _spec("plan", "预案 /plan", _STAFF),
    _spec("act", "落实 /act", _STAFF),
    _spec("notify", "知会 /notify", _STAFF),
    _spec("appoint", "约定 /appoint", _STAFF),
    _spec("enter", "录入 登记 /enter", _STAFF, "nothing"),
    _spec("ticket", "工单 /ticket", _STAFF),
    _spec("mine", "我的 /mine", _STAFF, "nothing"),
    _spec("roster", "值班 /roster", _STAFF, "nothing"),
    _spec("status", "状态 /status", _STAFF, "nothing"),
    _spec("overdue", "超时 /overdue", _STAFF, "nothing"),
    _spec("today", "今日 /today", CHIEFS, "nothing"),
    _spec("week", "本周 /week", CHIEFS, "nothing"),
    _spec("month", "本月 /month", CHIEFS, "nothing"),
    _spec("escalate", "升级 /escalate", CHIEFS),
    _spec("incident", "应急 /incident", CHIEFS, "nothing"),
    _spec("shortage", "缺货 /shortage", _STAFF, "nothing"),
    _spec("code", "绑定码 /code", CHIEFS, "nothing"),
    _spec("teach", "学词 /teach", CHIEFS, "nothing"),
)
BY_NAME = {spec.name: spec for spec in COMMANDS}
_BY_WORD = sorted(((w, s) for s in COMMANDS for w in s.words), key=lambda pair: -len(pair[0]))

_FIRST = frozenset(word[0] for word, _ in _BY_WORD) | frozenset("H／Ｈｈ")
_NUMBER_STARTS = frozenset("0123456789０１２３４５６７８９")


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A command as given: `number` of the ticket, if any, and the words behind it."""

    name: str
    number: str = ""
    words: str = ""
    ticket: int = 0  # by button


def parse(text: str, roles: tuple[Role, ...]) -> Command | None:
    """Read a command somebody with these roles may mean; None where it is just words.

    A Chinese command must stand alone, or be followed by a space, a number or punctuation: 「解决不了」 is no command.
    """
    start = text[:64].lstrip(UNSEEN)[:1]
    if start in _FIRST:
        return _read(text.strip(UNSEEN).translate(_WIDE), roles)
    if start in _NUMBER_STARTS or (start.isascii() and start.isalpha()):
        return _number_first(text.strip(UNSEEN), roles)
    return None  # nearly everything customers write


def _number_first(text: str, roles: tuple[Role, ...]) -> Command | None:
    """`001 接单`: the number may stand in front, where nothing but the command follows it."""
    line = text[:200].translate(_WIDE) + text[200:]
    found = _NUMBER_FIRST.match(line)
    command = _read(line[found.end() :], roles) if found else None
    if found is None or command is None or command.number or BY_NAME[command.name].wants != "ticket":
        return None
    return msgspec.structs.replace(command, number=found.group().rstrip(_MARKS))


def _read(line: str, roles: tuple[Role, ...]) -> Command | None:
    for word, spec in _BY_WORD:
        rest = _after(line, word)
        if rest is not None and any(role in spec.roles for role in roles):
            return _command(spec, rest)
    return None


def unknown_slash(text: str) -> str:
    """The word of a slash command that does not exist, or ""."""
    found = re.match(r"/[A-Za-z_]{2,32}", text[:100].strip(UNSEEN).translate(_WIDE))
    return found.group() if found else ""


def _after(line: str, word: str) -> str | None:
    """What follows the command word, where it is used as a command."""
    if not line.lower().startswith(word):
        return None
    rest = line[len(word) :]
    if word.startswith("/") and rest.startswith("@"):
        rest = "".join(rest.split(maxsplit=1)[1:])
    elif rest and rest[0] not in _MARKS + _OPENING and not re.match(r"\s|[A-Za-z]{1,4}\d{6}-\d|\d", rest):
        return None
    return rest.lstrip(_MARKS).rstrip(UNSEEN)


def _command(spec: CommandSpec, rest: str) -> Command:
    if spec.wants == "nothing":
        return Command(name=spec.name, words=rest)
    bare = rest.lstrip(_OPENING)
    found = _NUMBER.match(bare)
    if not found:
        return Command(name=spec.name, words=rest)
    words = bare[found.end() :].lstrip(_CLOSING).lstrip(_MARKS).rstrip(UNSEEN)
    return Command(name=spec.name, number=found.group(), words=words)


def from_button(action: str) -> Command | None:
    """A pressed button, e.g. `take:12` or `triage:12:food.spoiled`; None where it is none of ours."""
    name, _, rest = action.partition(":")
    ticket, _, words = rest.partition(":")
    if (
        (name not in BY_NAME and name != "triage")
        or not ticket.isascii()
        or not ticket.isdigit()
        or len(ticket) > 12
    ):
        return None
    return Command(name=name, ticket=int(ticket), words=words)
