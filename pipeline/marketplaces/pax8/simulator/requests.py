"""Reading a call: its JSON body, paging, sorting and switches."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pipeline.marketplaces.simulation.exchange import Call
from pipeline.marketplaces.simulation.routing import Problem

T = TypeVar("T")
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
DEFAULT_SIZE, LARGEST_SIZE = 10, 200


def body_of(call: Call) -> dict[str, Any]:
    try:
        content = json.loads(call.body)
    except ValueError:
        raise Problem(400, "Malformed JSON request") from None
    if not isinstance(content, dict):
        raise Problem(400, "Malformed JSON request: an object is expected")
    return content


def is_uuid(value: object) -> bool:
    return isinstance(value, str) and UUID.fullmatch(value) is not None


def whole(value: object) -> int | None:
    """The number if it is a whole one: 5 and 5.0 are, 2.5, "5" and true are not."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not float(value).is_integer():
        return None
    return int(value)


def switch(call: Call, name: str) -> bool | None:
    """A boolean of the query; None where it isn't given."""
    given = call.query.get(name)
    if given is None:
        return None
    if given.lower() not in ("true", "false"):
        raise Problem(400, f"{name} must be true or false")
    return given.lower() == "true"


def word(call: Call, name: str, allowed: Sequence[str]) -> str | None:
    given = call.query.get(name)
    if given is not None and given not in allowed:
        raise Problem(400, f"{name} must be one of {', '.join(allowed)}")
    return given


def _counter(call: Call, name: str, default: int, least: int, most: int) -> int:
    given = call.query.get(name, str(default))
    if not given.isdigit() or not least <= int(given) <= most:
        raise Problem(400, f"{name} must be a number from {least} to {most}")
    return int(given)


def paged(call: Call, found: Sequence[T], render: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
    """A page with its counters, which are nested."""
    size = _counter(call, "size", DEFAULT_SIZE, 1, LARGEST_SIZE)
    number = _counter(call, "page", 0, 0, 10**9)
    content = [render(one) for one in found[number * size : (number + 1) * size]]
    pages = -(-len(found) // size)
    counters = {"size": size, "totalElements": len(found), "totalPages": pages, "number": number}
    return {"content": content, "page": counters}


def ordered(call: Call, found: Iterable[T], keys: Mapping[str, Callable[[T], Any]]) -> list[T]:
    """Sorted as `sort=field` or `sort=field,desc` wants it; without a wish as it comes. Nothing comes before None."""
    field, _, direction = call.query.get("sort", "").partition(",")
    if not field:
        return list(found)
    if field not in keys or direction not in ("", "asc", "desc"):
        raise Problem(400, f"sort must be one of {', '.join(keys)}, with ,asc or ,desc")
    key = keys[field]
    return sorted(found, key=lambda one: ((value := key(one)) is not None, value), reverse=direction == "desc")
