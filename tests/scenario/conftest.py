from __future__ import annotations

import pytest

from bot.intake import Intake


@pytest.fixture(scope="session")
def intake() -> Intake:
    """Built once: it loads dictionaries."""
    return Intake()
