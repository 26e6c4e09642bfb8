"""Text to meaning: is it a complaint, which kind, how grave, and why the bot thinks so.

Pure and synchronous: nothing here reads a clock, a database or the network.
"""

from bot.intake.pipeline import Intake
from bot.intake.types import CategoryScore, Context, OpenTicket, Span, Understanding

__all__ = ["CategoryScore", "Context", "Intake", "OpenTicket", "Span", "Understanding"]
