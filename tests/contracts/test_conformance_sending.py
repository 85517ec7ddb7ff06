"""The five classes of what became of a purchase, each proven at the simulator."""

from datetime import timedelta
from typing import Any

import pytest

from pipeline.abilities import FindsByReference
from pipeline.domain.claim import Answer, AnswerClass, PlaceOrder
from pipeline.domain.errors import BudgetSpent
from pipeline.ports import Purpose
from tests.contracts.adapters import Case, in_time, over
from tests.contracts.case import WithShortAnswers, WithTokens

REFUSALS = [400, 403, 404, 422]
UNCLEAR = [301, 302, 307, 402, 405, 408, 409, 410, 413, 418, 451, 500, 501, 502, 503, 504, 520, 599]


@over()
def test_a_purchase_is_made_once_for_its_buyer(case: Case) -> None:
    marketplace, write = case.open(), case.purchase()
    assert case.bought() == 0
    marketplace.ready_to_send()

    answer = marketplace.send(write, in_time())

    assert answer.kind is AnswerClass.ACCEPTED, answer
    assert [(order.ref, order.buyer) for order in case.orders()] == [(answer.ref, case.buyers[0])]
    assert case.calls("purchase") == 1


@over()
def test_a_purchase_needs_no_preparation_to_be_sent(case: Case) -> None:
    assert case.open().send(case.purchase(), in_time()).kind is AnswerClass.ACCEPTED


@over()
def test_a_purchase_takes_one_call_of_the_budget_and_polls_take_theirs(case: Case) -> None:
    write, marketplace = case.purchase(), case.open()
    case.budget.taken.clear()
    marketplace.ready_to_send()
    marketplace.ready_to_send()
    marketplace.send(write, in_time())
    case.read(case.open(Purpose.POLL))

    assert case.budget.taken == [Purpose.WORK, Purpose.POLL]


@over()
def test_after_its_time_nothing_is_sent(case: Case) -> None:
    answer = case.open().send(case.purchase(), in_time() - 61)

    assert answer.kind is AnswerClass.NOT_SENT
    assert case.calls("purchase") == 0


@over()
@pytest.mark.parametrize("status", REFUSALS)
def test_a_refusal_says_that_nothing_was_bought_in_the_marketplaces_words(case: Case, status: int) -> None:
    write = case.purchase()
    case.fault("status", "purchase", status=status)

    answer = case.open().send(write, in_time())

    assert (answer.kind, answer.status) == (AnswerClass.REJECTED, status)
    assert "Something went wrong" in " ".join(answer.details)
    assert case.bought() == 0


@over()
@pytest.mark.parametrize("status", UNCLEAR)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_status_that_proves_nothing_leaves_the_outcome_unknown(case: Case, status: int, when: str) -> None:
    write = case.purchase()
    kind = "redirect" if status < 400 else "status"
    case.fault(kind, "purchase", status=status, when=when)

    answer = case.open().send(write, in_time())

    assert answer.kind is AnswerClass.UNKNOWN
    assert f"HTTP {status}" in " ".join(answer.details)
    assert case.calls("purchase") == 1
    assert case.bought() == (when == "after")


@over()
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
        ("late_commit", AnswerClass.UNKNOWN),
        ("refuse", AnswerClass.NOT_SENT),
    ],
)
def test_what_happens_on_the_wire_decides_the_class(case: Case, kind: str, expected: AnswerClass) -> None:
    write = case.purchase()
    before = kind in ("refuse", "late_commit")
    case.fault(kind, "purchase", when="before" if before else "after")

    answer = case.open().send(write, in_time())

    assert answer.kind is expected
    assert answer.details
    assert answer.ref is None
    assert case.calls("purchase") == 1
    if not before:
        assert case.bought() == 1


@over()
@pytest.mark.parametrize("status", [500, 502, 503])
def test_an_error_page_is_evidence_and_no_answer(case: Case, status: int) -> None:
    write = case.purchase()
    case.fault("status", "purchase", status=status, html=True, when="after")

    answer = case.open().send(write, in_time())

    assert (answer.kind, answer.status) == (AnswerClass.UNKNOWN, status)
    assert "text/html" in " ".join(answer.details)


@over()
def test_an_answer_that_comes_byte_by_byte_is_an_answer(case: Case) -> None:
    write = case.purchase()
    case.fault("drip", "purchase")

    assert case.open().send(write, in_time()).kind is AnswerClass.ACCEPTED


