"""FlexPortal's API as the Marketplace port."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pipeline.abilities import Cancellable, Passed, RefusedPayload
from pipeline.domain.catalogue import Dependencies, PlacedOrder, Price, Product, ProvisioningField, Subscription
from pipeline.domain.claim import (
    AllocateUnit,
    Answer,
    AnswerClass,
    CancelPurchase,
    Payload,
    PlaceOrder,
    Purchase,
    Write,
)
from pipeline.domain.company import Company
from pipeline.domain.errors import NotFound
from pipeline.domain.known import KnownOrders
from pipeline.marketplaces.accounts import Timeouts
from pipeline.marketplaces.flexportal import (
    allocation,
    assumed,
    cancelling,
    finding,
    fulfilment,
    handing_out,
    payload,
    reading,
    refusals,
    rehearsal,
    writes,
)
from pipeline.marketplaces.flexportal.lists import TITLE
from pipeline.marketplaces.flexportal.options import Options, Strategy
from pipeline.marketplaces.flexportal.reads import Reads
from pipeline.marketplaces.flexportal.shapes import OrderShape
from pipeline.marketplaces.flexportal.waiting import waiting
from pipeline.marketplaces.http import Caller
from pipeline.marketplaces.kept_pages import KeptPages
from pipeline.marketplaces.meaning import Attempt, why, write_answer
from pipeline.marketplaces.reply import Reply
from pipeline.marketplaces.sending import carry_out


class FlexPortal:
    """
    One account for one order's stage: `Marketplace`, `KnowsByEmail`, `Rehearses`, `FindsByReference`, `AllocatesUnits`,
    `CancelsPurchases`, `ListsWaiting` and `MayOrder`.
    """

    tells_with_order = True

    def __init__(self, name: str, caller: Caller, timeouts: Timeouts, options: Options, pages: KeptPages) -> None:
        self._name = name
        self._caller = caller
        self._timeouts = timeouts
        self._options = options
        self._pages = pages
        self._reads = Reads(caller, timeouts)
        self._seen: tuple[OrderShape, allocation.Stock] | None = None

    @property
    def name(self) -> str:
        return self._name

    @property
    def title(self) -> str:
        return TITLE

    def company(self, company_id: str) -> Company:
        return reading.company(self._reads.customer(company_id))

    def companies(self) -> Sequence[Company]:
        return [reading.company(shape) for shape in self._reads.customers()]

    def customers(self, email: str) -> Sequence[Company]:
        return [reading.company(shape) for shape in self._reads.customers_of(email)]

    def wanted_of_buyer(self) -> frozenset[str]:
        return payload.WANTED_OF_BUYER

    def product(self, product_id: str) -> Product:
        return reading.product(self._reads.variant(product_id))

    def products_by_sku(self, sku: str) -> Sequence[Product]:
        """None or one: a variant is known by its SKU."""
        return [reading.product(shape) for shape in self._reads.variants() if sku and assumed.sku(shape) == sku][:1]

    def prices(self, product_id: str, company_id: str) -> Sequence[Price]:
        """The same for all customers."""
        del company_id
        return reading.prices(self._reads.variant(product_id))

    def dependencies(self, product_id: str) -> Dependencies:
        """Contract lengths, and nothing else."""
        return reading.dependencies(self._reads.variant(product_id))

    def fields(self, product_id: str) -> Sequence[ProvisioningField]:
        del product_id
        return reading.fields()

    def subscriptions(self, company_id: str, product_id: str | None = None) -> Sequence[Subscription]:
        return [
            reading.subscription(shape)
            for shape in self._reads.rentals(company_id)
            if shape.customer_id in (None, company_id)
            and (product_id is None or (shape.sku or "").casefold() == product_id.casefold())
        ]

    def subscription(self, subscription_id: str) -> Subscription:
        """A device's, or, under the id that `order` gave it, a line's."""
        order_id = fulfilment.order_of(subscription_id)
        if order_id is None:
            return reading.subscription(self._reads.rental(subscription_id))
        for line in self.order(order_id).lines:
            if line.state is not None and line.state.id == subscription_id:
                return line.state
        raise NotFound(f"FlexPortal's order {order_id} has no line {subscription_id}.")

    def compose(self, purchase: Purchase) -> Payload:
        return payload.compose(purchase, self._options)

    def order(self, order_id: str) -> PlacedOrder:
        shape, stock = self._look_at(order_id)
        return fulfilment.placed(shape, self._reads.rentals_of(shape), stock)

    def waiting(self, sought: Mapping[str, str], since: datetime, now: datetime) -> Mapping[str, Subscription]:
        """By the status of their orders: one page holds 100 of all customers."""
        ours = self._options.strategy is Strategy.ALLOCATE
        return waiting(self._pages, self._reads.fetch_orders(), sought, since, now, hands_out=ours)

    def next_unit(self, placed: PlacedOrder) -> AllocateUnit | None:
        """Out of the stock that was listed when the order was read; the device itself is asked whether it is free."""
        if self._options.strategy is not Strategy.ALLOCATE:
            return None
        seen = self._seen if self._seen is not None and self._seen[0].id == placed.id else self._look_at(placed.id)
        return allocation.next_unit(self._reads, *seen)

    def find_unit(self, write: AllocateUnit) -> str | None:
        return self._handed_out(write)

    def cancellable(self, placed: PlacedOrder) -> Sequence[Cancellable]:
        """The order as a whole."""
        return [cancelling.cancellable(self._reads.order(placed.id))]

    def _look_at(self, order_id: str) -> tuple[OrderShape, allocation.Stock]:
        """The order, and the stock where it is us who hand out its devices."""
        shape = self._reads.order(order_id)
        ours = self._options.strategy is Strategy.ALLOCATE
        self._seen = (shape, allocation.stock(self._reads, shape) if ours else allocation.NOTHING_TO_DO)
        return self._seen

    def _handed_out(self, write: AllocateUnit, within: timedelta | None = None) -> str | None:
        rental = self._reads.rental_of(
            write.unit, write.order_id, lambda one: handing_out.made(write, one), within=within
        )
        return rental.id if rental is not None else None

    def new_orders(self, company_id: str, known: KnownOrders) -> Sequence[PlacedOrder]:
        return [fulfilment.placed(shape) for shape in finding.new_orders(self._reads, company_id, known)]

    def find_orders(self, write: PlaceOrder) -> Sequence[PlacedOrder]:
        return [fulfilment.placed(shape) for shape in finding.find_orders(self._reads, write, self._options)]

    def rehearse(self, wanted: PlaceOrder) -> Passed | RefusedPayload:
        return rehearsal.rehearse(self._reads, wanted, payload.sent(wanted.payload.body, self._options))

    def may_order(self) -> bool:
        return self._reads.may_order(hands_out=self._options.strategy is Strategy.ALLOCATE)

    def ready_to_send(self) -> None:
        self._caller.get_ready()

    def send(self, write: Write, send_before: float) -> Answer:
        return carry_out(
            TITLE,
            lambda: writes.asked(write, self._options),
            lambda ask: self._caller.write(ask, self._timeouts.write, send_before),
            lambda attempt: self._judged(write, attempt),
        )

    def _judged(self, write: Write, attempt: Attempt) -> Answer:
        reply = attempt.reply
        if isinstance(write, AllocateUnit) and reply is not None and (code := refusals.of_a_device(reply)):
            return self._refused(write, reply, code)
        if isinstance(write, CancelPurchase) and reply is not None and (code := refusals.of_a_cancellation(reply)):
            return cancelling.refused(write, reply, code)
        return _answer(write, attempt, self._options)

    def _refused(self, write: AllocateUnit, reply: Reply, code: str) -> Answer:
        """Refused, or refused because an earlier attempt has done it: within the time that one write may take."""
        status, request_id = reply.status, reply.request_id
        told = refusals.told(reply)
        try:
            left = self._timeouts.write - timedelta(milliseconds=reply.milliseconds)
            found = self._handed_out(write, left) if code in refusals.PERHAPS_DONE else None
        except Exception as error:  # noqa: BLE001 - the write has been answered, and nobody can tell yet by what
            doubt = f"Whether {write.unit} was handed out before could not be looked at: {why(error)}."
            return Answer(AnswerClass.UNKNOWN, details=(*told, doubt), status=status, request_id=request_id)
        if found is not None:
            return Answer(AnswerClass.ACCEPTED, ref=found, status=status, request_id=request_id)
        return Answer(AnswerClass.REJECTED, details=told, status=status, request_id=request_id)


def _answer(write: Write, attempt: Attempt, options: Options) -> Answer:
    def accept(reply: Reply) -> str:
        return writes.accepted(write, reply, options)

    answer = write_answer(TITLE, attempt, accept, refusals.named_fields)
    if answer.kind is AnswerClass.REJECTED and attempt.reply is not None:
        return replace(answer, details=refusals.told(attempt.reply))
    return answer
