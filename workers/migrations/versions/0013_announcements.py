"""What marketplaces announce, and orders found by the id that they have there"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "announcements",
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("marketplace"),
    )
    op.create_index(
        "orders_by_their_id",
        "orders",
        ["marketplace", sa.text("lower(split_part(marketplace_order_id, '/', -1))")],
        postgresql_where=sa.text("marketplace_order_id IS NOT NULL"),
    )
