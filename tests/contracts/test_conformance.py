"""What every adapter promises, against its simulated marketplace."""

from datetime import timedelta
from typing import Any

import pytest

from pipeline.domain.claim import AnswerClass, Purchase
from pipeline.domain.company import CompanyStatus
from pipeline.domain.customer import ContactRole
from pipeline.domain.errors import (
    BreakerOpen,
    BudgetSpent,
    Forbidden,
    NotFound,
    PortError,
    TooManyCalls,
    Unauthorized,
    Unavailable,
    Unreadable,
)
from pipeline.ports import Passed, Purpose, RefusedPayload, Rehearses
from tests.contracts.adapters import CASES, GRACE, Case, add_grace, contacts, in_time, new_company, purchase
from tests.contracts.fakes import MemoryKnownOrders

NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]()


def test_opening_an_account_calls_nobody(case: Case) -> None:
    marketplace = case.open()

    assert (marketplace.name, marketplace.title) == (case.account.name, case.account.title)
    assert case.tokens.fetched == 0
    assert not case.exchanges


def test_a_company_is_read_with_its_status(case: Case) -> None:
    marketplace = case.open()

    assert marketplace.company(case.company_id).status is CompanyStatus.ACTIVE
    assert marketplace.company(case.inactive_company_id).status is CompanyStatus.INACTIVE


@pytest.mark.parametrize("company_id", [NOWHERE, "", "..", "a/b?c=d", "  "])
def test_a_company_that_does_not_exist_is_not_found(case: Case, company_id: str) -> None:
    with pytest.raises(NotFound):
        case.open().company(company_id)


def test_all_companies_come_each_once_inactive_ones_too(case: Case) -> None:
    ids = [company.id for company in case.open().companies()]

    assert len(ids) == len(set(ids)) > 10
    assert {case.company_id, case.inactive_company_id} <= set(ids)


def test_contacts_say_what_they_are_the_primary_of(case: Case) -> None:
    people = contacts(case.open(), case.company_id)

    assert frozenset[ContactRole]().union(*(one.primary_for for one in people)) == set(ContactRole)


def test_a_product_is_found_by_its_sku_and_by_no_part_of_it(case: Case) -> None:
    marketplace = case.open()

    assert [product.id for product in marketplace.products_by_sku(case.sku)] == [case.product_id]
    assert not marketplace.products_by_sku(case.sku[:-1])
    assert not marketplace.products_by_sku("")


def test_a_product_has_prices_fields_and_commitments(case: Case) -> None:
    marketplace = case.open()

    assert marketplace.product(case.product_id).requires_commitment
    assert all(price.rates[0].cost > 0 for price in marketplace.prices(case.product_id, case.company_id))
    assert marketplace.fields(case.product_id)
    assert marketplace.dependencies(case.product_id).commitments


def test_the_same_lines_compose_to_the_same_bytes_in_any_order(case: Case) -> None:
    marketplace = case.open()
    wanted = Purchase(company_id=case.company_id, lines=case.lines())
    turned = wanted.model_copy(update={"lines": wanted.lines[::-1]})

    assert marketplace.compose(wanted) == marketplace.compose(turned)


def test_the_dry_run_buys_nothing_however_often(case: Case) -> None:
    marketplace = case.open()
    assert isinstance(marketplace, Rehearses)
    wanted = case.purchase()

    assert [marketplace.rehearse(wanted) for _ in range(3)] == [Passed()] * 3
    assert case.bought() == 0
    assert case.calls("purchase") == 0


def test_a_refused_dry_run_names_the_line_and_the_field(case: Case) -> None:
    marketplace = case.open()
    assert isinstance(marketplace, Rehearses)

    refusal = marketplace.rehearse(purchase(marketplace, case.company_id, case.refused_lines()))

    assert isinstance(refusal, RefusedPayload)
    assert refusal.fields == ((1, "msDomain"),)
    assert refusal.details


