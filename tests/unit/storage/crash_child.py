"""Writes pairs for ever and says on stdout which ones it has been told are durable, until it is killed."""

from __future__ import annotations

import asyncio
import sys

from bot.storage import SqlStore
from tests.contract.storage.build import NOW, event, incoming, notice, ticket, timer


def job(tx, name):
    tx.inbox.add(incoming(name), NOW)
    made = tx.tickets.add(ticket(name))
    tx.events.append(event(made.id))
    tx.timers.set(timer(made.id, NOW))
    tx.outbox.add(notice(name, ticket=made.id))


async def client(store, name):
    for number in range(1_000_000):
        await store.write(lambda tx, n=number: job(tx, f"{name}-{n}"))
        sys.stdout.write(f"{name}-{number}\n")
        sys.stdout.flush()


async def main(url, life):
    store = await SqlStore.open(url)
    await asyncio.gather(*(client(store, f"{life}.{each}") for each in range(16)))


asyncio.run(main(*sys.argv[1:]))
