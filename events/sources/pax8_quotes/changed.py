"""
What the quantity of a line means that changes a subscription: nobody says.

That it is how many there are to be in all is an assumption, as it is in the call that makes the change. The
connection's option `change_quantity` may say `added` instead: how many more there are to be; or `ask`, which leaves
such a line to a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

OPTION = "change_quantity"


class Meaning(StrEnum):
    TOTAL = "total"
    ADDED = "added"
    ASK = "ask"


def meaning(options: Mapping[str, str]) -> Meaning:
    """Raises ValueError for a word that is none of them."""
    return Meaning(options.get(OPTION, "").strip().casefold() or Meaning.TOTAL)