def test_a_purchase_is_made_once_and_read_back_by_its_id(case: Case) -> None:
    marketplace = case.open()
    write = purchase(marketplace, case.company_id, case.lines())
    marketplace.ready_to_send()

    answer = marketplace.send(write, in_time())

    assert answer.kind is AnswerClass.ACCEPTED
    assert case.bought() == 1
    assert answer.ref is not None
    placed = marketplace.order(answer.ref)
    assert sorted(line.quantity for line in placed.lines) == [3, 5]
    assert all(marketplace.subscription(line.subscription_id or "") for line in placed.lines)
    assert len(marketplace.subscriptions(case.company_id)) == 2
    assert len(marketplace.subscriptions(case.company_id, case.product_id)) == 1


def test_a_purchase_needs_no_preparation_to_be_sent(case: Case) -> None:
    assert case.open().send(case.purchase(), in_time()).kind is AnswerClass.ACCEPTED


def test_a_purchase_takes_one_call_of_the_budget_and_polls_take_theirs(case: Case) -> None:
    marketplace = case.open()
    marketplace.ready_to_send()
    marketplace.ready_to_send()
    marketplace.send(case.purchase(), in_time())
    case.open(Purpose.POLL).company(case.company_id)

    assert case.budget.taken == [Purpose.WORK, Purpose.POLL]


def test_after_its_time_nothing_is_sent(case: Case) -> None:
    answer = case.open().send(case.purchase(), in_time() - 61)

    assert answer.kind is AnswerClass.NOT_SENT
    assert case.calls("purchase") == 0


REFUSALS = [400, 403, 404, 422]
UNCLEAR = [301, 302, 307, 402, 405, 408, 409, 410, 413, 418, 451, 500, 501, 502, 503, 504, 520, 599]


@pytest.mark.parametrize("status", REFUSALS)
def test_a_refusal_says_that_nothing_was_bought_in_the_marketplaces_words(case: Case, status: int) -> None:
    case.fault("status", "purchase", status=status)

    answer = case.open().send(case.purchase(), in_time())

    assert (answer.kind, answer.status) == (AnswerClass.REJECTED, status)
    assert answer.details == ("Something went wrong",)


@pytest.mark.parametrize("status", UNCLEAR)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_status_that_proves_nothing_leaves_the_outcome_unknown(case: Case, status: int, when: str) -> None:
    kind = "redirect" if status < 400 else "status"
    case.fault(kind, "purchase", status=status, when=when)

    answer = case.open().send(case.purchase(), in_time())

    assert answer.kind is AnswerClass.UNKNOWN
    assert f"HTTP {status}" in " ".join(answer.details)
    assert case.calls("purchase") == 1
    assert case.bought() == (when == "after")


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
    case.fault(kind, "purchase", when="before" if kind in ("refuse", "late_commit") else "after")

    answer = case.open().send(case.purchase(), in_time())

    assert answer.kind is expected
    assert answer.details
    assert answer.ref is None
    assert case.calls("purchase") == 1


@pytest.mark.parametrize(
    "body",
    [
        {"id": "x", "isMock": True},
        {"id": ""},
        {"id": None},
        {"id": "x", "companyId": NOWHERE, "lineItems": []},
        {"message": "accepted"},
        [],
        "ok",
        None,
        7,
    ],
    ids=str,
)
def test_a_good_status_without_what_was_sent_is_unknown(case: Case, body: Any) -> None:
    case.fault("wrong_content", "purchase", body=body if body is not None else [None])

    assert case.open().send(case.purchase(), in_time()).kind is AnswerClass.UNKNOWN


def test_an_expired_token_sends_nothing_and_is_renewed_for_the_next_attempt(case: Case) -> None:
    marketplace = case.open()
    marketplace.ready_to_send()
    case.revoke_tokens()

    first = marketplace.send(case.purchase(), in_time())
    second = case.open().send(case.purchase(), in_time())

    assert (first.kind, second.kind) == (AnswerClass.NOT_SENT, AnswerClass.ACCEPTED)
    assert case.bought() == 1


