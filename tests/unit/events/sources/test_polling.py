"""Lists that are read to their end, though they move while they are read."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from events.sources.document import Unreadable
from events.sources.polling import Listing, complete, sweep
from events.sources.tool import Nudge, Page, ToolFault
from tests.unit.events.sources.polled import NOON, nudged

Row = dict[str, Any]
Read = Callable[[int], Sequence[Row]]


def rows(first: int, last: int) -> list[Row]:
    return [{"id": str(number)} for number in range(first, last)]


def paged(whole: list[Row], size: int) -> Read:
    return lambda number: whole[number * size : (number + 1) * size]


def ids(found: Sequence[Any]) -> list[str]:
    return [each["id"] for each in found]


def listing(read: Read, size: int, at: Callable[[Any], Any] = lambda _: NOON, until: Any = None) -> Listing:
    return Listing(read, size, lambda row: Nudge("changed", {"quote": row["id"]}), at, until)


def swept(*listings: Listing, since: Any = NOON - timedelta(days=1), started: Any = NOON) -> list[Page]:
    return list(sweep("Tool", listings, since, started))


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 21, 100])
@pytest.mark.parametrize("given", [10, 20, 50], ids=["a page of 10", "of 20", "of 50"])
def test_a_list_is_read_to_its_end_whatever_a_page_holds(count: int, given: int) -> None:
    whole = rows(0, count)
    assert ids(complete("Tool", paged(whole, given), 50)) == ids(whole)
    assert nudged(swept(listing(paged(whole, given), 50))) == ids(whole)


def test_a_short_list_costs_one_call() -> None:
    asked: list[int] = []

    def read(number: int) -> Sequence[Row]:
        asked.append(number)
        return rows(0, 9)

    assert len(complete("Tool", read, 50)) == 9
    assert asked == [0]


def test_a_tool_that_gives_the_same_page_for_ever_comes_to_an_end() -> None:
    whole = rows(0, 40)
    assert ids(complete("Tool", lambda _: whole, 50)) == ids(whole)
    assert nudged(swept(listing(lambda _: whole, 50))) == ids(whole)


def test_a_list_without_an_end_is_a_fault() -> None:
    with pytest.raises(ToolFault, match="pages"):
        complete("Tool", lambda number: rows(number * 10, number * 10 + 10), 10)


def test_a_list_that_never_rests_is_a_fault_and_moves_no_watermark() -> None:
    told = [0]

    def read(number: int) -> Sequence[Row]:
        told[0] += 1
        return rows(told[0] * 100, told[0] * 100 + 10) if number < 2 else []

    pages: list[Page] = []
    with pytest.raises(ToolFault, match="stop changing"):
        pages.extend(sweep("Tool", [listing(read, 10)], NOON, NOON))
    assert all(page.watermark is None for page in pages)
    with pytest.raises(ToolFault, match="stop changing"):
        complete("Tool", read, 10)


def test_a_row_that_was_pulled_to_a_page_read_before_is_found_by_reading_again() -> None:
    whole = rows(0, 25)

    def read(number: int) -> Sequence[Row]:
        page = whole[number * 10 : (number + 1) * 10]
        if number == 0 and len(whole) == 25:
            del whole[0]
        return page

    assert set(nudged(swept(listing(read, 10)))) == set(ids(rows(0, 25)))


def test_rows_that_were_pushed_on_by_a_whole_page_end_no_list() -> None:
    whole = rows(0, 30)

    def read(number: int) -> Sequence[Row]:
        page = whole[number * 10 : (number + 1) * 10]
        if number == 0 and len(whole) == 30:
            whole[:0] = rows(100, 110)
        return page

    assert set(nudged(swept(listing(read, 10)))) == set(ids(whole))


def test_a_line_that_left_the_list_while_it_was_read_is_not_taken_for_one() -> None:
    whole = rows(0, 25)

    def read(number: int) -> Sequence[Row]:
        page = whole[number * 10 : (number + 1) * 10]
        if number == 0 and len(whole) == 25:
            del whole[0]
        return page

    assert ids(complete("Tool", read, 10)) == ids(rows(1, 25))


def test_a_list_that_is_sorted_is_read_no_further_than_of_interest() -> None:
    asked: list[int] = []

    def read(number: int) -> Sequence[Row]:
        asked.append(number)
        return rows(number * 10, number * 10 + 10)

    def at(row: Any) -> Any:
        return NOON - timedelta(hours=int(row["id"]))

    found = swept(listing(read, 10, at, NOON - timedelta(hours=14)))
    assert nudged(found) == ids(rows(0, 15))
    assert set(asked) == {0, 1, 2}


def test_a_list_that_is_not_sorted_as_was_asked_is_read_to_its_end() -> None:
    whole = rows(0, 35)

    def at(row: Any) -> Any:
        return NOON - timedelta(hours=100 - int(row["id"]))

    found = swept(listing(paged(whole, 10), 10, at, NOON - timedelta(hours=70)))
    assert nudged(found) == ids(rows(30, 35))


def test_the_watermark_is_the_newest_of_all_lists_and_never_goes_back() -> None:
    early = listing(paged(rows(0, 1), 10), 10, lambda _: NOON - timedelta(hours=5))
    late = listing(paged(rows(1, 2), 10), 10, lambda _: NOON - timedelta(hours=2))
    assert swept(late, early)[-1].watermark == NOON - timedelta(hours=2)
    assert swept(late, early, since=NOON)[-1].watermark == NOON
    assert swept(since=NOON)[-1].watermark == NOON


def test_rows_that_cannot_be_read_are_complained_of_after_all_others() -> None:
    def nudge(row: Any) -> Nudge | None:
        if row["id"] == "1":
            raise Unreadable([])
        return None if row["id"] == "2" else Nudge("changed", {"quote": row["id"]})

    pages: list[Page] = []
    with pytest.raises(ToolFault, match="1 rows"):
        pages.extend(sweep("Tool", [Listing(paged(rows(0, 4), 10), 10, nudge, lambda _: NOON)], NOON, NOON))
    assert nudged(pages) == ["0", "3"]
