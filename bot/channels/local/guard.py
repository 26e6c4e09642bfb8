"""Who may speak to the local channel: this machine, unless it is opened to others."""

from __future__ import annotations

import hmac
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from aiohttp import web

    from bot.channels.local.settings import LocalSettings


def objection(request: web.Request, settings: LocalSettings) -> str:
    """Why this request must be refused; empty where it need not be.

    A web page from elsewhere in the same browser (foreign Origin, foreign Host by DNS rebinding) and a caller
    behind a proxy on this machine do not count as this machine.
    """
    if settings.token and not _has_token(request, settings.token):
        return "the header `Authorization: Bearer TOKEN` is missing or wrong"
    if _foreign_origin(request) or _foreign_page(request):
        return "requests from pages of another site are refused"
    if settings.remote or (_is_loopback(request.remote) and _names_loopback(request)):
        return ""
    return (
        "only this machine may speak here; set `remote` in the section of the local channel to allow others"
    )


def _has_token(request: web.Request, token: str) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), token.encode())


def _foreign_origin(request: web.Request) -> bool:
    origin = request.headers.get("Origin")
    return origin is not None and origin.partition("://")[2] != request.host


def _foreign_page(request: web.Request) -> bool:
    """What another site's page fetches or embeds; following a link from there is the reader's own doing."""
    site, mode = (request.headers.get(f"Sec-Fetch-{name}", "") for name in ("Site", "Mode"))
    return site in {"cross-site", "same-site"} and mode != "navigate"


def _names_loopback(request: web.Request) -> bool:
    forwarded = "Forwarded" in request.headers or "X-Forwarded-For" in request.headers
    return not forwarded and _is_local_name(request.host)


@lru_cache(maxsize=256)
def _is_local_name(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:  # no host at all, such as `[::1`
        return False
    return name == "localhost" or _is_loopback(name)


@lru_cache(maxsize=256)
def _is_loopback(address: str | None) -> bool:
    try:
        return ip_address(address or "").is_loopback
    except ValueError:
        return False
