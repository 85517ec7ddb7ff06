"""How many rows the database reads by going through whole tables, where an index would tell."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg

# Of a small table all is read at once, and rightly. The drill's own list is read as a whole on purpose.
_READ = """
SELECT relname, seq_tup_read FROM pg_stat_user_tables WHERE n_live_tup > 1000 AND relname <> 'drill_parked'
"""


def rows_read(url: str) -> Mapping[str, int]:
    """By table, since the database was made."""
    with psycopg.connect(url) as connection:
        return dict(connection.execute(_READ).fetchall())


def rows_since(url: str, before: Mapping[str, int]) -> int:
    """Of the tables that were large then."""
    now = rows_read(url)
    return sum(now.get(table, read) - read for table, read in before.items())
