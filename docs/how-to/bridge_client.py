"""Thirty lines that connect a gateway of your own to the bridge (see connect-bridge.md). Standard library only."""

import hmac
import json
import time
import urllib.request
from collections.abc import Callable


def call(url: str, secret: str, body: dict) -> dict:
    """Post a signed request; the answer as a dict."""
    raw = json.dumps(body, ensure_ascii=False).encode()
    stamp = f"{time.time():.6f}"
    signature = hmac.new(secret.encode(), stamp.encode() + b"." + raw, "sha256").hexdigest()
    headers = {"X-Bridge-Timestamp": stamp, "X-Bridge-Signature": signature}
    return json.load(urllib.request.urlopen(urllib.request.Request(url, raw, headers), timeout=60))


def feed(base: str, secret: str, messages: list[dict]) -> dict:
    """Hand in what people wrote, oldest first; repeat until it works: a message is taken once per `id`."""
    return call(f"{base}/messages", secret, {"messages": messages})


def deliver(base: str, secret: str, send: Callable[[dict], str], sent: dict) -> None:
    """Fetch what goes out, for ever. `send(message)` returns your id of it; `sent` must survive a restart."""
    done = []
    while True:
        try:
            fetched = call(f"{base}/fetch", secret, {"wait": 25, "done": done})["messages"]
            done = [word(message, send, sent) for message in fetched]
        except OSError as error:  # the desk restarts, the network fails: what is not confirmed comes again
            if getattr(error, "code", 500) < 500:
                raise  # the secret, the path or the clock is wrong
            time.sleep(2)


def word(message: dict, send: Callable[[dict], str], sent: dict) -> dict:
    """Deliver a message once, however often it comes; what became of it."""
    key = message["key"]
    try:
        sent[key] = sent.get(key) or send(message)
    except Exception as error:  # noqa: BLE001  # whatever it is, the desk tries again or takes another route
        return {"key": key, "error": str(error)[:200]}
    return {"key": key, "id": sent[key]}
