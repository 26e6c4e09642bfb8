"""Everything goes through the proxy that is set, and through no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from bot.channels.base import Temporary
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.settings import TelegramSettings
from bot.domain.messages import Outgoing
from tests.contract.channels.telegram_harness import TelegramPolling
from tests.standins.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest_asyncio.fixture
async def bench() -> AsyncIterator[TelegramPolling]:
    async with TelegramPolling() as running:
        yield running


@pytest.mark.parametrize("scheme", ["http", "socks5", "socks5h"])
async def test_messages_both_ways_and_files_go_through_it(bench: TelegramPolling, scheme: str) -> None:
    await bench.leave()
    proxy = Proxy()
    port = await proxy.start()
    bench.more = {"proxy": f"{scheme}://127.0.0.1:{port}"}
    bench.telegram.calls.clear()
    await bench.come_back()
    await bench.sends_picture(b"tofu")
    (message,) = await bench.inlet.has_stored(1)
    assert await bench.channel.fetch(message.media[0]) == b"tofu"
    await bench.channel.send(bench.person(), Outgoing(text="已受理"))
    await bench.leave()
    await proxy.stop()
    assert set(proxy.passed) == {bench.telegram.url.removeprefix("http://")}
    assert len(proxy.passed) >= 3  # asking, sending and fetching have connections of their own


async def test_a_proxy_that_is_not_there_is_temporary_and_found_by_check(bench: TelegramPolling) -> None:
    proxy = Proxy()
    port = await proxy.start()
    await proxy.stop()
    channel = TelegramChannel(bench.settings(proxy=f"socks5://127.0.0.1:{port}"), clock=bench.clock)
    with pytest.raises(Temporary):
        await channel.send(bench.person(), Outgoing(text="已受理"))
    (finding,) = await channel.check()
    await channel.stop()
    assert (finding.state, "proxy" in finding.todo) == ("error", True)


async def test_the_environments_proxy_is_not_used(
    bench: TelegramPolling, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    channel = TelegramChannel(bench.settings(), clock=bench.clock)
    assert await channel.send(bench.person(), Outgoing(text="已受理"))
    await channel.stop()


@pytest.mark.parametrize("proxy", ["127.0.0.1:7890", "ftp://127.0.0.1", "socks4://127.0.0.1:1"])
def test_a_proxy_of_another_kind_is_refused(proxy: str) -> None:
    with pytest.raises(ValueError, match="proxy"):
        TelegramSettings(proxy=proxy)
