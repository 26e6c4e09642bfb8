"""How many messages of the provider's allowance a notice took."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Every notice so far counts as one."""
    op.add_column("outbox", sa.Column("spent", sa.Integer(), server_default="1", nullable=False))
