"""Which commits the monkey's relay cuts, told from what passes between psycopg and PostgreSQL."""

from __future__ import annotations

import random

import pytest

from workers.drills.monkey.commits import Commits, Connection, Sort, When
from workers.drills.monkey.plan import PLANS, Harm, schedule
from workers.drills.monkey.relay import Cut
from workers.drills.report import Form

STARTUP = (8).to_bytes(4) + (196608).to_bytes(4)
READY = b"Z\0\0\0\5I"


def message(kind: bytes, body: bytes) -> bytes:
    return kind + (len(body) + 4).to_bytes(4) + body


def query(text: bytes) -> bytes:
    return message(b"Q", text + b"\0")


def prepare(name: bytes, text: bytes) -> bytes:
    return message(b"P", name + b"\0" + text + b"\0\0\0")


def bind(name: bytes) -> bytes:
    return message(b"B", b"\0" + name + b"\0\0\0\0\0\0\0")


def always(sort: Sort) -> Commits:
    """Every commit of this sort is cut, by turns before and after."""
    gaps = {one: (1, 1) if one is sort else (10**6, 10**6) for one in Sort}
    return Commits(gaps, random.Random(1), calm=False)


def cut_at(connection: Connection, data: bytes) -> bool:
    try:
        connection.from_client(data)
        connection.from_server(message(b"C", b"COMMIT\0") + READY)
    except Cut:
        return True
    return False


@pytest.mark.parametrize(
    ("sort", "statements"),
    [
        (Sort.CLAIM, prepare(b"", b"INSERT INTO claims (id) VALUES ($1)") + bind(b"")),
        (Sort.CLAIM, prepare(b"", b"INSERT INTO claims (id)") + bind(b"") + prepare(b"", b"UPDATE claims") + bind(b"")),
        (Sort.CLAIM, query(b"INSERT INTO claims DEFAULT VALUES")),
        (Sort.ANSWER, prepare(b"", b"UPDATE claims SET answered = $1") + bind(b"")),
        (Sort.EVENT, prepare(b"", b"INSERT INTO events (id) VALUES ($1)") + bind(b"")),
        (Sort.OTHER, prepare(b"", b"UPDATE orders SET due_at = $1") + bind(b"")),
    ],
)
def test_a_commit_is_told_by_what_its_transaction_wrote(sort: Sort, statements: bytes) -> None:
    commits = always(sort)
    connection = commits.connection()

    assert cut_at(connection, STARTUP + query(b"BEGIN") + statements + query(b"COMMIT"))
    assert commits.count(When.BEFORE, sort) + commits.count(When.AFTER, sort) == 1


def test_a_statement_that_was_prepared_in_an_earlier_transaction_is_known_by_its_name() -> None:
    commits = always(Sort.CLAIM)
    commits.calm = True
    connection = commits.connection()
    earlier = prepare(b"_pg3_1", b"INSERT INTO claims (id) VALUES ($1)") + bind(b"_pg3_1") + query(b"COMMIT")
    assert not cut_at(connection, STARTUP + query(b"BEGIN") + earlier)

    commits.calm = False

    assert cut_at(connection, query(b"BEGIN") + bind(b"_pg3_1") + query(b"COMMIT"))


def test_before_and_after_take_turns() -> None:
    commits = always(Sort.OTHER)

    for _ in range(10):
        assert cut_at(commits.connection(), STARTUP + query(b"BEGIN") + query(b"COMMIT"))

    assert (commits.count(When.BEFORE), commits.count(When.AFTER)) == (5, 5)


def test_before_means_that_the_server_never_gets_it_and_after_that_it_does() -> None:
    commits = always(Sort.OTHER)
    passed: list[bool] = []
    for _ in range(2):
        connection = commits.connection()
        try:
            passed.append(query(b"COMMIT") in connection.from_client(STARTUP + query(b"BEGIN") + query(b"COMMIT")))
        except Cut:
            passed.append(False)

    assert sorted(passed) == [False, True]


def test_a_commit_that_the_server_refuses_is_not_cut() -> None:
    commits = always(Sort.OTHER)
    refusal = message(b"E", b"SERROR\0\0") + READY
    answers = []
    for _ in range(2):
        connection = commits.connection()
        try:
            connection.from_client(STARTUP + query(b"BEGIN") + query(b"COMMIT"))
            answers.append(connection.from_server(refusal[:4]) + connection.from_server(refusal[4:]))
        except Cut:
            continue

    assert answers == [refusal]


def test_messages_that_come_in_pieces_are_passed_on_whole() -> None:
    connection = Commits(dict.fromkeys(Sort, (1, 1)), random.Random(1)).connection()
    data = STARTUP + query(b"BEGIN") + prepare(b"", b"SELECT 1") + bind(b"") + query(b"COMMIT")

    assert b"".join(connection.from_client(data[at : at + 1]) for at in range(len(data))) == data


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("seed", range(20))
def test_each_kind_of_harm_comes_in_each_plan_whatever_the_seed(form: Form, seed: int) -> None:
    strikes = schedule(PLANS[form], random.Random(seed))

    assert {strike.harm for strike in strikes} == set(Harm)
    assert strikes == schedule(PLANS[form], random.Random(seed))
