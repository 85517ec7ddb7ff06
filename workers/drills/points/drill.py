"""
The drill of the crash points: recorded from the running code, then each struck once by a kill and once by a freeze.
"""

from __future__ import annotations

from collections.abc import Sequence

from workers.drills.points.ground import ground
from workers.drills.points.lane import Run
from workers.drills.points.points import every_harm, points, some_harm
from workers.drills.points.runs import Harmed, Lanes
from workers.drills.points.scenario import Scenario
from workers.drills.points.scenarios import SCENARIOS, WARM
from workers.drills.points.scenarios.spanning import SPANNING
from workers.drills.points.sites import Code, Coverage, covered
from workers.drills.points.trigger import Strike
from workers.drills.report import Figure, Form, Report, Setting, all_of, none_of

_IN_SHORT = ("plain", "new company", "inactive company", SPANNING)
_EVERY = 100


def drill(setting: Setting) -> Report:
    full = setting.form is Form.FULL
    chosen = [each for name, each in SCENARIOS.items() if full or name in _IN_SHORT]
    count = setting.choose(full=16, short=6)
    with ground(setting.folder, count) as made:
        lanes = Lanes(made, count, SCENARIOS[WARM])
        try:
            return _drilled(setting, lanes, chosen)
        finally:
            lanes.close()


def _drilled(setting: Setting, lanes: Lanes, chosen: Sequence[Scenario]) -> Report:
    recorded = lanes.record(chosen)
    failed = [f"{scenario.name}, undisturbed: {run.trouble}" for scenario, run in recorded if run.end is None]
    if failed:
        return Report((none_of("scenarios that do not come to an end undisturbed", len(failed)),), tuple(failed))
    found = points([(scenario, run.passed) for scenario, run in recorded])
    setting.tell(f"{len(found)} points in {len(recorded)} scenarios")
    harms = every_harm(found) if setting.form is Form.FULL else some_harm(found, setting.seed, kills=8, stops=5)

    def tell(done: int) -> None:
        if done % _EVERY == 0 or done == len(harms):
            setting.tell(f"{done} of {len(harms)} struck")

    ends = {scenario.name: run.end for scenario, run in recorded if run.end is not None}
    done = lanes.harm(harms, ends, tell)
    seen = covered(Code().sites(), [passed for _, run in recorded for passed in run.passed])
    figures = (*_covered(setting, seen), *_counted(recorded, found, harms, done))
    return Report(figures, (*_uncovered(setting, seen), *_evidence(done)))


def _covered(setting: Setting, seen: Coverage) -> tuple[Figure, ...]:
    """In the short form not all scenarios run, so that not all sites are crossed."""
    met, whole = len(seen.sites) - len(seen.missed), len(seen.sites)
    covered = Figure(
        "crash points covered", met, least=whole if setting.form is Form.FULL else None, unit=f"of {whole}"
    )
    return (
        covered,
        none_of("crossings where the code shows no seam", len(seen.strays)),
        none_of("reads that committed something", len(seen.wrote)),
    )


def _uncovered(setting: Setting, seen: Coverage) -> tuple[str, ...]:
    missed = [f"not crossed by any scenario: {site}" for site in seen.missed] if setting.form is Form.FULL else []
    return (*missed, *(f"crossed without a site: {place}" for place in seen.strays), *seen.wrote)


def _counted(
    recorded: Sequence[tuple[Scenario, Run]], found: Sequence[object], harms: Sequence[object], done: Sequence[Harmed]
) -> tuple[Figure, ...]:
    """A run that was to fall somewhere and did not get there is an undisturbed one: the point is there by chance."""
    struck = [one for one in done if one.run.struck]
    by_chance = [one for one in done if one.by_chance]
    places = {one.harm.place for one in done}
    return (
        Figure("scenarios", len(recorded)),
        Figure("points in them", len(found)),
        all_of("points struck", len(struck), len(harms) - len(by_chance), "some were never reached"),
        Figure("points that several undisturbed runs did not pass again", len(by_chance), most=len(harms) // 100),
        all_of("their places, each killed and frozen", len({one.harm.place for one in struck}), len(places)),
        Figure("of these, killed", sum(one.harm.strike is Strike.KILL for one in struck)),
        Figure("of these, frozen", sum(one.harm.strike is Strike.STOP for one in struck)),
        none_of("ends that differ from the undisturbed one", sum(bool(one.differs) for one in done)),
        none_of("notice ids that came with different contents", sum(one.run.mixed for one in done)),
    )


def _evidence(done: Sequence[Harmed]) -> tuple[str, ...]:
    unreached = [f"not reached: {one.harm}" for one in done if not one.run.struck]
    return (*unreached, *(f"{one.harm}: {one.differs}" for one in done if one.differs))
