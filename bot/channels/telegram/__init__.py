"""Telegram over the Bot API; python-telegram-bot is used to call and to decode, and nowhere outside this package."""
