"""Sources: whether a message is genuine, and what it says."""

from __future__ import annotations

from events.sources.document import Document, Revocation, Unreadable
from events.sources.generic import SCHEMA_FILE, read_document, schema
from events.sources.signature import Verifier

__all__ = ["SCHEMA_FILE", "Document", "Revocation", "Unreadable", "Verifier", "read_document", "schema"]
