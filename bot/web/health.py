"""`GET /healthz`: whether a supervisor (of processes) should be content."""

from __future__ import annotations

import logging
from typing import Any

from aiohttp import web

from bot.web.pulse import pulse
from bot.web.site import SITE

log = logging.getLogger(__name__)

MAX_LAG = 120.0  # seconds; a loop looks at least once a minute


async def healthz(request: web.Request) -> web.Response:
    """200 while the database answers, every loop runs and nothing is stuck; else 503 and what is wrong."""
    site = request.app[SITE]
    loops = dict(site.loops())
    wrong = [f"the loop {name} does not run" for name, runs in loops.items() if not runs]
    lags: dict[str, Any] = {}
    try:
        now = site.clock.now()
        state = await site.store.read(lambda tx: pulse(tx, now))
        lags = {"inbox": state.inbox_lag, "timers": state.timer_lag, "outbox": state.outbox_lag}
        wrong += [f"{name} is {lag:.0f} s late" for name, lag in lags.items() if lag > MAX_LAG]
    except Exception as error:  # whatever ails the database is the answer
        log.exception("health.no_database")
        wrong.append(f"the database does not answer ({type(error).__name__})")
    if not loops:
        wrong.append("not started yet")
    body = {"ok": not wrong, "wrong": wrong, "loops": loops, "lag_seconds": lags}
    return web.json_response(body, status=503 if wrong else 200)
