"""The token in a process: early, once, and never older than what was refused."""

import threading
from datetime import UTC, datetime, timedelta

from pipeline.marketplaces.credentials import TokenKeeper
from tests.contracts.fakes import MemoryTokens


class Issuer:
    def __init__(self, life: timedelta = timedelta(days=1)) -> None:
        self.life = life
        self.asked = 0

    def __call__(self) -> tuple[str, timedelta]:
        self.asked += 1
        return f"token-{self.asked}", self.life


class Time:
    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def test_a_token_is_fetched_once_and_kept() -> None:
    issuer = Issuer()
    keeper = TokenKeeper("pax8", MemoryTokens(), issuer)

    assert {keeper.current().value for _ in range(5)} == {"token-1"}
    assert issuer.asked == 1


def test_what_another_process_fetched_is_taken() -> None:
    issuer, tokens = Issuer(), MemoryTokens()
    TokenKeeper("pax8", tokens, issuer).current()

    assert TokenKeeper("pax8", tokens, issuer).current().value == "token-1"


def test_the_store_is_asked_again_some_minutes_before_the_end() -> None:
    issuer, tokens, time = Issuer(), MemoryTokens(), Time()
    keeper = TokenKeeper("pax8", tokens, issuer, time)
    keeper.current()
    tokens.kept.clear()
    time.ahead = timedelta(hours=23, minutes=54)
    before = keeper.current().value
    time.ahead = timedelta(hours=23, minutes=56)

    assert (before, keeper.current().value) == ("token-1", "token-2")


def test_a_token_of_a_short_life_is_not_fetched_for_each_call() -> None:
    issuer = Issuer(timedelta(seconds=60))
    keeper = TokenKeeper("pax8", MemoryTokens(), issuer)
    for _ in range(10):
        keeper.current()

    assert issuer.asked == 1


def test_a_refused_token_is_renewed_once_by_all_who_held_it() -> None:
    issuer = Issuer()
    keeper = TokenKeeper("pax8", MemoryTokens(), issuer)
    refused = keeper.current()

    assert [keeper.renew(refused).value for _ in range(3)] == ["token-2"] * 3
    assert issuer.asked == 2


def test_threads_that_need_a_token_at_once_fetch_one() -> None:
    issuer = Issuer()
    keeper = TokenKeeper("pax8", MemoryTokens(), issuer)
    threads = [threading.Thread(target=keeper.current) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert issuer.asked == 1
