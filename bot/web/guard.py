"""What holds for every answer: headers that keep a browser safe, and errors that give nothing away."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.web.site import SITE

log = logging.getLogger(__name__)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer, count what was refused, and put the headers on."""
    try:
        response = await handler(request)
    except web.HTTPException as error:
        response = _refusal(error)
    except Exception:
        log.exception("web.failed", extra={"path": _known_path(request)})
        response = web.json_response({"error": "this failed on our side; try again"}, status=500)
    if response.status >= 400:
        request.app[SITE].counters[f"web.status_{response.status}"] += 1
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "yingnuo"
    return response


def _refusal(error: web.HTTPException) -> web.Response:
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
    return web.json_response({"error": error.reason}, status=error.status, headers=headers)


def _known_path(request: web.Request) -> str:
    """The route's own pattern: what a caller made of it may hold anything."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"
