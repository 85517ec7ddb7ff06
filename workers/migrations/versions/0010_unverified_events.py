"""Counting the events that wait for the key that verifies them, for each message that is one of them"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    unverified = sa.text("status = 'unverified'")
    op.create_index("events_unverified", "events", ["connection"], postgresql_where=unverified)
