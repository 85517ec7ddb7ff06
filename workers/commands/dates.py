"""Dates as a person gives them on the command line, read as the intake reads a quote's."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from events.sources.shapes import Instant
from workers.commands.exits import Exit, Refusal


def date_in(text: str, zone: ZoneInfo) -> datetime | None:
    """An instant; None for `now`. Raises Refusal."""
    if text.strip().lower() == "now":
        return None
    try:
        return TypeAdapter[datetime](Instant).validate_python(text, context={"zone": zone})
    except ValidationError as error:
        wrong = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise Refusal(f"The date {text} {wrong}.", Exit.USAGE) from error
