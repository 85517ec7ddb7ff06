"""Reading a list by its times: whatever moves meanwhile, no row is lost, and the reading ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.sources.anchored import Sheet, Step, walk
from events.sources.answered import Row, instant, text
from events.sources.tool import ToolFault

START = datetime(2026, 11, 21, tzinfo=UTC)


class Shelf:
    """A tool's list: `moves` are the rows that are modified after each page, by name."""

    def __init__(self, times: dict[str, int], size: int, moves: list[str] | None = None) -> None:
        self.times = dict(times)
        self.size = size
        self.moves = list(moves or [])
        self.pages = 0

    def fetch(self, since: datetime, number: int) -> Sheet:
        self.pages += 1
        wanted = sorted(
            (seconds, name) for name, seconds in self.times.items() if START + timedelta(seconds=seconds) > since
        )
        shown = wanted[(number - 1) * self.size : number * self.size]
        rows = [{"id": name, "at": (START + timedelta(seconds=seconds)).isoformat()} for seconds, name in shown]
        if self.moves and (moved := self.moves.pop(0)) in self.times:
            self.times[moved] = max(self.times.values()) + 5
        return Sheet(rows, number * self.size < len(wanted))


def read(shelf: Shelf, since: datetime = START) -> list[Step]:
    return list(
        walk(
            shelf.fetch,
            since,
            stamp=lambda row: instant(row.get("at")),
            name=lambda row: f"{text(row.get('id'))} {text(row.get('at'))}",
        )
    )


def names(steps: list[Step]) -> list[str]:
    return [str(row["id"]) for step in steps for row in step.rows]


def test_rows_are_told_once_and_in_order_and_the_mark_follows() -> None:
    steps = read(Shelf({"a": 10, "b": 20, "c": 30, "d": 40, "e": 50}, 2))

    assert names(steps) == ["a", "b", "c", "d", "e"]
    assert [step.reached for step in steps if step.rows] == [
        START + timedelta(seconds=each) for each in (20, 30, 40, 50)
    ]


def test_an_empty_list_was_read_as_far_as_was_asked() -> None:
    assert read(Shelf({}, 2)) == [Step([], START)]


def test_many_rows_of_one_second_are_read_by_pages() -> None:
    assert names(read(Shelf(dict.fromkeys("abcdefg", 10), 2))) == list("abcdefg")


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=9),
    st.integers(1, 4),
    st.lists(st.sampled_from("abcdefghi"), max_size=6),
)
def test_whatever_moves_while_it_is_read_no_row_is_lost(gaps: list[int], size: int, moves: list[str]) -> None:
    times = {name: 3 * sum(gaps[: number + 1]) for number, name in enumerate("abcdefghi"[: len(gaps)])}

    assert set(names(read(Shelf(times, size, moves)))) == set(times)


def test_a_list_in_another_order_is_read_to_its_end_and_marked_there() -> None:
    rows: list[Row] = [
        {"id": name, "at": (START + timedelta(seconds=at)).isoformat()}
        for name, at in (("a", 50), ("b", 10), ("c", 40), ("d", 20), ("e", 30))
    ]

    def fetch(_: datetime, number: int) -> Sheet:
        return Sheet(rows[(number - 1) * 2 : number * 2], number * 2 < len(rows))

    steps = list(walk(fetch, START, stamp=lambda row: instant(row.get("at")), name=lambda row: text(row.get("id"))))

    assert names(steps) == ["a", "b", "c", "d", "e"]
    assert {step.reached for step in steps[:-1]} == {None}
    assert steps[-1].reached == START + timedelta(seconds=50)


def test_a_list_that_says_more_and_gives_nothing_is_a_fault() -> None:
    with pytest.raises(ToolFault, match="gives nothing"):
        list(walk(lambda *_: Sheet([], True), START, stamp=lambda _: None, name=lambda _: ""))
