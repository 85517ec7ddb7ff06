"""Reading a call: its JSON body, filters, sorting and pages."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pipeline.marketplaces.flexportal.simulator.knobs import Knobs
from pipeline.marketplaces.flexportal.simulator.problems import invalid
from pipeline.marketplaces.flexportal.simulator.records import Json
from pipeline.marketplaces.simulation.exchange import Call

T = TypeVar("T")
DEFAULT_LIMIT, LARGEST_LIMIT = 50, 100


def body_of(call: Call) -> Json:
    if "application/json" not in call.headers.get("content-type", ""):
        raise invalid([("Content-Type must be application/json", "")])
    try:
        content = json.loads(call.body)
    except ValueError:
        raise invalid([("Body is not valid JSON", "")]) from None
    if not isinstance(content, dict):
        raise invalid([("Body must be an object", "")])
    return content


def whole(value: object) -> int | None:
    """The number if it is a whole one: 5 and 5.0 are, 2.5, "5" and true are not."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not float(value).is_integer():
        return None
    return int(value)


def text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def word(call: Call, name: str, allowed: Sequence[str]) -> str | None:
    given = call.query.get(name)
    if given is not None and given not in allowed:
        raise invalid([(f"{name} must be one of {', '.join(allowed)}", name)])
    return given


def matches(call: Call, record: object, **attributes: str) -> bool:
    """Whether each filter that the query has is met; `attributes` maps a filter to the record's attribute."""
    return all(
        name not in call.query or getattr(record, attribute) == call.query[name]
        for name, attribute in attributes.items()
    )


def listed(
    call: Call,
    knobs: Knobs,
    resource: str,
    found: Iterable[T],
    identity: Callable[[T], str],
    render: Callable[[T], Json],
    keys: Mapping[str, Callable[[T], Any]],
    largest: int = LARGEST_LIMIT,
) -> Json:
    """A page after the cursor, which is the id of the last one before. Sorted by the first of `keys`, newest first,
    unless `sortBy` and `sortDir` say otherwise.
    """
    limit = _number(call, "limit", min(DEFAULT_LIMIT, largest), largest)
    everything = _sorted(call, found, identity, keys)
    if knobs.paging == "pages":
        return _numbered(call, everything, limit, render)
    rest = everything[_start(call, everything, identity) :]
    shown = rest[:limit]
    has_more = len(rest) > limit
    return {
        resource: [render(one) for one in shown],
        "count": len(shown),
        "limit": limit,
        "hasMore": has_more,
        "nextCursor": identity(shown[-1]) if has_more else None,
    }


def _numbered(call: Call, everything: Sequence[T], limit: int, render: Callable[[T], Json]) -> Json:
    page = _number(call, "page", 1, 10**9)
    shown = everything[(page - 1) * limit : page * limit]
    counters = {"page": page, "limit": limit, "total": len(everything), "hasMore": page * limit < len(everything)}
    return {"data": [render(one) for one in shown], "pagination": counters}


def _number(call: Call, name: str, default: int, most: int) -> int:
    given = call.query.get(name, str(default))
    if not given.isdigit() or not 1 <= int(given) <= most:
        raise invalid([(f"{name} must be a number from 1 to {most}", name)])
    return int(given)


def _sorted(
    call: Call, found: Iterable[T], identity: Callable[[T], str], keys: Mapping[str, Callable[[T], Any]]
) -> list[T]:
    field, direction = call.query.get("sortBy", next(iter(keys))), call.query.get("sortDir", "desc")
    if field not in keys or direction not in ("asc", "desc"):
        raise invalid([(f"sortBy must be one of {', '.join(keys)}, sortDir asc or desc", "sortBy")])
    key = keys[field]
    return sorted(found, key=lambda one: (key(one), identity(one)), reverse=direction == "desc")


def _start(call: Call, everything: Sequence[T], identity: Callable[[T], str]) -> int:
    cursor = call.query.get("startAfter")
    if not cursor:
        return 0
    for at, one in enumerate(everything):
        if identity(one) == cursor:
            return at + 1
    raise invalid([("startAfter is not a cursor of this list", "startAfter")])
