"""Instants and spans of time as a person reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

_UNITS = (("day", "d", 86400), ("hour", "h", 3600), ("minute", "min", 60), ("second", "s", 1))


def parsed(text: str | None) -> datetime | None:
    """An instant as the API writes it."""
    return None if text is None else datetime.fromisoformat(text)


def span(duration: timedelta) -> str:
    """The largest unit, rounded down: `3 minutes`; `no time` below a second."""
    seconds = int(abs(duration.total_seconds()))
    for word, _, size in _UNITS:
        if seconds >= size:
            number = seconds // size
            return f"{number} {word}{'' if number == 1 else 's'}"
    return "no time"


def short_span(duration: timedelta) -> str:
    """The same for narrow columns: `3 min`."""
    seconds = int(abs(duration.total_seconds()))
    short, size = next(((short, size) for _, short, size in _UNITS if seconds >= size), ("s", 1))
    return f"{seconds // size} {short}"


def distance(at: datetime, now: datetime) -> str:
    """`3 minutes ago`, `in 2 hours`, `now`."""
    if abs(at - now) < timedelta(seconds=1):
        return "now"
    return f"{span(now - at)} ago" if at < now else f"in {span(at - now)}"


def clock_time(at: datetime, now: datetime, zone: tzinfo = UTC) -> str:
    """With the date only where it is another day's: `10:02:11 UTC`, `2026-12-01 06:00 UTC`."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return f"{local:%H:%M:%S %Z}"
    return f"{local:%Y-%m-%d %H:%M %Z}"


def moment(at: datetime, now: datetime, zone: tzinfo = UTC) -> str:
    """Both: `10:02:11 UTC, 3 minutes ago`."""
    return f"{clock_time(at, now, zone)}, {distance(at, now)}"


def took(milliseconds: int) -> str:
    return f"{milliseconds} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"
