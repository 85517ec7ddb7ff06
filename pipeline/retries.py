"""
How long faults are borne: for each class of error a list of waits, after which a person is asked.

A list and not a formula: the last row is as plain as the first.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

from pipeline.domain import errors
from pipeline.domain.stage import Stage


def _waits(*seconds: float) -> tuple[timedelta, ...]:
    return tuple(timedelta(seconds=value) for value in seconds)


_PATIENT = _waits(1, 2, 5, 10, 20, 40, 60, 120, 300, 600, 900, 1800, 1800, 1800)
_BRIEF = _waits(2, 10, 60)
_THROTTLED = _waits(2, 5, 10, 20, 30, 60, 60, 60, 120, 120, 300, 300, 600, 600, 900, 900, 1800)

# The most exact class first; what is in no row is borne like an unavailable marketplace.
_POLICY: tuple[tuple[type[errors.PortError], tuple[timedelta, ...]], ...] = (
    (errors.TooManyCalls, _THROTTLED),
    (errors.BreakerOpen, _PATIENT),
    (errors.Unauthorized, _waits(5, 60, 300)),
    (errors.NotFound, _BRIEF),
    (errors.Unreadable, _BRIEF),
    (errors.IncompleteScan, _waits(1, 2, 5, 10, 30, 60, 120, 300)),
    (errors.PortError, _PATIENT),
)
# Polling has time: an order that is bought only waits to be seen live.
_POLLING = (*_PATIENT, *_waits(*[3600] * 48))
# Thousands may wait for the same few calls, and each look whether some are left costs a step.
_NO_CALLS_LEFT = _waits(1, 2, 5, 10, 20, 40, 60, 120, 300)


def waits(stage: Stage, error: errors.PortError) -> Sequence[timedelta]:
    """The waits between tries for this error at this stage; when they are used up a person is asked."""
    if stage is Stage.POLL_STATUS and not isinstance(error, errors.Unauthorized):
        return _POLLING
    return next(schedule for kind, schedule in _POLICY if isinstance(error, kind))


def next_wait(stage: Stage, error: errors.PortError, faults: int) -> timedelta | None:
    """
    How long to wait after the fault of this number (0 is the first); None when patience has ended.

    What the far side asked for is obeyed where it is longer. Spread by a tenth, so that orders don't come back in step.
    """
    schedule = waits(stage, error)
    if faults >= len(schedule):
        return None
    wait = max(schedule[faults], error.after or timedelta(0))
    return wait * random.uniform(1.0, 1.1)  # noqa: S311  spreading, not secrecy


def wait_for_calls(after: timedelta | None, waited: int) -> timedelta:
    """
    How long to leave an account alone whose calls of a minute are used up; never shorter than `after`.

    Longer the more often the step has `waited`, and spread by half, so that those who wait don't all come back at once
    for what only some of them can have.
    """
    wait = _NO_CALLS_LEFT[min(waited, len(_NO_CALLS_LEFT) - 1)]
    return max(wait * random.uniform(0.5, 1.5), after or timedelta(0))  # noqa: S311  spreading, not secrecy
