"""Runs each test of the suite on every harness that has what the test needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest_asyncio

from tests.contract.channels.aibot_harness import AibotCallbackHarness, AibotHarness
from tests.contract.channels.app_harness import AppHarness
from tests.contract.channels.bridge_harness import BridgeHarness, BridgePushHarness
from tests.contract.channels.kf_harness import KfHarness
from tests.contract.channels.local_harness import LocalHarness
from tests.contract.channels.patience import be_impatient
from tests.contract.channels.robot_harness import RobotHarness
from tests.contract.channels.telegram_harness import TelegramPolling, TelegramWebhook
from tests.contract.channels.wechat_harness import WechatHarness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

    from tests.contract.channels.harness import Harness

# Add yours here.
HARNESSES: tuple[type[Harness], ...] = (
    LocalHarness,
    TelegramPolling,
    TelegramWebhook,
    KfHarness,
    RobotHarness,
    WechatHarness,
    AibotHarness,
    AibotCallbackHarness,
    AppHarness,
    BridgeHarness,
    BridgePushHarness,
)


def pytest_configure(config: pytest.Config) -> None:
    """Explain the suite's own marks."""
    config.addinivalue_line("markers", "needs(*traits): runs on the channels whose provider has these traits")
    config.addinivalue_line(
        "markers", "faces(*faults): runs on the channels where these faults can be staged"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """End tests that wait in vain."""
    be_impatient(items, Path(__file__).parent)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the test every harness with the traits and faults it names."""
    if "harness" not in metafunc.fixturenames:
        return
    traits = {trait for mark in metafunc.definition.iter_markers("needs") for trait in mark.args}
    faults = {fault for mark in metafunc.definition.iter_markers("faces") for fault in mark.args}
    fitting = [one for one in HARNESSES if traits <= one.traits and faults <= one.faults]
    metafunc.parametrize("harness", fitting, indirect=True, ids=lambda one: one.__name__)


@pytest_asyncio.fixture
async def harness(request: pytest.FixtureRequest) -> AsyncIterator[Harness]:
    """The channel under test, running."""
    async with request.param() as running:
        yield running
