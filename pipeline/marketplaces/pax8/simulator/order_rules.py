"""What Pax8 checks in an order, dry run or real: every fault is a detail that names its field and its line."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.marketplaces.pax8.simulator.problems import invalid
from pipeline.marketplaces.pax8.simulator.products import BILLING_TERMS, Product, months
from pipeline.marketplaces.pax8.simulator.records import Company, Line
from pipeline.marketplaces.pax8.simulator.requests import is_uuid, whole
from pipeline.marketplaces.pax8.simulator.world import World

ORDERERS = ("Pax8 Partner", "Customer", "Pax8")
NOT_LIVE = frozenset({"Cancelled", "PendingCancel", "Converted"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order that may be made."""

    company: Company
    lines: list[Line]
    ordered_by: str | None
    ordered_by_email: str | None


def check(world: World, body: dict[str, Any]) -> Wanted:
    """Raises the 422 that lists everything wrong."""
    company, wrong = _company(world, body)
    raw = body.get("lineItems")
    items = raw if isinstance(raw, list) else []
    if not items:
        wrong.append(("lineItems must hold at least one line", "/lineItems"))
    if body.get("orderedBy") not in (None, *ORDERERS):
        wrong.append((f"orderedBy must be one of {', '.join(ORDERERS)}", "/orderedBy"))
    email = body.get("orderedByUserEmail")
    if email is not None and "@" not in str(email):
        wrong.append(("orderedByUserEmail must be an e-mail address", "/orderedByUserEmail"))
    order = _Order(world, company, [item if isinstance(item, dict) else {} for item in items])
    for nth in range(len(order.items)):
        wrong += [(text, f"/lineItems/{nth}") for text in order.wrong(nth)]
    if wrong or company is None:
        raise invalid(wrong)
    return Wanted(company, [_line(item) for item in order.items], body.get("orderedBy"), email)


def _company(world: World, body: dict[str, Any]) -> tuple[Company | None, list[tuple[str, str]]]:
    given = body.get("companyId")
    if not is_uuid(given):
        return None, [("companyId is required" if given is None else "companyId must be a UUID", "/companyId")]
    company = world.companies.get(str(given))
    if company is None:
        return None, [("companyId: company not found", "/companyId")]
    if company.status != "Active":
        return company, [(f"companyId: company is {company.status.lower()}", "/companyId")]
    return company, []


def _line(item: dict[str, Any]) -> Line:
    parent = whole(item.get("parentLineItemNumber"))
    details = {entry["key"]: list(entry["values"]) for entry in item.get("provisioningDetails") or []}
    return Line(
        product_id=item["productId"],
        quantity=whole(item["quantity"]) or 0,
        billing_term=item["billingTerm"],
        number=whole(item["lineItemNumber"]) or 0,
        commitment_term_id=item.get("commitmentTermId"),
        parent_subscription_id=item.get("parentSubscriptionId"),
        parent_line_number=parent,
        start=item.get("provisionStartDate"),
        details=details,
    )


