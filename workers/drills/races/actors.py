"""
Actors: each does one thing in a thread of its own, and can be made to stand still at a seam that it crosses.

So the order of two commits is decided, not hoped for: one stands before its commit, with its locks held, while the
other runs until it has finished or waits for one of these locks.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import psycopg

from workers.drills.seams import Crossing, Kind, Side

# Real seconds. Only a fault of the drill's own reaches them: PostgreSQL's own limits are shorter.
_PATIENCE = 30.0
_GLANCE, _LONGEST_GLANCE = 0.004, 0.032
_WAITS_FOR_A_LOCK = (
    "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock' AND pid <> %s)"
)


@dataclass(frozen=True, slots=True)
class Hold:
    """Where an actor stands still: the `nth` time that this place in the code crosses this seam, from 1."""

    kind: Kind
    side: Side
    place: str
    what: str = ""
    nth: int = 1

    def __str__(self) -> str:
        where = self.place.rpartition(".")[2] + (f" {self.what}" if self.what else "")
        return f"{self.side} {self.kind} {where}" + (f" ({self.nth})" if self.nth > 1 else "")


class Rest(StrEnum):
    """How an actor has come to rest."""

    HELD = "held"
    BLOCKED = "blocked"
    DONE = "done"


class Stuck(Exception):
    """An actor came to no rest."""


class Actor:
    """Does `act` in a thread, which must not raise, and keeps what it gave. `trail` are the seams that it crossed."""

    def __init__(self, name: str, act: Callable[[], None], hold: Hold | None = None) -> None:
        self.name = name
        self.trail: list[Hold] = []
        self.hold = hold
        self.fault: Exception | None = None
        self._act = act
        self._seen: Counter[Hold] = Counter()
        self._begin = threading.Event()
        self._held = threading.Event()
        self._go = threading.Event()
        self._done = threading.Event()
        self._news = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def ident(self) -> int:
        return self._thread.ident or 0

    @property
    def rest(self) -> Rest | None:
        if self._done.is_set():
            return Rest.DONE
        return Rest.HELD if self._held.is_set() else None

    def start(self, known: Callable[[], None]) -> None:
        """`known` is called before it does anything, when it can be told from others by its `ident`."""
        self._thread.start()
        known()
        self._begin.set()

    def crossed(self, crossing: Crossing) -> None:
        """Called in the actor's own thread."""
        bare = Hold(crossing.kind, crossing.side, crossing.place.rpartition(":")[0], crossing.what)
        self._seen[bare] += 1
        here = Hold(bare.kind, bare.side, bare.place, bare.what, self._seen[bare])
        self.trail.append(here)
        if here == self.hold:
            self._stand()

    def go_on(self, until: Hold | None = None) -> None:
        """Lets it go on from where it stands."""
        self.hold = until
        self._held.clear()
        self._go.set()

    def news(self, seconds: float) -> bool:
        """Waits so long for it to come to a rest that it knows of itself."""
        self._news.wait(seconds)
        self._news.clear()
        return self.rest is not None

    def wait(self) -> None:
        """Until it is done."""
        if not self.done(_PATIENCE):
            raise Stuck(f"{self.name} came to no end; it crossed {self.trail[-1] if self.trail else 'nothing'}")

    def done(self, seconds: float) -> bool:
        return self._done.wait(seconds)

    def _stand(self) -> None:
        self._go.clear()
        self._held.set()
        self._news.set()
        if not self._go.wait(_PATIENCE):
            raise Stuck(f"{self.name} was held for {_PATIENCE} s")

    def _run(self) -> None:
        self._begin.wait()
        try:
            self._act()
        except Exception as fault:  # noqa: BLE001  it is told by whoever waits for the actor
            self.fault = fault
        self._done.set()
        self._news.set()


class Theatre:
    """
    Where actors meet. An instance is the hook of the seams: whoever crosses one without being an actor passes.

    `server` and `database` name where locks are looked for.
    """

    def __init__(self, server: str, database: str) -> None:
        self._actors: Mapping[int, Actor] = {}
        self._watcher = psycopg.connect(server, autocommit=True)
        self._database = database

    def __call__(self, crossing: Crossing) -> None:
        actor = self._actors.get(threading.get_ident())
        if actor is not None:
            actor.crossed(crossing)

    def enter(self, actor: Actor) -> Rest:
        """The actor begins. Gives how it came to rest."""
        actor.start(lambda: self._know(actor))
        return self._settled(actor)

    def finish(self, actor: Actor) -> None:
        """Lets it run to its end, wherever it stands, or waits."""
        actor.go_on()
        actor.wait()

    def resume(self, actor: Actor, until: Hold | None = None) -> Rest:
        actor.go_on(until)
        return self._settled(actor)

    def _settled(self, actor: Actor) -> Rest:
        """Waits until the actor is done, held, or waits for a lock that somebody holds who stands still."""
        deadline = time.monotonic() + _PATIENCE
        glance = _GLANCE
        while time.monotonic() < deadline:
            if actor.news(glance) and actor.rest is not None:
                return actor.rest
            if self._waits_for_a_lock():
                return Rest.BLOCKED
            glance = min(2 * glance, _LONGEST_GLANCE)
        raise Stuck(f"{actor.name} came to no rest; it crossed {actor.trail[-1] if actor.trail else 'nothing'}")

    def _know(self, actor: Actor) -> None:
        self._actors = {**self._actors, actor.ident: actor}

    def clear(self) -> None:
        """Nobody is on stage any longer."""
        self._actors = {}

    def close(self) -> None:
        self._watcher.close()

    def _waits_for_a_lock(self) -> bool:
        found = self._watcher.execute(_WAITS_FOR_A_LOCK, (self._database, self._watcher.info.backend_pid)).fetchone()
        return bool(found and found[0])
