"""The price guard where the marketplace names only the whole purchase's price, and only in the dry run."""

from __future__ import annotations

from decimal import Decimal

from pipeline.domain.guard import approved, rise
from pipeline.domain.money import Money
from pipeline.domain.order import Order
from pipeline.domain.question import Act, Question, QuestionKind

KEY = "price:order"
UNVERIFIED = "unpriced:order"
_ANYWAY = "order anyway"


def guard(order: Order, total: Money | None) -> tuple[Question | None, str]:
    """A question, or a note for the timeline. `total` None: no price could be read, which is never a price of 0."""
    quoted = _quoted(order)
    if total is None:
        return _unverified(order, quoted, f"{order.title} names no price that can be read")
    if quoted is None:
        return None, f"All of it costs {total}; the quote names no costs to compare."
    if quoted.currency != total.currency:
        return _unverified(order, quoted, f"{order.title} asks {total}, in another currency")
    found = rise(quoted, 1, total.amount, order.policy.price_tolerance)
    if found is None:
        return None, f"All of it costs {total}."
    answered = order.answer(KEY)
    if answered is not None and approved(total, answered.amount):
        return None, f"All of it costs {total}, which {answered.by} approved."
    share = f" ({found.per_cent} %)" if found.per_cent is not None else ""
    text = (
        f"{order.title} now asks {total} for all of it where the quote counted on {quoted}: {found.difference} more"
        f"{share}. Approve up to {total}, or cancel."
    )
    return Question(KEY, QuestionKind.PRICE, text, amount=total, acts=(Act.APPROVE, Act.CANCEL)), ""


def _unverified(order: Order, quoted: Money | None, because: str) -> tuple[Question | None, str]:
    note = f"{because}: the price was not verified."
    if quoted is None or order.answer(UNVERIFIED) is not None:
        return None, note
    text = (
        f"The quote counted on {quoted} for all of it, but {because}, so it cannot be compared: the price is not "
        f"verified. Answer '{_ANYWAY}', or cancel."
    )
    return Question(UNVERIFIED, QuestionKind.PRICE, text, possible_values=(_ANYWAY,)), ""


def _quoted(order: Order) -> Money | None:
    """The quote's costs for one billing period, added up; None where a line has none, or they differ in currency."""
    costs = [(line.unit_cost, line.quantity) for line in order.lines]
    currencies = {cost.currency for cost, _ in costs if cost is not None}
    if len(currencies) != 1 or any(cost is None for cost, _ in costs):
        return None
    amount = sum((cost.amount * quantity for cost, quantity in costs if cost is not None), Decimal())
    return Money(amount=amount, currency=currencies.pop())
