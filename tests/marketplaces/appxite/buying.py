"""An AppXite account over a simulator of its own, and orders that walk through the stages over it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pipeline.domain.claim import FillBasket, PlaceOrder, Purchase, PurchaseLine
from pipeline.domain.customer import Customer
from pipeline.domain.outcome import Outcome
from pipeline.domain.stage import Stage
from pipeline.marketplaces.appxite.adapter import AppXite
from pipeline.marketplaces.appxite.simulator import AppXiteSimulator, catalogue, customers
from pipeline.marketplaces.appxite.simulator.customers import Customer as Organisation
from pipeline.marketplaces.appxite.simulator.offers import Offer
from pipeline.testing import Walk, a_line, an_order
from tests.contracts.appxite_case import AppXiteCase
from tests.contracts.appxite_case import a_line as an_item
from tests.contracts.simulated import filling, in_time, ready

PURCHASE: dict[str, Any] = {"match": ("POST", "/orders/operation"), "containing": "place_order"}
CART: dict[str, Any] = {"match": ("POST", "/orders/")}


class Bench:
    """`case` has the account; `shop` is opened afresh each time, as stages get it."""

    def __init__(self, **changed: Any) -> None:
        self.case = AppXiteCase(**changed)
        self.simulator: AppXiteSimulator = self.case.simulator
        self.world = self.simulator.world
        self.knobs = self.simulator.knobs

    def shop(self) -> AppXite:
        marketplace = self.case.open()
        assert isinstance(marketplace, AppXite)
        return marketplace

    def purchase(
        self, *lines: PurchaseLine, reference: str = "QW-BENCH", organisation: Organisation = customers.CONTOSO
    ) -> Purchase:
        wanted = lines or (an_item(1, catalogue.DEFENDER.id, 5),)
        return Purchase(company_id=organisation.id, lines=wanted, reference=reference)

    def fill(self, wanted: Purchase | None = None, number: int = 1) -> FillBasket:
        return filling(self.shop(), wanted or self.purchase(), number)

    def in_cart(self, wanted: Purchase | None = None, number: int = 1) -> PlaceOrder:
        return ready(self.shop(), wanted or self.purchase(), number)

    def bought(self, wanted: Purchase | None = None) -> str:
        answer = self.shop().send(self.in_cart(wanted), in_time())
        assert answer.ref is not None, answer
        return answer.ref

    def walk(self, *lines: Any, customer: Organisation = customers.CONTOSO, **changed: Any) -> Walk:
        who = Customer(ref="CRM-42", name=customer.name, external_id=customer.external_id or "")
        quoted = lines or (a_quoted(),)
        order = an_order(
            *quoted, customer=who, marketplace="appxite", title="AppXite", account="appxite-main", **changed
        )
        return Walk(order, self.case.open)

    def later(self, walk: Walk, seconds: float) -> Walk:
        """For both: the order's clock and the marketplace's."""
        self.simulator.clock.advance(seconds)
        return walk.later(timedelta(seconds=seconds))

    def run_to_end(self, walk: Walk, pauses: Sequence[float] = (5, 60)) -> Outcome:
        outcome = walk.run_to(Stage.NOTIFY)
        for seconds in pauses:
            if walk.order.stage is Stage.NOTIFY:
                break
            self.later(walk, seconds)
            outcome = walk.run_to(Stage.NOTIFY)
        return outcome


def a_quoted(offer: Offer = catalogue.DEFENDER, line_id: str = "1", **changed: Any) -> Any:
    """A line of a quote; its answers to provisioning questions are single texts."""
    answers = {key: (value,) for key, value in changed.pop("answers", {}).items()}
    return a_line(line_id, offer.id, marketplace="appxite", provisioning=answers, **({"quantity": 5} | changed))
