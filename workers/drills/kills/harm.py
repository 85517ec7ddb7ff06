"""The harm: who is killed and who is frozen when, by a schedule that its seed decides."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pipeline.marketplaces.simulated import Simulated
from workers.drills.kills.crew import Crew, Post
from workers.drills.kills.plan import Kind, Plan

_LOOK = 0.005
_LOOK_AT_WORK = 0.1
_AIM = 10.0
# So long somebody who buys at a certain marketplace is waited for, before anybody who buys will do.
_AIM_AT = 2.0
# Half of the purchases are at Pax8: the aimed strikes are at all of them.
_AIMS = (None, Simulated.APPXITE, None, Simulated.FLEXPORTAL, None, Simulated.LIMIO)
# A strike that is later than this waits for nobody: on a busy machine everything takes longer, but not for ever.
_LATE = 120.0
_TELL_EACH = 10
# Struck from this part of the time on, when the first orders are on their way.
_FROM = 0.12


@dataclass(frozen=True, slots=True)
class Strike:
    """
    `after` so many seconds. Frozen for `seconds`, or killed where there are none. `aimed` waits for somebody who has a
    purchase at a marketplace at that moment, `at` this one if that can be; `all_at_once` is every worker, whatever it
    does.
    """

    after: float
    kind: Kind
    seconds: float | None = None
    aimed: bool = False
    at: Simulated | None = None
    all_at_once: bool = False


@dataclass
class Harm:
    """
    What was done. `cut_by_kill` and `cut_by_stop` are purchases that were at a marketplace when the worker that sent
    them was dead, or stood still; `calls_cut` all calls of those that were killed.
    """

    kills: Counter[Kind] = field(default_factory=Counter)
    stops: Counter[Kind] = field(default_factory=Counter)
    cut_by_kill: Counter[Simulated] = field(default_factory=Counter)
    cut_by_stop: Counter[Simulated] = field(default_factory=Counter)
    calls_cut: int = 0
    log: list[str] = field(default_factory=list)


def schedule(plan: Plan, seed: int) -> Sequence[Strike]:
    """Over the plan's seconds by chance. Of those that hit workers two in three are aimed."""
    rng = random.Random(seed)  # noqa: S311 - repeatable on purpose

    def when(last: float) -> float:
        return plan.seconds * rng.uniform(_FROM, last)

    kills = [
        Strike(when(1), kind, aimed=_aimed(kind, nth), at=_at(plan, nth))
        for kind, number in plan.kills.items()
        for nth in range(number)
    ]
    stops = [
        Strike(when(plan.frozen_until), kind, plan.frozen * rng.uniform(1, 1.5), _aimed(kind, nth), _at(plan, nth))
        for kind, number in plan.stops.items()
        for nth in range(number)
    ]
    massacres = [Strike(when(1), Kind.WORKER, all_at_once=True) for _ in range(plan.massacres)]
    return sorted([*kills, *stops, *massacres], key=lambda strike: strike.after)


def _aimed(kind: Kind, nth: int) -> bool:
    return kind is Kind.WORKER and nth % 3 < 2


def _at(plan: Plan, nth: int) -> Simulated | None:
    """Each in its turn among those that are aimed, if all have to be struck."""
    return _AIMS[(nth - nth // 3) % len(_AIMS)] if plan.cut_off_each else None


@dataclass
class Striker:
    """
    Does it, in one thread: frozen ones are woken when their time is over, also while somebody is aimed at. `ahead_of`
    says whether the work has not got as far yet as it should after so many seconds.
    """

    crew: Crew
    rng: random.Random
    begin: float
    tell: Callable[[Harm], None]
    ahead_of: Callable[[float], bool]
    harm: Harm = field(default_factory=Harm)

    def run(self, strikes: Sequence[Strike]) -> None:
        for number, strike in enumerate(strikes, 1):
            self._wait_for(strike)
            self._strike(strike)
            if number % _TELL_EACH == 0:
                self.tell(self.harm)
        while frozen := [post.thaws for post in self.crew.posts if post.thaws is not None]:
            self._sleep_until(min(frozen))

    def _wait_for(self, strike: Strike) -> None:
        """
        Until its time, and until the work has got about as far: a busy machine must not be struck until it only starts
        processes.
        """
        self._sleep_until(self.begin + strike.after)
        while self.ahead_of(strike.after) and not self._late(strike):
            self._sleep_until(time.monotonic() + _LOOK_AT_WORK)

    def _late(self, strike: Strike) -> bool:
        return time.monotonic() > self.begin + strike.after + _LATE

    def _sleep_until(self, instant: float) -> None:
        while (now := time.monotonic()) < instant:
            self._wake()
            thaws = [post.thaws for post in self.crew.posts if post.thaws is not None]
            time.sleep(max(_LOOK, min([instant, *thaws]) - now))
        self._wake()

    def _wake(self) -> None:
        for post in self.crew.posts:
            if post.thaws is not None and post.thaws <= time.monotonic():
                self.crew.thaw(post)
                self._note("woken", post)

    def _strike(self, strike: Strike) -> None:
        if strike.all_at_once:
            self._kill(self.crew.of(Kind.WORKER, Kind.CLOCK))
            return
        post = self._target(strike)
        if strike.seconds is None:
            self._kill([post])
        else:
            self._freeze(post, strike.seconds)

    def _target(self, strike: Strike) -> Post:
        """Somebody of the kind who works, as far as that can be waited for; else whoever is there, if only starting."""
        began = time.monotonic()
        while (waited := time.monotonic() - began) < _AIM and not self._late(strike):
            at = strike.at if waited < _AIM_AT else None
            there = self.crew.of(strike.kind)
            if working := [post for post in there if (post.buying(at) if strike.aimed else post.works)]:
                return self.rng.choice(working)
            self._sleep_until(time.monotonic() + _LOOK)
        while not (there := self.crew.of(strike.kind)):
            self._sleep_until(time.monotonic() + _LOOK)
        return self.rng.choice(there)

    def _kill(self, posts: Sequence[Post]) -> None:
        for post in posts:
            self.crew.kill(post)
            # Dead by now: whatever is still at the marketplace gets its answer without anybody to hear it.
            purchases, calls = post.cut()
            self.harm.cut_by_kill.update(purchases)
            self.harm.calls_cut += calls
            self.harm.kills[post.kind] += 1
            self._note("killed", post, purchases)
        for post in posts:
            self.crew.start(post)

    def _freeze(self, post: Post, seconds: float) -> None:
        self.crew.freeze(post, seconds)
        purchases, _ = post.cut()
        self.harm.cut_by_stop.update(purchases)
        self.harm.stops[post.kind] += 1
        self._note(f"frozen for {seconds:.1f} s", post, purchases)

    def _note(self, what: str, post: Post, purchases: Counter[Simulated] | None = None) -> None:
        at = time.monotonic() - self.begin
        there = ", ".join(f"{number} at {name.called}" for name, number in (purchases or {}).items())
        having = f", having purchases: {there}" if there else ""
        self.harm.log.append(f"{at:6.1f} s  {post.name} {what}{having}")
