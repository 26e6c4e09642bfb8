"""People, chats and the queue of updates behind the stand-in of the Bot API."""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.clock import DrillClock

DEFAULT_UPDATES = {"message", "edited_message", "callback_query", "my_chat_member", "poll"}
MAX_DOWNLOAD = 20 * 1024 * 1024
FAR_FUTURE = 10  # an offset further ahead than this is taken for a mistake (tdlib, TQueue::get)


def units(text: str) -> int:
    """Length in UTF-16 code units, as Telegram counts."""
    return len(text.encode("utf-16-le")) // 2


@dataclass
class Person:
    """Somebody with an account; `blocked` means that they have blocked the bot."""

    id: int
    first_name: str
    username: str = ""
    started: bool = True
    blocked: bool = False

    def shown(self) -> dict[str, Any]:
        shown = {"id": self.id, "is_bot": False, "first_name": self.first_name, "language_code": "zh-hans"}
        return shown | ({"username": self.username} if self.username else {})


@dataclass
class Chat:
    """A conversation; `members` maps a user id to a ChatMember status."""

    id: int
    type: str
    title: str = ""
    members: dict[int, str] = field(default_factory=dict)
    topics: set[int] = field(default_factory=set)
    moved_to: int | None = None
    public: bool = False  # anybody may look at who is in it
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    sent_at: list[float] = field(default_factory=list)
    next_message: int = 1

    def shown(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"id": self.id, "type": self.type}
        if self.title:
            shown["title"] = self.title
        return shown | ({"is_forum": True} if self.topics else {})

    def add(self, message: dict[str, Any]) -> dict[str, Any]:
        """Give the message the next number of this chat."""
        whole = {"message_id": self.next_message, "chat": self.shown(), **message}
        self.messages[self.next_message] = whole
        self.next_message += 1
        return whole


