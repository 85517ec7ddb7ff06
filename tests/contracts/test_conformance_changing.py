"""A change of a subscription: sent once, with the same five classes of what became of it as a purchase has."""

from datetime import timedelta
from decimal import Decimal

import pytest

from pipeline.abilities import ChangesSubscriptions
from pipeline.domain.claim import AnswerClass, ChangeSubscription, Payload
from pipeline.domain.terms import BillingTerm, SubscriptionTerms
from tests.contracts.adapters import Case, in_time, over
from tests.contracts.case import WithChanges

TERMS = SubscriptionTerms(quantity=10, billing_term=BillingTerm.MONTHLY)


@over(WithChanges)
def test_a_change_is_made_once_and_read_back(case: WithChanges) -> None:
    marketplace, write = case.open(), case.changing()
    marketplace.ready_to_send()

    answer = marketplace.send(write, in_time())

    assert (answer.kind, answer.ref) == (AnswerClass.ACCEPTED, write.subscription_id)
    seen = case.open().subscription(write.subscription_id)
    assert (seen.quantity, seen.billing_term) == (Decimal(write.after.quantity), write.after.billing_term)
    assert (case.calls("change"), case.changed(), case.bought()) == (1, 1, 0)


@over(WithChanges)
def test_a_change_that_is_sent_again_while_nobody_else_has_changed_it_leaves_it_so(case: WithChanges) -> None:
    marketplace, write = case.open(), case.changing()

    answers = [marketplace.send(write, in_time()).kind for _ in range(2)]

    assert answers == [AnswerClass.ACCEPTED, AnswerClass.ACCEPTED]
    assert case.open().subscription(write.subscription_id).quantity == write.after.quantity


@over(WithChanges)
def test_equal_changes_are_composed_alike_without_a_call(case: WithChanges) -> None:
    marketplace, write = case.open(), case.changing()
    assert isinstance(marketplace, ChangesSubscriptions)
    made = len(case.exchanges)

    again = marketplace.compose_change(write.subscription_id, write.before, write.after)

    assert again == write.payload
    assert marketplace.compose_change("another", write.before, write.after).hash != write.payload.hash
    assert len(case.exchanges) == made


@over(WithChanges)
def test_after_its_time_no_change_is_sent(case: WithChanges) -> None:
    answer = case.open().send(case.changing(), in_time() - 61)

    assert answer.kind is AnswerClass.NOT_SENT
    assert case.calls("change") == 0


@over(WithChanges)
def test_a_change_that_was_altered_since_it_was_composed_is_not_sent(case: WithChanges) -> None:
    write = case.changing()
    altered = write.payload.model_copy(update={"body": write.payload.body + " "})

    answer = case.open().send(write.model_copy(update={"payload": altered}), in_time())

    assert answer.kind is AnswerClass.NOT_SENT
    assert case.calls("change") == 0


@over(WithChanges)
@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_a_refused_change_has_changed_nothing(case: WithChanges, status: int) -> None:
    write = case.changing()
    case.fault("status", "change", status=status)

    answer = case.open().send(write, in_time())

    assert (answer.kind, answer.status) == (AnswerClass.REJECTED, status)
    assert "Something went wrong" in " ".join(answer.details)
    assert case.changed() == 0


@over(WithChanges)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("status", [302, 408, 409, 500, 502, 503])
def test_a_status_that_proves_nothing_leaves_a_change_unknown(case: WithChanges, status: int, when: str) -> None:
    write = case.changing()
    case.fault("redirect" if status < 400 else "status", "change", status=status, when=when)

    answer = case.open().send(write, in_time())

    assert (answer.kind, answer.ref) == (AnswerClass.UNKNOWN, None)
    assert case.changed() == (when == "after")


@over(WithChanges)
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("reset", AnswerClass.UNKNOWN),
        ("close", AnswerClass.UNKNOWN),
        ("hang", AnswerClass.UNKNOWN),
        ("html", AnswerClass.UNKNOWN),
        ("half_json", AnswerClass.UNKNOWN),
        ("half_body", AnswerClass.UNKNOWN),
        ("empty", AnswerClass.UNKNOWN),
        ("no_id", AnswerClass.UNKNOWN),
        ("wrong_content", AnswerClass.UNKNOWN),
        ("drip", AnswerClass.ACCEPTED),
    ],
)
def test_what_happens_on_the_wire_decides_what_is_known_of_a_change(
    case: WithChanges, kind: str, expected: AnswerClass
) -> None:
    write = case.changing()
    case.fault(kind, "change", when="after")

    answer = case.open().send(write, in_time())

    assert answer.kind is expected
    assert (case.calls("change"), case.changed()) == (1, 1)


@over(WithChanges)
def test_a_throttled_change_says_how_long_to_wait(case: WithChanges) -> None:
    write = case.changing()
    case.fault("status", "change", status=429, retry_after="7")

    answer = case.open().send(write, in_time())

    assert (answer.kind, answer.after) == (AnswerClass.THROTTLED, timedelta(seconds=7))
    assert case.changed() == 0


@over(without=ChangesSubscriptions)
def test_where_nothing_is_changed_no_change_is_sent(case: Case) -> None:
    write = ChangeSubscription(
        company_id=case.unknown_id,
        subscription_id=case.unknown_id,
        product_id=case.product_id,
        line_id="1",
        before=TERMS,
        after=TERMS.model_copy(update={"quantity": 15}),
        payload=Payload(body="{}", hash="0" * 64),
    )
    made = len(case.exchanges)

    answer = case.open().send(write, in_time())

    assert answer.kind is AnswerClass.NOT_SENT
    assert answer.details
    assert len(case.exchanges) == made
