"""What a tool needs before it can be reached."""

from __future__ import annotations

from collections.abc import Sequence

from events.connections import SourceConnection


class BadAccess(ValueError):
    """A credential or an address is missing, or cannot be meant. Its text names the variable and shows no value."""


def ensure(connection: SourceConnection, needed: Sequence[str]) -> None:
    """Raises BadAccess for the first of these fields of `ToolAccess` that is empty."""
    for name in needed:
        value = getattr(connection.access, name)
        text = value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
        if not text.strip():
            raise BadAccess(
                f"{connection.variable(name.upper())} is missing: {connection.kind} cannot be read without it."
            )
