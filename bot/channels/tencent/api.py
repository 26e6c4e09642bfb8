"""Calls to the providers' APIs: the token goes in, errcodes come out as exceptions, a stale token is tried once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from bot.channels.base import Inlet, Permanent
from bot.channels.tencent.errcodes import failure, is_token_trouble
from bot.channels.tencent.http import Answer, Call, Http, decode
from bot.channels.tencent.tokens import Fresh, Tokens

if TYPE_CHECKING:
    from bot.clock import Clock


class Api:
    """One credential at one provider."""

    def __init__(self, http: Http, tokens: Tokens) -> None:
        self._http = http
        self._tokens = tokens

    def use(self, inlet: Inlet) -> None:
        """Share the access token through this inlet."""
        self._tokens.use(inlet)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def call(self, call: Call) -> dict[str, Any]:
        """The answer of an API whose errcode is 0; raises Temporary, Permanent or Uncertain."""
        token = await self._tokens.get()
        answer = await self._once(call, token)
        if is_token_trouble(errcode(answer)):
            answer = await self._once(call, await self._tokens.get(refused=token))
        return accepted(answer)

    async def _once(self, call: Call, token: str) -> dict[str, Any]:
        ready = msgspec.structs.replace(call, params={**call.params, "access_token": token})
        return decode(ready, await self._http.request(ready))

    async def download(self, path: str, media_id: str, limit: int) -> bytes:
        """A media file of at most `limit` bytes; an errcode instead of a file is raised like any other."""
        token = await self._tokens.get()
        answer = await self._file(path, media_id, token, limit)
        refused = _error_in(answer)
        if refused and is_token_trouble(errcode(refused)):
            answer = await self._file(path, media_id, await self._tokens.get(refused=token), limit)
            refused = _error_in(answer)
        if refused is not None:
            accepted(refused)
            raise Permanent("the provider answered with a description instead of the file")
        return answer.content

    async def _file(self, path: str, media_id: str, token: str, limit: int) -> Answer:
        params = {"access_token": token, "media_id": media_id}
        return await self._http.request(
            Call(path=path, params=params, method="GET", repeatable=True), limit=limit
        )


def _error_in(answer: Answer) -> dict[str, Any] | None:
    if answer.kind not in {"application/json", "text/plain"}:
        return None
    try:
        return msgspec.json.decode(answer.content, type=dict[str, Any])
    except (ValueError, RecursionError):
        return None


def errcode(answer: dict[str, Any]) -> int:
    """The answer's errcode; 0 where there is none."""
    code = answer.get("errcode", 0)
    return code if isinstance(code, int) else -1


def accepted(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, or the exception its errcode stands for."""
    code = errcode(answer)
    if code:
        raise failure(code, str(answer.get("errmsg", ""))[:300])
    return answer


def wecom_api(http: Http, corp: tuple[str, str], clock: Clock, name: str) -> Api:
    """WeCom: `gettoken` with (corpid, secret); `name` tells the applications' tokens apart."""
    corpid, secret = corp

    async def fetch(_force: bool) -> Fresh:  # noqa: FBT001  # the shape of Fetch
        params = {"corpid": corpid, "corpsecret": secret}
        call = Call(path="/cgi-bin/gettoken", params=params, method="GET", repeatable=True)
        return _fresh(decode(call, await http.request(call)))

    return Api(http, Tokens(f"token:wecom:{corpid}:{name}", fetch, clock))


def wechat_api(http: Http, app: tuple[str, str], clock: Clock) -> Api:
    """Official account: `stable_token` with (appid, secret); repeats return the same token."""
    appid, secret = app

    async def fetch(force: bool) -> Fresh:  # noqa: FBT001  # the shape of Fetch
        body = {"grant_type": "client_credential", "appid": appid, "secret": secret, "force_refresh": force}
        call = Call(path="/cgi-bin/stable_token", body=body, repeatable=True)
        return _fresh(decode(call, await http.request(call)))

    return Api(http, Tokens(f"token:wechat:{appid}", fetch, clock))


def _fresh(answer: dict[str, Any]) -> Fresh:
    accepted(answer)
    token, seconds = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(token, str) or not token or not isinstance(seconds, int):
        raise Permanent("the provider's answer holds no access token; check api_base")
    return Fresh(token=token, expires_in=seconds)
