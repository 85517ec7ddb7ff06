"""Reading a call: its JSON body, whole numbers, and lists that go on by a `queryMore` token."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from pipeline.marketplaces.limio.simulator.world import World
from pipeline.marketplaces.simulation.exchange import Call
from pipeline.marketplaces.simulation.routing import Problem

T = TypeVar("T")


def body_of(call: Call) -> dict[str, Any]:
    try:
        content = json.loads(call.body)
    except ValueError:
        raise Problem(400, "Malformed order payload: no JSON") from None
    if not isinstance(content, dict):
        raise Problem(400, "Malformed order payload: an object is expected")
    return content


def whole(value: object) -> int | None:
    """The number if it is a whole one: 5 and 5.0 are, 2.5, "5" and true are not."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not float(value).is_integer():
        return None
    return int(value)


def mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def counter(call: Call, name: str, default: int, most: int) -> int:
    given = call.query.get(name, str(default))
    if not given.isdigit() or not 1 <= int(given) <= most:
        raise Problem(400, f"{name} must be a number from 1 to {most}")
    return int(given)


def token(world: World, kind: str, offset: int) -> str:
    said = {"k": kind, "o": offset, "t": world.now.isoformat()}
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode()


def offset_in(world: World, kind: str, given: str | None) -> int:
    """Where a list goes on. It counts rows: what is new at the top pushes rows onto the next page once more."""
    if not given:
        return 0
    try:
        said = json.loads(base64.urlsafe_b64decode(given))
        asked, offset, at = said["k"], int(said["o"]), datetime.fromisoformat(said["t"])
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise Problem(400, "Invalid queryMore") from None
    if asked != kind:
        raise Problem(400, "Invalid queryMore")
    if world.now - at > world.knobs.query_more_lifetime:
        raise Problem(400, "queryMore has expired")
    return offset


def listed(
    world: World, call: Call, kind: str, found: Sequence[T], render: Callable[[T], dict[str, Any]], limit: int
) -> dict[str, Any]:
    """One page; `queryMore` is there as long as there is more."""
    offset = offset_in(world, kind, call.query.get("queryMore"))
    shown = found[offset : offset + limit]
    page: dict[str, Any] = {"items": [render(one) for one in shown]}
    if offset + limit < len(found):
        page["queryMore"] = token(world, kind, offset + limit)
    return page
