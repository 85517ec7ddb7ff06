"""Pages of lists that answer for many who wait."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from random import Random
from threading import Barrier, Lock

import pytest

from pipeline.domain.catalogue import Subscription, Verdict
from pipeline.domain.errors import (
    BreakerOpen,
    BudgetSpent,
    Forbidden,
    IncompleteScan,
    PortError,
    Refused,
    TooManyCalls,
    Unavailable,
)
from pipeline.marketplaces.kept_pages import KeptPages, Page, Sought
from pipeline.testing import NOON

SECOND = timedelta(seconds=1)
PENDING = "PendingManual"


def row(number: int) -> Subscription:
    return Subscription(f"s{number}", "company", "product", Decimal(1), None, PENDING, Verdict.IN_PROGRESS)


class Shelf:
    """A list of so many rows, so many on a page, and who looks things up in it. `read` counts the pages."""

    def __init__(self, rows: int, size: int = 200) -> None:
        self.pages = KeptPages()
        self.read = 0
        self.now = NOON
        self.error: PortError | None = None
        self._rows, self._size = [row(number) for number in range(rows)], size

    def fetch(self, more: str | None) -> Page:
        self.read += 1
        if self.error is not None:
            raise self.error
        first = int(more or 0)
        last = first + self._size
        return Page(self._rows[first:last], str(last) if last < len(self._rows) else None)

    def look(self, *numbers: int, old: timedelta = 15 * SECOND, named: Callable[[int], str] = "s{}".format) -> int:
        """How many of these are shown."""
        sought = Sought([named(number) for number in numbers], self.now - old, self.now)
        return len(self.pages.find("list", sought, self.fetch))

    def look_at_each(self, numbers: Sequence[int] | range) -> int:
        return sum(self.look(number) for number in numbers)


def test_who_waits_alone_is_read_alone() -> None:
    shelf = Shelf(10)

    assert sum(shelf.look(1) for _ in range(50)) == 0
    assert shelf.read == 0


def test_one_page_answers_for_all_who_are_on_it() -> None:
    shelf = Shelf(200)

    assert shelf.look_at_each(range(200)) == 198
    assert shelf.read == 1


def test_what_was_asked_for_long_ago_is_no_company() -> None:
    shelf = Shelf(10)
    shelf.look_at_each(range(2))
    shelf.now += timedelta(minutes=2)

    assert shelf.look(3) == 0
    assert shelf.read == 0


def test_a_page_is_no_older_than_is_wanted() -> None:
    shelf = Shelf(10)
    shelf.look_at_each(range(3))
    shelf.now += 10 * SECOND

    assert shelf.look(4, old=15 * SECOND) == 1
    assert shelf.read == 1
    assert shelf.look(4, old=5 * SECOND) == 1
    assert shelf.read == 2


def test_a_page_that_was_read_before_something_was_announced_is_not_used() -> None:
    shelf = Shelf(10)
    shelf.look_at_each(range(3))
    shelf.now += SECOND
    announced = timedelta(0)

    assert shelf.look(4, old=announced) == 1
    assert shelf.read == 2


def test_a_long_list_is_read_page_by_page_and_at_most_one_for_each_who_looks() -> None:
    shelf = Shelf(2000)

    found = [shelf.look_at_each(range(start, start + 10)) for start in range(0, 2000, 10)]

    assert shelf.read == 10
    assert sum(found) >= 1980
    assert shelf.look_at_each(range(2000)) == 2000


def test_it_is_no_matter_in_which_order_they_are_polled() -> None:
    shelf = Shelf(2_000)
    numbers = list(range(2_000))
    Random(1).shuffle(numbers)

    found = shelf.look_at_each(numbers)

    assert shelf.read == 10
    assert 2_000 - found < 10, "each of these is read by itself"


def test_what_is_on_no_page_is_not_shown() -> None:
    shelf = Shelf(10)
    shelf.look_at_each(range(3))

    assert shelf.look(11) == 0


def test_ids_may_be_written_in_other_capitals() -> None:
    shelf = Shelf(10)
    shelf.look_at_each(range(3))

    assert shelf.look(1, named="S{}".format) == 1


@pytest.mark.parametrize(
    "error",
    [Unavailable("away"), Forbidden("no"), Refused("no"), IncompleteScan("broken off")],
    ids=lambda error: type(error).__name__,
)
def test_a_list_that_cannot_be_read_is_left_alone_for_a_while(error: PortError) -> None:
    shelf = Shelf(10)
    shelf.error = error

    assert shelf.look_at_each(range(9)) == 0
    assert shelf.read == 1
    shelf.error = None
    shelf.now += timedelta(minutes=11)
    assert shelf.look_at_each(range(9)) == 7


@pytest.mark.parametrize(
    "error",
    [BudgetSpent("spent"), BreakerOpen("open"), TooManyCalls("slow down")],
    ids=lambda error: type(error).__name__,
)
def test_what_any_call_would_meet_is_raised(error: PortError) -> None:
    shelf = Shelf(10)
    shelf.look_at_each(range(2))
    shelf.error = error

    with pytest.raises(type(error)):
        shelf.look(3)
    shelf.error = None
    assert shelf.look(3) == 1


def test_a_list_that_answers_less_than_it_costs_is_given_up() -> None:
    """Thousands of others are on it: ours are hardly ever on the page that is read."""
    shelf = Shelf(21_000)

    assert shelf.look_at_each(range(20_600, 20_900)) == 0
    assert shelf.read == 100
    shelf.now += timedelta(minutes=11)
    shelf.look_at_each(range(20_600, 20_610))
    assert shelf.read > 100


def test_who_looks_at_the_same_time_waits_for_the_page_and_reads_none() -> None:
    shelf = Shelf(200)
    shelf.look_at_each(range(2))
    together, inside, lock = Barrier(16), [0, 0], Lock()

    def fetch(more: str | None) -> Page:
        with lock:
            inside[0] += 1
            inside[1] = max(inside)
        page = shelf.fetch(more)
        with lock:
            inside[0] -= 1
        return page

    def look(number: int) -> int:
        together.wait()
        return len(shelf.pages.find("list", Sought([f"s{number}"], NOON, NOON), fetch))

    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(look, range(2, 18)))

    assert found == [1] * 16
    assert (shelf.read, inside[1]) == (1, 1)


def test_lists_are_kept_apart() -> None:
    shelf = Shelf(10)
    shelf.look_at_each(range(3))

    assert not shelf.pages.find("another", Sought(["s1"], NOON, NOON), shelf.fetch)
