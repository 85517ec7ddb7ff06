"""Reading a call: its JSON body, its page, and on whose behalf it is."""

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pipeline.marketplaces.appxite.simulator import assumed
from pipeline.marketplaces.appxite.simulator.problems import invalid, refused
from pipeline.marketplaces.appxite.simulator.records import Organisation
from pipeline.marketplaces.appxite.simulator.world import World
from pipeline.marketplaces.simulation.exchange import Call

T = TypeVar("T")
ON_BEHALF_OF = "x-on-behalf-of"


def body_of(call: Call) -> dict[str, Any]:
    try:
        content = json.loads(call.body)
    except ValueError:
        raise refused(400, "The body is not JSON") from None
    if not isinstance(content, dict):
        raise refused(400, "The body is not an object")
    return content


def acting_for(world: World, call: Call) -> Organisation:
    """The organisation of X-On-Behalf-Of, whichever that is: nothing else in a call says for whom it is."""
    given = call.headers.get(ON_BEHALF_OF, "").strip()
    found = world.organisations.get(given)
    if found is None:
        raise refused(400, "X-On-Behalf-Of names no organisation" if given else "X-On-Behalf-Of is required")
    return found


def paged(call: Call, found: Sequence[T], render: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
    """Pages are counted from 1."""
    number = _counter(call, assumed.PAGE, 1, 10**9)
    size = _counter(call, assumed.PAGE_SIZE, assumed.DEFAULT_SIZE, assumed.LARGEST_SIZE)
    shown = found[(number - 1) * size : number * size]
    return assumed.page([render(one) for one in shown], len(found), number, size)


def _counter(call: Call, name: str, default: int, most: int) -> int:
    given = call.query.get(name, str(default))
    if not given.isdecimal() or not 1 <= int(given) <= most:
        raise invalid([(f"{name} must be a number from 1 to {most}", name)])
    return int(given)
