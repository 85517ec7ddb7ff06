"""Limio's list of the newest orders, for those that are under way."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from pipeline.abilities import ListsWaiting
from pipeline.domain.catalogue import Subscription
from pipeline.ports import Purpose
from pipeline.testing import NOON
from tests.contracts.adapters import in_time
from tests.contracts.limio_case import LimioCase

SECOND = timedelta(seconds=1)


def bought(case: LimioCase, word: str, count: int = 5) -> list[str]:
    refs = [case.open().send(case.purchase(quantity=number), in_time()).ref or "" for number in range(1, count + 1)]
    for ref in refs:
        case.say(ref, word)
    return refs


def lines(case: LimioCase, order: str) -> list[Subscription]:
    return [line.state for line in case.open().order(order).lines if line.state is not None]


def shown(case: LimioCase, orders: Sequence[str]) -> Iterator[list[Subscription]]:
    """What the list shows of each order's lines, as one poll after the other asks."""
    for order in orders:
        limio = case.open(Purpose.POLL)
        assert isinstance(limio, ListsWaiting)
        words = {one.id: one.status_word for one in lines(case, order)}
        yield list(limio.waiting(words, NOON - 15 * SECOND, NOON).values())


@pytest.mark.parametrize("word", ["queued", "Processing", "submitted", "pending"])
def test_an_order_that_is_under_way_is_shown_line_by_line(word: str) -> None:
    case = LimioCase()
    orders = bought(case, word)

    *_, last = shown(case, orders)

    read = lines(case, orders[-1])
    assert [(one.id, one.status_word, one.verdict) for one in last] == [
        (one.id, one.status_word, one.verdict) for one in read
    ]
    assert len(read) == 2


@pytest.mark.parametrize("word", ["complete", "failed", "Frozen"])
def test_what_is_under_way_no_longer_is_read_by_itself(word: str) -> None:
    case = LimioCase()
    orders = bought(case, word)

    assert not any(shown(case, orders))


def test_a_word_that_the_options_call_under_way_is() -> None:
    case = LimioCase(options={"order_words": "parked:under way"})
    orders = bought(case, "parked")

    *_, last = shown(case, orders)

    assert [one.status_word for one in last] == ["parked"] * 2
