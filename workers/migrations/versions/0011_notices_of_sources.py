"""Notices that are about a source connection, and which of its problems were told"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.alter_column("notices", "order_id", nullable=True)
    op.add_column("errands", sa.Column("told", JSONB(), server_default="[]", nullable=False))
