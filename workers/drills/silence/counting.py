"""What was found, as figures with their limits. Purchases are counted at the simulated marketplace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import getloadavg

from workers.clock import HIGH_WATER
from workers.drills.report import Figure, Report, all_of, none_of
from workers.drills.silence.passing import Passing
from workers.drills.silence.scene import WORKERS, Scene
from workers.drills.silence.sizes import Kind, Sizes
from workers.drills.silence.waking import Begun
from workers.drills.silence.weighing import Weight, growth

MINUTE = 60.0
# Each clock looks at the queues and then publishes no more than this, so of two that look at once both may.
_A_ROUND = 256
_MOST = HIGH_WATER + (WORKERS - 1) * _A_ROUND
_ORDERS = (Kind.DATED, Kind.POLLING, Kind.RETRYING, Kind.BEHIND)
_SLOWEST_TICK = 50.0
_SCANNED = 10
_WEIGHINGS = 3


@dataclass(frozen=True, slots=True)
class Found:
    """
    `before` passed while nothing was parked, `quiet` in the hour, `beside` while others woke. The hour took `seconds`,
    and `scanned` rows were read in it by going through whole tables; `weights` are of its second half. `tick` is in
    milliseconds, `cores` by phase and group of processes.
    """

    stage: Scene
    before: Passing
    quiet: Passing
    seconds: float
    scanned: int
    beside: Passing
    buyers: tuple[str, ...]
    weights: tuple[Weight, ...]
    most_waiting: Mapping[str, int]
    left: int
    begun: Begun
    tick: float
    cores: Mapping[str, Mapping[str, float]]


def report(sizes: Sizes, found: Found) -> Report:
    figures = (*_hour(sizes, found), *_waking(sizes, found), *_bought(found))
    return Report(figures, tuple(_evidence(found)), {"cores": found.cores, "weights": _weights(found.weights)})


def _hour(sizes: Sizes, found: Found) -> Iterator[Figure]:
    road = found.stage.road
    done = len(found.quiet.quotes) - road.left(found.quiet)
    yield Figure("orders parked", sum(sizes.parked_of.values()), least=sizes.parked)
    yield all_of("new orders of the hour that are done", done, sizes.passing)
    yield Figure("an hour's orders passed in", round(found.seconds), unit="s")
    scanned = round(found.scanned / max(done, 1), 1)
    yield Figure("rows read by going through whole tables, for each", scanned, most=_SCANNED)
    yield Figure("times that memory was weighed in the hour's second half", len(found.weights), least=_WEIGHINGS)
    for part in ("workers", "web", "backends", "Valkey beside messages and calls"):
        name = f"memory of {part}: growth over the hour's second half"
        yield Figure(name, round(growth(found.weights, part), 2), most=sizes.growth, unit="%")
        yield Figure(f"memory of {part} at the end", round(found.weights[-1].own[part], 1), unit="MB")
    yield Figure("most messages in a queue in the hour", found.most_waiting["hour"], most=_MOST)
    yield Figure("a clock's round beside the parked orders", round(found.tick, 2), most=_SLOWEST_TICK, unit="ms")
    for name, passing in (("beside the parked", found.quiet), ("before they were parked", found.before)):
        yield Figure(f"99 of 100 new orders took, {name}", round(_p99(road.took(passing)), 2), unit="s")
    yield _others("in the hour", found.cores["hour"])


def _waking(sizes: Sizes, found: Found) -> Iterator[Figure]:
    begun = found.begun
    yield all_of(
        f"begun within a minute of falling due, of {sizes.waking:,} in {sizes.over} s",
        begun.within(MINUTE, *_ORDERS),
        sizes.waking,
    )
    yield Figure("the latest of them was begun after", round(begun.last(*_ORDERS), 1), unit="s")
    yield all_of("overdue questions handed on within a minute", begun.within(MINUTE, Kind.ASKING), sizes.deadlines)
    yield Figure("the latest of them after", round(begun.last(Kind.ASKING), 1), unit="s")
    yield Figure("most messages in a queue meanwhile", found.most_waiting["waking"], most=_MOST)
    yield none_of("messages left at the end", found.left)
    left = found.stage.road.left(found.beside)
    yield none_of("new orders of that time that are not done", left, f"of {len(found.beside.quotes)}")
    took = found.stage.road.took(found.beside)
    yield Figure("99 of 100 new orders took, while they woke", round(_p99(took), 2), unit="s")
    yield _others("while they woke", found.cores["waking"])


def _bought(found: Found) -> Iterator[Figure]:
    bought = Counter(order.company_id for order in found.stage.house.bought())
    wanted = (*(found.before + found.quiet + found.beside).companies, *found.buyers)
    yield all_of("purchases at the marketplace", sum(bought[one] for one in wanted), len(wanted))
    yield none_of("bought twice", sum(1 for one in wanted if bought[one] > 1))


def _others(when: str, cores: Mapping[str, float]) -> Figure:
    return Figure(f"cores that other programs used {when}", cores["others"], note=f"load {getloadavg()[0]:.1f}")


def _p99(took: Sequence[float]) -> float:
    return took[min(len(took) - 1, int(len(took) * 0.99))] if took else 0.0


def _evidence(found: Found) -> Iterator[str]:
    for phase, cores in found.cores.items():
        yield f"cores, {phase}: " + ", ".join(f"{name} {used}" for name, used in cores.items())
    for kind in Kind:
        if found.begun.within(float("inf"), kind):
            last, soon = found.begun.last(kind), found.begun.within(MINUTE, kind)
            yield f"waited for {kind}: {soon:,} begun within a minute, the last after {last:.1f} s"
    yield found.stage.house.output()


def _weights(weights: Sequence[Weight]) -> list[dict[str, float]]:
    return [{"at": round(one.at - weights[0].at, 1), **one.own, "connections": one.backends} for one in weights]
