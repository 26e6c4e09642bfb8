"""Telegram over the Bot API; python-telegram-bot calls and decodes, and is used nowhere else."""
