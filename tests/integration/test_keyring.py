"""Keys that one process fetches and another needs, on the database's own rows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipeline.store.cipher import Cipher, new_key
from pipeline.store.database import Database, make_engine
from pipeline.store.keyring import StoredKeyRing


class Turning:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(make_engine(database_url), Cipher([new_key()]))
    yield database
    database.close()


def test_a_key_that_another_process_replaces_is_found_within_a_minute_and_at_once_where_it_did_not_fit(
    database: Database,
) -> None:
    clock = Turning()
    web, worker = StoredKeyRing(database, clock), StoredKeyRing(database, clock)
    worker.keep("psa/key", "old")
    assert web.find("psa/key") == "old"
    worker.keep("psa/key", "new")

    clock.seconds = 0.5
    assert (web.find("psa/key"), web.find_again("psa/key")) == ("old", "old"), "it was read a moment ago"
    clock.seconds = 2
    assert web.find("psa/key") == "old"
    assert (web.find_again("psa/key"), web.find("psa/key")) == ("new", "new")
    worker.keep("psa/key", "newest")
    clock.seconds = 63
    assert web.find("psa/key") == "newest"


def test_of_two_who_keep_the_first_key_of_a_name_both_have_the_same(database: Database) -> None:
    one, other = StoredKeyRing(database), StoredKeyRing(database)
    assert one.find("psa/name/ticket-5") is None

    assert one.keep_first("psa/name/ticket-5", "ticket-5") == "ticket-5"
    assert other.keep_first("psa/name/ticket-5", "9") == "ticket-5"
    assert other.find("psa/name/ticket-5") == "ticket-5"
