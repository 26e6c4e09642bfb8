"""The schemes that ship, as data: one file a trade."""

from pathlib import Path

SHIPPED = Path(__file__).parent