class Updates:
    """What Telegram keeps for the bot until the bot asks for something later."""

    def __init__(self) -> None:
        self.next_id = 870_000_001
        self.pending: list[dict[str, Any]] = []
        self.all: dict[int, dict[str, Any]] = {}
        self.allowed = set(DEFAULT_UPDATES)
        self._changed = asyncio.Condition()

    async def push(self, kind: str, payload: dict[str, Any]) -> int:
        """Queue an update, unless the bot does not want its kind; returns its number."""
        number = self.next_id
        self.next_id += 1
        if kind in self.allowed:
            self.all[number] = {"update_id": number, kind: payload}
            self.pending.append(self.all[number])
        await self.tell()
        return number

    async def push_again(self, number: int) -> None:
        """Queue an update that was confirmed, as after a confirmation that got lost."""
        self.pending.append(self.all[number])
        await self.tell()

    def take(self, offset: int, limit: int) -> list[dict[str, Any]]:
        """Forget what is before the offset and return what follows; a negative one counts from the end."""
        if offset > self.next_id + FAR_FUTURE:
            offset = 0
        if offset < 0:
            self.pending = self.pending[offset:]
        elif offset > 0:
            self.pending = [one for one in self.pending if one["update_id"] >= offset]
        return self.pending[:limit]

    async def forget(self, update: dict[str, Any]) -> None:
        """Take that update as delivered."""
        self.pending.remove(update)
        await self.tell()

    async def tell(self) -> None:
        """Wake those who wait for a change."""
        async with self._changed:
            self._changed.notify_all()

    async def change(self) -> None:
        """Wait for the next change."""
        async with self._changed:
            await self._changed.wait()

    async def drained(self) -> None:
        """Wait until nothing is left to deliver."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self.pending)


class World:
    """The people's side of Telegram: they write, press, edit, send, block, and groups move.

    `privacy` is the bot's privacy mode: in groups it then sees only what is meant for it.
    """

    def __init__(self, clock: DrillClock, *, bot_id: int, username: str) -> None:
        self.clock = clock
        self.bot = {"id": bot_id, "is_bot": True, "first_name": "应诺", "username": username}
        self.privacy = True
        self.understates = False  # says that every file has one byte
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, bytes] = {}
        self.updates = Updates()
        self.queries: dict[str, bool] = {}  # callback queries: answered or not

    @property
    def now(self) -> int:
        return int(self.clock.now().timestamp())

    def meet(self, person: Person) -> Person:
        """Let that person have an account and a private chat with the bot."""
        self.people[person.id] = person
        self.chats[person.id] = Chat(person.id, "private")
        return person

    def found(self, chat: Chat, *, bot_status: str = "member") -> Chat:
        """Let that group exist, with everybody met so far and the bot in it."""
        chat.members = dict.fromkeys(self.people, "member") | {self.bot["id"]: bot_status}
        self.chats[chat.id] = chat
        return chat

    def store(self, data: bytes) -> str:
        """Keep a file; returns its file id."""
        file_id = "BQACAgQAAx" + hashlib.sha256(data).hexdigest()[:40]
        self.files[file_id] = data
        return file_id

    async def write(self, person: Person, chat: Chat, text: str = "", **more: Any) -> int:
        """Somebody writes; `more` is anything a Message may hold. Returns the update's number."""
        message = {"from": person.shown(), "date": self.now, **more}
        if text:
            message |= {"text": text} | ({"entities": marks} if (marks := _marks(text)) else {})
        whole = chat.add(message)
        if not self._sees(chat, whole):
            return 0
        return await self.updates.push("message", whole)

    async def send_photo(self, person: Person, chat: Chat, data: bytes, **more: Any) -> int:
        """Somebody sends a photo, in a small and the full size."""
        small, large = self.store(data[:100]), self.store(data)
        sizes = [
            {
                "file_id": small,
                "file_unique_id": "s",
                "width": 90,
                "height": 67,
                "file_size": len(data[:100]),
            },
            {"file_id": large, "file_unique_id": "x", "width": 1280, "height": 960, "file_size": len(data)},
        ]
        return await self.write(person, chat, photo=sizes, **more)

    async def edit(self, chat: Chat, message_id: int, text: str) -> int:
        """Somebody changes what was written."""
        message = chat.messages[message_id]
        message |= {"text": text, "edit_date": self.now}
        return await self.updates.push("edited_message", message)

    async def press(self, person: Person, chat: Chat, message_id: int, action: str) -> int:
        """Somebody presses a button under a message."""
        query_id = str(4_000_000_000_000_000_000 + len(self.queries))
        self.queries[query_id] = False
        query = {
            "id": query_id,
            "from": person.shown(),
            "chat_instance": "-1",
            "data": action,
            "message": chat.messages.get(message_id)
            or {"message_id": message_id, "date": 0, "chat": chat.shown()},
        }
        return await self.updates.push("callback_query", query)

    async def block(self, person: Person) -> int:
        """Somebody blocks the bot."""
        person.blocked = True
        return await self._status(person, self.chats[person.id], "member", "kicked")

    async def set_status(self, person: Person, chat: Chat, status: str) -> int:
        """Somebody adds, removes or promotes the bot in a group."""
        before = chat.members.get(self.bot["id"], "left")
        chat.members[self.bot["id"]] = status
        return await self._status(person, chat, before, status)

    async def _status(self, person: Person, chat: Chat, before: str, after: str) -> int:
        change = {
            "chat": chat.shown(),
            "from": person.shown(),
            "date": self.now,
            "old_chat_member": self._member(before),
            "new_chat_member": self._member(after),
        }
        return await self.updates.push("my_chat_member", change)

    def _member(self, status: str) -> dict[str, Any]:
        return member(self.bot, status)

    async def migrate(self, person: Person, chat: Chat, new_id: int) -> Chat:
        """Let a group become a supergroup; both chats say so."""
        new = Chat(new_id, "supergroup", chat.title, dict(chat.members))
        self.chats[new_id] = new
        await self.write(person, chat, migrate_to_chat_id=new_id)
        chat.moved_to = new_id
        await self.write(person, new, migrate_from_chat_id=chat.id)
        return new

    def _sees(self, chat: Chat, message: dict[str, Any]) -> bool:
        """Whether the bot is told of it (https://core.telegram.org/bots/features#privacy-mode)."""
        if chat.type == "private":
            return True
        status = chat.members.get(self.bot["id"], "left")
        if status in {"left", "kicked"}:
            return False
        quoted = message.get("reply_to_message", {}).get("from", {})
        text = message.get("text") or message.get("caption") or ""
        meant = (
            text.startswith("/") or f"@{self.bot['username']}" in text or quoted.get("id") == self.bot["id"]
        )
        service = "migrate_to_chat_id" in message or "migrate_from_chat_id" in message
        return not self.privacy or status == "administrator" or meant or service


def member(user: dict[str, Any], status: str) -> dict[str, Any]:
    """A ChatMember of that status, with the fields that PTB demands."""
    found: dict[str, Any] = {"user": user, "status": status}
    if status == "kicked":
        found["until_date"] = 0
    if status == "administrator":
        rights = "be_edited manage_chat delete_messages manage_video_chats restrict_members promote_members"
        rights += " change_info invite_users post_stories edit_stories delete_stories"
        found |= {f"can_{right}": False for right in rights.split()} | {"is_anonymous": False}
    return found


def _marks(text: str) -> list[dict[str, Any]]:
    """Commands and mentions, which every Telegram client marks by itself."""
    found: list[dict[str, Any]] = []
    for kind, pattern in (("bot_command", r"(?<!\S)/\w+(?:@\w+)?"), ("mention", r"(?<![\w/])@\w{5,32}")):
        found += [
            {"type": kind, "offset": units(text[: match.start()]), "length": units(match[0])}
            for match in re.finditer(pattern, text, re.ASCII)
        ]
    return sorted(found, key=lambda one: one["offset"])
