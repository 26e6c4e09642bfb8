"""What holds for every answer: headers that keep a browser safe, and errors that give nothing away."""

from __future__ import annotations

import asyncio
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

BODY_SECONDS = 30.0  # enough for a picture over a slow line; a body that never ends is given up

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer, count what was refused, and put the headers on."""
    patience = asyncio.get_running_loop().call_later(BODY_SECONDS, _give_up, request)
    try:
        response = await handler(request)
    except web.HTTPException as error:
        response = _refusal(error)
    except Exception:
        if request.content.exception() is None:
            log.exception("web.failed", extra={"path": _known_path(request)})
            response = _sentence("this failed on our side; try again", 500)
        else:
            response = _sentence("the body did not come whole, or not in time", 408)
    finally:
        patience.cancel()
    if response.status >= 400:
        request.app[SITE].counters[f"web.status_{response.status}"] += 1
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "yingnuo"
    return response


def _refusal(error: web.HTTPException) -> web.Response:
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
    return web.json_response({"error": error.reason}, status=error.status, headers=headers)


def _give_up(request: web.Request) -> None:
    """Whoever still waits for the rest of the body waits no longer."""
    if not request.content.is_eof():
        request.content.set_exception(TimeoutError())


def _sentence(reason: str, status: int) -> web.Response:
    return web.json_response({"error": reason}, status=status)


def _known_path(request: web.Request) -> str:
    """The route's own pattern: what a caller made of it may hold anything."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"
