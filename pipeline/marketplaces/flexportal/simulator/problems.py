"""The error envelope, and the words in it."""

from collections.abc import Sequence
from typing import Any

from pipeline.marketplaces.flexportal.simulator import assumed
from pipeline.marketplaces.simulation.routing import Problem


def refused(code: str, message: str, details: Sequence[tuple[str, str]] = ()) -> Problem:
    """A refusal by its code, which decides the status."""
    return Problem(assumed.STATUS_OF[code], message, details, code=code)


def invalid(details: Sequence[tuple[str, str]]) -> Problem:
    """Every fault with the path of its field."""
    return refused("VALIDATION_ERROR", "Validation failed", details)


def missing(what: str, key: str) -> Problem:
    return refused("NOT_FOUND", f"{what} {key} not found")


def envelope(problem: Problem) -> dict[str, Any]:
    code = problem.code or assumed.CODE_OF.get(problem.status, "INTERNAL_ERROR")
    error: dict[str, Any] = {"code": code, "message": problem.message}
    if problem.details:
        error["details"] = [
            {"path": path, "message": text, "code": assumed.detail_code(text)} for text, path in problem.details
        ]
    return {"error": error}
