"""Where HaloPSA's dates without an offset are meant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from events.connections import SourceConnection
from events.sources.access import BadAccess
from events.sources.named import a_moment

_OPTION = "time_zone"
_DATE = len("2026-12-01")


def zone_of(connection: SourceConnection) -> ZoneInfo:
    """The option `time_zone`, else the connection's. Raises BadAccess."""
    try:
        told = connection.access.options.get(_OPTION)
        return connection.zone if told is None else ZoneInfo(told)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadAccess(f"{connection.variable('OPTIONS')} must name the time zone as Europe/London.") from None


def zones_of(connection: SourceConnection) -> Sequence[tzinfo]:
    """Those that they may be meant in: nobody documents it, so unless the option says it, UTC is possible, too."""
    return (zone_of(connection),) if _OPTION in connection.access.options else (connection.zone, UTC)


def latest(value: object, zones: Sequence[tzinfo]) -> datetime | None:
    """The latest that a date may mean: a day without a time reaches to its end."""
    found = [moment for zone in zones if (moment := a_moment(value, zone))]
    whole = isinstance(value, str) and len(value.strip()) <= _DATE
    return max(found) + timedelta(days=whole) if found else None
