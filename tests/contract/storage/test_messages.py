from __future__ import annotations

import msgspec

from bot.domain.messages import Address, Media
from bot.storage import SqlStore
from tests.contract.storage.build import HERE, NOW, STAFF, later, message, opened


async def test_a_message_comes_back_as_it_was_given(store: SqlStore) -> None:
    given = message(media=(Media(kind="voice", ref="v"),), album="a", sender_name="王", understanding="{}")
    row = await store.write(lambda tx: tx.messages.add(given))
    found = await store.read(lambda tx: tx.messages.get(row))
    assert found == msgspec.structs.replace(given, id=row)
    assert await store.read(lambda tx: tx.messages.get(row + 1)) is None


async def test_by_provider_looks_within_channel_and_account(store: SqlStore) -> None:
    def arrange(tx):
        first = tx.messages.add(message("7"))
        tx.messages.add(message("7", address=Address(channel="local", account="other", chat="customer")))
        tx.messages.add(message("", direction="out"))
        return first

    first = await store.write(arrange)
    found = await store.read(lambda tx: tx.messages.by_provider(STAFF, "7"))
    assert found is not None
    assert found.id == first
    assert await store.read(lambda tx: tx.messages.by_provider(HERE, "8")) is None
    assert await store.read(lambda tx: tx.messages.by_provider(HERE, "")) is None


async def test_a_thread_can_be_attached_edited_and_understood(store: SqlStore) -> None:
    def arrange(tx):
        rows = [tx.messages.add(message(f"m{n}", at=later(-n))) for n in range(3)]
        mine = opened(tx)
        for row in rows[:2]:
            tx.messages.attach(row, mine.id)
        tx.messages.replace_text(rows[0], "改过的")
        tx.messages.set_understanding(rows[1], '{"complaint":true}')
        return rows, mine.id

    rows, mine = await store.write(arrange)
    found = await store.read(lambda tx: tx.messages.of_ticket(mine))
    assert [each.id for each in found] == [rows[1], rows[0]]
    assert found[1].text == "改过的"
    assert found[0].understanding == '{"complaint":true}'
    assert {each.ticket for each in found} == {mine}


async def test_recent_gives_the_last_ones_of_a_conversation_in_order(store: SqlStore) -> None:
    def arrange(tx):
        rows = [tx.messages.add(message(f"m{n}", at=later(n))) for n in range(5)]
        tx.messages.add(message("x", address=STAFF, at=later(3)))
        return rows

    rows = await store.write(arrange)
    last = await store.read(lambda tx: [m.id for m in tx.messages.recent(HERE.key, later(1), 3)])
    since = await store.read(lambda tx: [m.id for m in tx.messages.recent(HERE.key, later(3))])
    assert (last, since) == (rows[2:], rows[3:])


async def test_texts_since_are_what_intake_had_to_understand_newest_first(store: SqlStore) -> None:
    def arrange(tx):
        for at, text in ((-9, "旧"), (0, "一"), (1, ""), (2, "二")):
            tx.messages.add(message(str(at), at=later(at), text=text, understanding="{}"))
        tx.messages.add(message("command", at=later(3), text="接单 001"))
        tx.messages.add(message("out", direction="out", text="已受理"))

    await store.write(arrange)
    assert await store.read(lambda tx: tx.messages.texts_since(NOW)) == ["二", "一"]
    assert await store.read(lambda tx: tx.messages.texts_since(NOW, 1)) == ["二"]
