"""A whole Quoteway for a test: the drills' house, and their quotes."""

from workers.drills.house import BEARER, SIGNING, House, Json, a_house, until
from workers.drills.quotes import asking, done, ended, line, questions, quote, rests

__all__ = [
    "BEARER",
    "SIGNING",
    "House",
    "Json",
    "a_house",
    "asking",
    "done",
    "ended",
    "line",
    "questions",
    "quote",
    "rests",
    "until",
]
