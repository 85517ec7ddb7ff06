"""When somebody is reminded of an open question; none of those that are open already"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("questions", sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True))
    open_still = sa.text("remind_at IS NOT NULL AND answered_at IS NULL AND withdrawn_at IS NULL")
    op.create_index("questions_to_remind", "questions", ["remind_at"], postgresql_where=open_still)
