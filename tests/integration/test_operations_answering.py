"""Answers and approvals, on the database's own rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import uuid4

import pytest

from pipeline.domain.errors import BadAnswer, Moved, UnknownOrder
from pipeline.domain.money import Money
from pipeline.domain.question import Question
from pipeline.domain.state import OrderState
from pipeline.operations.answering import answer, approve
from pipeline.store import questions
from pipeline.store.cipher import Cipher, new_key
from pipeline.store.database import Database, make_engine
from tests.integration.operators_world import DOMAIN, PRICE, REVOKED, SIZE, STUCK, World


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = Database(make_engine(database_url), Cipher([new_key()]))
    yield World(database)
    database.close()


def test_an_order_goes_on_only_when_the_last_of_its_questions_is_answered(world: World) -> None:
    ref = world.accept()
    version = world.ask(ref, DOMAIN, SIZE)

    half = answer(
        world.desk, ref, version, {world.question(ref, DOMAIN.key): ["contoso.onmicrosoft.com"]}, actor="dana"
    )
    whole = answer(world.desk, ref, half["version"], {world.question(ref, SIZE.key): ["small"]}, actor="dana")

    assert (half["state"], half["next_at"]) == (OrderState.ASKING, None)
    assert (whole["state"], whole["waiting_for"]) == (OrderState.RUNNING, None)
    assert whole["next_at"] is not None
    assert not world.row(ref).leased
    with world.database.transaction() as connection:
        kept = questions.answers(connection, world.database, world.id_of(ref))
    assert kept[DOMAIN.key].values == ("contoso.onmicrosoft.com",)


def test_an_answer_is_journaled_with_who_gave_it_and_shown_without_what_it_was(world: World) -> None:
    ref = world.accept()
    version = world.ask(ref, DOMAIN)

    view = answer(world.desk, ref, version, {world.question(ref, DOMAIN.key): ["secret.example"]}, actor="dana")

    assert view["questions"][0]["answered_by"] == "dana"
    assert "secret.example" not in str(view)
    assert (view["timeline"][-1]["kind"], view["timeline"][-1]["actor"]) == ("act", "dana")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        pytest.param([], "is empty", id="no value at all"),
        pytest.param(["  "], "is empty", id="a blank value"),
        pytest.param(["small", "large"], "takes one value, not 2", id="two values for a single one"),
        pytest.param(["Small"], "'Small' is not among the possible values: small, large", id="capitals count"),
    ],
)
def test_an_answer_that_does_not_fit_is_told_why_and_changes_nothing(
    world: World, values: list[str], told: str
) -> None:
    ref = world.accept()
    version = world.ask(ref, DOMAIN, SIZE)
    answers = {world.question(ref, DOMAIN.key): ["contoso.example"], world.question(ref, SIZE.key): values}

    with pytest.raises(BadAnswer, match=told):
        answer(world.desk, ref, version, answers, actor="dana")

    assert world.view(ref)["version"] == version
    assert all(each["answered_by"] is None for each in world.view(ref)["questions"])


def test_a_question_of_another_order_or_one_that_was_answered_takes_no_answer(world: World) -> None:
    mine, other = world.accept(), world.accept(company="Fabrikam")
    version = world.ask(mine, DOMAIN, SIZE)
    world.ask(other, DOMAIN)
    answered = answer(world.desk, mine, version, {world.question(mine, DOMAIN.key): ["a.example"]}, actor="dana")

    with pytest.raises(BadAnswer, match="no longer open"):
        answer(world.desk, mine, answered["version"], {world.question(mine, DOMAIN.key): ["b.example"]}, actor="eve")
    with pytest.raises(BadAnswer, match=f"{mine} has no question"):
        answer(world.desk, mine, answered["version"], {world.question(other, DOMAIN.key): ["b"]}, actor="eve")


def test_of_two_people_who_answer_the_same_version_exactly_one_wins(world: World) -> None:
    ref = world.accept()
    version = world.ask(ref, DOMAIN)
    question = world.question(ref, DOMAIN.key)

    def act(actor: str) -> str:
        try:
            answer(world.desk, ref, version, {question: [f"{actor}.example"]}, actor=actor)
        except Moved:
            return "moved"
        return actor

    with ThreadPoolExecutor(8) as pool:
        ends = list(pool.map(act, [f"person{number}" for number in range(8)]))

    assert ends.count("moved") == 7
    assert world.view(ref)["questions"][0]["answered_by"] in ends


def test_an_unknown_order_is_told_apart_from_one_that_has_moved(world: World) -> None:
    ref = world.accept()

    with pytest.raises(UnknownOrder, match="no order QW-NONE"):
        answer(world.desk, "QW-NONE", 1, {uuid4(): ["x"]}, actor="dana")
    with pytest.raises(
        Moved, match=f"{ref} has moved since you read it: it is now running at resolve_company, version 1"
    ):
        answer(world.desk, ref, 7, {uuid4(): ["x"]}, actor="dana")


def test_an_approval_is_kept_with_the_amount_and_lets_the_order_go_on(world: World) -> None:
    ref = world.accept()
    version = world.ask(ref, PRICE)

    view = approve(world.desk, ref, version, world.question(ref, PRICE.key), Decimal("33.00"), "agreed", actor="ann")

    assert view["state"] == OrderState.RUNNING
    assert view["questions"][0]["approved"] == {"amount": "33.00", "currency": "USD"}
    assert view["timeline"][-1]["notes"] == ["ann approved a unit cost of up to 33.00 USD: agreed"]


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        pytest.param(Decimal("32.99"), "less than the 33.00 USD that was shown", id="less than was shown"),
        pytest.param(Money(amount=Decimal(33), currency="EUR"), "in EUR does not fit", id="another currency"),
    ],
)
def test_an_approval_that_does_not_cover_what_was_shown_is_refused(
    world: World, amount: Money | Decimal, told: str
) -> None:
    ref = world.accept()
    version = world.ask(ref, PRICE)

    with pytest.raises(BadAnswer, match=told):
        approve(world.desk, ref, version, world.question(ref, PRICE.key), amount, "agreed", actor="ann")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        pytest.param(PRICE, "settled by: approve, cancel", id="a price is approved, not answered"),
        pytest.param(STUCK, "settled by: retry, cancel", id="a fault is retried, not answered"),
    ],
)
def test_what_is_settled_by_another_act_takes_no_answer(world: World, asked: Question, told: str) -> None:
    ref = world.accept()
    version = world.ask(ref, asked)

    with pytest.raises(BadAnswer, match=told):
        answer(world.desk, ref, version, {world.question(ref, asked.key): ["yes"]}, actor="dana")


def test_a_question_about_the_quote_itself_holds_an_order_that_has_not_bought(world: World) -> None:
    ref = world.accept()
    version = world.ask(ref, DOMAIN, REVOKED)

    view = answer(world.desk, ref, version, {world.question(ref, DOMAIN.key): ["contoso.example"]}, actor="dana")
    assert view["state"] == OrderState.ASKING

    view = answer(world.desk, ref, view["version"], {world.question(ref, REVOKED.key): ["keep"]}, actor="dana")
    assert view["state"] == OrderState.RUNNING


def test_a_question_about_the_quote_itself_does_not_hold_an_order_that_has_bought(world: World) -> None:
    ref = world.accept()
    world.bought(ref, "placed-1")
    version = world.ask(ref, DOMAIN, REVOKED)

    view = answer(world.desk, ref, version, {world.question(ref, DOMAIN.key): ["contoso.example"]}, actor="dana")

    assert (view["state"], view["stage"]) == (OrderState.RUNNING, "poll_status")


def test_an_answer_wakes_the_clocks(world: World, listen: Callable[[], Callable[[], int]]) -> None:
    ref = world.accept()
    version = world.ask(ref, DOMAIN)
    heard = listen()

    answer(world.desk, ref, version, {world.question(ref, DOMAIN.key): ["contoso.example"]}, actor="dana")

    assert heard() >= 1


@pytest.fixture
def listen(database_url: str) -> Iterator[Callable[[], Callable[[], int]]]:
    """Begins to listen for the clocks' nudge; what it gives counts those that came."""
    import psycopg

    with psycopg.connect(database_url, autocommit=True) as connection:

        def begin() -> Callable[[], int]:
            connection.execute("LISTEN quoteway")
            return lambda: len(list(connection.notifies(timeout=5, stop_after=1)))

        yield begin
