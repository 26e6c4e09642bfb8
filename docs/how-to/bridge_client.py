"""Thirty lines that connect a gateway of your own to the bridge (see connect-bridge.md). Standard library only."""

import hashlib
import hmac
import json
import time
import urllib.request
from collections.abc import Callable


def call(url: str, secret: str, body: dict) -> dict:
    """Post a signed request; the answer as a dict."""
    raw = json.dumps(body, ensure_ascii=False).encode()
    stamp = f"{time.time():.6f}"
    signature = hmac.new(secret.encode(), stamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
    headers = {"X-Bridge-Timestamp": stamp, "X-Bridge-Signature": signature}
    with urllib.request.urlopen(urllib.request.Request(url, raw, headers), timeout=60) as answer:
        return json.load(answer)


def feed(base: str, secret: str, messages: list[dict]) -> dict:
    """Hand in what people wrote, oldest first; repeat until it works: a message is taken once per `id`."""
    return call(f"{base}/messages", secret, {"messages": messages})


def deliver(base: str, secret: str, send: Callable[[dict], str], sent: dict) -> None:
    """Fetch what goes out, for ever. `send(message)` returns your id of it; `sent` must survive a restart."""
    done = []
    while True:
        fetched = call(f"{base}/fetch", secret, {"wait": 25, "done": done})["messages"]
        for message in fetched:
            if message["key"] not in sent:  # a key that comes again must not be shown again
                sent[message["key"]] = send(message)
        done = [{"key": message["key"], "id": sent[message["key"]]} for message in fetched]
