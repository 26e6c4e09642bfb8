"""What the bot has learned from corrections: a model file beside the database, used from the next start."""

from __future__ import annotations

import logging
from pathlib import Path

from bot.intake import Intake, model

log = logging.getLogger(__name__)


def model_of(database: Path) -> Path:
    """Where the learned model of a database lies."""
    return database.with_name("learned.model")


def intake_of(database: Path) -> Intake:
    """Understanding as learned, where something was learned; one that cannot be read is left out, and said so."""
    path = model_of(database)
    if not path.exists():
        return Intake()
    try:
        return Intake(trained=model.load(path.read_bytes()))
    except Exception:  # whatever ails the file, the shipped model understands
        log.exception("learned.unreadable", extra={"todo": "run learn again"})
        return Intake()
