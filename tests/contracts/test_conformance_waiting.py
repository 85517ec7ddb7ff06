"""What every adapter whose lists answer for many orders that wait promises of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from pipeline.abilities import ListsWaiting
from pipeline.domain.catalogue import Subscription
from pipeline.domain.errors import BudgetSpent
from pipeline.ports import Purpose
from pipeline.testing import NOON
from tests.contracts.adapters import in_time, over
from tests.contracts.case import WithWaiting
from tests.contracts.test_conformance_reading import states

SECOND = timedelta(seconds=1)
_ENOUGH = 5


def wait_there(case: WithWaiting, count: int = _ENOUGH) -> list[str]:
    """Orders of ours that wait, the same way all of them."""
    refs = [case.open().send(case.purchase(quantity=number), in_time()).ref or "" for number in range(1, count + 1)]
    for ref in refs:
        case.say(ref, case.waits)
    return refs


def read(case: WithWaiting, ref: str) -> dict[str, Subscription]:
    """The order's lines, as they are read by themselves."""
    return {one.id: one for one in states(case.open(), ref)}


def look(
    case: WithWaiting, lines: Mapping[str, Subscription], now: datetime = NOON, old: timedelta = 15 * SECOND
) -> Mapping[str, Subscription]:
    """What lists show of them, as one order's poll asks."""
    marketplace = case.open(Purpose.POLL)
    assert isinstance(marketplace, ListsWaiting)
    return marketplace.waiting({key: one.status_word for key, one in lines.items()}, now - old, now)


def said(shown: Subscription, read: Subscription) -> Subscription:
    """What a list shows, with what it may leave out as it is read by itself."""
    product = shown.product_id or read.product_id
    return replace(shown, product_id=product, quantity=read.quantity if shown.quantity is None else shown.quantity)


def look_at_each(case: WithWaiting, lines: Sequence[Mapping[str, Subscription]]) -> list[dict[str, Subscription]]:
    return [dict(look(case, one)) for one in lines]


def several(case: WithWaiting, refs: list[str]) -> list[dict[str, Subscription]]:
    """The lines of all of them; those of the first ones were just looked for, so that a list pays."""
    lines = [read(case, ref) for ref in refs]
    look_at_each(case, lines[:-1])
    return lines


@over(ListsWaiting)
def test_one_call_shows_what_a_call_for_each_would(case: WithWaiting) -> None:
    lines = several(case, wait_there(case))

    before = case.calls("waiting")
    for one in lines:
        shown = look(case, one)
        assert shown.keys() == one.keys()
        assert [said(shown[key], one[key]) for key in one] == list(one.values())
    assert case.calls("waiting") == before
    assert 0 < before <= len(lines)


@over(ListsWaiting)
def test_nothing_is_shown_as_it_was_that_has_changed(case: WithWaiting) -> None:
    refs = wait_there(case)
    lines = several(case, refs)
    case.say(refs[0], "Frozen")

    later = look(case, lines[0], NOON + SECOND, timedelta(0))

    assert all(later[key].status_word != one.status_word for key, one in lines[0].items() if key in later)


@over(ListsWaiting)
def test_what_is_wanted_younger_is_asked_for_again(case: WithWaiting) -> None:
    *_, last = several(case, wait_there(case))
    before = case.calls("waiting")

    assert look(case, last, NOON + 10 * SECOND, 5 * SECOND).keys() == last.keys()
    assert case.calls("waiting") > before


@over(ListsWaiting)
def test_an_order_that_waits_alone_costs_no_list(case: WithWaiting) -> None:
    (ref,) = wait_there(case, 1)
    lines = read(case, ref)
    before = case.calls("waiting")

    for _ in range(3):
        look(case, lines)

    assert case.calls("waiting") == before


@over(ListsWaiting)
def test_only_what_is_sought_is_shown(case: WithWaiting) -> None:
    *_, last = several(case, wait_there(case))
    key, one = next(iter(last.items()))

    assert set(look(case, {key: one, case.unknown_id: one})) == {key}


@over(ListsWaiting)
@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_a_list_that_is_not_to_be_had_is_no_fault_of_the_order(case: WithWaiting, status: int) -> None:
    lines = [read(case, ref) for ref in wait_there(case)]
    case.fault("status", "waiting", status=status, times=100)

    assert look_at_each(case, lines) == [{}] * len(lines)


@over(ListsWaiting)
def test_when_the_calls_are_spent_nobody_reads_a_list(case: WithWaiting) -> None:
    lines = [read(case, ref) for ref in wait_there(case)]
    case.budget.wait = 10 * SECOND

    with pytest.raises(BudgetSpent):
        look_at_each(case, lines)
