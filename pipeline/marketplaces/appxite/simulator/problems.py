"""The two who say no: the gateway in front, always in its own envelope, and the application behind it."""

from collections.abc import Sequence

from pipeline.marketplaces.simulation.routing import Problem

APPLICATION = "application"


def refused(status: int, message: str, details: Sequence[tuple[str, str]] = ()) -> Problem:
    """By the application."""
    return Problem(status, message, details, code=APPLICATION)


def invalid(details: Sequence[tuple[str, str]]) -> Problem:
    return refused(400, "The request is not valid", details)


def missing(what: str, key: str) -> Problem:
    return refused(404, f"{what} {key} was not found")


def by_gateway(problem: Problem) -> bool:
    """Keys, tokens, permissions, versions, unknown paths and the limit of calls never reach the application."""
    if problem.status in (401, 403, 405, 429):
        return True
    return problem.status == 404 and problem.code != APPLICATION
