"""A change of a subscription at the simulated Pax8: its bytes, its answers, and how lagging reads look."""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from pipeline.abilities import ChangesSubscriptions
from pipeline.domain.claim import AnswerClass, ChangeSubscription
from pipeline.domain.terms import BillingTerm, SubscriptionTerms
from pipeline.marketplaces.pax8.payload import compose_change
from pipeline.marketplaces.pax8.simulator import catalogue, customers
from tests.contracts.adapters import Pax8Case, in_time

MONTHLY, ANNUAL = BillingTerm.MONTHLY, BillingTerm.ANNUAL
Change = Callable[[dict[str, Any]], Any]


def terms(quantity: int, term: BillingTerm = MONTHLY) -> SubscriptionTerms:
    return SubscriptionTerms(quantity=quantity, billing_term=term)


def subscribed(case: Pax8Case) -> str:
    """Ten of the backup, billed monthly."""
    world = case.simulator.world
    return world.subscribe(customers.CONTOSO.id, world.products[catalogue.BACKUP.id], 10, "Monthly").id


def changing(case: Pax8Case, subscription_id: str, after: SubscriptionTerms | None = None) -> ChangeSubscription:
    marketplace, after = case.open(), after or terms(15)
    assert isinstance(marketplace, ChangesSubscriptions)
    return ChangeSubscription(
        company_id=customers.CONTOSO.id,
        subscription_id=subscription_id,
        product_id=catalogue.BACKUP.id,
        line_id="1",
        before=terms(10),
        after=after,
        payload=marketplace.compose_change(subscription_id, terms(10), after),
    )


@pytest.mark.parametrize(
    ("after", "body"),
    [
        (terms(15), {"quantity": 15}),
        (terms(10, ANNUAL), {"billingTerm": "Annual"}),
        (terms(7, ANNUAL), {"quantity": 7, "billingTerm": "Annual"}),
    ],
    ids=["quantity", "term", "both"],
)
def test_no_more_is_sent_than_what_differs_and_never_a_price(after: SubscriptionTerms, body: dict[str, Any]) -> None:
    assert json.loads(compose_change("s1", terms(10), after).body) == body


def test_equal_changes_of_two_subscriptions_have_other_hashes() -> None:
    one, other = (compose_change(key, terms(10), terms(15)) for key in ("s1", "s2"))

    assert one.body == other.body
    assert one.hash != other.hash


def test_a_change_is_made_once_and_reads_show_it() -> None:
    case = Pax8Case()
    write = changing(case, subscribed(case), terms(15, ANNUAL))

    answer = case.open().send(write, in_time())

    assert (answer.kind, answer.ref) == (AnswerClass.ACCEPTED, write.subscription_id)
    seen = case.open().subscription(write.subscription_id)
    assert (seen.quantity, seen.billing_term) == (Decimal(15), ANNUAL)
    assert case.simulator.world.writes == ["PUT subscriptions"]


def test_a_payload_of_another_subscription_is_not_sent() -> None:
    case = Pax8Case()
    write = changing(case, subscribed(case))

    answer = case.open().send(write.model_copy(update={"subscription_id": subscribed(case)}), in_time())

    assert answer.kind is AnswerClass.NOT_SENT
    assert not case.simulator.world.writes


def test_a_change_of_nothing_is_not_sent() -> None:
    case = Pax8Case()

    assert case.open().send(changing(case, subscribed(case), terms(10)), in_time()).kind is AnswerClass.NOT_SENT


def test_a_refusal_is_told_in_pax8s_words() -> None:
    case = Pax8Case()
    world = case.simulator.world
    mine = subscribed(case)
    world.set_status(mine, "Cancelled")

    answer = case.open().send(changing(case, mine), in_time())

    assert answer.kind is AnswerClass.REJECTED
    assert "subscription is cancelled" in " ".join(answer.details)


def answered(change: Change) -> AnswerClass:
    """What becomes of a change that is made, and whose answer is altered."""

    def handler(request: httpx.Request) -> httpx.Response:
        response = case.simulator(request)
        return httpx.Response(200, content=json.dumps(change(response.json()))) if request.method == "PUT" else response

    case = Pax8Case(httpx.MockTransport(handler))
    return case.open().send(changing(case, subscribed(case)), in_time()).kind


SAME: dict[str, Change] = {
    "as it is": lambda told: told,
    "ids in capitals": lambda told: told | {"id": told["id"].upper(), "companyId": told["companyId"].upper()},
    "no term": lambda told: {name: value for name, value in told.items() if name != "billingTerm"},
    "a quantity with a fraction of nothing": lambda told: told | {"quantity": 15.0},
    "another status": lambda told: told | {"status": "PendingAutomated"},
}
ANOTHER: dict[str, Change] = {
    "as it was": lambda told: told | {"quantity": 10},
    "no quantity": lambda told: told | {"quantity": None},
    "another term": lambda told: told | {"billingTerm": "Annual"},
    "an unknown term": lambda told: told | {"billingTerm": "Weekly"},
    "another subscription": lambda told: told | {"id": "another"},
    "another company": lambda told: told | {"companyId": "another"},
    "another product": lambda told: told | {"productId": "another"},
    "a list of it": lambda told: [told],
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME.keys())
def test_what_was_wanted_came_back(change: Change) -> None:
    assert answered(change) is AnswerClass.ACCEPTED


@pytest.mark.parametrize("change", ANOTHER.values(), ids=ANOTHER.keys())
def test_something_else_came_back(change: Change) -> None:
    assert answered(change) is AnswerClass.UNKNOWN


def test_reads_may_lag_behind_a_change() -> None:
    case = Pax8Case()
    write = changing(case, subscribed(case))
    case.simulator.knobs.subscription_read_lag = timedelta(seconds=30)

    case.open().send(write, in_time())

    early = case.open().subscription(write.subscription_id).quantity
    case.pass_time(31)
    assert [early, case.open().subscription(write.subscription_id).quantity] == [10, 15]


@pytest.mark.parametrize("name", ["commitment", "commitmentTerm"])
def test_the_commitment_is_read_where_the_specification_or_production_has_it(name: str) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        response = case.simulator(request)
        told = response.json()
        if request.method == "GET" and "/subscriptions/" in request.url.path:
            told[name] = {"id": "c1", "term": "1-Year", "endDate": "2027-01-01"}
        return httpx.Response(response.status_code, content=json.dumps(told))

    case = Pax8Case(httpx.MockTransport(handler))

    found = case.open().subscription(subscribed(case)).commitment

    assert found is not None
    assert (found.id, found.term, found.months) == ("c1", "1-Year", 12)


@pytest.mark.parametrize("word", ["1-Year", 12, None, {}], ids=str)
def test_a_commitment_that_cannot_be_read_is_none(word: Any) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        response = case.simulator(request)
        told = response.json()
        if request.method == "GET" and "/subscriptions/" in request.url.path:
            told["commitmentTerm"] = word
        return httpx.Response(response.status_code, content=json.dumps(told))

    case = Pax8Case(httpx.MockTransport(handler))

    assert case.open().subscription(subscribed(case)).commitment is None


def test_what_a_commitment_allows_is_read() -> None:
    found = Pax8Case().open().dependencies(catalogue.M365_BUSINESS_PREMIUM.id).commitments

    assert [(one.allows_more, one.allows_less) for one in found] == [(True, True), (True, False)]
