"""Which database a verb speaks of: the one named, the configuration's, or the demo's."""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path

from bot.cli.faults import UsageError
from bot.config import Storage, convert
from bot.problems import ConfigError

CONFIG = Path("config.toml")
DEMO = Path("data/demo.sqlite3")


def arguments(parser: argparse.ArgumentParser) -> None:
    """--config and --database."""
    parser.add_argument("--config", type=Path, help="default config.toml, where there is one")
    parser.add_argument(
        "--database", type=Path, help="a database file (default: the configuration's, else the demo's)"
    )


def database(args: argparse.Namespace, *, existing: bool = True) -> Path:
    """The database's path. Raises UsageError where `existing` and there is none."""
    path = args.database or _configured(args.config) or DEMO
    if existing and not path.is_file():
        raise UsageError(f"there is no database at {path}: name it with --database or --config")
    return Path(path)


def storage_of(config: Path) -> Storage:
    """The section [storage] alone, so that secrets need not be set to make a backup."""
    try:
        raw = tomllib.loads(config.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(config, "", f"cannot be read: {error}") from None
    return convert(raw.get("storage", {}), Storage, config)


def _configured(given: Path | None) -> Path | None:
    if given is None and not CONFIG.exists():
        return None
    config = given or CONFIG
    return config.parent / storage_of(config).database
