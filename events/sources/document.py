"""What reading a message gives: an acceptance, a revocation, or why it cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.domain.quote import AcceptedQuote

_MOST = 50


@dataclass(frozen=True, slots=True)
class Revocation:
    """The sender takes back what `quote` accepted."""

    quote: AcceptedQuote


Document = AcceptedQuote | Revocation


class Unreadable(Exception):
    """
    `errors` are entries of `loc` (the way to the part) and `msg` (a sentence's end that says what is wanted). They hold
    nothing of the message's own content but names of fields. `type` is the message's, where it could be told.
    """

    def __init__(self, errors: Sequence[dict[str, Any]], *, type: str = "") -> None:  # noqa: A002
        super().__init__("; ".join(f"{_way(error['loc'])}{error['msg']}" for error in errors[:3]))
        self.errors = tuple(errors[:_MOST])
        self.type = type


def error(loc: Sequence[str | int], msg: str) -> dict[str, Any]:
    return {"loc": list(loc), "msg": msg}


def _way(loc: Sequence[str | int]) -> str:
    return ".".join(str(step) for step in loc) + " " if loc else ""
