from __future__ import annotations

from bot.domain.messages import Address, Media
from bot.storage import SqlStore
from tests.contract.storage.build import NOW, incoming, later

THERE = Address(channel="local", chat="customer2")


async def test_a_message_comes_back_as_it_was_given(store: SqlStore) -> None:
    given = incoming(media=(Media(kind="photo", ref="p1", size=9),), data={"update": "7"}, sent_at=later(-3))
    row = await store.write(lambda tx: tx.inbox.add(given, NOW))
    [found] = await store.read(lambda tx: tx.inbox.pending(10, NOW))
    assert (found.id, found.incoming, found.received_at, found.conversation, found.attempts) == (
        row,
        given,
        NOW,
        given.address.key,
        0,
    )


async def test_a_repeated_provider_id_is_stored_once(store: SqlStore) -> None:
    other_account = Address(channel="local", account="second", chat="customer")
    ids = await store.write(
        lambda tx: [
            tx.inbox.add(incoming("m1"), NOW),
            tx.inbox.add(incoming("m1", text="again"), later(1)),
            tx.inbox.add(incoming("m1", address=other_account), NOW),
        ]
    )
    again = await store.write(lambda tx: tx.inbox.add(incoming("m1"), later(2)))
    texts = await store.read(lambda tx: [row.incoming.text for row in tx.inbox.pending(10, NOW)])
    assert ids[0]
    assert ids[1] is None
    assert ids[2]
    assert again is None
    assert texts == [incoming().text] * 2


async def test_a_handled_message_is_not_taken_as_new(store: SqlStore) -> None:
    row = await store.write(lambda tx: tx.inbox.add(incoming(), NOW))
    await store.write(lambda tx: tx.inbox.done(later(1), row))
    assert await store.write(lambda tx: tx.inbox.add(incoming(), later(2))) is None
    assert await store.read(lambda tx: tx.inbox.pending(10, later(3))) == []


async def test_pending_rows_come_in_order_of_arrival_and_can_be_paged(store: SqlStore) -> None:
    ids = await store.write(lambda tx: [tx.inbox.add(incoming(f"m{n}"), NOW) for n in range(7)])
    first = await store.read(lambda tx: [row.id for row in tx.inbox.pending(3, NOW)])
    rest = await store.read(lambda tx: [row.id for row in tx.inbox.pending(10, NOW, after=first[-1])])
    assert (first, rest) == (ids[:3], ids[3:])


async def test_a_row_put_off_holds_back_its_conversation_only(store: SqlStore) -> None:
    def arrange(tx):
        rows = [tx.inbox.add(incoming("a1"), NOW), tx.inbox.add(incoming("a2"), NOW)]
        rows.append(tx.inbox.add(incoming("b1", address=THERE), NOW))
        tx.inbox.retry(rows[0], later(60), "the model was away")
        return rows

    a1, a2, b1 = await store.write(arrange)

    async def pending(at):
        return await store.read(lambda tx: [row.id for row in tx.inbox.pending(10, at)])

    assert await pending(later(59)) == [b1]
    assert await pending(later(60)) == [a1, a2, b1]
    [first, *_] = await store.read(lambda tx: tx.inbox.pending(1, later(60)))
    assert first.attempts == 1


async def test_a_row_put_off_does_not_hold_back_earlier_ones(store: SqlStore) -> None:
    def arrange(tx):
        rows = [tx.inbox.add(incoming(name), NOW) for name in ("a1", "a2")]
        tx.inbox.retry(rows[1], later(60), "later")
        return rows

    a1, _ = await store.write(arrange)
    assert await store.read(lambda tx: [row.id for row in tx.inbox.pending(10, NOW)]) == [a1]


async def test_next_at_is_when_the_earliest_put_off_row_is_tried_again(store: SqlStore) -> None:
    assert await store.read(lambda tx: tx.inbox.next_at()) is None
    rows = [await store.write(lambda tx, n=name: tx.inbox.add(incoming(n), NOW)) for name in "abc"]
    await store.write(lambda tx: [tx.inbox.retry(row, later(row), "later") for row in rows])
    assert await store.read(lambda tx: tx.inbox.next_at()) == later(rows[0])
    await store.write(lambda tx: tx.inbox.done(NOW, rows[0]))
    assert await store.read(lambda tx: tx.inbox.next_at()) == later(rows[1])


async def test_a_row_given_up_no_longer_holds_back_its_conversation(store: SqlStore) -> None:
    def arrange(tx):
        rows = [tx.inbox.add(incoming(name), NOW) for name in ("a1", "a2")]
        tx.inbox.retry(rows[0], later(60), "once")
        tx.inbox.fail(rows[0], later(1), "given up")
        return rows

    _, a2 = await store.write(arrange)
    assert await store.read(lambda tx: [row.id for row in tx.inbox.pending(10, later(2))]) == [a2]


async def test_hostile_text_is_kept(store: SqlStore) -> None:
    for name, text in {
        "nul": "a\x00b",
        "lone": "豆\ud83d腐",
        "emoji": "😡" * 5000,
        "long": "馊" * 100_000,
    }.items():
        assert await store.write(lambda tx, n=name, t=text: tx.inbox.add(incoming(n, text=t), NOW))
    kept = await store.read(lambda tx: [row.incoming.text for row in tx.inbox.pending(10, NOW)])
    assert kept == ["a\x00b", "豆?腐", "😡" * 5000, "馊" * 100_000]


async def test_hostile_identifiers_are_kept(store: SqlStore) -> None:
    given = incoming("\ud800", sender="\udfff", address=Address(channel="local", chat="\ud800"))
    assert await store.write(lambda tx: tx.inbox.add(given, NOW))
    assert await store.write(lambda tx: tx.inbox.add(given, NOW)) is None
