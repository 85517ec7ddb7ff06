"""
The tables, for queries. Every instant in them is the database's own.

A row that waits has `due_at`; the clock of any worker makes it move.
"""

from __future__ import annotations

from sqlalchemy import Table
from sqlmodel import SQLModel

from pipeline.store import intake_rows, link_rows, map_rows, order_rows, shared_rows

METADATA = SQLModel.metadata
ROWS = (intake_rows, link_rows, map_rows, order_rows, shared_rows)


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


EVENTS = _table("events")
QUOTES = _table("quotes")
REVISIONS = _table("revisions")
READINGS = _table("readings")
ORDERS = _table("orders")
CLAIMS = _table("claims")
PURCHASED_LINES = _table("purchased_lines")
JOURNAL = _table("journal")
QUESTIONS = _table("questions")
NOTICES = _table("notices")
TOKENS = _table("tokens")
BREAKERS = _table("breakers")
COMPANY_LINKS = _table("company_links")
KNOWN_ORDERS = _table("known_orders")
WORKERS = _table("workers")
CONNECTIONS = _table("connections")
SECRETS = _table("secrets")
PRODUCT_MAP = _table("product_map")
QUOTE_LINKS = _table("quote_links")
LOSSES = _table("losses")
ERRANDS = _table("errands")
REPLIES_HEARD = _table("replies_heard")
TICKETS_SEEN = _table("tickets_seen")
ANSWER_LINKS = _table("answer_links")
ANNOUNCEMENTS = _table("announcements")
