"""What an order is about to buy, from the facts: numbered lines whose references are made last, on stable keys."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.abilities import FindsByReference
from pipeline.domain.claim import Claim, DropBasket, FillBasket, PlaceOrder, Purchase, PurchaseLine
from pipeline.domain.facts import CatalogueFacts, ProvisioningFacts
from pipeline.domain.order import Order
from pipeline.ports import Marketplace


def place_order(order: Order, marketplace: Marketplace) -> PlaceOrder:
    """
    The order's purchase, in the marketplace's exact bytes, out of the basket that holds just this, if there is one.

    Needs the facts of all stages before. Raises PortError where it cannot be put into the marketplace's words.
    """
    wanted = purchase(order)
    payload = marketplace.compose(wanted)
    filled = [claim for claim in kept_baskets(order) if filled_by(claim).payload.hash == payload.hash]
    return PlaceOrder(
        company_id=wanted.company_id,
        payload=payload,
        lines=wanted.lines,
        reference=wanted.reference,
        basket=str(filled[-1].marketplace_id) if filled else "",
        filled=filled_by(filled[-1]) if filled else None,
        since=min((claim.claimed_at for claim in order.claims if claim.is_purchase), default=order.now),
    )


def purchase(order: Order) -> Purchase:
    """What the order is about to buy. ValueError where a fact is missing."""
    company, lines = order.facts.company, purchase_lines(order)
    if company is None:
        raise ValueError(f"{order.ref} has no company yet")
    return Purchase(company_id=company.id, lines=lines, reference=order.reference, buyer=order.facts.buyer)


def kept_baskets(order: Order) -> Sequence[Claim]:
    """The baskets that were filled, oldest first, but for those that were thrown away, or should have been."""
    dropped = {claim.write.basket for claim in order.claims if isinstance(claim.write, DropBasket)}
    made = [claim for claim in order.baskets() if claim.closing is not None and claim.closing.bought]
    return [claim for claim in made if claim.marketplace_id is not None and claim.marketplace_id not in dropped]


def bought_from(marketplace: Marketplace, write: DropBasket) -> Sequence[str]:
    """Orders that were made from the basket that is to be thrown away, or from an earlier one of its order."""
    if not isinstance(marketplace, FindsByReference):
        return ()
    filled = write.filled
    purchase = PlaceOrder(
        company_id=write.company_id,
        payload=filled.payload,
        lines=filled.lines,
        reference=filled.reference,
        basket=write.basket,
        filled=filled,
    )
    return [placed.id for placed in marketplace.find_orders(purchase)]


def filled_by(claim: Claim) -> FillBasket:
    """What a basket's claim has put into it."""
    if not isinstance(claim.write, FillBasket):
        raise TypeError("a basket's claim holds a basket")
    return claim.write


def purchase_lines(order: Order) -> tuple[PurchaseLine, ...]:
    """
    The order's lines, parents before their children and else as quoted, numbered from 1.

    Needs the facts of the catalogue and of provisioning: ValueError without them.
    """
    catalogue, provisioning = order.facts.catalogue, order.facts.provisioning
    if catalogue is None or provisioning is None:
        raise ValueError(f"{order.ref} has no catalogue or provisioning facts yet")
    ordered = _parents_first(catalogue)
    numbers = {line_id: number for number, line_id in enumerate(ordered, 1)}
    lines = tuple(_line(catalogue, provisioning, line_id, numbers) for line_id in ordered)
    company = order.facts.company
    if company is None or not any(refusal.line_company for refusal in order.facts.refusals):
        return lines
    return tuple(line.model_copy(update={"company_id": company.id}) for line in lines)


def _parents_first(catalogue: CatalogueFacts) -> Sequence[str]:
    placed: list[str] = []

    def place(line_id: str) -> None:
        parent = catalogue.line(line_id).parent_line
        if line_id in placed:
            return
        if parent is not None:
            place(parent)
        placed.append(line_id)

    for line in catalogue.lines:
        place(line.line_id)
    return placed


def _line(
    catalogue: CatalogueFacts, provisioning: ProvisioningFacts, line_id: str, numbers: dict[str, int]
) -> PurchaseLine:
    line = catalogue.line(line_id)
    return PurchaseLine(
        line_id=line_id,
        number=numbers[line_id],
        product_id=line.product_id,
        quantity=line.quantity,
        billing_term=line.billing_term,
        commitment_id=line.commitment_id,
        variant=line.variant,
        parent_number=None if line.parent_line is None else numbers[line.parent_line],
        parent_subscription_id=line.parent_subscription_id,
        provisioning=tuple((detail.key, detail.values) for detail in provisioning.lines.get(line_id, ())),
        changes=line.changes,
    )
