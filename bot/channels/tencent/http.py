"""One HTTP client for every provider here: time limits on everything, bounded answers, errors told apart.

A failure before the request went out is Temporary. One after it is Uncertain, unless a repeat does no harm.
No exception text carries an address: it would carry the access token in it.
"""

from __future__ import annotations

from typing import Any

import aiohttp
import msgspec
from yarl import URL

from bot.channels.base import ChannelError, Permanent, Temporary, Uncertain

ANSWER_LIMIT = 8 * 1024 * 1024


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request: `body` goes as JSON, `raw` as it is; `repeatable` says that doing it twice does no harm."""

    path: str
    params: dict[str, str] = {}
    body: object = None
    raw: bytes | None = None
    headers: dict[str, str] = {}
    repeatable: bool = False
    method: str = "POST"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back: status 2xx to 4xx, the content type without parameters, and the bytes."""

    status: int
    kind: str
    content: bytes
    name: str = ""


class Http:
    """Requests below `base`; the session is made when first needed and closed if it is ours."""

    def __init__(self, base: str, *, timeout: float, session: aiohttp.ClientSession | None = None) -> None:
        self._base = base.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=min(timeout, 5.0))
        self._given = session
        self._own: aiohttp.ClientSession | None = None

    def session(self) -> aiohttp.ClientSession:
        """The session in use."""
        if self._given is not None:
            return self._given
        if self._own is None or self._own.closed:
            self._own = aiohttp.ClientSession()
        return self._own

    async def close(self) -> None:
        """Close the session unless it was given to us."""
        if self._own is not None:
            await self._own.close()
            self._own = None

    async def request(self, call: Call, *, limit: int = ANSWER_LIMIT) -> Answer:
        """Do it; raises Temporary, Permanent (answer too large) or Uncertain."""
        try:
            return await self._request(call, limit)
        except aiohttp.InvalidURL:
            raise Permanent("the provider's address is not one; check api_base and the like") from None
        except aiohttp.ClientConnectorError as error:
            raise Temporary(f"no connection to the provider ({type(error).__name__})") from None
        except aiohttp.ConnectionTimeoutError:
            raise Temporary("no connection to the provider in time") from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise lost(call, type(error).__name__) from None

    async def _request(self, call: Call, limit: int) -> Answer:
        data = (
            call.raw
            if call.raw is not None
            else None
            if call.body is None
            else msgspec.json.encode(call.body)
        )
        headers = {"Content-Type": "application/json", **call.headers} if data is not None else call.headers
        whole = call.path.startswith("http")  # a signed address must stay as it came, to the letter
        target = URL(call.path, encoded=True) if whole else URL(self._base + call.path)
        async with self.session().request(
            call.method,
            target,
            params=call.params,
            data=data,
            headers=headers,
            timeout=self._timeout,
            allow_redirects=False,
        ) as response:
            return Answer(
                status=_status(response),
                kind=response.content_type,
                content=await _read(response, limit),
                name=(response.content_disposition.filename or "") if response.content_disposition else "",
            )


def _status(response: aiohttp.ClientResponse) -> int:
    """The status, unless it says that trying again later may help."""
    after = response.headers.get("Retry-After", "")
    seconds = float(after) if after.isascii() and after.isdigit() else None
    if response.status >= 500 or response.status in {408, 429}:
        raise Temporary(f"the provider answered HTTP {response.status}", retry_after=seconds)
    return response.status


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes:
    whole = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        whole += chunk
        if len(whole) > limit:
            raise Permanent(f"the provider's answer is larger than {limit} bytes")
    return bytes(whole)


def lost(call: Call, why: str) -> ChannelError:
    """The error of a request that went out and was never answered."""
    if call.repeatable:
        return Temporary(f"no answer from the provider ({why})")
    return Uncertain(f"the request went out and was not answered ({why}); it may have been carried out")


def decode(call: Call, answer: Answer) -> dict[str, Any]:
    """The answer as a JSON object."""
    if answer.status >= 300:
        raise Permanent(f"the provider answered HTTP {answer.status}; check api_base")
    try:
        return msgspec.json.decode(answer.content, type=dict[str, Any])
    except (ValueError, RecursionError):
        raise lost(call, "the answer is not JSON") from None
