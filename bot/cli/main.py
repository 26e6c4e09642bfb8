"""`python run_bot.py VERB`: reads the command line and hands over to the verb's own module.

Exit codes: 0 done, 1 the answer is "no" (a drill failed, `check` found something), 2 it could not be done
(a wrong flag, a broken file), 130 stopped by Ctrl-C. Mistakes are sentences on stderr.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Protocol, cast

from bot.cli.faults import explain

CONFIG = Path("config.toml")
SET_UP = "set everything up with `make run`, or start with .venv/bin/python run_bot.py"

VERBS = {
    "serve": "run the bot from a configuration",
    "demo": "the embedded default: SQLite and a page with every phone side by side, nothing to configure",
    "drill": "play scripted cases through the whole system on a virtual clock",
    "classify": "say what messages mean: JSON lines in, JSON lines out",
    "deadlines": "say when every promise on such a ticket is due; or answer JSON lines from stdin",
    "check": "read the configuration, talk to every channel, say what is wrong",
    "entry": "each contract's own link and QR picture for the customer's WeChat group",
    "export": "tickets, events, messages, targets or outbox as JSON lines",
    "migrate": "bring the database to the form this version needs",
    "backup": "copy the database while the bot runs",
    "restore": "put a backup in the place of the database",
    "report": "promises kept and broken in a month, with the evidence",
    "learn": "learn from what people corrected; refuses to get worse",
}


class Verb(Protocol):
    """What a verb's module offers."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the flags."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it; the exit code."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; its exit code."""
    _speak_utf8()
    given = list(sys.argv[1:] if argv is None else argv)
    verb = next((word for word in given if not word.startswith("-")), "")
    if not given:
        verb = "serve" if CONFIG.exists() else "demo"
        given = [verb]
    try:
        parser, module = _parser(verb)
    except ModuleNotFoundError as error:
        if str(error.name).startswith("bot"):
            raise
        print(f"error: the package {error.name} is not installed: {SET_UP}", file=sys.stderr)
        return 2
    args = parser.parse_args(given)
    if module is None:
        parser.print_help()
        return 2
    return _guarded(module, args)


def _parser(chosen: str) -> tuple[argparse.ArgumentParser, Verb | None]:
    """The parser; only the chosen verb's module is loaded, so that each starts fast."""
    parser = argparse.ArgumentParser(
        prog="run_bot.py",
        description="应诺: the after-sales desk that keeps its promises.",
        epilog="Without a verb: serve if there is a config.toml here, else demo.",
    )
    verbs = parser.add_subparsers(metavar="VERB", dest="verb")
    module = None
    for name, what in VERBS.items():
        sub = verbs.add_parser(name, help=what, description=what)
        if name == chosen:
            module = cast("Verb", import_module(f"bot.cli.{name}"))
            module.arguments(sub)
    return parser, module


def _guarded(module: Verb, args: argparse.Namespace) -> int:
    try:
        return module.run(args)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the last flush finds a place
        return 0
    except Exception as error:
        if os.environ.get("YINGNUO_DEBUG"):
            raise
        print(explain(error), file=sys.stderr)
        return 2


def _speak_utf8() -> None:
    """Chinese goes in and out whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
