"""
The name that an acceptance keeps. A tool may tell of one acceptance by several things, such as a ticket, and later the
opportunity that the ticket was given: under a name of its own each time, it would be bought each time.
"""

from __future__ import annotations

from collections.abc import Sequence

from events.sources.keyring import KeyRing


class LastingNames:
    """One connection's, remembered for all processes. Thread-safe."""

    def __init__(self, connection: str, keys: KeyRing) -> None:
        self._prefix = f"{connection}/name/"
        self._keys = keys

    def settle(self, things: Sequence[str]) -> str:
        """
        The name of an acceptance that all of these stand for, the one that it is named by first. From now on each of
        them has the name that any had before; where several had, the first of these keeps its own.
        """
        found = [name for thing in things if (name := self._keys.find(self._prefix + thing))]
        name = next(iter(found), things[0])
        # The last is what is always there: two readers at once, one of whom sees less, agree on its name.
        for thing in reversed(things):
            name = self._keys.keep_first(self._prefix + thing, name)
        return name

    def known(self, things: Sequence[str]) -> Sequence[str]:
        """The names that acceptances of these may have been told under. Remembers nothing."""
        return list(dict.fromkeys(self._keys.find(self._prefix + thing) or thing for thing in things))
