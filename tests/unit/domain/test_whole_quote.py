from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.state import OrderState
from pipeline.domain.whole_quote import QuotePart, whole

STATES = st.lists(st.sampled_from(OrderState), min_size=1, max_size=4)


def parts(*states: OrderState) -> list[QuotePart]:
    """Each of a line of its own."""
    return [QuotePart(state, frozenset({str(number)})) for number, state in enumerate(states)]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        pytest.param((), OrderState.RUNNING, id="nothing made yet"),
        pytest.param((OrderState.DONE, OrderState.DONE), OrderState.DONE, id="all live"),
        pytest.param((OrderState.DONE, OrderState.FAILED), OrderState.PARTLY_DONE, id="one failed beside one live"),
        pytest.param((OrderState.DONE, OrderState.CANCELLED), OrderState.PARTLY_DONE, id="one cancelled"),
        pytest.param((OrderState.PARTLY_DONE, OrderState.DONE), OrderState.PARTLY_DONE, id="a part partly"),
        pytest.param((OrderState.FAILED, OrderState.ASKING), OrderState.ASKING, id="one failed, one asks"),
        pytest.param((OrderState.DONE, OrderState.SCHEDULED), OrderState.SCHEDULED, id="one live, one to come"),
        pytest.param((OrderState.FAILED, OrderState.CANCELLED), OrderState.FAILED, id="nothing live"),
        pytest.param((OrderState.CANCELLED, OrderState.CANCELLED), OrderState.CANCELLED, id="all cancelled"),
    ],
)
def test_the_whole_is_told_from_its_parts(states: tuple[OrderState, ...], expected: OrderState) -> None:
    assert whole(parts(*states)) is expected


@given(STATES)
def test_the_order_of_the_parts_tells_nothing(states: list[OrderState]) -> None:
    assert len({whole(list(each)) for each in permutations(parts(*states))}) == 1


@given(STATES)
def test_done_is_only_what_is_done_in_every_part(states: list[OrderState]) -> None:
    assert (whole(parts(*states)) is OrderState.DONE) == (set(states) == {OrderState.DONE})


@given(STATES)
def test_the_whole_has_ended_when_every_part_has(states: list[OrderState]) -> None:
    assert whole(parts(*states)).ended == all(state.ended for state in states)


def test_what_was_made_again_by_another_order_counts_once() -> None:
    lines = frozenset({"1", "2"})
    first, second = QuotePart(OrderState.CANCELLED, lines), QuotePart(OrderState.DONE, lines | {"3"})

    assert whole([first, second]) is OrderState.DONE
    assert whole([first, QuotePart(OrderState.DONE, frozenset({"1"}))]) is OrderState.PARTLY_DONE
