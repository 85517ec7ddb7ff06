"""Who was asked is reminded once, at half of the time that the quote's connection gives for an answer."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from pipeline.domain.customer import Customer
from pipeline.domain.working_time import WorkingTime, due_after, halfway
from pipeline.escalation import escalate
from pipeline.moves import Rules
from pipeline.operations.answering import answer
from pipeline.store.cipher import Cipher, new_key
from pipeline.store.database import Database, make_engine
from pipeline.store.tables import NOTICES, QUESTIONS
from tests.integration.promises_world import Shop, a_quote

LEASE = timedelta(seconds=60)
SHORT = WorkingTime(timedelta(hours=2), frozenset(range(7)), time(0), time(23, 59), ZoneInfo("Asia/Tokyo"))
DAY = timedelta(hours=24)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(make_engine(database_url), Cipher([new_key()]))
    yield database
    database.close()


@pytest.fixture
def shop(database: Database) -> Shop:
    return Shop(database, rules=Rules(DAY, LEASE, ("chat",)))


def test_a_question_s_deadline_counts_the_hours_of_the_quote_s_connection(database: Database) -> None:
    shop = Shop(database, rules=Rules(DAY, LEASE, ("chat",), deadlines={"crm": SHORT, "shop": DAY}))
    ref = asking(shop)

    (asked,) = questions(shop)

    assert asked["due_at"] == due_after(asked["asked_at"], SHORT)
    assert asked["remind_at"] == halfway(asked["asked_at"], SHORT)
    later(shop, timedelta(hours=30))
    assert escalate(database, shop.mover, shop.rules, "boss") == 1
    (asked,) = questions(shop)
    assert asked["owner"] == "boss"
    assert asked["due_at"] < datetime.now(UTC) + timedelta(hours=3), shop.view(ref)


def test_a_connection_without_hours_of_its_own_has_the_general_ones(database: Database) -> None:
    shop = Shop(database, rules=Rules(DAY, LEASE, ("chat",), deadlines={"another": SHORT}))
    asking(shop)

    (asked,) = questions(shop)

    assert asked["due_at"] == asked["asked_at"] + DAY


def test_who_was_asked_is_reminded_once_at_half_of_their_time(shop: Shop) -> None:
    ref = asking(shop)
    assert escalate(shop.database, shop.mover, shop.rules, "boss") == 0
    assert [told["reminder"] for told in notices(shop)] == [False]

    later(shop, timedelta(hours=13))

    assert escalate(shop.database, shop.mover, shop.rules, "boss") == 1
    assert escalate(shop.database, shop.mover, shop.rules, "boss") == 0
    first, second = notices(shop)
    assert (first["reminder"], second["reminder"]) == (False, True)
    assert second["type"] == "order.asking"
    (asked,) = questions(shop)
    assert (asked["owner"], asked["escalations"]) == (first["owner"], 0)
    assert [one["outcome"] for one in shop.view(ref)["timeline"]].count("reminded") == 1


def test_past_its_deadline_a_question_is_handed_on_and_nobody_is_reminded_any_more(shop: Shop) -> None:
    asking(shop)
    later(shop, timedelta(hours=25))

    assert escalate(shop.database, shop.mover, shop.rules, "boss") == 1
    later(shop, timedelta(hours=13))
    assert escalate(shop.database, shop.mover, shop.rules, "boss") == 0

    assert [told["reminder"] for told in notices(shop)] == [False, False]


def test_who_has_answered_is_not_reminded(shop: Shop) -> None:
    ref = asking(shop)
    (asked,) = shop.open_questions(ref)
    choice = asked["possible_values"][:1] or ["create"]
    answer(shop.desk, ref, shop.row(ref).version, {UUID(asked["id"]): choice}, actor="ann")
    later(shop, timedelta(hours=13))

    assert escalate(shop.database, shop.mover, shop.rules, "boss") == 0

    assert not any(told["reminder"] for told in notices(shop))


def test_all_questions_of_an_order_make_one_reminder(shop: Shop) -> None:
    ref = shop.order(a_quote("Q-1", revision="1", customer=Customer(name="Nobody Inc")))
    shop.step(ref)
    shop.revoke(a_quote("Q-1", revision="2"))
    assert len(shop.open_questions(ref)) == 2
    later(shop, timedelta(hours=13))

    assert escalate(shop.database, shop.mover, shop.rules, "boss") == 1

    assert [told["reminder"] for told in notices(shop)].count(True) == 1
    assert all(asked["remind_at"] is None for asked in questions(shop))


def test_where_a_reminder_cannot_be_written_it_is_still_to_come(shop: Shop) -> None:
    ref = asking(shop)
    facts = shop.row(ref).facts
    shop.put(ref, waiting_for=b"no seal of ours")
    later(shop, timedelta(hours=13))

    assert escalate(shop.database, shop.mover, shop.rules, "boss") == 0
    shop.put(ref, waiting_for=None, facts=facts)

    assert escalate(shop.database, shop.mover, shop.rules, "boss") == 1


def test_of_many_that_are_overdue_one_that_cannot_be_told_of_keeps_no_other_from_its_next_person(shop: Shop) -> None:
    refs = [asking(shop) for _ in range(13)]
    shop.put(refs[4], waiting_for=b"no seal of ours")
    later(shop, timedelta(days=3))

    assert escalate(shop.database, shop.mover, shop.rules, "boss") == 12
    assert [asked["owner"] for asked in questions(shop)].count("boss") == 12
    assert escalate(shop.database, shop.mover, shop.rules, "boss") == 0


def asking(shop: Shop) -> str:
    """An order that asks a person who its customer is."""
    ref = shop.order(a_quote(customer=Customer(name="Nobody Inc")))
    shop.step(ref)
    return ref


def later(shop: Shop, by: timedelta) -> None:
    """All questions were asked so much earlier."""
    times = (QUESTIONS.c.asked_at, QUESTIONS.c.due_at, QUESTIONS.c.remind_at)
    with shop.database.transaction() as connection:
        connection.execute(update(QUESTIONS).values({column: column - by for column in times}))


def questions(shop: Shop) -> Sequence[dict[str, Any]]:
    with shop.database.transaction() as connection:
        return [dict(row) for row in connection.execute(select(QUESTIONS)).mappings()]


def notices(shop: Shop) -> Sequence[dict[str, Any]]:
    """What was told, oldest first."""
    with shop.database.transaction() as connection:
        bodies = connection.execute(select(NOTICES.c.body).order_by(NOTICES.c.created_at)).scalars().all()
    told = [json.loads(shop.database.open(body)) for body in bodies]
    return [
        {
            "type": one["type"],
            "reminder": one["data"].get("reminder", False),
            "owner": one["data"]["questions"][0]["owner"],
        }
        for one in told
    ]
