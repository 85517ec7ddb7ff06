"""Whole orders at the simulated FlexPortal, from the customer to the last notice, and answers that get lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from pipeline.domain.customer import Customer
from pipeline.domain.money import Money
from pipeline.domain.order import CompanyPolicy, Policy
from pipeline.domain.outcome import Advance, Finish, Looked, Outcome, Reject, WaitUntil
from pipeline.domain.question import Question
from pipeline.domain.quote import QuoteLine
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.marketplaces.flexportal.simulator import FlexPortalSimulator, catalogue, customers
from pipeline.testing import CONTOSO, Walk, a_line, an_order
from tests.contracts.flexportal_case import FlexPortalCase
from tests.unit.stages.world import questions, the_question

ADA = CONTOSO.contacts[0].model_copy(update={"email": customers.CONTOSO.email})
KNOWN = CONTOSO.model_copy(update={"name": "Contoso", "contacts": (ADA,)})
NEW = CONTOSO.model_copy(update={"name": "Proseware"})


class FlexPortalWalk(Walk):
    """A walk whose order's clock goes with the simulator's."""

    def __init__(self, case: FlexPortalCase, *lines: QuoteLine, customer: Customer = KNOWN, **changed: Any) -> None:
        policy = Policy(currency="EUR", create_companies=CompanyPolicy.ALWAYS, owner="Ola")
        values: dict[str, Any] = {"marketplace": "flexportal", "title": "FlexPortal", "policy": policy}
        order = an_order(*lines, customer=customer, now=case.simulator.clock.now(), **(values | changed))
        super().__init__(order, case.open)
        self.case = case

    @property
    def simulator(self) -> FlexPortalSimulator:
        return self.case.simulator

    def pass_time(self, seconds: float) -> FlexPortalWalk:
        self.simulator.clock.advance(seconds)
        self.later(self.simulator.clock.now())
        return self

    def to_the_end(self, most: int = 30) -> tuple[Finish, list[Question]]:
        """Until it ends, and what was asked meanwhile."""
        asked: dict[str, Question] = {}
        for _ in range(most):
            outcome = self.run()
            asked |= {question.key: question for question in questions(outcome)}
            if isinstance(outcome, Finish):
                return outcome, list(asked.values())
            assert isinstance(outcome, Advance | WaitUntil | Looked), outcome
            if not isinstance(outcome, Advance):
                self.pass_time(60)
        raise AssertionError("it did not end")


def laptops(line_id: str = "1", **changed: Any) -> QuoteLine:
    values: dict[str, Any] = {"product_id": catalogue.LAPTOP_14, "quantity": 2, "commitment": "24 months"}
    return a_line(line_id, **(values | {"marketplace": "flexportal"} | changed))


@pytest.fixture
def case() -> FlexPortalCase:
    return FlexPortalCase()


def test_an_order_for_a_known_customer_is_bought_once_and_ends_live(case: FlexPortalCase) -> None:
    walk = FlexPortalWalk(case, laptops(), laptops("2", product_id=catalogue.MONITOR, commitment="12", quantity=1))
    case.simulator.world.walk_next(((120, "confirmed"), (180, "device"), (300, "fulfilled")))

    end, asked = walk.to_the_end()

    (bought,) = case.simulator.world.bought
    assert end == Finish(OrderState.DONE, "All 2 lines are live at FlexPortal.")
    assert [question.key for question in asked] == ["approval"]
    assert bought.customer.id == customers.CONTOSO.id
    assert bought.custom_fields == {"externalOrderId": walk.order.reference}
    assert sorted(bought.contents) == [(catalogue.LAPTOP_14, 2, 24), (catalogue.MONITOR, 1, 12)]


def test_a_customer_whom_flexportal_does_not_know_is_made_by_the_order(case: FlexPortalCase) -> None:
    walk = FlexPortalWalk(case, laptops(), customer=NEW)

    end, _ = walk.to_the_end()

    (bought,) = case.simulator.world.bought
    assert end.state is OrderState.DONE
    assert (bought.customer.email, bought.customer.company) == (NEW.contacts[0].email, "Proseware")
    assert bought.billing == bought.shipping
    assert bought.billing["country"] == "United States"


def test_while_it_waits_for_somebody_who_confirms_it_a_person_is_told(case: FlexPortalCase) -> None:
    case.simulator.world.walk_next(())
    walk = FlexPortalWalk(case, laptops())

    waits = walk.run_to(Stage.NOTIFY)
    asked = the_question(waits)
    ref = case.simulator.world.bought[0]
    case.simulator.world.confirm(ref)
    shipping = walk.pass_time(60).run()
    case.simulator.world.ship(ref)

    assert isinstance(waits, WaitUntil)
    assert waits.on == "an approval at FlexPortal"
    assert "The order is pending at FlexPortal" in asked.text
    assert isinstance(shipping, WaitUntil)
    assert "confirmed, 0 of 2 devices assigned" in shipping.reason
    assert walk.pass_time(60).to_the_end()[0].state is OrderState.DONE


def test_a_payment_that_failed_is_told_in_so_many_words(case: FlexPortalCase) -> None:
    case.simulator.world.walk_next(((1, "payment_failed"),))
    walk = FlexPortalWalk(case, laptops())
    walk.run_to(Stage.POLL_STATUS)

    asked = the_question(walk.pass_time(5).run())

    assert "The order is pending (payment failed) at FlexPortal" in asked.text


def test_an_order_that_is_cancelled_there_fails(case: FlexPortalCase) -> None:
    walk = FlexPortalWalk(case, laptops())
    walk.run_to(Stage.POLL_STATUS)
    case.simulator.world.cancel(case.simulator.world.bought[0])

    assert walk.to_the_end()[0].state is OrderState.FAILED


def test_a_price_that_rose_waits_for_approval(case: FlexPortalCase) -> None:
    quoted = Money(amount=Decimal("39.90"), currency="EUR")
    walk = FlexPortalWalk(case, laptops(unit_cost=quoted))
    case.simulator.world.reprice(catalogue.LAPTOP_14, monthly=Decimal("44.90"))

    asked = the_question(walk.run_to(Stage.SUBMIT))

    assert asked.amount == Money(amount=Decimal("44.90"), currency="EUR")
    assert not case.simulator.world.bought


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (laptops(product_id="NO-SUCH"), "FlexPortal has no product with the id NO-SUCH"),
        (laptops(product_id=catalogue.SCANNER_INACTIVE), "VARIANT_INACTIVE"),
        (laptops(commitment="18 months"), "Possible are 12 months, 24 months and 36 months"),
        (laptops(commitment=""), "needs a commitment and the quote names none"),
        (laptops(billing_term="Annual"), "FlexPortal offers Monthly"),
    ],
    ids=["no variant", "an inactive one", "another contract length", "no contract length", "another billing term"],
)
def test_what_flexportal_does_not_offer_is_asked_before_anything_is_sent(
    case: FlexPortalCase, line: QuoteLine, words: str
) -> None:
    asked = the_question(FlexPortalWalk(case, line).run_to(Stage.SUBMIT))

    assert words in asked.text
    assert case.calls("purchase") == 0


def test_what_is_withdrawn_between_the_dry_run_and_the_order_is_refused_as_a_sentence(case: FlexPortalCase) -> None:
    walk = FlexPortalWalk(case, laptops())
    walk.run_to(Stage.SUBMIT)
    offer = case.simulator.world.offer(catalogue.LAPTOP_14)
    assert offer is not None
    offer[1].status = "inactive"

    outcome = walk.run()

    assert isinstance(outcome, Reject)
    assert "VARIANT_INACTIVE" in outcome.reason
    assert "Activate it in the dashboard" in outcome.reason


def test_a_shared_mailbox_is_never_taken_for_the_customer_without_a_person(case: FlexPortalCase) -> None:
    shared = ADA.model_copy(update={"email": customers.FABRIKAM_SHARED_MAILBOX.email})
    walk = FlexPortalWalk(case, laptops(), customer=KNOWN.model_copy(update={"contacts": (shared,)}))

    asked = the_question(walk.run())

    assert asked.possible_values == (customers.FABRIKAM_SHARED_MAILBOX.id,)


def test_an_id_and_an_address_of_different_customers_buy_for_neither(case: FlexPortalCase) -> None:
    """The quote names the company by its id; the order would go by the address of the person who orders."""
    ids = {"flexportal": customers.TAILSPIN_ONE_LAPTOP.id}
    walk = FlexPortalWalk(case, laptops(), customer=KNOWN.model_copy(update={"marketplace_ids": ids}))

    asked = the_question(walk.run_to(Stage.SUBMIT))

    assert "is that of customer cust_contoso at FlexPortal, not of cust_tailspin" in asked.text
    assert not case.simulator.world.bought


LOST: dict[str, dict[str, Any]] = {
    "the connection broke after the order was made": {"kind": "reset", "when": "after"},
    "a gateway answered for it": {"kind": "status", "status": 502, "when": "after"},
    "the answer lacked its id": {"kind": "no_id", "when": "after"},
    "it was made after we had gone": {"kind": "late_commit", "seconds": 20},
}


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
@pytest.mark.parametrize("filterable", [("externalOrderId",), ()], ids=["field configured", "field not configured"])
@pytest.mark.parametrize("customer", [KNOWN, NEW], ids=["known customer", "new customer"])
def test_a_lost_answer_is_found_again_and_nothing_bought_twice(
    case: FlexPortalCase, fault: dict[str, Any], filterable: tuple[str, ...], customer: Customer
) -> None:
    case.simulator.knobs.filterable_fields = filterable
    walk = FlexPortalWalk(case, laptops(), customer=customer)
    walk.run_to(Stage.SUBMIT)
    case.fault(on="purchase", **fault)

    lost = walk.run()
    end, _ = walk.pass_time(60).to_the_end()

    assert isinstance(lost, WaitUntil)
    assert end.state is OrderState.DONE
    assert len(case.simulator.world.bought) == 1
    assert walk.order.facts.purchase is not None
    assert walk.order.facts.purchase.adopted


def test_a_twin_within_flexportals_window_is_a_question_and_never_adopted(case: FlexPortalCase) -> None:
    """Two accepted quotes of equal contents, sent within a minute: FlexPortal makes one order of them."""
    first = FlexPortalWalk(case, laptops())
    second = FlexPortalWalk(case, laptops())
    first.run_to(Stage.POLL_STATUS)

    lost = second.run_to(Stage.POLL_STATUS)
    asked = _until_asked(second)

    (bought,) = case.simulator.world.bought
    assert isinstance(lost, WaitUntil)
    assert first.order.reference in lost.reason
    assert asked.key == "submit"
    assert f"order {bought.id}, whose externalOrderId is '{first.order.reference}'" in asked.text
    assert second.order.facts.purchase is None


def test_a_twin_is_sent_again_where_the_accounts_owner_allows_it(case: FlexPortalCase) -> None:
    first = FlexPortalWalk(case, laptops())
    policy = Policy(currency="EUR", create_companies=CompanyPolicy.ALWAYS, resend_when_absent=True)
    second = FlexPortalWalk(case, laptops(), policy=policy)
    first.run_to(Stage.POLL_STATUS)
    second.run_to(Stage.POLL_STATUS)

    end, _ = second.pass_time(60).to_the_end(40)

    assert end.state is OrderState.DONE
    assert [one.custom_fields for one in case.simulator.world.bought] == [
        {"externalOrderId": walk.order.reference} for walk in (first, second)
    ]


def _until_asked(walk: FlexPortalWalk) -> Question:
    for _ in range(20):
        outcome: Outcome = walk.pass_time(60).run()
        if questions(outcome):
            return the_question(outcome)
    raise AssertionError("nobody was asked")


def test_an_extension_ends_live_once_it_is_confirmed(case: FlexPortalCase) -> None:
    who = customers.TAILSPIN_ONE_LAPTOP
    person = ADA.model_copy(update={"email": who.email})
    customer = KNOWN.model_copy(update={"name": who.company, "contacts": (person,)})
    original = case.simulator.world.orders_of(who.id)[0].id
    details = {"originalOrderId": (original,), "extensionMonths": ("12",)}
    walk = FlexPortalWalk(case, laptops(quantity=1, commitment="12", provisioning=details), customer=customer)

    end, _ = walk.to_the_end()

    (bought,) = case.simulator.world.bought
    assert end.state is OrderState.DONE
    assert (bought.order_type, bought.details) == (
        "extension",
        {"originalOrderId": original, "extensionMonths": 12},
    )


def test_a_missing_detail_of_an_extension_is_asked_for(case: FlexPortalCase) -> None:
    who = customers.TAILSPIN_ONE_LAPTOP
    person = ADA.model_copy(update={"email": who.email})
    customer = KNOWN.model_copy(update={"name": who.company, "contacts": (person,)})
    original = case.simulator.world.orders_of(who.id)[0].id
    details = {"originalOrderId": (original,)}
    walk = FlexPortalWalk(case, laptops(quantity=1, commitment="12", provisioning=details), customer=customer)

    asked = the_question(walk.run_to(Stage.SUBMIT))
    walk.pass_time(60).answer(asked.key, "6")

    assert asked.key == "provisioning:1:extensionMonths"
    assert walk.to_the_end()[0].state is OrderState.DONE