@pytest.mark.parametrize(
    ("header", "after"), [(None, None), ("7", timedelta(seconds=7)), ("soon", None), ("-5", timedelta())]
)
def test_a_throttled_write_says_how_long_to_wait(case: Case, header: str | None, after: timedelta | None) -> None:
    case.fault("status", "purchase", status=429, retry_after=header)

    answer = case.open().send(case.purchase(), in_time())

    assert (answer.kind, answer.after) == (AnswerClass.THROTTLED, after)
    assert case.budget.pauses == [after or timedelta(seconds=8)]


def test_a_budget_that_is_spent_sends_nothing(case: Case) -> None:
    case.budget.wait = timedelta(seconds=9)

    assert case.open().send(case.purchase(), in_time()).kind is AnswerClass.NOT_SENT
    with pytest.raises(BudgetSpent) as spent:
        case.open().ready_to_send()
    assert spent.value.after == timedelta(seconds=9)
    assert case.calls("purchase") == 0


def test_a_payload_that_was_changed_after_its_rehearsal_is_not_sent(case: Case) -> None:
    write = case.purchase()
    changed = write.payload.model_copy(update={"body": write.payload.body.replace('"quantity":5', '"quantity":6')})

    answer = case.open().send(write.model_copy(update={"payload": changed}), in_time())

    assert answer.kind is AnswerClass.NOT_SENT
    assert case.calls("purchase") == 0


def test_sending_survives_a_journal_and_a_breaker_that_fail(case: Case) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("no journal today")

    answer = case.account.open(Purpose.WORK, broken).send(case.purchase(), in_time())

    assert answer.kind is AnswerClass.ACCEPTED


def test_a_company_is_created_with_its_reference_and_its_contacts(case: Case) -> None:
    marketplace = case.open()

    answer = marketplace.send(new_company("Proseware", "CUST-2001", GRACE), in_time())

    assert answer.kind is AnswerClass.ACCEPTED
    company = marketplace.company(answer.ref or "")
    assert (company.external_id, company.status) == ("CUST-2001", CompanyStatus.ACTIVE)


def test_a_contact_added_to_an_inactive_company_makes_it_active(case: Case) -> None:
    marketplace = case.open()

    answer = marketplace.send(add_grace(case.inactive_company_id), in_time())

    assert answer.kind is AnswerClass.ACCEPTED
    assert marketplace.company(case.inactive_company_id).status is CompanyStatus.ACTIVE


def test_an_existing_contact_gets_more_roles(case: Case) -> None:
    marketplace = case.open()
    first = marketplace.send(add_grace(case.inactive_company_id), in_time())

    again = marketplace.send(add_grace(case.inactive_company_id, first.ref), in_time())

    assert (again.kind, again.ref) == (AnswerClass.ACCEPTED, first.ref)
    assert len(contacts(marketplace, case.inactive_company_id)) == 1


def test_a_taken_name_is_a_refusal_and_no_second_company(case: Case) -> None:
    answer = case.open().send(new_company("Contoso", "CUST-9"), in_time())

    assert answer.kind is AnswerClass.REJECTED
    assert answer.details


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (403, Forbidden),
        (404, NotFound),
        (429, TooManyCalls),
        (500, Unavailable),
        (502, Unavailable),
        (503, Unavailable),
    ],
)
def test_a_read_that_fails_says_how(case: Case, status: int, error: type[PortError]) -> None:
    case.fault("status", "company", status=status)

    with pytest.raises(error) as failure:
        case.open().company(case.company_id)

    assert type(failure.value) is error
    assert case.calls("company") == 1


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("reset", Unavailable),
        ("close", Unavailable),
        ("hang", Unavailable),
        ("refuse", Unavailable),
        ("half_body", Unavailable),
        ("redirect", Unreadable),
        ("html", Unreadable),
        ("half_json", Unreadable),
        ("empty", Unreadable),
        ("no_id", Unreadable),
    ],
)
def test_a_broken_answer_to_a_read_is_never_read_as_something_else(
    case: Case, kind: str, error: type[PortError]
) -> None:
    case.fault(kind, "company")

    with pytest.raises(error):
        case.open().company(case.company_id)


