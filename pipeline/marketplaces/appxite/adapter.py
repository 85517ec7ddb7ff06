"""AppXite's Order API 3.1 as the Marketplace port: carts, purchases out of them, and the references that are ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.abilities import BasketGone, Cancellable, Passed, RefusedPayload
from pipeline.domain.catalogue import (
    Commitment,
    Dependencies,
    PlacedOrder,
    Price,
    Product,
    ProvisioningField,
    Subscription,
)
from pipeline.domain.claim import (
    Answer,
    AnswerClass,
    DropBasket,
    FillBasket,
    Payload,
    PlaceOrder,
    Purchase,
    PurchaseLine,
    Write,
)
from pipeline.domain.company import Company
from pipeline.domain.errors import NotFound, Refused, Unavailable
from pipeline.domain.known import KnownOrders
from pipeline.marketplaces.accounts import Timeouts
from pipeline.marketplaces.appxite import looking, reading, shapes
from pipeline.marketplaces.appxite.carts import placed_items
from pipeline.marketplaces.appxite.codec import Codec, Contents, Placing, payload
from pipeline.marketplaces.appxite.lists import TITLE
from pipeline.marketplaces.appxite.options import Site
from pipeline.marketplaces.appxite.reader import Reader
from pipeline.marketplaces.appxite.references import is_plain, order_ref, same_id, subscription_ref
from pipeline.marketplaces.appxite.refusals import domain_slots, named_fields, names_a_taken_domain, slots_of
from pipeline.marketplaces.appxite.rehearsal import rehearse
from pipeline.marketplaces.appxite.templates import Template
from pipeline.marketplaces.appxite.writes import Altered, Writes, on_behalf_of
from pipeline.marketplaces.http import Caller
from pipeline.marketplaces.meaning import Attempt, write_answer
from pipeline.marketplaces.reply import Reply
from pipeline.marketplaces.sending import carry_out


class AppXite:
    """
    One account for one order's stage: `Marketplace`, `BuysFromBaskets`, `CancelsPurchases`, `FindsByReference`,
    `MayOrder`, `Rehearses` and `SellsByCompany`.

    Nothing in it says for whom a call is made: that comes with each call's own arguments.
    """

    def __init__(self, name: str, caller: Caller, timeouts: Timeouts, site: Site) -> None:
        self.drops_baskets = True
        self._name = name
        self._caller = caller
        self._timeouts = timeouts
        self._site = site
        self._templates, self._assumed = site.templates, site.assumed
        self._codec = Codec(site.assumed)
        own = on_behalf_of(site.organisation) if site.organisation else ()
        self._reader = Reader(caller, timeouts, self._codec, own)
        self._writes = Writes(self._codec, site.templates, own)
        self._filled: set[str] = set()

    @property
    def name(self) -> str:
        return self._name

    @property
    def title(self) -> str:
        return TITLE

    def company(self, company_id: str) -> Company:
        return reading.company(self._reader.customer(company_id))

    def companies(self) -> Sequence[Company]:
        return [reading.company(shape) for shape in self._reader.customers()]

    def product(self, product_id: str) -> Product:
        """As its templates have it: what AppXite says of it, it says to a company (`product_for`)."""
        return reading.product(self._offer(product_id))

    def product_for(self, product_id: str, company_id: str) -> Product:
        """One without a template is told as a product that can't be ordered, since it may well be there."""
        templates = self._templates.of(product_id)
        if not templates:
            return reading.without_template(product_id)
        return reading.product(templates, self._reader.plans(company_id, templates[0].offer))

    def products_by_sku(self, sku: str) -> Sequence[Product]:
        return [self.product(offer) for offer in self._templates.with_sku(sku)]

    def prices(self, product_id: str, company_id: str) -> Sequence[Price]:
        templates = self._offer(product_id)
        plans = self._reader.plans(company_id, templates[0].offer)
        return [reading.price(template, plans, self._site.currency) for template in templates]

    def dependencies(self, product_id: str) -> Dependencies:
        """The commitments that there are templates for; AppXite tells of no products that need others."""
        months = sorted({one.months for one in self._offer(product_id) if one.months is not None})
        return Dependencies(tuple(Commitment(str(length), f"{length} months", length) for length in months))

    def fields(self, product_id: str) -> Sequence[ProvisioningField]:
        return [slot.field for slot in self._offer(product_id)[0].slots]

    def subscriptions(self, company_id: str, product_id: str | None = None) -> Sequence[Subscription]:
        found = [reading.subscription(company_id, shape) for shape in self._reader.subscriptions(company_id)]
        return [one for one in found if product_id is None or same_id(one.product_id, product_id)]

    def subscription(self, subscription_id: str) -> Subscription:
        """One that AppXite names, or an item of an order, which is what an order's lines go by."""
        organisation, *ids = subscription_ref(subscription_id)
        if len(ids) == 1:
            return reading.subscription(organisation, self._reader.subscription(organisation, ids[0]))
        bought = self._read(organisation, self._reader.order(organisation, ids[0])).lines
        states = (line.state for line in bought if line.state is not None)
        found = next((state for state in states if same_id(state.id.rpartition("/")[2], ids[1])), None)
        if found is None:
            raise NotFound(f"AppXite's order {ids[0]} has no item {ids[1]} that was bought.")
        return found

    def compose(self, purchase: Purchase) -> Payload:
        """The templates of the lines, filled. Ids of order items belong to a cart, and come into it with it."""
        if not is_plain(purchase.company_id):
            raise Refused(f"AppXite can't have an organisation with the id {purchase.company_id!r}.")
        items = tuple(self._placing(line) for line in purchase.lines)
        return payload(Contents(organisation=purchase.company_id, items=items))

    def order(self, order_id: str) -> PlacedOrder:
        """NotFound for a cart too: nothing was bought by it."""
        organisation, their_id = order_ref(order_id)
        shape = self._reader.order(organisation, their_id)
        if not placed_items(shape, self._assumed):
            raise NotFound(f"AppXite still has {their_id} as a cart.")
        return self._read(organisation, shape)

    def cancellable(self, placed: PlacedOrder) -> Sequence[Cancellable]:
        """By what the order says of its items, which is all that AppXite tells."""
        return [reading.cancellable(line.state) for line in placed.lines if line.state is not None]

    def new_orders(self, company_id: str, known: KnownOrders) -> Sequence[PlacedOrder]:
        listed = self._reader.orders(company_id)
        if listed is None:
            raise Unavailable("AppXite's orders can't be listed: the option assumed says that there is no list.")
        bought = [self._read(company_id, shape) for shape in listed if placed_items(shape, self._assumed)]
        unknown = known.unknown(order.id for order in bought)
        return [order for order in bought if order.id in unknown]

    def find_orders(self, write: PlaceOrder) -> Sequence[PlacedOrder]:
        found = looking.purchased(self._reader, write, self._assumed)
        return [self._read(write.company_id, shape) for shape in found]

    def find_basket(self, write: FillBasket) -> str | None:
        return looking.basket(self._reader, write)

    def rehearse(self, wanted: PlaceOrder) -> Passed | RefusedPayload | BasketGone:
        return rehearse(self._reader, wanted, frozenset(self._filled), self._assumed, self._templates)

    def may_order(self) -> bool:
        return self._reader.may_order()

    def ready_to_send(self) -> None:
        self._caller.get_ready()

    def send(self, write: Write, send_before: float) -> Answer:
        answer = carry_out(
            TITLE,
            lambda: self._writes.asked(write),
            lambda ask: self._caller.write(ask, self._timeouts.write, send_before),
            lambda attempt: self._judged(write, attempt),
        )
        if isinstance(write, FillBasket) and answer.ref is not None:
            self._filled.add(answer.ref)
        return answer

    def _judged(self, write: Write, attempt: Attempt) -> Answer:
        altered: list[str] = []

        def accept(reply: Reply) -> str:
            try:
                return self._writes.accepted(write, reply)
            except Altered as cart:
                altered.append(str(cart))
                raise

        def fields(reply: Reply) -> tuple[str, ...]:
            lines = write.lines if isinstance(write, FillBasket | PlaceOrder) else ()
            return slots_of(named_fields(reply, lines, self._templates))

        answer = write_answer(TITLE, attempt, accept, fields)
        return self._of_carts(write, answer, altered, attempt.reply.words() if attempt.reply is not None else ())

    def _of_carts(self, write: Write, answer: Answer, altered: Sequence[str], words: tuple[str, ...]) -> Answer:
        """
        What a cart's answer says beyond its status: nothing is bought by a cart, so no caution is lost. One that is
        not there needs no throwing away; one that is altered, or that a taken domain keeps from being filled, would be
        so again.
        """
        match write:
            case DropBasket() if answer.status == 404:
                return replace(answer, kind=AnswerClass.ACCEPTED, ref=write.basket, details=())
            case FillBasket() if altered:
                return replace(answer, kind=AnswerClass.REJECTED, details=tuple(altered))
            case FillBasket() if answer.status == 500 and names_a_taken_domain(words):
                fields = domain_slots(write.lines, self._templates)
                return replace(answer, kind=AnswerClass.REJECTED, details=words, fields=fields)
            case _:
                return answer

    def _placing(self, line: PurchaseLine) -> Placing:
        template = self._templates.for_line(line)
        if template is None:
            term = f"{line.billing_term.value}, {line.commitment_id or 'no'} months of commitment"
            raise Refused(f"There is no template for line {line.number}: offer {line.product_id}, billed {term}.")
        if line.variant and template.price_id not in line.variant.split():
            raise Refused(
                f"{template.name} can't be ordered: its template {template.file} has price {template.price_id}, which "
                "AppXite no longer has for this customer. Write the new one into it and restart, then retry."
            )
        return Placing(line=line.number, offer=template.offer, form=template.filled(line))

    def _offer(self, product_id: str) -> tuple[Template, ...]:
        found = self._templates.of(product_id)
        if not found:
            raise NotFound(f"There is no template for AppXite's offer {product_id}.")
        return found

    def _read(self, organisation: str, shape: shapes.OrderShape) -> PlacedOrder:
        return reading.order(organisation, shape, self._assumed, self._templates)
