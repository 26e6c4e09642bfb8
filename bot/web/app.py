"""The web application: webhooks of every channel, health, metrics, and the page with the phones."""

from __future__ import annotations

from aiohttp import web

from bot.web import demo, health, metrics
from bot.web.guard import guarded
from bot.web.site import SITE, Site

MAX_BODY = 1024 * 1024  # channels that take more say so themselves


def build(site: Site) -> web.Application:
    """An application that answers for the whole site; start and stop of the channels is not its business."""
    app = web.Application(middlewares=[guarded], client_max_size=MAX_BODY)
    app[SITE] = site
    app.router.add_get("/healthz", health.healthz)
    app.router.add_get("/metrics", metrics.metrics)
    for channel in site.channels:
        app.add_routes(channel.routes())
    if site.demo is not None:
        demo.mount(app, site, site.demo)
    return app
