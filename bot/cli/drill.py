"""`drill FILE…`: rehearse scripted cases; exit 0 only when every expectation of every one held."""

from __future__ import annotations

import argparse
import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

from bot.cli.drill_report import Report
from bot.cli.drill_run import play
from bot.cli.drill_script import Script, read_script
from bot.cli.faults import UsageError
from bot.intake import Intake


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE… and --json."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a drill, or a folder of them")
    parser.add_argument(
        "--json", action="store_true", help="one JSON object a line and drill, as in the docs"
    )


def run(args: argparse.Namespace) -> int:
    """Play one after the other; 1 where an expectation did not hold."""
    logging.getLogger().addHandler(logging.NullHandler())
    scripts = [read_script(path) for path in _files(args.files)]
    intake = Intake()
    failed = 0
    for script in scripts:
        report = asyncio.run(play(script, intake))
        print(_shown(report, script, as_json=args.json), flush=True)
        failed += not report.passed
    if len(scripts) > 1 and not args.json:
        print(f"\n{len(scripts) - failed} of {len(scripts)} drills passed")
    return 1 if failed else 0


def _files(given: list[Path]) -> Iterator[Path]:
    for path in given:
        inside = sorted(path.rglob("*.toml")) if path.is_dir() else [path]
        if not inside:
            raise UsageError(f"{path}: there is no drill (*.toml) in this folder")
        yield from inside


def _shown(report: Report, script: Script, *, as_json: bool) -> str:
    if as_json:
        return report.to_json().decode()
    return f"# {script.file}\n{report.to_text()}\n"
