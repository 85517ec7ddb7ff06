"""Claims: how long an order that stands behind one waits."""

from datetime import timedelta
from itertools import pairwise

from pipeline.domain.claim import wait_behind


def test_who_stands_behind_looks_soon_at_first_and_daily_in_the_end() -> None:
    waits = [wait_behind(looks) for looks in range(50)]

    assert (waits[0], waits[-1]) == (timedelta(minutes=1), timedelta(days=1))
    assert all(one <= two for one, two in pairwise(waits))
