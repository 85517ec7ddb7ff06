"""Refusals: one envelope, `{"message"}`, and a 502 that means a bad order as well as a bad moment."""

from collections.abc import Sequence
from typing import Any

from pipeline.marketplaces.limio.simulator.assumed import INELIGIBLE
from pipeline.marketplaces.limio.simulator.knobs import Knobs
from pipeline.marketplaces.simulation.routing import Problem

MESSAGES = {401: "Unauthorized", 404: "Not found", 429: "Too Many Requests", 502: "Bad Gateway"}


def envelope(status: int, message: str) -> dict[str, Any]:
    return {"message": message or MESSAGES.get(status, "Something went wrong")}


def malformed(faults: Sequence[str], knobs: Knobs) -> Problem:
    """What Limio sees by itself: something lacks or has the wrong form."""
    return bad_gateway(faults, knobs) if knobs.bad_payload == "502" else _bad_request(faults)


def unusable(faults: Sequence[str], knobs: Knobs) -> Problem:
    """What only billing sees: the values are no good."""
    return _bad_request(faults) if knobs.bad_payload == "400" else bad_gateway(faults, knobs)


def bad_gateway(faults: Sequence[str], knobs: Knobs) -> Problem:
    return Problem(502, "; ".join(faults) if knobs.bad_gateway_says_why else MESSAGES[502])


def ineligible(reasons: Sequence[str]) -> Problem:
    """The partner may not order this for this customer."""
    return Problem(INELIGIBLE, f"Order is not eligible: {'; '.join(reasons)}")


def missing(what: str, key: str) -> Problem:
    return Problem(404, f"{what} {key} not found")


def _bad_request(faults: Sequence[str]) -> Problem:
    return Problem(400, f"Malformed order payload: {'; '.join(faults)}")
