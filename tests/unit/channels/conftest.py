"""No test of a channel waits for ever."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.contract.channels.patience import be_impatient

if TYPE_CHECKING:
    import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """End tests that wait in vain."""
    be_impatient(items, Path(__file__).parent)
