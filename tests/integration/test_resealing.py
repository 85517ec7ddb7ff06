"""Rotation of the encryption keys: everything is sealed anew beside what else goes on, and nothing is left out."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import LargeBinary, func, insert, select, text, update

from pipeline.store.cipher import Cipher, WrongKeyError, new_key
from pipeline.store.columns import is_sealed
from pipeline.store.database import Database, make_engine
from pipeline.store.orders import NewOrder, create_order
from pipeline.store.resealing import reseal, sealed_columns
from pipeline.store.tables import JOURNAL, METADATA, ORDERS, QUOTES, REVISIONS, TOKENS
from workers.commands.reseal import reseal_all
from workers.commands.whole import ours

OLD, NEW = new_key(), new_key()


@pytest.fixture
def url(database_url: str) -> str:
    """A database with rows that the old key sealed."""
    with_old = opened(database_url, OLD)
    add_order(with_old)
    with_old.digest("makes the key of digests")
    with with_old.transaction() as connection:
        later = func.now() + text("interval '1 hour'")
        connection.execute(insert(TOKENS).values(account="pax8", value=with_old.seal("a token"), expires_at=later))
    with_old.close()
    return database_url


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """As a process has it in the third step of a rotation."""
    both = opened(url, NEW, OLD)
    yield both
    both.close()


def opened(url: str, *keys: str) -> Database:
    return Database(make_engine(url), Cipher(keys))


def add_order(database: Database) -> UUID:
    quote, revision = uuid4(), uuid4()
    new = NewOrder(quote, revision, ["1"], "pax8", "pax8", "customer", "Contoso Ltd", None)
    with database.transaction() as connection:
        connection.execute(insert(QUOTES).values(id=quote, system="crm", quote_id=f"Q-{quote}"))
        connection.execute(
            insert(REVISIONS).values(
                id=revision,
                quote_pk=quote,
                revision="",
                state="accepted",
                snapshot=database.seal("what was accepted"),
                content_hash="",
            )
        )
        return create_order(connection, database, new)


def needing(url: str, key: str) -> list[str]:
    """Which values this key alone cannot open."""
    alone = opened(url, key)
    found = []
    with alone.transaction() as connection:
        for table, columns in sealed_columns().items():
            for column in columns:
                values = connection.execute(select(column).where(column.is_not(None))).scalars()
                found += [f"{table.name}.{column.name}" for value in values if not alone.cipher.by_first(value)]
    alone.close()
    return found


def quietly(database: Database, passes: int = 5) -> Any:
    return reseal_all(database, lambda _line: None, lambda _seconds: None, passes)


def test_every_column_of_bytes_is_one_that_a_rotation_comes_by(database: Database) -> None:
    rotated = {(column.table.name, column.name) for columns in sealed_columns().values() for column in columns}
    bytes_here = {
        (table.name, column.name)
        for table in METADATA.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    with database.transaction() as connection:
        migrated = connection.execute(
            text(
                "SELECT table_name, column_name FROM information_schema.columns "
                "WHERE table_schema = 'public' AND data_type = 'bytea'"
            )
        ).all()

    assert rotated == bytes_here == {tuple(row) for row in migrated}
    assert all(is_sealed(METADATA.tables[table].c[column]) for table, column in rotated)


def test_afterwards_the_new_key_alone_opens_everything(database: Database, url: str) -> None:
    assert len(needing(url, NEW)) == 4

    done = quietly(database)

    assert done.finished
    assert done.resealed == 4
    assert needing(url, NEW) == []
    with closing(opened(url, NEW)) as alone:
        assert alone.digest("a person") == database.digest("a person")


def test_an_order_keeps_its_version_and_when_it_is_due(database: Database) -> None:
    kept = select(ORDERS.c.version, ORDERS.c.due_at, ORDERS.c.updated_at, ORDERS.c.published)
    with database.transaction() as connection:
        before = connection.execute(kept).all()

    quietly(database)

    with database.transaction() as connection:
        assert connection.execute(kept).all() == before


def test_a_second_time_changes_nothing(database: Database) -> None:
    quietly(database)

    again = quietly(database)

    assert again.finished
    assert again.resealed == 0


def test_one_that_was_cut_off_is_gone_on_with(database: Database, url: str) -> None:
    cut_off = reseal(database, at_once=1)
    assert next(cut_off).resealed
    del cut_off

    assert quietly(database).finished
    assert needing(url, NEW) == []


class Meddling(Cipher):
    """Somebody writes a token each time that a value has been read and is being sealed anew: the token, at last."""

    def __init__(self, url: str, *keys: str) -> None:
        super().__init__(keys)
        self._other = opened(url, keys[-1])
        self.written = 0

    def reseal(self, sealed: bytes) -> bytes:
        self.written += 1
        with self._other.transaction() as connection:
            connection.execute(update(TOKENS).values(value=self._other.seal(f"token {self.written}")))
        return super().reseal(sealed)

    def close(self) -> None:
        self._other.close()


def test_what_was_written_meanwhile_is_kept(url: str) -> None:
    cipher = Meddling(url, NEW, OLD)
    database = Database(make_engine(url), cipher)

    tokens = next(batch for batch in reseal(database) if batch.table == "tokens")

    with database.transaction() as connection:
        token = database.open(connection.execute(select(TOKENS.c.value)).scalar_one())
    database.close()
    cipher.close()
    assert (tokens.older, tokens.resealed) == (1, 0)
    assert token == f"token {cipher.written}"


def test_a_row_that_somebody_holds_is_passed_by_and_found_the_next_time(database: Database, url: str) -> None:
    with database.transaction() as connection:
        connection.execute(select(TOKENS).with_for_update())
        one = {batch.table: batch for batch in reseal(database)}

    assert (one["tokens"].older, one["tokens"].resealed) == (1, 0)
    assert one["orders"].resealed == one["orders"].older > 0
    assert quietly(database).finished
    assert needing(url, NEW) == []


@pytest.mark.parametrize("rows", [1, 2, 3, 7])
def test_batches_leave_no_row_between_them_out(database: Database, url: str, rows: int) -> None:
    before = opened(url, OLD)
    for _ in range(5):
        order = add_order(before)
        with before.transaction() as connection:
            entry = {"order_id": order, "kind": "stage", "stage": "submit", "outcome": "x", "detail": before.seal("x")}
            connection.execute(insert(JOURNAL), [entry, entry])
    before.close()

    values = sum(batch.values for batch in reseal(database, at_once=rows))

    assert needing(url, NEW) == []
    assert values == sum(batch.values for batch in reseal(database))


def test_a_process_that_still_seals_with_the_old_key_is_noticed(url: str) -> None:
    database, late = opened(url, NEW, OLD), opened(url, OLD, NEW)

    def seals_on(line: str = "") -> None:
        del line
        with late.transaction() as connection:
            connection.execute(update(TOKENS).values(value=late.seal("another token")))

    done = reseal_all(database, seals_on, lambda _seconds: seals_on(), passes=4)

    assert not done.finished
    assert "restart every process with the new key in front" in done.sentence()
    database.close()
    late.close()


def test_a_value_that_no_key_opens_is_named_and_left(url: str) -> None:
    lost = opened(url, new_key())
    with lost.transaction() as connection:
        connection.execute(update(TOKENS).values(value=lost.seal("of a key that is gone")))
    lost.close()
    database = opened(url, NEW, OLD)

    done = quietly(database)

    assert done.unreadable == ("tokens.value of pax8",)
    assert "None of the keys opens tokens.value of pax8 (1 in all)" in done.sentence()
    assert set(needing(url, NEW)) == {"tokens.value"}
    with pytest.raises(WrongKeyError):
        database.open(b"nothing")
    database.close()


# The command


def reseal_command(url: str, redis_url: str, *arguments: str, keys: str = f"{NEW},{OLD}") -> Any:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("QUOTEWAY_")},
        "QUOTEWAY_DATABASE_URL": url,
        "QUOTEWAY_REDIS_URL": redis_url,
        "QUOTEWAY_ENCRYPTION_KEYS": keys,
    }
    command = ours("db", "reseal", *arguments)
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_the_command_tells_that_the_old_key_can_go(url: str, redis_url: str) -> None:
    ran = reseal_command(url, redis_url)

    assert ran.returncode == 0, ran.stderr
    assert "tokens: 1 of 1 sealed anew" in ran.stdout.splitlines()
    assert "the others can be removed from QUOTEWAY_ENCRYPTION_KEYS" in ran.stdout
    assert needing(url, NEW) == []


def test_the_command_tells_programs_too(url: str, redis_url: str) -> None:
    told = json.loads(reseal_command(url, redis_url, "--json").stdout)

    assert told["resealed"] == told["values"]
    assert (told["older"], told["unreadable"], told["older_keys_needed"]) == (0, [], False)


def test_the_command_says_when_a_key_is_missing(url: str, redis_url: str) -> None:
    ran = reseal_command(url, redis_url, keys=NEW)

    assert ran.returncode == 1
    assert "add the key that sealed them to the end of QUOTEWAY_ENCRYPTION_KEYS" in ran.stdout
