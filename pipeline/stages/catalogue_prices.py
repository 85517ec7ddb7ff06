"""A line's fresh cost against the quoted one: the price guard's questions and notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipeline.domain.catalogue import Price
from pipeline.domain.guard import Rise, approved, rise, unit_cost
from pipeline.domain.matching import cost as surest_cost
from pipeline.domain.matching import rows
from pipeline.domain.money import Money
from pipeline.domain.order import Order
from pipeline.domain.pricing import NoRate
from pipeline.domain.question import Act, Question, QuestionKind
from pipeline.domain.quote import QuoteLine
from pipeline.domain.terms import BillingTerm
from pipeline.stages import wording

_ANYWAY = "order anyway"


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one unit and of all, for one billing period; None where no price could be read."""

    unit: Money | None = None
    total: Money | None = None
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()


def cost(order: Order, line: QuoteLine, term: BillingTerm, months: int | None, prices: Sequence[Price]) -> Cost:
    """`months` is the chosen commitment's length; None without one."""
    candidates = rows(prices, term, months)
    try:
        total = surest_cost(candidates, line.quantity)
    except NoRate:
        return _uncovered(order, line, candidates)
    if total is None:
        return _unverified(order, line, term)
    currency = order.policy.currency
    unit = unit_cost(total, line.quantity, currency)
    fresh = Cost(unit, Money(amount=total, currency=currency))
    return _guarded(order, line, term, fresh, total)


def _guarded(order: Order, line: QuoteLine, term: BillingTerm, fresh: Cost, total: Decimal) -> Cost:
    quoted, unit = line.unit_cost, fresh.unit
    if quoted is None:
        return Cost(unit, fresh.total, notes=(f"{wording.line(line)}: no quoted cost, so its price was not guarded.",))
    if unit is None or quoted.currency != unit.currency:
        note = f"{wording.line(line)}: quoted in {quoted.currency}, so its price was not guarded."
        return Cost(unit, fresh.total, notes=(note,))
    found = rise(quoted, line.quantity, total, order.policy.price_tolerance)
    if found is None:
        return fresh
    answered = order.answer(f"price:{line.id}")
    if answered is not None and approved(unit, answered.amount):
        note = f"{wording.line(line)}: {unit} a unit, which {answered.by} approved."
        return Cost(unit, fresh.total, notes=(note,))
    return Cost(unit, fresh.total, (_dearer(order, line, term, quoted, unit, found),))


def _dearer(order: Order, line: QuoteLine, term: BillingTerm, quoted: Money, unit: Money, found: Rise) -> Question:
    share = f" ({found.per_cent} %)" if found.per_cent is not None else ""
    text = (
        f"{wording.line(line)}: {order.title} now asks {unit} a unit where the quote counted on {quoted}. For "
        f"{line.quantity}, billed {term.value}, that is {found.fresh} instead of {found.quoted} each time: "
        f"{found.difference} more{share}. Approve up to {unit} a unit, or cancel."
    )
    return Question(
        key=f"price:{line.id}",
        kind=QuestionKind.PRICE,
        text=text,
        line=line.id,
        amount=unit,
        acts=(Act.APPROVE, Act.CANCEL),
    )


def _uncovered(order: Order, line: QuoteLine, candidates: Sequence[Price]) -> Cost:
    key = f"quantity:{line.id}"
    if order.answer(key) is not None:
        note = f"{wording.line(line)}: no price covers {line.quantity}; ordered on an operator's word."
        return Cost(notes=(note,))
    bands = wording.listed(
        dict.fromkeys(
            f"{rate.start or 1} or more" if rate.end is None else f"{rate.start or 1} to {rate.end}"
            for price in candidates
            for rate in price.rates
        )
    )
    text = (
        f"{wording.line(line)}: {order.title} has no price for a quantity of {line.quantity}; its prices are for "
        f"{bands}. Cancel and have another quantity accepted, or answer '{_ANYWAY}' to let {order.title} decide."
    )
    return Cost(questions=(_anyway(key, line, text),))


def _unverified(order: Order, line: QuoteLine, term: BillingTerm) -> Cost:
    note = f"{wording.line(line)}: {order.title} names no price for it, so its price was not verified."
    key = f"unpriced:{line.id}"
    if line.unit_cost is None or order.answer(key) is not None:
        return Cost(notes=(note,))
    text = (
        f"{wording.line(line)}: the quote counted on {line.unit_cost} a unit, but {order.title} names no price that "
        f"can be relied on for it, billed {term.value}, so it cannot be compared. Answer '{_ANYWAY}', or cancel."
    )
    return Cost(questions=(_anyway(key, line, text),))


def _anyway(key: str, line: QuoteLine, text: str) -> Question:
    return Question(key=key, kind=QuestionKind.PRICE, text=text, line=line.id, possible_values=(_ANYWAY,))
