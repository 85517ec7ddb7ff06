"""Counting the events that wait for a person; when each thing was last asked of its tool"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    unreadable = sa.text("status = 'unreadable'")
    op.create_index("events_unreadable", "events", ["connection"], postgresql_where=unreadable)
    op.create_table(
        "readings",
        sa.Column("thing", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("thing"),
    )
