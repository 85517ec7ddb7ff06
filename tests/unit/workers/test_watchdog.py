"""When a worker counts as deaf, and above all when not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from workers.watchdog import Look, Suspicion

QUIET = Look((), 5, busy=False)
WAITS = Look(("submit",), 5, busy=False)
BUSY = Look(("submit",), 5, busy=True)
AWAY = None


def verdicts(looks: Sequence[tuple[float, Look | None]]) -> list[str | None]:
    """What is found at each look; a look of None meets no broker."""
    suspicion = Suspicion()
    found: list[str | None] = []
    for now, look in looks:
        if look is None:
            suspicion.broker_is_away()
            found.append(None)
        else:
            found.append(suspicion.saw(look, now))
    return found


def every_two_seconds(*looks: Look | None) -> list[tuple[float, Look | None]]:
    return [(100.0 + 2 * number, look) for number, look in enumerate(looks)]


def test_a_queue_that_holds_messages_for_fifteen_seconds_while_nothing_is_taken_is_found_then() -> None:
    found = verdicts(every_two_seconds(QUIET, *[WAITS] * 9))

    assert found == [None] * 9 + ["submit"]


def test_a_queue_of_its_own_is_found_while_the_others_are_empty() -> None:
    found = verdicts(every_two_seconds(QUIET, *[Look(("alive.box:7",), 5, busy=False)] * 9))

    assert found[-1] == "alive.box:7"


def test_it_is_found_again_when_the_worker_outlives_it() -> None:
    assert verdicts(every_two_seconds(QUIET, *[WAITS] * 10))[-2:] == ["submit", "submit"]


@pytest.mark.parametrize(
    "looks",
    [
        pytest.param(every_two_seconds(*[QUIET] * 1000), id="there is nothing to do"),
        pytest.param(every_two_seconds(*[BUSY] * 1000), id="all its places are taken"),
        pytest.param(every_two_seconds(*[*[WAITS] * 7, BUSY] * 100), id="its places are taken now and then"),
        pytest.param(every_two_seconds(*[AWAY] * 1000), id="the broker is away"),
        pytest.param(every_two_seconds(*[*[WAITS] * 7, AWAY] * 100), id="the broker comes and goes"),
        pytest.param(
            every_two_seconds(*(Look(("submit",), number // 7, busy=False) for number in range(1000))),
            id="it takes a task now and then from queues that are never empty",
        ),
        pytest.param(
            every_two_seconds(*[*[WAITS] * 7, QUIET] * 100), id="somebody else has emptied the queue in between"
        ),
        pytest.param(
            every_two_seconds(*[WAITS, Look(("events",), 5, busy=False)] * 100), id="it is another queue at each look"
        ),
        pytest.param([(100.0 * number, WAITS) for number in range(100)], id="the process stands still between looks"),
        pytest.param([(102.0, WAITS), (104.0, WAITS), (154.0, WAITS), (156.0, WAITS)], id="it stood still once"),
    ],
)
def test_it_is_not_deaf_when(looks: Sequence[tuple[float, Look | None]]) -> None:
    assert set(verdicts(looks)) == {None}
