"""Tokens that are shared and renewed once, keys that stay the same."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.domain.claim import AnswerClass
from pipeline.domain.errors import PortError, Unauthorized, Unavailable, Unreadable
from pipeline.ports import Purpose
from tests.contracts.adapters import Case, in_time, over
from tests.contracts.case import WithKey, WithTokens
from tests.contracts.simulated import unprepared

MANY = 8


@over(WithTokens)
def test_many_calls_share_one_token(case: WithTokens) -> None:
    for _ in range(3):
        case.read(case.open())

    assert case.fetched == 1


@over(WithTokens)
def test_threads_that_need_a_token_at_once_fetch_one(case: WithTokens) -> None:
    together = threading.Barrier(MANY)

    def read(_: int) -> str:
        together.wait(5)
        return case.read(case.open())

    with ThreadPoolExecutor(MANY) as threads:
        found = set(threads.map(read, range(MANY)))

    assert len(found) == 1
    assert (case.fetched, case.calls("token")) == (1, 1)


@over(WithTokens)
def test_a_refused_token_is_renewed_once_and_the_read_asked_again(case: WithTokens) -> None:
    marketplace = case.open()
    first = case.read(marketplace)
    case.revoke_tokens()

    assert case.read(marketplace) == first
    assert case.fetched == 2


@over(WithTokens)
def test_threads_whose_token_was_refused_renew_it_once(case: WithTokens) -> None:
    case.read(case.open())
    case.revoke_tokens()
    together = threading.Barrier(MANY)

    def read(_: int) -> str:
        together.wait(5)
        return case.read(case.open())

    with ThreadPoolExecutor(MANY) as threads:
        list(threads.map(read, range(MANY)))

    assert case.fetched == 2


@over(WithTokens)
def test_a_fresh_token_that_is_refused_is_not_renewed_for_ever(case: WithTokens) -> None:
    case.fault("status", "read", status=401, times=None)

    with pytest.raises(Unauthorized, match=case.credential):
        case.read(case.open())

    assert case.calls("read") == 2
    assert case.fetched == 2


@over(WithTokens)
@pytest.mark.parametrize("status", [400, 401, 403])
def test_no_token_for_our_credentials_is_the_settings_fault(case: WithTokens, status: int) -> None:
    case.fault("status", "token", status=status, times=None)

    with pytest.raises(Unauthorized, match=case.credential):
        case.read(case.open())

    assert case.calls("read") == 0


@over(WithTokens)
@pytest.mark.parametrize(
    ("kind", "error"),
    [("status", Unavailable), ("reset", Unavailable), ("html", Unreadable), ("empty", Unreadable)],
)
def test_without_a_token_nothing_is_read_and_nothing_sent(case: WithTokens, kind: str, error: type[PortError]) -> None:
    case.fault(kind, "token", times=None)

    with pytest.raises(error):
        case.read(case.open())
    answer = case.open().send(unprepared(case.open(), case.wanted("QW-ACCESS1")), in_time())

    assert answer.kind is AnswerClass.NOT_SENT
    assert case.bought() == 0


@over(WithKey)
def test_a_key_is_asked_for_nowhere(case: WithKey) -> None:
    case.read(case.open())

    assert sum(case.simulator.traffic.calls.values()) == case.calls("read") == 1


@over(WithKey)
def test_a_key_that_is_refused_is_not_tried_again(case: WithKey) -> None:
    case.change_key()

    with pytest.raises(Unauthorized, match=case.credential):
        case.read(case.open())

    assert case.calls("read") == 1


@over(WithKey)
def test_a_key_that_is_refused_buys_nothing_and_says_where_it_is_set(case: WithKey) -> None:
    write = case.purchase()
    case.change_key()

    answer = case.open().send(write, in_time())

    assert answer.kind is AnswerClass.NOT_SENT
    assert case.bought() == 0


@over()
def test_a_write_is_no_poll_whatever_it_is_made_for(case: Case) -> None:
    write = case.purchase()
    case.budget.taken.clear()

    answer = case.open(Purpose.POLL).send(write, in_time())

    assert answer.kind is AnswerClass.ACCEPTED
    assert set(case.budget.taken) == {Purpose.WORK}
