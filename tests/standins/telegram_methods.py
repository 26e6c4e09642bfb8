"""The Bot API's methods, each a function of its parameters on the world behind them."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from tests.standins.telegram_world import MAX_DOWNLOAD, Chat, World, member, units

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.clock import DrillClock

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_ACTION = 64
MIGRATED = "Bad Request: group chat was upgraded to a supergroup chat"


class ApiError(Exception):
    """What the Bot API refuses, in its own words."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


class Methods(World):
    """What the bot can ask for.

    `shown` is what people got to see, with the chat's id: sent messages, and changed ones with `edit_date`.
    """

    def __init__(self, clock: DrillClock, *, bot_id: int, username: str) -> None:
        super().__init__(clock, bot_id=bot_id, username=username)
        self.shown: list[dict[str, Any]] = []
        self.webhook: dict[str, str] = {"url": "", "secret": "", "error": ""}
        self.polls = 0
        self._sent_at: list[float] = []

    async def call(self, method: str, parameters: dict[str, Any]) -> Any:
        """Do what is asked. Raises ApiError."""
        methods: dict[str, Callable[[dict[str, Any]], Awaitable[Any]]] = {
            "getme": self._get_me,
            "getwebhookinfo": self._get_webhook_info,
            "sendmessage": self._send_message,
            "sendphoto": self._send_file,
            "sendvoice": self._send_file,
            "sendvideo": self._send_file,
            "senddocument": self._send_file,
            "sendsticker": self._send_file,
            "editmessagetext": self._edit_message_text,
            "answercallbackquery": self._answer_callback_query,
            "getfile": self._get_file,
            "getchat": self._get_chat,
            "getchatmember": self._get_chat_member,
        }
        if method not in methods:
            raise ApiError(404, "Not Found: method not found")
        return await methods[method](parameters)

    async def _get_me(self, _: dict[str, Any]) -> dict[str, Any]:
        abilities = {"can_join_groups": True, "can_read_all_group_messages": not self.privacy}
        return self.bot | abilities | {"supports_inline_queries": False}

    async def _get_webhook_info(self, _: dict[str, Any]) -> dict[str, Any]:
        info: dict[str, Any] = {
            "url": self.webhook["url"],
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates.pending),
            "allowed_updates": sorted(self.updates.allowed),
        }
        if self.webhook["error"]:
            info |= {"last_error_date": self.now, "last_error_message": self.webhook["error"]}
        return info

    async def _send_message(self, asked: dict[str, Any]) -> dict[str, Any]:
        chat = self._chat(asked)
        text = asked.get("text", "").strip()
        if not text:
            raise ApiError(400, "Bad Request: message text is empty")
        if units(text) > MAX_TEXT:
            raise ApiError(400, "Bad Request: message is too long")
        lead = units(asked["text"]) - units(asked["text"].lstrip())
        content = {"text": text, "entities": self._entities(asked, text, lead), **_keyboard(asked)}
        return self._show(chat, asked, content)

    async def _send_file(self, asked: dict[str, Any]) -> dict[str, Any]:
        chat = self._chat(asked)
        field = next(one for one in ("photo", "voice", "video", "document", "sticker") if one in asked)
        content = asked[field]
        file_id = self.store(content) if isinstance(content, bytes) else content
        if file_id not in self.files:
            raise ApiError(400, "Bad Request: wrong file identifier/HTTP URL specified")
        if units(asked.get("caption", "")) > MAX_CAPTION:
            raise ApiError(400, "Bad Request: message caption is too long")
        caption = {"caption": asked["caption"]} if asked.get("caption") else {}
        document = {"file_id": file_id, "file_unique_id": "u", "file_size": len(self.files[file_id])}
        return self._show(
            chat, asked, {"document": document, "sent_as": field, **caption, **_keyboard(asked)}
        )

    async def _edit_message_text(self, asked: dict[str, Any]) -> dict[str, Any]:
        chat = self._chat(asked)
        message = chat.messages.get(int(asked["message_id"]))
        if message is None:
            raise ApiError(400, "Bad Request: message to edit not found")
        if message["from"]["id"] != self.bot["id"]:
            raise ApiError(400, "Bad Request: message can't be edited")
        text = asked["text"].strip()
        if not text or units(text) > MAX_TEXT:
            raise ApiError(
                400, "Bad Request: MESSAGE_TOO_LONG" if text else "Bad Request: message text is empty"
            )
        change = {"text": text, "reply_markup": _keyboard(asked).get("reply_markup")}
        if change == {"text": message["text"], "reply_markup": message.get("reply_markup")}:
            reason = (
                "specified new message content and reply markup are exactly the same as a current content"
            )
            raise ApiError(
                400, f"Bad Request: message is not modified: {reason} and reply markup of the message"
            )
        message |= {key: value for key, value in change.items() if value} | {"edit_date": self.now}
        self.shown.append(dict(message))
        return message

    async def _answer_callback_query(self, asked: dict[str, Any]) -> bool:
        query = asked["callback_query_id"]
        if self.queries.get(query, True):
            raise ApiError(
                400, "Bad Request: query is too old and response timeout expired or query ID is invalid"
            )
        self.queries[query] = True
        return True

    async def _get_file(self, asked: dict[str, Any]) -> dict[str, Any]:
        data = self.files.get(asked["file_id"])
        if data is None:
            raise ApiError(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(data) > MAX_DOWNLOAD:
            raise ApiError(400, "Bad Request: file is too big")
        found = {"file_id": asked["file_id"], "file_unique_id": "u"}
        found["file_size"] = 1 if self.understates else len(data)
        return found | {"file_path": f"documents/{asked['file_id']}"}

    async def _get_chat(self, asked: dict[str, Any]) -> dict[str, Any]:
        return self._chat(asked, look=True).shown() | {"accent_color_id": 0, "max_reaction_count": 11}

    async def _get_chat_member(self, asked: dict[str, Any]) -> dict[str, Any]:
        chat = self._chat(asked, look=True)
        user_id = int(asked["user_id"])
        person = self.people.get(user_id)
        user = self.bot if user_id == self.bot["id"] else person.shown() if person else None
        if user is None:
            raise ApiError(400, "Bad Request: PARTICIPANT_ID_INVALID")
        return member(user, chat.members.get(user_id, "left"))

    def _chat(self, asked: dict[str, Any], *, look: bool = False) -> Chat:
        """The chat that is meant, if the bot may speak there, or look into it."""
        try:
            chat = self.chats[int(asked["chat_id"])]
        except (KeyError, ValueError):
            raise ApiError(400, "Bad Request: chat not found") from None
        if chat.moved_to is not None:
            raise ApiError(400, MIGRATED, migrate_to_chat_id=chat.moved_to)
        if chat.type == "private":
            self._may_write_to(chat.id)
        elif not (chat.public and look) and chat.members.get(self.bot["id"], "left") in {"left", "kicked"}:
            raise ApiError(403, f"Forbidden: bot was kicked from the {chat.type} chat")
        return chat

    def _may_write_to(self, user: int) -> None:
        if not self.people[user].started:
            raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
        if self.people[user].blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")

    def _show(self, chat: Chat, asked: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
        where: dict[str, Any] = {}
        if "message_thread_id" in asked:
            topic = int(asked["message_thread_id"])
            if topic not in chat.topics:
                raise ApiError(400, "Bad Request: message thread not found")
            where = {"message_thread_id": topic, "is_topic_message": True}
        if "reply_parameters" in asked:
            where |= self._quoted(chat, json.loads(asked["reply_parameters"]))
        self._limit(chat)
        message = chat.add({"from": self.bot, "date": self.now, **where, **content})
        self.shown.append(dict(message))
        return message

    def _quoted(self, chat: Chat, reply: dict[str, Any]) -> dict[str, Any]:
        quoted = chat.messages.get(reply["message_id"])
        if quoted is None and not reply.get("allow_sending_without_reply"):
            raise ApiError(400, "Bad Request: message to be replied not found")
        return {"reply_to_message": quoted} if quoted else {}

    def _limit(self, chat: Chat) -> None:
        """One a second in a chat, twenty a minute in a group, thirty a second in all (bots FAQ)."""
        now = self.clock.now().timestamp()
        waits = [wait_after(chat.sent_at, now, 1, 1), wait_after(self._sent_at, now, 30, 1)]
        if chat.type != "private":
            waits.append(wait_after(chat.sent_at, now, 20, 60))
        if max(waits):
            raise ApiError(429, f"Too Many Requests: retry after {max(waits)}", retry_after=max(waits))
        chat.sent_at.append(now)
        self._sent_at.append(now)

    def _entities(self, asked: dict[str, Any], text: str, lead: int) -> list[dict[str, Any]]:
        """The marks of a text: cut at its end, and without mentions of people the bot has never met."""
        kept = []
        for mark in json.loads(asked.get("entities", "[]")):
            start = mark["offset"] - lead
            end = min(start + mark["length"], units(text))
            if not 0 <= start < end:
                continue
            text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")  # never half a character
            if mark["type"] == "text_mention" and mark["user"]["id"] not in self.people:
                continue
            kept.append(mark | {"offset": start, "length": end - start})
        return kept


def _keyboard(asked: dict[str, Any]) -> dict[str, Any]:
    if "reply_markup" not in asked:
        return {}
    markup = json.loads(asked["reply_markup"])
    for row in markup["inline_keyboard"]:
        for key in row:
            if not key.get("text", "").strip():
                raise ApiError(
                    400, "Bad Request: can't parse inline keyboard button: Text buttons are unallowed"
                )
            if not 1 <= len(key["callback_data"].encode()) <= MAX_ACTION:
                raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
    return {"reply_markup": markup}


def wait_after(times: list[float], now: float, limit: int, seconds: float) -> int:
    """For how many whole seconds to wait before one more fits into `limit` in `seconds`; 0: none."""
    recent = [one for one in times if one > now - seconds]
    return math.ceil(recent[-limit] + seconds - now) if len(recent) >= limit else 0
