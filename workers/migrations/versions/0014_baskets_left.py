"""Baskets that orders have left behind, until somebody has seen to them"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("claims", sa.Column("seen_to_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "claims_to_see_to",
        "claims",
        ["order_id"],
        postgresql_where=sa.text("kind = 'fill_basket' AND seen_to_at IS NULL"),
    )
