"""The second opinion as a channel: questions go out through the outbox, answers come in through the inbox.

So it is durable, retried, limited in time, and never in the way of an acknowledgement.
Format: POST {api_base}/chat/completions as documented by platform.openai.com/docs/api-reference/chat and offered
alike by DeepSeek, Qwen (compatible mode) and others.
"""

from __future__ import annotations

from collections.abc import Sequence

import aiohttp
import msgspec
from aiohttp import web

from bot.channels.base import Capabilities, Finding, Inlet, Permanent, Quota, Sent, Temporary
from bot.channels.opinion.settings import OpinionSettings
from bot.clock import Clock
from bot.domain.messages import Address, Incoming, Media, Outgoing
from bot.texts import say

_MOST = 64 * 1024


class _Words(msgspec.Struct, frozen=True):
    content: str


class _Choice(msgspec.Struct, frozen=True):
    message: _Words


class _Reply(msgspec.Struct, frozen=True):
    choices: list[_Choice]


class Opinion(msgspec.Struct, frozen=True):
    """What the model was asked for: a category's code (or `none`), and why."""

    category: str
    why: str = ""


def read_reply(body: bytes) -> Opinion:
    """Read the model's answer. Raises Permanent where it is not what was asked for."""
    try:
        words = msgspec.json.decode(body, type=_Reply).choices[0].message.content
        start, end = words.index("{"), words.rindex("}")
        return msgspec.json.decode(words[start : end + 1], type=Opinion)
    except (msgspec.DecodeError, UnicodeError, IndexError, ValueError) as error:
        raise Permanent(f"the second opinion's answer cannot be read: {type(error).__name__}") from None


class OpinionChannel:
    """Asks; the answer comes in as a message of kind `opinion` about the ticket its chat names."""

    name = "opinion"
    capabilities = Capabilities(
        private=False, quotas=(Quota(limit=60, seconds=60, scope="account"),), idempotent=True
    )

    def __init__(self, settings: OpinionSettings, *, clock: Clock) -> None:
        self.account = settings.account
        self._settings = settings
        self._clock = clock
        self._inlet: Inlet | None = None
        self._session: aiohttp.ClientSession | None = None

    async def start(self, inlet: Inlet) -> None:
        """Get ready to ask."""
        self._inlet = inlet
        timeout = aiohttp.ClientTimeout(total=self._settings.timeout)
        self._session = aiohttp.ClientSession(timeout=timeout)

    async def run(self) -> None:
        """Nothing is fetched: answers come with the question."""

    async def stop(self) -> None:
        """Close connections."""
        if self._session:
            await self._session.close()

    def routes(self) -> Sequence[web.RouteDef]:
        """Nobody calls us."""
        return ()

    async def send(self, to: Address, message: Outgoing) -> Sent:
        """Ask, and hand the answer to the inbox. Raises Temporary or Permanent."""
        opinion = read_reply(await self._ask(message.text))
        answer = Incoming(
            provider_id=message.key,
            address=to,
            sender="opinion",
            sent_at=self._clock.now(),
            text=opinion.why[:300],
            kind="opinion",
            data={"category": opinion.category[:60]},
        )
        if self._inlet is not None:
            await self._inlet.receive([answer])
        return Sent(ref=message.key)

    async def _ask(self, words: str) -> bytes:
        if self._session is None:
            raise Temporary("the second opinion has not been started")
        body = {
            "model": self._settings.model,
            "temperature": 0,
            "messages": [{"role": "user", "content": words}],
        }
        headers = {"Authorization": f"Bearer {self._settings.key}"} if self._settings.key else {}
        url = f"{self._settings.api_base.rstrip('/')}/chat/completions"
        try:
            async with self._session.post(url, json=body, headers=headers) as response:
                return await _judged(response)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Temporary(f"the second opinion cannot be reached: {type(error).__name__}") from None

    async def fetch(self, media: Media) -> bytes:
        """There are no attachments. Raises Permanent."""
        raise Permanent(f"a second opinion has no attachment such as {media.name!r}")

    async def check(self) -> Sequence[Finding]:
        """Ask something small, and say what is wrong."""
        try:
            await self._ask('Answer with {"category": "none"}')
        except (Temporary, Permanent) as error:
            return (Finding(subject=self.name, state="error", says=str(error), todo=say("opinion.todo")),)
        return (Finding(subject=self.name, state="ok", says=say("opinion.ok", model=self._settings.model)),)


async def _judged(response: aiohttp.ClientResponse) -> bytes:
    """The body of a good answer, bounded in size."""
    if response.status == 429 or response.status >= 500:
        raise Temporary(f"the second opinion answers {response.status}")
    if response.status != 200:
        raise Permanent(f"the second opinion answers {response.status}")
    body = await response.content.read(_MOST + 1)
    if len(body) > _MOST:
        raise Permanent("the second opinion's answer is too long")
    return body