class _Order:
    """The lines of one order, which are checked against each other as well."""

    def __init__(self, world: World, company: Company | None, items: list[dict[str, Any]]) -> None:
        self.world, self.company, self.items = world, company, items
        self.numbers = [whole(item.get("lineItemNumber")) for item in items]

    def wrong(self, nth: int) -> Iterator[str]:
        item = self.items[nth]
        yield from self._number(nth)
        yield from _start(self.world, item)
        product = self.world.products.get(str(item.get("productId")))
        if product is None:
            yield "productId is required" if item.get("productId") is None else "productId: product not found"
            return
        yield from _terms(product, item)
        yield from self._parents(product, nth)
        yield from detail_faults(product, item.get("provisioningDetails"))

    def _number(self, nth: int) -> Iterator[str]:
        number = self.numbers[nth]
        if number is None:
            yield "lineItemNumber is required and must be a whole number"
        elif self.numbers.count(number) > 1:
            yield f"lineItemNumber {number} is used more than once"

    def _parents(self, product: Product, nth: int) -> Iterator[str]:
        item = self.items[nth]
        subscription, line = item.get("parentSubscriptionId"), item.get("parentLineItemNumber")
        if subscription is not None and line is not None:
            yield "parentSubscriptionId and parentLineItemNumber must not both be given"
            return
        if not product.constraints:
            if subscription is not None or line is not None:
                yield "parent is not allowed: the product depends on no other"
            return
        if subscription is None and line is None:
            yield f"parentSubscriptionId or parentLineItemNumber is required: {product.constraints[0].name}"
            return
        fault, parent = self._by_subscription(subscription) if line is None else self._by_line(nth, whole(line))
        if fault:
            yield fault
        elif not any(parent in constraint.product_ids for constraint in product.constraints):
            name = "parentSubscriptionId" if line is None else "parentLineItemNumber"
            yield f"{name} is of a product that does not satisfy: {product.constraints[0].name}"
        else:
            yield from self._other_constraints(product)

    def _by_subscription(self, given: object) -> tuple[str | None, str]:
        parent = self.world.subscriptions.get(str(given))
        if parent is None or self.company is None or parent.company_id != self.company.id:
            return "parentSubscriptionId: subscription not found for this company", ""
        status = parent.status(self.world.now)
        return (f"parentSubscriptionId: subscription is {status}" if status in NOT_LIVE else None), parent.product.id

    def _by_line(self, nth: int, number: int | None) -> tuple[str | None, str]:
        if number not in self.numbers:
            return "parentLineItemNumber refers to no line of this order", ""
        at, seen = self.numbers.index(number), {nth}
        parent = str(self.items[at].get("productId"))
        while at not in seen:
            seen.add(at)
            above = whole(self.items[at].get("parentLineItemNumber"))
            if above is None or above not in self.numbers:
                return None, parent
            at = self.numbers.index(above)
        return "parentLineItemNumber leads back to the line itself", parent

    def _other_constraints(self, product: Product) -> Iterator[str]:
        owned = {str(item.get("productId")) for item in self.items}
        if self.company is not None:
            now = self.world.now
            for one in self.world.subscriptions_by_company.get(self.company.id, []):
                if one.status(now) not in NOT_LIVE:
                    owned.add(one.product.id)
        for constraint in product.constraints:
            if owned.isdisjoint(constraint.product_ids):
                yield f"product dependency is not satisfied: {constraint.name}"


def _start(world: World, item: dict[str, Any]) -> Iterator[str]:
    given = item.get("provisionStartDate")
    if given is None:
        return
    try:
        start = datetime.fromisoformat(str(given))
    except ValueError:
        yield "provisionStartDate must be a date and time"
        return
    if start.tzinfo is None:
        yield "provisionStartDate must name its offset"
    elif start > world.now:
        yield "provisionStartDate: scheduled orders are not supported"


def _terms(product: Product, item: dict[str, Any]) -> Iterator[str]:
    term, quantity = item.get("billingTerm"), whole(item.get("quantity"))
    if quantity is None or quantity < 1:
        yield "quantity must be a whole number above 0"
    if term not in BILLING_TERMS:
        yield f"billingTerm must be one of {', '.join(BILLING_TERMS)}"
        return
    given = item.get("commitmentTermId")
    commitment = product.commitment(given)
    if given is None and product.requires_commitment:
        yield "commitmentTermId is required"
    elif given is not None and commitment is None:
        yield "commitmentTermId is not offered for this product"
    elif commitment is not None and months(commitment.term) < months(term):
        yield "commitmentTermId: the commitment is shorter than the billing term"
    elif not (rows := product.rows(term, commitment)):
        yield "billingTerm is not offered for this product"
    elif quantity and not any(rate.covers(quantity) for row in rows for rate in row.rates):
        yield "quantity is outside of the ranges on sale"


def detail_faults(product: Product, given: Any) -> Iterator[str]:
    """What is wrong with provisioning details; what is missing can't be told from the published fields alone."""
    if given is not None and not isinstance(given, list):
        yield "provisioningDetails must be a list of objects with key and values"
        return
    answers: dict[str, list[Any]] = {}
    for entry in given or []:
        if not isinstance(entry, dict) or not isinstance(entry.get("values"), list):
            yield "provisioningDetails must be a list of objects with key and values"
            return
        answers[str(entry.get("key"))] = entry["values"]
    fields = {field.key: field for field in product.fields}
    for key, values in answers.items():
        fault = fields[key].fault_in(values) if key in fields else "is not a detail of this product"
        if fault:
            yield f"provisioningDetails[{key}] {fault}"
    for field in product.fields:
        if field.key not in answers and field.is_needed(answers):
            yield f"provisioningDetails[{field.key}] is required"
