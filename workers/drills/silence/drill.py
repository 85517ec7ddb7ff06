"""
Long silence: a hundred thousand orders wait, an hour's new ones pass by, and then ten thousand wake at once.

Compressed is the hour: its new orders pass up to 18 times as fast, and they are polled the sooner; leases are a tenth.
What waits is not woken more often than in earnest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from workers.drills.house import NotInTime, until
from workers.drills.report import Report, Setting
from workers.drills.silence.counting import Found, report
from workers.drills.silence.parking import park
from workers.drills.silence.passing import Passing
from workers.drills.silence.scans import rows_read, rows_since
from workers.drills.silence.scene import Scene, scene
from workers.drills.silence.sizes import Sizes, sizes_of
from workers.drills.silence.specimens import Specimens
from workers.drills.silence.ticking import ticks
from workers.drills.silence.waking import Begun, begun, to_buy, wake
from workers.drills.silence.weighing import Meter, Watch, Weight

# A hundred a minute, as they come when the parked ones wake.
_BESIDE = 100 / 60
_PATIENCE = 150.0


def drill(setting: Setting) -> Report:
    sizes = sizes_of(setting.form)
    with scene(setting.folder) as stage:
        return report(sizes, _Silence(stage, sizes, setting.tell).found())


@dataclass(frozen=True, slots=True)
class _Quiet:
    """The hour: the weights of its second half, after the orders that warmed up."""

    passed: Passing
    weights: tuple[Weight, ...]
    cores: Mapping[str, float]
    most: int
    seconds: float
    scanned: int


@dataclass(frozen=True, slots=True)
class _Woken:
    begun: Begun
    beside: Passing
    cores: Mapping[str, float]
    most: int
    left: int


class _Silence:
    """The drill's phases, one after the other."""

    def __init__(self, stage: Scene, sizes: Sizes, tell: Callable[[str], None]) -> None:
        self._stage, self._sizes, self._tell = stage, sizes, tell

    def found(self) -> Found:
        stage, sizes = self._stage, self._sizes
        specimens = Specimens(stage.house, stage.application)
        specimens.begin()
        before = self._send(sizes.before, sizes.rate)
        made = specimens.ready()
        self._tell(f"one order of each kind waits; {sizes.parked:,} are made of them")
        buyers = park(stage.database_url, stage.application.database.cipher, made, sizes)
        specimens.mend()
        self._open_companies(buyers)
        with Watch(stage.parts, stage.database_url, stage.redis_url) as watch:
            quiet = self._hour(watch)
            tick = ticks(stage.application)
            woken = self._wake(watch)
        return Found(
            stage=stage,
            before=before,
            quiet=quiet.passed,
            seconds=quiet.seconds,
            scanned=quiet.scanned,
            beside=woken.beside,
            buyers=tuple(buyers),
            weights=quiet.weights,
            most_waiting={"hour": quiet.most, "waking": woken.most},
            left=woken.left,
            begun=woken.begun,
            tick=tick,
            cores={"hour": quiet.cores, "waking": woken.cores},
        )

    def _send(self, count: int, rate: float) -> Passing:
        """Sends them and waits for their ends."""
        passing = self._stage.road.send(count, rate)
        self._stage.road.wait(passing, _PATIENCE)
        return passing

    def _open_companies(self, ids: Sequence[str]) -> None:
        """The companies that will be ordered for, at the marketplace."""
        simulator = self._stage.house.simulator
        with simulator.locked():
            for number, company_id in enumerate(ids):
                simulator.world.company(f"Parked buyer {number}", id=company_id)

    def _hour(self, watch: Watch) -> _Quiet:
        sizes = self._sizes
        self._tell(f"{sizes.passing:,} new orders pass, {sizes.rate:g} a second")
        meter, read = Meter.begin(self._stage.all_parts), rows_read(self._stage.database_url)
        warm = self._stage.road.send(sizes.warming, sizes.rate)
        began = time.monotonic()
        rest = self._stage.road.send(sizes.passing - sizes.warming, sizes.rate)
        ended = time.monotonic()
        cores, scanned = meter.cores(), rows_since(self._stage.database_url, read)
        passed = warm + rest
        self._stage.road.wait(passed, _PATIENCE)
        weights = [one for one in watch.since((began + ended) / 2) if one.at <= ended]
        return _Quiet(passed, tuple(weights), cores, watch.most, ended - meter.began, scanned)

    def _wake(self, watch: Watch) -> _Woken:
        self._tell(f"{self._sizes.waking:,} fall due in {self._sizes.over} s, and {self._sizes.deadlines:,} questions")
        stage, kept = self._stage, list[Passing]()
        watch.forget()
        with stage.road.beside(_BESIDE, kept):
            wake(stage.database_url, timedelta(seconds=self._sizes.over))
            meter = Meter.begin(stage.all_parts)
            woken = self._until_begun()
            cores = meter.cores()
        (beside,) = kept
        stage.road.wait(beside, _PATIENCE)
        self._until_silent(watch)
        return _Woken(woken, beside, cores, watch.most, watch.waiting())

    def _until_begun(self) -> Begun:
        deadline = time.monotonic() + _PATIENCE
        while not (seen := begun(self._stage.database_url)).all and time.monotonic() < deadline:
            time.sleep(1)
        return seen

    def _until_silent(self, watch: Watch) -> None:
        """Until what woke to be bought is bought and no message waits; what is left then is counted."""
        try:
            until(lambda: to_buy(self._stage.database_url) == 0, _PATIENCE)
            until(lambda: watch.waiting() == 0, 30)
        except NotInTime:
            return
