"""What must not happen whatever comes in between: a purchase doubled, an order forgotten, the wrong thing bought."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from pipeline.claiming import Claiming, Permit
from pipeline.domain.claim import AllocateUnit, Answer, AnswerClass
from pipeline.domain.customer import Address, Customer
from pipeline.domain.errors import Forbidden, NotAllowed, Refused, Unavailable
from pipeline.domain.outcome import Claimed
from pipeline.domain.stage import Stage
from pipeline.escalation import escalate
from pipeline.moves import Run
from pipeline.operations.acting import cancel, retry
from pipeline.operations.answering import answer
from pipeline.operations.settling import adopt, resend
from pipeline.store import orders
from pipeline.store.cipher import Cipher, new_key
from pipeline.store.database import Database, make_engine
from pipeline.store.journal import Entry
from pipeline.store.tables import QUESTIONS, REVISIONS
from tests.integration.promises_world import COMPANY, Shop, a_quote

LOST = Answer(AnswerClass.UNKNOWN, details=("the connection broke",))
ADDRESS = Address(street="1 Main St", city="Denver", state="CO", postal_code="80202", country="US")
NOT_SENT = Answer(AnswerClass.NOT_SENT, details=("no connection",))


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    database = Database(make_engine(database_url), Cipher([new_key()]))
    yield Shop(database)
    database.close()


def test_an_order_is_bought_once_and_followed(shop: Shop) -> None:
    ref = shop.order()
    shop.step(ref, through=True)
    assert shop.row(ref).state == "done"
    assert len(shop.market.purchases) == 1


def test_a_lost_purchase_is_not_given_up_because_a_look_for_it_is_refused(shop: Shop) -> None:
    ref = lost(shop)
    shop.later()
    shop.market.refuses = Refused("Pax8 refused GET /orders (HTTP 409).")

    shop.step(ref)

    assert shop.row(ref).state == "waiting"
    assert shop.row(ref).due_at is not None


def test_a_bought_order_does_not_fail_because_a_read_of_it_is_refused(shop: Shop) -> None:
    ref = shop.order()
    shop.bring_to(ref, Stage.POLL_STATUS)
    shop.market.refuses = Refused("Pax8 refused GET /orders (HTTP 400).")

    shop.step(ref)

    assert (shop.row(ref).state, shop.row(ref).stage) == ("waiting", "poll_status")


def test_a_lost_purchase_is_looked_for_on_and_on_when_patience_with_faults_has_ended(shop: Shop) -> None:
    ref = lost(shop)
    shop.later()
    shop.market.refuses = Unavailable("Pax8 did not answer.")
    shop.put(ref, faults=99)

    shop.step(ref)

    assert [one["key"] for one in shop.open_questions(ref)] == ["faults"]
    shop.market.refuses = None
    shop.market.carry_out(shop.market.purchases[0])
    for _ in range(2):
        shop.later()
        shop.step(ref)
    assert shop.row(ref).stage == "poll_status"
    assert not shop.open_questions(ref)


def test_a_retry_looks_again_for_a_lost_purchase_that_something_else_is_asked_about(shop: Shop) -> None:
    ref = lost(shop)
    shop.later()
    shop.market.refuses = Forbidden("Pax8 does not permit GET /orders with our credentials.")
    shop.step(ref)
    assert [one["key"] for one in shop.open_questions(ref)] == ["forbidden"]
    shop.market.refuses = None

    retry(shop.desk, ref, shop.row(ref).version, actor="ann")

    assert (shop.row(ref).state, shop.row(ref).stage) == ("running", "submit")
    shop.ask_a_person(ref)
    assert [one["key"] for one in shop.open_questions(ref)] == ["submit"]
    with pytest.raises(NotAllowed, match="adopt, resend or cancel"):
        retry(shop.desk, ref, shop.row(ref).version, actor="ann")
    assert len(shop.market.purchases) == 1


def test_an_answer_that_proves_the_purchase_after_the_attempt_was_given_up_is_taken_for_what_it_is(shop: Shop) -> None:
    ref = shop.order()
    shop.bring_to(ref, Stage.SUBMIT)

    def given_up_meanwhile() -> None:
        shop.market.while_sending = lambda: None
        give_up(shop, ref)

    shop.market.while_sending = given_up_meanwhile
    shop.step(ref)

    assert shop.row(ref).stage == "poll_status"
    shop.step(ref, through=True)
    assert shop.row(ref).state == "done"
    assert len(shop.market.purchases) == 1


def test_a_late_proof_counts_although_a_basket_for_the_next_attempt_is_being_filled(shop: Shop) -> None:
    ref, behind = shop.order(), shop.order()
    shop.bring_to(ref, Stage.SUBMIT)
    shop.bring_to(behind, Stage.SUBMIT)

    def prepared_afresh_meanwhile() -> None:
        shop.market.while_sending = lambda: None
        give_up(shop, ref)
        shop.bring_to(ref, Stage.VALIDATE_MOCK)
        shop.loses_a_basket(ref)
        shop.put(behind, behind=COMPANY, due_at=shop.row(behind).now + timedelta(hours=1))

    shop.market.while_sending = prepared_afresh_meanwhile
    shop.step(ref)

    assert shop.row(ref).stage == "poll_status"
    assert not shop.open_attempts(ref)
    assert shop.row(behind).due_at <= shop.row(behind).now
    shop.step(ref, through=True)
    assert shop.row(ref).state == "done"
    assert len(shop.market.purchases) == 1


def test_a_cancel_that_waited_for_a_basket_is_asked_about_when_an_earlier_purchase_is_proved(shop: Shop) -> None:
    ref = shop.order()
    shop.bring_to(ref, Stage.SUBMIT)

    def to_be_cancelled_meanwhile() -> None:
        shop.market.while_sending = lambda: None
        give_up(shop, ref)
        shop.bring_to(ref, Stage.VALIDATE_MOCK)
        shop.loses_a_basket(ref)
        cancel(shop.desk, ref, shop.row(ref).version, "not wanted", actor="ann")

    shop.market.while_sending = to_be_cancelled_meanwhile
    shop.step(ref)

    assert shop.row(ref).stage == "poll_status"
    assert shop.row(ref).pending_act is None
    assert [one["kind"] for one in shop.open_questions(ref)] == ["cancelled_late"]


def test_an_answer_that_comes_after_its_order_was_cancelled_is_asked_about(shop: Shop) -> None:
    ref = shop.order()
    shop.bring_to(ref, Stage.SUBMIT)

    def cancelled_meanwhile() -> None:
        shop.ask_a_person(ref)
        cancel(shop.desk, ref, shop.row(ref).version, "not wanted", actor="ann")

    shop.market.while_sending = cancelled_meanwhile
    shop.step(ref)

    assert shop.row(ref).state == "cancelled"
    assert [one["kind"] for one in shop.open_questions(ref)] == ["cancelled_late"]


def test_what_a_given_up_attempt_bought_after_all_keeps_the_next_one_from_buying(shop: Shop) -> None:
    ref = lost(shop)
    give_up(shop, ref)
    shop.bring_to(ref, Stage.SUBMIT)
    shop.market.carry_out(shop.market.purchases[0])
    shop.later()

    shop.step(ref)

    assert len(shop.market.purchases) == 1
    (asked,) = shop.open_questions(ref)
    (placed,) = shop.market.placed
    assert placed in asked["text"]


def test_a_person_who_says_that_what_appeared_is_not_ours_has_it_bought(shop: Shop) -> None:
    ref = lost(shop)
    give_up(shop, ref)
    shop.bring_to(ref, Stage.SUBMIT)
    shop.market.carry_out(shop.market.purchases[0])
    shop.later()
    shop.step(ref)
    (asked,) = shop.open_questions(ref)

    answer(shop.desk, ref, shop.row(ref).version, {UUID(asked["id"]): ["buy"]}, actor="ann")
    shop.bring_to(ref, Stage.POLL_STATUS)

    assert len(shop.market.purchases) == 2


def test_what_turned_up_of_a_given_up_attempt_is_adopted_by_a_person(shop: Shop) -> None:
    ref = lost(shop)
    give_up(shop, ref)
    shop.bring_to(ref, Stage.SUBMIT)
    shop.market.carry_out(shop.market.purchases[0])
    shop.later()
    shop.step(ref)
    (placed,) = shop.market.placed

    adopt(shop.desk, ref, shop.row(ref).version, placed, "it is ours", actor="ann")

    shop.step(ref, through=True)
    assert (shop.row(ref).state, shop.row(ref).marketplace_order_id) == ("done", placed)
    assert len(shop.market.purchases) == 1


@pytest.mark.parametrize("answered", [NOT_SENT, Answer(AnswerClass.THROTTLED)], ids=["not sent", "throttled"])
def test_a_newer_revision_that_came_while_it_was_sent_is_judged_before_it_is_sent_again(
    shop: Shop, answered: Answer
) -> None:
    ref = shop.order(a_quote("Q-1", revision="1"))
    shop.bring_to(ref, Stage.SUBMIT)
    shop.market.answers.append(answered)

    def accepted_anew() -> None:
        shop.accept(a_quote("Q-1", revision="2", quantity=20))

    shop.market.while_sending = accepted_anew
    shop.step(ref)
    shop.market.while_sending = lambda: None

    shop.step(ref)

    assert len(shop.market.purchases) == 1
    assert shop.row(ref).state == "asking"
    (asked,) = shop.open_questions(ref)
    answer(shop.desk, ref, shop.row(ref).version, {UUID(asked["id"]): ["keep"]}, actor="ann")
    shop.bring_to(ref, Stage.POLL_STATUS)
    assert len(shop.market.purchases) == 2


def test_what_is_ordered_again_is_the_revision_that_was_accepted_again(shop: Shop) -> None:
    shop.order(a_quote("Q-1", revision="1", quantity=10))
    second = shop.order(a_quote("Q-1", revision="2", quantity=20))
    cancel(shop.desk, second, shop.row(second).version, "not wanted", actor="ann")
    shop.accept(a_quote("Q-1", revision="1", quantity=10))
    (asked,) = shop.open_questions(second)

    answer(shop.desk, second, shop.row(second).version, {UUID(asked["id"]): ["order again"]}, actor="ann")

    made = shop.order(a_quote("Q-1", revision="1", quantity=10))
    shop.step(made, through=True)
    (bought,) = shop.market.purchases
    assert [line.quantity for line in bought.lines] == [10]


def test_a_newer_revision_is_not_taken_while_it_is_unknown_what_was_prepared_and_the_person_is_told_so(
    shop: Shop,
) -> None:
    ref = shop.order(a_quote("Q-1", revision="1"))
    shop.bring_to(ref, Stage.VALIDATE_MOCK)
    shop.loses_a_basket(ref)
    shop.accept(a_quote("Q-1", revision="2", quantity=20))
    (asked,) = shop.open_questions(ref)

    with pytest.raises(NotAllowed, match="Nothing of it was bought"):
        answer(shop.desk, ref, shop.row(ref).version, {UUID(asked["id"]): ["replace"]}, actor="ann")


def test_what_was_bought_is_still_handed_out_when_its_quote_is_revoked_after_that(shop: Shop) -> None:
    ref = shop.order(a_quote("Q-1", revision="1"))
    shop.bring_to(ref, Stage.POLL_STATUS)
    shop.revoke(a_quote("Q-1", revision="1"))
    row = shop.row(ref)
    with shop.database.transaction() as connection:
        order = orders.load(connection, shop.database, row, shop.policy, "Pax8")
        state = connection.execute(select(REVISIONS.c.state).where(REVISIONS.c.id == row.revision_pk)).scalar_one()
    unit = AllocateUnit(company_id=COMPANY, order_id=row.marketplace_order_id, product_id="backup", unit="SN-1")

    made = Claiming(shop.database).claim(Run(order, row, Entry("attempt", order.stage, "")), Claimed(unit))

    assert state == "revoked"
    assert isinstance(made, Permit)


def test_an_order_whose_attempt_turns_out_unsent_is_no_longer_one_that_may_have_bought(shop: Shop) -> None:
    ref = shop.order()
    shop.bring_to(ref, Stage.SUBMIT)
    shop.market.answers.append(NOT_SENT)
    shop.market.while_sending = lambda: shop.ask_a_person(ref)

    shop.step(ref)

    assert not shop.row(ref).unknown_submit
    assert not shop.open_questions(ref)
    assert shop.row(ref).due_at is not None


def test_cancelling_an_order_whose_new_company_is_lost_ends_it_and_lets_the_customer_s_next_order_go_on(
    shop: Shop,
) -> None:
    customer = Customer(name="Nobody Inc", phone="1", website="w", address=ADDRESS)
    ref, behind = shop.order(a_quote(customer=customer)), shop.order(a_quote(customer=customer))
    shop.step(ref)
    (asked,) = shop.open_questions(ref)
    shop.market.answers.append(LOST)
    answer(shop.desk, ref, shop.row(ref).version, {UUID(asked["id"]): ["create"]}, actor="ann")
    shop.step(ref)
    shop.ask_a_person(ref)
    assert [one["key"] for one in shop.open_questions(ref)] == ["company:lost"]

    cancel(shop.desk, ref, shop.row(ref).version, "not wanted", actor="ann")

    assert shop.row(ref).state == "cancelled"
    shop.step(behind)
    (asked,) = shop.open_questions(behind)
    answer(shop.desk, behind, shop.row(behind).version, {UUID(asked["id"]): ["create"]}, actor="ann")
    shop.step(behind, through=True)
    assert shop.row(behind).company_id is not None


def test_a_revocation_of_a_revision_that_never_came_offers_nothing_that_buys_by_mistake(shop: Shop) -> None:
    ref = shop.order(a_quote("Q-1", revision="1"))
    shop.revoke(a_quote("Q-1", revision="2"))

    (asked,) = shop.open_questions(ref)

    assert asked["possible_values"] == ["keep"]
    assert shop.row(ref).due_at is None


def test_a_question_that_cannot_be_told_of_keeps_no_other_from_its_next_person(shop: Shop) -> None:
    broken, other = shop.order(a_quote(customer=Customer(name="Nobody Inc"))), lost(shop)
    shop.step(broken)
    shop.ask_a_person(other)
    shop.put(broken, facts=b"no seal of ours")
    with shop.database.transaction() as connection:
        connection.execute(update(QUESTIONS).values(due_at=func.now() - timedelta(hours=1)))

    assert escalate(shop.database, shop.mover, shop.rules, "boss") == 1

    (asked,) = shop.open_questions(other)
    assert asked["owner"] == "boss"


def lost(shop: Shop) -> str:
    """An order whose purchase got no answer."""
    ref = shop.order()
    shop.market.answers.append(LOST)
    shop.bring_to(ref, Stage.SUBMIT)
    shop.step(ref)
    return ref


def give_up(shop: Shop, ref: str) -> None:
    """A person has the lost purchase sent again, for no look has found it."""
    shop.ask_a_person(ref)
    shop.later()
    resend(shop.desk, ref, shop.row(ref).version, shop.attempt(ref), "it is not there", actor="ann")
