"""Requests that are malformed, forged or too large are refused and counted, and cost nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.contract.channels.harness import Trait, needs

if TYPE_CHECKING:
    from tests.contract.channels.harness import Harness


@needs(Trait.REQUESTS)
async def test_hostile_requests_are_refused_and_counted(harness: Harness) -> None:
    seen = {}
    for request in harness.hostile():
        before = harness.inlet.counts.total()
        status = await request.send()
        seen[request.wrong] = (400 <= status < 500, harness.inlet.counts.total() - before)
    assert len(seen) >= 5
    assert seen == dict.fromkeys(seen, (True, 1))


@needs(Trait.REQUESTS)
async def test_hostile_requests_store_nothing_and_leave_the_channel_working(harness: Harness) -> None:
    for request in harness.hostile():
        await request.send()
    assert harness.inlet.attempts == []
    await harness.writes("豆腐馊了")
    (message,) = await harness.inlet.has_stored(1)
    assert message.text == "豆腐馊了"
