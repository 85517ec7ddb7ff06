"""Text from outside that rows are looked for by."""

from __future__ import annotations


def sought(text: str) -> str:
    """As PostgreSQL takes it. NUL is in no text that is kept, so that what holds it is found nowhere."""
    return text.replace("\x00", "\ufffd")
