"""A quote's whole way at Limio, from its customer to its notice, also where answers are lost."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pipeline.domain.catalogue import Verdict
from pipeline.domain.errors import IncompleteScan
from pipeline.domain.money import Money
from pipeline.domain.order import CompanyPolicy, Policy
from pipeline.domain.outcome import Advance, Ask, Finish, GoBack, Outcome, Reject, WaitUntil
from pipeline.domain.stage import Stage
from pipeline.marketplaces.limio.simulator import LimioSimulator, catalogue, customers, offers
from pipeline.testing import Walk, a_line
from tests.marketplaces.limio.buying import CUSTOMER, SUBMIT, Shop, accepted_quote

BACKUP, RETENTION, FIREWALL = catalogue.BACKUP.id, catalogue.RETENTION.id, catalogue.FIREWALL.id
NEW_CUSTOMERS = Policy(create_companies=CompanyPolicy.ALWAYS)
RESENDS = Policy(resend_when_absent=True)


@dataclass
class Trip:
    """A walk and its shop, whose clocks go together."""

    shop: Shop
    walk: Walk

    def later(self, seconds: float) -> "Trip":
        self.shop.simulator.clock.advance(seconds)
        self.walk.later(timedelta(seconds=seconds))
        return self

    def until(self, stage: Stage, most: int = 40) -> Outcome:
        """Goes on in time until the order stands at this stage. Incomplete looks are made again, as the runner does."""
        for _ in range(most):
            try:
                outcome = self.walk.run_to(stage)
            except IncompleteScan:
                self.later(10)
                continue
            if self.walk.order.stage is stage or isinstance(outcome, Ask | Reject | Finish):
                return outcome
            self.later(15)
        raise AssertionError(f"it still stands at {self.walk.order.stage}: {self.walk.outcomes[-1]}")

    @property
    def bought(self) -> int:
        return len(self.shop.simulator.world.bought)


def trip(simulator: LimioSimulator, *lines: Any, **changed: Any) -> Trip:
    shop = Shop(simulator)
    return Trip(shop, Walk(accepted_quote(*lines, **changed), shop.open))


def of(product_id: str, line_id: str = "1", **changed: Any) -> Any:
    return a_line(line_id, product_id, marketplace="limio", **({"quantity": 5} | changed))


def asked(outcome: Outcome) -> str:
    assert isinstance(outcome, Ask), outcome
    return outcome.questions[0].text


def test_a_quote_becomes_one_order_and_is_live(simulator: LimioSimulator) -> None:
    way = trip(simulator, of(BACKUP, "1", unit_cost="7.00"), of(RETENTION, "2", unit_cost="2.50", parent_line="1"))
    way.until(Stage.NOTIFY)

    bought = simulator.world.bought[0]
    facts = way.walk.order.facts
    assert way.bought == 1
    assert bought.external_id == way.walk.order.reference
    assert bought.customer.id == customers.CONTOSO.id
    assert facts.rehearsal is not None
    assert str(facts.rehearsal.total) == "47.50 USD"
    assert [one.verdict for one in facts.progress.values()] == [Verdict.LIVE, Verdict.LIVE]
    assert isinstance(way.walk.run(), Finish)


def test_a_smooth_order_takes_these_calls(simulator: LimioSimulator) -> None:
    way = trip(simulator)
    way.walk.run_to(Stage.POLL_STATUS)

    assert [(one.method, one.path.partition("?")[0].rpartition("/")[2][:8]) for one in way.shop.exchanges] == [
        ("GET", "customer"),
        ("GET", "v2"),
        ("POST", "checkout"),
        ("GET", "customer"),
        ("POST", "preview"),
        ("POST", "order"),
    ]


def test_a_customer_whom_limio_does_not_know_is_made_by_the_order(simulator: LimioSimulator) -> None:
    northwind = customers.DemoCustomer("", "Northwind", customers.NORTHWIND_EMAIL)
    way = trip(simulator, customer=of_customer(northwind), policy=NEW_CUSTOMERS)
    way.until(Stage.NOTIFY)

    assert way.bought == 1
    assert simulator.world.by_email(customers.NORTHWIND_EMAIL) is simulator.world.bought[0].customer


def of_customer(customer: Any) -> Any:
    person = CUSTOMER.contacts[0].model_copy(update={"email": customer.email})
    return CUSTOMER.model_copy(update={"name": customer.company, "contacts": (person,)})


def test_an_add_on_goes_beside_what_the_customer_owns(simulator: LimioSimulator) -> None:
    way = trip(simulator, of(RETENTION), customer=of_customer(customers.TAILSPIN_ONE_PARENT))
    way.until(Stage.NOTIFY)

    assert way.bought == 1


def test_an_add_on_beside_nothing_is_asked_about_and_not_bought(simulator: LimioSimulator) -> None:
    way = trip(simulator, of(RETENTION))

    assert "depends on a product that is neither in this order nor among" in asked(way.walk.run_to(Stage.SUBMIT))
    assert way.bought == 0


LOST: dict[str, dict[str, Any]] = {
    "the connection was reset after it was bought": {"kind": "reset", "when": "after"},
    "a bad gateway after it was bought": {"kind": "502", "when": "after"},
    "half of the answer came": {"kind": "half_json", "when": "after"},
    "the answer lacked its id": {"kind": "no_id", "when": "after"},
    "another order was told": {"kind": "wrong_content", "when": "after"},
    "it was carried out late": {"kind": "late_commit", "seconds": 40},
}


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
def test_a_lost_answer_is_found_again_and_nothing_is_bought_twice(
    simulator: LimioSimulator, fault: dict[str, Any]
) -> None:
    way = trip(simulator, policy=RESENDS)
    way.shop.fault(**fault)
    for _ in range(4):
        simulator.world.stranger_order(customers.CONTOSO.id, [{"offer_id": BACKUP, "quantity": 5}])
    way.until(Stage.NOTIFY)

    purchase = way.walk.order.facts.purchase
    assert purchase is not None
    assert (way.bought, purchase.adopted) == (1, True)
    assert purchase.marketplace_order_id == simulator.world.bought[0].id


def lag_lists(simulator: LimioSimulator) -> None:
    simulator.knobs.order_list_lag = timedelta(seconds=90)


def lag_all(simulator: LimioSimulator) -> None:
    lag_lists(simulator)
    simulator.knobs.basket_lag = timedelta(seconds=90)


def show_no_more(simulator: LimioSimulator) -> None:
    simulator.knobs.answer_fields = ("id",)


LATE: dict[str, Callable[[LimioSimulator], None]] = {
    "the list lags": lag_lists,
    "the list and the session lag": lag_all,
    "answers say no more than an id": show_no_more,
}


@pytest.mark.parametrize("harm", LATE.values(), ids=LATE.keys())
def test_an_order_that_shows_late_is_waited_for(
    simulator: LimioSimulator, harm: Callable[[LimioSimulator], None]
) -> None:
    harm(simulator)
    way = trip(simulator, policy=RESENDS)
    way.shop.fault("reset", when="after")
    way.until(Stage.NOTIFY)

    assert way.bought == 1


def test_what_never_arrived_is_sent_again_from_the_same_session(simulator: LimioSimulator) -> None:
    way = trip(simulator, policy=RESENDS)
    way.shop.fault("502")
    way.until(Stage.NOTIFY)

    assert way.bought == 1
    assert way.shop.calls(SUBMIT) == 2
    assert len(simulator.world.baskets) == 1


def test_a_half_done_order_is_failed_in_its_steps_words_and_never_sent_again(simulator: LimioSimulator) -> None:
    simulator.world.run_next(offers.HALF_DONE)
    way = trip(simulator)
    way.until(Stage.NOTIFY)
    outcome = way.walk.run()

    assert way.walk.order.facts.progress["1"].status_word == (
        "failed at billing-subscription: Upstream service returned an error"
    )
    assert isinstance(outcome, Finish)
    assert "failed" in outcome.reason
    assert (way.bought, way.shop.calls(SUBMIT), len(simulator.world.half_done)) == (1, 1, 1)


def test_who_may_not_buy_is_told_so_in_limios_words_and_nothing_is_bought(simulator: LimioSimulator) -> None:
    """The dry run does not ask who orders, so that comes out at the purchase."""
    way = trip(simulator, of(catalogue.MAILBOX_UK.id))
    outcome = way.until(Stage.POLL_STATUS)

    assert isinstance(outcome, Reject)
    assert "Order is not eligible: Hosted Mailbox UK is not available in US" in outcome.reason
    assert way.bought == 0


def test_a_price_that_rose_is_asked_about_by_its_total(simulator: LimioSimulator) -> None:
    simulator.world.reprice(BACKUP, price=Decimal("14.00"))
    way = trip(simulator)
    text = asked(way.walk.run_to(Stage.SUBMIT))

    assert "asks 70.00 USD for all of it where the quote counted on 35.00 USD" in text
    way.walk.answer("price:order", amount=Money(amount=Decimal(70), currency="USD"))
    way.until(Stage.NOTIFY)
    assert way.bought == 1


def test_a_price_that_nobody_can_read_is_not_nothing(simulator: LimioSimulator) -> None:
    simulator.knobs.billing_plugin = "other"
    way = trip(simulator)

    assert "the price is not verified" in asked(way.walk.run_to(Stage.SUBMIT))
    way.walk.answer("unpriced:order", "order anyway")
    way.until(Stage.NOTIFY)
    assert way.bought == 1


def test_an_offer_published_anew_before_the_purchase_is_bought_in_its_new_version(simulator: LimioSimulator) -> None:
    way = trip(simulator)
    way.walk.run_to(Stage.SUBMIT)
    new = simulator.world.reprice(BACKUP)
    way.later(1000)
    assert isinstance(way.walk.run(), GoBack)
    way.until(Stage.NOTIFY)

    assert [item.version for item in simulator.world.bought[0].items] == [new.version]
    assert len(simulator.world.baskets) == 2


def test_an_answered_question_about_the_customer_never_buys_for_another_one(simulator: LimioSimulator) -> None:
    way = trip(simulator)
    way.walk.answer("company", customers.LADA.id)

    assert "customer cus-00000000000000000000000000000002 has another one" in asked(way.walk.run_to(Stage.SUBMIT))
    assert way.bought == 0


def test_a_line_that_people_set_up_is_waited_for(simulator: LimioSimulator) -> None:
    way = trip(simulator, of(FIREWALL, billing_term="Annual", quantity=1, unit_cost="1200.00"))
    way.walk.run_to(Stage.POLL_STATUS)
    way.later(60)
    outcome = way.walk.run()
    assert isinstance(outcome, WaitUntil)
    assert "is pending" in outcome.reason

    way.later(3600)
    assert isinstance(way.walk.run(), Advance)


def test_a_word_that_nobody_knows_is_asked_about(simulator: LimioSimulator) -> None:
    simulator.world.run_next(offers.UNKNOWN_WORD)
    way = trip(simulator)
    way.walk.run_to(Stage.POLL_STATUS)
    way.later(60)
    outcome = way.walk.run()

    assert isinstance(outcome, WaitUntil)
    assert "'awaiting_allocation', a word that does not tell" in outcome.questions[0].text
