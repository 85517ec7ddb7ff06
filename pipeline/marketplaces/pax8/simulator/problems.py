"""The error envelopes: one for everything, another for tokens, a bare one for too many calls."""

from collections.abc import Sequence
from typing import Any

from pipeline.marketplaces.simulation.routing import Problem

TYPES = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    408: "REQUEST_TIMEOUT",
    409: "CONFLICT",
    422: "UNPROCESSABLE_ENTITY",
    500: "INTERNAL_SERVER_ERROR",
    502: "BAD_GATEWAY",
    503: "SERVICE_UNAVAILABLE",
    504: "GATEWAY_TIMEOUT",
}
TOO_MANY = {"message": "Rate limit exceeded", "status": 429}
NO_TOKEN = {"error": "access_denied", "error_description": "Unauthorized"}


def invalid(details: Sequence[tuple[str, str]], message: str = "Validation failed") -> Problem:
    return Problem(422, message, details)


def missing(what: str, key: str) -> Problem:
    return Problem(404, f"{what} {key} not found")


def envelope(status: int, message: str, path: str, details: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    return {
        "type": TYPES.get(status, "ERROR"),
        "message": message,
        "instance": path,
        "status": status,
        "details": [{"type": "VALIDATION", "message": text, "instance": where} for text, where in details],
    }