@over()
@pytest.mark.parametrize(
    "body",
    [
        {"id": "x", "isMock": True},
        {"id": ""},
        {"id": None},
        {"id": "x", "companyId": "00000000-0000-4000-8000-000000000000", "lineItems": []},
        {"message": "accepted"},
        [],
        "ok",
        [None],
        7,
    ],
    ids=str,
)
def test_a_good_status_without_what_was_sent_is_unknown(case: Case, body: Any) -> None:
    write = case.purchase()
    case.fault("wrong_content", "purchase", body=body)

    assert case.open().send(write, in_time()).kind is AnswerClass.UNKNOWN


@over()
@pytest.mark.parametrize(
    ("header", "after"), [(None, None), ("7", timedelta(seconds=7)), ("soon", None), ("-5", timedelta())]
)
def test_a_throttled_write_says_how_long_to_wait(case: Case, header: str | None, after: timedelta | None) -> None:
    write = case.purchase()
    case.fault("status", "purchase", status=429, retry_after=header)

    answer = case.open().send(write, in_time())

    assert (answer.kind, answer.after) == (AnswerClass.THROTTLED, after)
    assert case.budget.pauses == [after or timedelta(seconds=8)]
    assert case.bought() == 0


@over()
def test_a_budget_that_is_spent_sends_nothing(case: Case) -> None:
    write = case.purchase()
    case.budget.wait = timedelta(seconds=9)

    assert case.open().send(write, in_time()).kind is AnswerClass.NOT_SENT
    with pytest.raises(BudgetSpent) as spent:
        case.open().ready_to_send()
    assert spent.value.after == timedelta(seconds=9)
    assert case.calls("purchase") == 0


@over()
def test_refused_credentials_prove_that_nothing_was_bought(case: Case) -> None:
    write = case.purchase()
    case.fault("status", "purchase", status=401)

    answer = case.open().send(write, in_time())

    assert answer.kind is AnswerClass.NOT_SENT
    assert case.calls("purchase") == 1


@over(WithTokens)
def test_an_expired_token_sends_nothing_and_is_renewed_for_the_next_attempt(case: WithTokens) -> None:
    marketplace, write = case.open(), case.purchase()
    marketplace.ready_to_send()
    case.revoke_tokens()

    first = marketplace.send(write, in_time())
    again = case.open().send(write, in_time())

    assert (first.kind, again.kind) == (AnswerClass.NOT_SENT, AnswerClass.ACCEPTED)
    assert case.bought() == 1


@over()
def test_a_payload_that_was_changed_after_its_rehearsal_is_not_sent(case: Case) -> None:
    write = case.purchase()
    changed = write.payload.model_copy(update={"body": write.payload.body + " "})

    answer = case.open().send(write.model_copy(update={"payload": changed}), in_time())

    assert answer.kind is AnswerClass.NOT_SENT
    assert case.calls("purchase") == 0


@over()
def test_a_purchase_without_lines_is_not_sent(case: Case) -> None:
    answer = case.open().send(case.purchase().model_copy(update={"lines": ()}), in_time())

    assert answer.kind is AnswerClass.NOT_SENT
    assert case.calls("purchase") == 0


@over()
def test_sending_survives_a_journal_that_fails(case: Case) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("no journal today")

    answer = case.account.open(Purpose.WORK, broken).send(case.purchase(), in_time())

    assert answer.kind is AnswerClass.ACCEPTED


def _answered_with_an_earlier_one(case: Case, earlier: PlaceOrder, write: PlaceOrder) -> Answer:
    """The marketplace answers `write` with the order that `earlier` made."""
    assert case.open().send(earlier, in_time()).kind is AnswerClass.ACCEPTED
    body = case.answered()
    case.pass_time(120)
    case.fault("wrong_content", "purchase", body=body)
    return case.open().send(write, in_time())


@over(without=WithShortAnswers)
def test_an_answer_about_other_lines_is_not_taken_for_ours(case: Case) -> None:
    earlier, write = case.purchase("QW-ONE", quantity=7), case.purchase("QW-ONE", quantity=5)

    answer = _answered_with_an_earlier_one(case, earlier, write)

    assert (answer.kind, answer.ref) == (AnswerClass.UNKNOWN, None)


@over(without=WithShortAnswers)
def test_an_answer_about_another_buyer_is_not_taken_for_ours(case: Case) -> None:
    earlier, write = case.purchase("QW-ONE", buyer=1), case.purchase("QW-ONE", buyer=0)

    answer = _answered_with_an_earlier_one(case, earlier, write)

    assert (answer.kind, answer.ref) == (AnswerClass.UNKNOWN, None)


@over(FindsByReference)
def test_an_answer_with_another_reference_is_not_taken_for_ours(case: Case) -> None:
    earlier, write = case.purchase("QW-ONE"), case.purchase("QW-TWO")

    answer = _answered_with_an_earlier_one(case, earlier, write)

    assert (answer.kind, answer.ref) == (AnswerClass.UNKNOWN, None)