@pytest.mark.parametrize("kind", ["html", "half_json", "empty", "half_body"])
def test_a_broken_list_is_never_a_short_one(case: Case, kind: str) -> None:
    case.fault(kind, "companies")

    with pytest.raises((Unreadable, Unavailable)):
        case.open().companies()


def test_a_refused_token_is_renewed_once_and_the_read_asked_again(case: Case) -> None:
    marketplace = case.open()
    marketplace.company(case.company_id)
    case.revoke_tokens()

    assert marketplace.company(case.company_id).id == case.company_id
    assert case.tokens.fetched == 2


def test_a_fresh_token_that_is_refused_is_the_settings_fault(case: Case) -> None:
    case.fault("status", "company", status=401, times=None)

    with pytest.raises(Unauthorized, match="CLIENT_SECRET"):
        case.open().company(case.company_id)

    assert case.calls("company") == 2


def test_many_calls_share_one_token(case: Case) -> None:
    for _ in range(3):
        case.open().company(case.company_id)

    assert case.tokens.fetched == 1


def test_calls_stop_after_failures_in_a_row_and_say_for_how_long(case: Case) -> None:
    case.fault("status", "company", status=503, times=5)
    for _ in range(5):
        with pytest.raises(Unavailable):
            case.open().company(case.company_id)

    with pytest.raises(BreakerOpen) as rest:
        case.open().ready_to_send()
    assert rest.value.after is not None
    assert case.account.health().breaker == "open"


def test_refusals_and_throttling_open_no_breaker(case: Case) -> None:
    for status in (403, 404, 429, 422) * 3:
        case.fault("status", "company", status=status)
        with pytest.raises(PortError):
            case.open().company(case.company_id)

    assert case.account.health().breaker == "closed"


def test_new_orders_are_all_that_are_not_known_and_nothing_is_learnt(case: Case) -> None:
    known = MemoryKnownOrders()
    marketplace = case.open()
    case.stranger_buys(3)
    first = marketplace.new_orders(case.company_id, known)
    known.learn(first)
    case.stranger_buys()

    assert len(first) == 3
    assert len(marketplace.new_orders(case.company_id, known)) == 1
    assert known.count() == 3


def test_nothing_of_a_customer_or_a_secret_gets_into_the_journal(case: Case) -> None:
    marketplace = case.open()
    assert isinstance(marketplace, Rehearses)
    contacts(marketplace, case.company_id)
    marketplace.rehearse(case.purchase())
    answers = [
        marketplace.send(case.purchase(), in_time()),
        marketplace.send(new_company("Canary Ltd", "CUST-7", GRACE), in_time()),
    ]
    case.fault("reset", "purchase", when="after")
    answers.append(marketplace.send(case.purchase(), in_time()))

    kept = repr([case.exchanges, answers, case.account, marketplace])
    for canary in ("canary-domain", "Canarina", "Canarison", "canary@", GRACE.first_name, GRACE.email, GRACE.phone):
        assert canary not in kept
    for secret in case.secrets:
        assert secret not in kept


def test_each_exchange_is_kept_with_its_answer(case: Case) -> None:
    case.open().company(case.company_id)
    case.fault("reset", "company")
    with pytest.raises(Unavailable):
        case.open().company(case.company_id)

    good, bad = case.exchanges[-2:]
    assert (good.method, good.status, good.error) == ("GET", 200, None)
    assert (bad.status, bad.received) == (None, None)
    assert bad.error
