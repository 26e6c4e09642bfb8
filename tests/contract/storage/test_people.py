from __future__ import annotations

import msgspec

from bot.desk.records import BindCode, Chat
from bot.domain.messages import Address
from bot.storage import SqlStore
from tests.contract.storage.build import HERE, NOW, identity, later, message, notice, requester, ticket

replace = msgspec.structs.replace
GROUP = Address(channel="telegram", chat="-100", thread="7")


async def test_requesters_are_stored_changed_and_found_by_phone(store: SqlStore) -> None:
    first = await store.write(lambda tx: tx.people.add(requester(phone="13800000000")))
    await store.write(lambda tx: tx.people.add(requester()))
    renamed = replace(first, name="李老师")
    await store.write(lambda tx: tx.people.save(renamed))
    assert await store.read(lambda tx: tx.people.get(first.id)) == renamed
    assert await store.read(lambda tx: tx.people.by_phone("13800000000")) == [renamed]
    assert await store.read(lambda tx: tx.people.by_phone("")) == []
    assert await store.read(lambda tx: tx.people.get(999)) is None


async def test_identities_are_replaced_and_listed_last_heard_first(store: SqlStore) -> None:
    who = (await store.write(lambda tx: tx.people.add(requester()))).id
    old, new, silent = (
        identity(who),
        identity(who, "w", channel="wechat", last_in_at=later(5)),
        identity(who, "s", last_in_at=None),
    )
    await store.write(lambda tx: [tx.people.put_identity(each) for each in (silent, old, new)])
    assert await store.read(lambda tx: tx.people.identities(who)) == [new, old, silent]
    await store.write(lambda tx: tx.people.put_identity(replace(old, last_in_at=later(9))))
    found = await store.read(lambda tx: tx.people.identity("local", "default", "customer"))
    assert found == replace(old, last_in_at=later(9))
    assert await store.read(lambda tx: tx.people.identity("local", "default", "nobody")) is None


async def test_merging_moves_everything(store: SqlStore) -> None:
    def arrange(tx):
        old, into = (tx.people.add(requester()).id for _ in range(2))
        tx.people.put_identity(identity(old))
        mine = tx.tickets.add(ticket(requester=old))
        said = tx.messages.add(message(sender=f"requester:{old}"))
        [row] = tx.outbox.add(notice("k", recipient=f"requester:{old}"))
        tx.people.merge(old, into)
        return old, into, mine.id, said, row

    old, into, mine, said, row = await store.write(arrange)
    assert await store.read(lambda tx: tx.people.get(old)) is None
    assert [each.requester for each in await store.read(lambda tx: tx.people.identities(into))] == [into]
    assert (await store.read(lambda tx: tx.tickets.get(mine))).requester == into
    assert (await store.read(lambda tx: tx.messages.get(said))).sender == f"requester:{into}"
    assert (await store.read(lambda tx: tx.outbox.get(row))).recipient == f"requester:{into}"


async def test_chats_are_replaced_and_listed_by_role(store: SqlStore) -> None:
    staff = Chat(
        address=GROUP, role="staff", contract="canteen", title="值班群", last_in_at=NOW, sent_since_in=2
    )
    other = Chat(address=HERE, role="staff", contract="books")
    await store.write(lambda tx: [tx.people.put_chat(each) for each in (staff, other)])
    await store.write(lambda tx: tx.people.put_chat(replace(staff, title="新名")))
    assert await store.read(lambda tx: tx.people.chat(GROUP)) == replace(staff, title="新名")
    assert await store.read(lambda tx: tx.people.chat(replace(GROUP, thread=""))) is None
    assert len(await store.read(lambda tx: tx.people.chats("staff"))) == 2
    assert await store.read(lambda tx: tx.people.chats("staff", "books")) == [other]
    assert await store.read(lambda tx: tx.people.chats("customer")) == []


async def test_hearing_from_a_chat_counts_anew_and_changes_nothing_else(store: SqlStore) -> None:
    unknown = Chat(address=HERE, role="customer", contract="canteen", last_in_at=NOW)
    staff = Chat(address=GROUP, role="staff", title="售后群", last_in_at=NOW, sent_since_in=3)
    await store.write(lambda tx: tx.people.put_chat(staff))
    assert await store.write(lambda tx: tx.people.heard(unknown)) == unknown
    heard = await store.write(
        lambda tx: tx.people.heard(Chat(address=GROUP, role="customer", last_in_at=later(9)))
    )
    assert heard == replace(staff, last_in_at=later(9), sent_since_in=0)
    assert await store.read(lambda tx: tx.people.chat(GROUP)) == heard


async def test_telling_a_chat_counts_one_more(store: SqlStore) -> None:
    def told_twice(tx):
        tx.people.put_chat(Chat(address=HERE, role="customer", sent_since_in=1))
        tx.people.told(HERE, 2)
        tx.people.told(HERE, 0)
        tx.people.told(GROUP, 1)  # nobody knows it: nothing to count

    await store.write(told_twice)
    assert (await store.read(lambda tx: tx.people.chat(HERE))).sent_since_in == 3
    assert await store.read(lambda tx: tx.people.chat(GROUP)) is None


async def test_a_chat_that_becomes_staff_is_listed_within_the_same_work(store: SqlStore) -> None:
    def bind(tx):
        before = tx.people.chats("staff")
        tx.people.put_chat(Chat(address=GROUP, role="staff"))
        return len(before), len(tx.people.chats("staff"))

    assert await store.write(bind) == (0, 1)


async def test_a_moved_chat_takes_its_topics_messages_and_people_along(store: SqlStore) -> None:
    old, new = Address(channel="telegram", chat="-100"), Address(channel="telegram", chat="-200")

    def arrange(tx):
        who = tx.people.add(requester()).id
        tx.people.put_chat(Chat(address=old, role="customer", contract="canteen"))
        tx.people.put_chat(Chat(address=GROUP, role="staff", contract="canteen"))
        tx.people.put_chat(Chat(address=new, role="customer"))
        tx.people.put_identity(identity(who, "42", channel="telegram", address=replace(old, user="42")))
        tx.messages.add(message(address=old))
        tx.people.move_chat(old, new)
        return who

    who = await store.write(arrange)
    assert await store.read(lambda tx: tx.people.chat(old)) is None
    assert (await store.read(lambda tx: tx.people.chat(new))).contract == "canteen"
    assert (await store.read(lambda tx: tx.people.chat(replace(new, thread="7")))).role == "staff"
    assert len(await store.read(lambda tx: tx.messages.recent(new.key, NOW))) == 1
    [known] = await store.read(lambda tx: tx.people.identities(who))
    assert known.address == replace(new, user="42")


async def test_a_code_works_once_and_in_time(store: SqlStore) -> None:
    code = BindCode(hash="h", purpose="chat", contract="canteen", role="staff", expires_at=later(60))
    await store.write(lambda tx: tx.people.add_code(code))
    await store.write(lambda tx: tx.people.add_code(replace(code, hash="late")))
    assert await store.write(lambda tx: tx.people.use_code("h", later(5))) == replace(code, used_at=later(5))
    assert await store.write(lambda tx: tx.people.use_code("h", later(6))) is None
    assert await store.write(lambda tx: tx.people.use_code("late", later(60))) is None
    assert await store.write(lambda tx: tx.people.use_code("unknown", NOW)) is None
