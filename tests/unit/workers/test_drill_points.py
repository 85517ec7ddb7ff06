"""Where the drill that enumerates strikes: at each point, and how often at one place."""

from collections import Counter

from pipeline.marketplaces.simulated import Simulated
from workers.drills.points.points import Point, every_harm
from workers.drills.points.scenario import Case, Scenario
from workers.drills.points.trigger import Passed, Strike

SENDING = "pipeline.runner:Runner._write:1"
READING = "events.reading:Reader.read:1"


def a_point(at: Simulated, place: str, nth: int) -> Point:
    return Point(Scenario(f"{at} {nth}", lambda _house: Case(), at=at), Passed("commit", "before", place, "", nth))


def test_each_point_is_killed_and_each_place_at_each_marketplace_is_frozen_at_its_first_points() -> None:
    of = [a_point(at, SENDING, nth) for at in (Simulated.PAX8, Simulated.LIMIO) for nth in range(1, 7)]
    of.append(a_point(Simulated.PAX8, READING, 1))

    harms = every_harm(of)

    assert [harm.point for harm in harms if harm.strike is Strike.KILL] == of
    frozen = [harm.point for harm in harms if harm.strike is Strike.STOP]
    times = Counter((point.scenario.at, point.passed.place) for point in frozen)
    assert times == {(Simulated.PAX8, SENDING): 2, (Simulated.LIMIO, SENDING): 2, (Simulated.PAX8, READING): 1}
    assert max(point.passed.nth for point in frozen) == 2


def test_those_that_stand_still_come_first() -> None:
    harms = every_harm([a_point(Simulated.PAX8, SENDING, nth) for nth in (1, 2)])

    assert [harm.strike for harm in harms] == [Strike.STOP, Strike.STOP, Strike.KILL, Strike.KILL]
