from __future__ import annotations

import msgspec

from bot.desk.records import Example, TaughtWord
from bot.storage import SqlStore
from tests.contract.storage.build import NOW, later


async def test_values_are_kept_replaced_and_forgotten(store: SqlStore) -> None:
    await store.write(lambda tx: (tx.state.save("offset", "1"), tx.state.save("offset", "2")))
    assert await store.read(lambda tx: tx.state.load("offset")) == "2"
    await store.write(lambda tx: tx.state.delete("offset"))
    assert await store.read(lambda tx: tx.state.load("offset")) is None


async def test_a_lease_is_held_by_one_until_it_lapses_or_is_given_back(store: SqlStore) -> None:
    async def lease(holder, at, until):
        return await store.write(lambda tx: tx.state.lease("poll", holder, later(at), later(until)))

    assert await lease("a", 0, 30)
    assert not await lease("b", 29, 60)
    assert await lease("a", 29, 50)
    assert not await lease("b", 30, 60)
    assert await lease("b", 50, 80)
    assert not await lease("a", 51, 90)
    await store.write(lambda tx: tx.state.release("poll", "a"))
    assert not await lease("a", 52, 90)
    await store.write(lambda tx: tx.state.release("poll", "b"))
    assert await lease("a", 53, 90)


async def test_the_leases_of_the_dead_are_free(store: SqlStore) -> None:
    for holder in ("a", "b"):
        await store.write(lambda tx, h=holder: tx.state.lease(f"of {h}", h, later(0), later(90)))
    await store.write(lambda tx: tx.state.free_leases())
    assert await store.write(lambda tx: tx.state.lease("of a", "c", later(1), later(90)))


async def test_a_nonce_is_new_once_until_it_lapses(store: SqlStore) -> None:
    async def first_seen(key, at, until):
        return await store.write(lambda tx: tx.state.first_seen(key, later(at), later(until)))

    assert await first_seen("n", 0, 10)
    assert not await first_seen("n", 9, 19)
    assert await first_seen("m", 9, 19)
    assert await first_seen("n", 10, 20)
    assert not await first_seen("m", 18, 28)


async def test_terms_are_stored_once_under_their_digest(store: SqlStore) -> None:
    await store.write(lambda tx: tx.state.put_terms("d", b"\x00first"))
    await store.write(lambda tx: tx.state.put_terms("d", b"second"))
    assert await store.read(lambda tx: tx.state.get_terms("d")) == b"\x00first"
    assert await store.read(lambda tx: tx.state.get_terms("e")) is None


async def test_examples_and_words_are_learnt(store: SqlStore) -> None:
    example = Example(
        text="馊了", labels=("food.spoiled",), severity="normal", source="customer", by="c", at=NOW
    )
    word = TaughtWord(word="发黏", category="food.spoiled", by="supervisor", at=NOW)
    confirmed = msgspec.structs.replace(word, active=True)
    await store.write(lambda tx: (tx.state.add_example(example), tx.state.put_word(word)))
    await store.write(lambda tx: tx.state.put_word(confirmed))
    [kept] = await store.read(lambda tx: tx.state.examples())
    assert msgspec.structs.replace(kept, id=0) == example
    assert await store.read(lambda tx: tx.state.words()) == [confirmed]


async def test_sent_messages_are_numbered_listed_per_person_and_kept_once_per_key(store: SqlStore) -> None:
    box = store.sentbox
    numbers = [await box.append(to, payload) for to, payload in (("customer", "{}"), ("staff", "[]"))]
    again = [await box.append("customer", payload, key="k") for payload in ("first", "second")]
    assert (numbers, again) == ([1, 2], [3, 3])
    assert await box.list("customer", 0) == [(1, "{}"), (3, "first")]
    assert await box.list("customer", 1) == [(3, "first")]
    assert await box.list("nobody", 0) == []
