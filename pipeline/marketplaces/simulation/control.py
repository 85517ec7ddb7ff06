"""The steering wheel over HTTP, under `/_sim/`, for demos and drills. No part of any marketplace's contract.

GET  /_sim/state             what exists, calls, writes (each marketplace shows its own things beside the counters)
POST /_sim/faults            the arguments of `Faults.add`; DELETE clears them all
POST /_sim/clock             {"advance": seconds}
POST /_sim/knobs             {knob: value}; durations in seconds
POST /_sim/tokens            revokes all tokens
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from pipeline.marketplaces.simulation.exchange import Call, Reply
from pipeline.marketplaces.simulation.faults import Faults
from pipeline.marketplaces.simulation.knobs import CommonKnobs
from pipeline.marketplaces.simulation.tokens import Tokens
from pipeline.marketplaces.simulation.traffic import Traffic
from pipeline.marketplaces.simulation.world import SimulatedWorld


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything there is to steer and to read. `world` and `knobs` are the marketplace's own."""

    world: Any
    knobs: CommonKnobs
    faults: Faults
    tokens: Tokens
    traffic: Traffic


Wheel = Callable[[Desk, dict[str, Any]], Any]
"""Takes the desk and the wish; answers what is shown. ValueError, KeyError and the like say what is wrong with it."""


def steer(desk: Desk, wheels: Mapping[str, Wheel], call: Call) -> Reply:
    """400 says what is wrong with the wish, 404 that there is no such wheel."""
    name = f"{call.method} {call.path.removeprefix('/_sim/')}"
    act = wheels.get(name) or _WHEELS.get(name)
    if act is None:
        return Reply.json(404, {"error": "No such control. GET /_sim/state and the POSTs are in the manual."})
    try:
        wish = json.loads(call.body) if call.body else dict(call.query)
        return Reply.json(200, act(desk, wish))
    except (ValueError, KeyError, TypeError, ArithmeticError) as wrong:
        return Reply.json(400, {"error": f"{type(wrong).__name__}: {wrong}"})


def counters(desk: Desk) -> dict[str, Any]:
    """What every marketplace's state shows."""
    world: SimulatedWorld = desk.world
    traffic = desk.traffic
    return {
        "now": world.now.isoformat(),
        "writes": world.writes,
        "calls": dict(traffic.calls),
        "statuses": {str(status): number for status, number in traffic.statuses.items()},
        "maxConcurrent": traffic.max_concurrent,
        "maxConcurrentByRoute": dict(traffic.max_concurrent_by_route),
        "tokens": {"issued": desk.tokens.issued, "refused": desk.tokens.refused},
        "faults": [{"kind": fault.kind, "match": list(fault.match), "hits": fault.hits} for fault in desk.faults],
    }


def _state(desk: Desk, _wish: dict[str, Any]) -> Any:
    return counters(desk)


def _add_fault(desk: Desk, wish: dict[str, Any]) -> Any:
    fault = desk.faults.add(**wish)
    return {"kind": fault.kind, "match": list(fault.match)}


def _clear_faults(desk: Desk, _wish: dict[str, Any]) -> Any:
    desk.faults.clear()
    return {}


def _turn_clock(desk: Desk, wish: dict[str, Any]) -> Any:
    world: SimulatedWorld = desk.world
    now = world.clock.advance(float(wish["advance"]))
    world.settle()
    return {"now": now.isoformat()}


def _set_knobs(desk: Desk, wish: dict[str, Any]) -> Any:
    known = {field.name for field in fields(desk.knobs)}
    if unknown := wish.keys() - known:
        raise ValueError(f"no such knob: {', '.join(sorted(unknown))}")
    for name, value in wish.items():
        is_duration = isinstance(getattr(desk.knobs, name), timedelta)
        setattr(desk.knobs, name, timedelta(seconds=float(value)) if is_duration else value)
    return sorted(wish)


def _revoke(desk: Desk, _wish: dict[str, Any]) -> Any:
    desk.tokens.revoke()
    return {}


_WHEELS: dict[str, Wheel] = {
    "GET state": _state,
    "POST faults": _add_fault,
    "DELETE faults": _clear_faults,
    "POST clock": _turn_clock,
    "POST knobs": _set_knobs,
    "POST tokens": _revoke,
}
