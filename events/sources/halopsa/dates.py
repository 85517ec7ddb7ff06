"""Where HaloPSA's dates without an offset are meant."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from events.connections import SourceConnection
from events.sources.access import BadAccess


def zone_of(connection: SourceConnection) -> ZoneInfo:
    """The option `time_zone`, else UTC. Raises BadAccess."""
    try:
        return ZoneInfo(connection.access.options.get("time_zone", "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        raise BadAccess(f"{connection.variable('OPTIONS')} must name the time zone as Europe/London.") from None
