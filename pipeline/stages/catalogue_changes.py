"""A line that changes a subscription, against that subscription and the catalogue as they are today."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.domain.catalogue import Commitment, Product, Subscription, Verdict
from pipeline.domain.errors import NotFound, Refused
from pipeline.domain.facts import LineFacts
from pipeline.domain.order import Order
from pipeline.domain.product_map import read_quantity
from pipeline.domain.question import Act, Question, QuestionKind
from pipeline.domain.quote import QuoteLine
from pipeline.domain.terms import BillingTerm, SubscriptionTerms, commitment_months, read_billing_term
from pipeline.stages import catalogue_lines, catalogue_prices, changing, wording
from pipeline.stages.shelf import Shelf

_ANYWAY = "change anyway"


@dataclass(frozen=True, slots=True)
class ChangeRead:
    """What came of the line: its facts, or questions. `notes` are for the timeline."""

    facts: LineFacts | None = None
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """The subscription as it is today, with what it is to."""

    line: QuoteLine
    seen: Subscription
    product: Product
    terms: SubscriptionTerms


def read(order: Order, shelf: Shelf, company_id: str) -> ChangeRead:
    """The one line of the order; its subscription has to be the company's, live, and to the product that is named."""
    if len(order.lines) > 1:
        return ChangeRead(questions=(_contradiction(order),))
    found = _found(order, order.lines[0], shelf, company_id)
    if isinstance(found, Question):
        return ChangeRead(questions=(found,))
    after = _after(order, found, shelf)
    if isinstance(after, Question):
        return ChangeRead(questions=(after,))
    commitment = _commitment(found, shelf)
    named = f"{wording.line(found.line)}: subscription {found.seen.id}, to {found.product.name or found.product.id},"
    if after == found.terms:
        facts = _facts(found, after, commitment, catalogue_prices.Cost())
        return ChangeRead(facts, notes=(f"{named} is {after} already: there is nothing to change.",))
    quoted = found.line.model_copy(update={"quantity": after.quantity})
    months = commitment.months if commitment is not None else None
    cost = catalogue_prices.cost(order, quoted, after.billing_term, months, shelf.prices(found.product.id))
    questions = (*_forbidden(order, found, after, commitment), *cost.questions)
    if questions:
        return ChangeRead(questions=questions)
    notes = (f"{named} is {found.terms}, and is to be {after}.", *cost.notes)
    return ChangeRead(_facts(found, after, commitment, cost), notes=notes)


def _facts(
    found: _Found, after: SubscriptionTerms, commitment: Commitment | None, cost: catalogue_prices.Cost
) -> LineFacts:
    return LineFacts(
        line_id=found.line.id,
        product_id=found.product.id,
        product_name=found.product.name,
        quantity=after.quantity,
        billing_term=after.billing_term,
        commitment_id=commitment.id if commitment else None,
        commitment_term=commitment.term if commitment else None,
        unit_cost=cost.unit,
        total_cost=cost.total,
        changes=found.seen.id,
        before=found.terms,
    )


def unfit(order: Order, shelf: Shelf, company_id: str) -> tuple[Question, ...]:
    """What is asked before a change that is an order of its own is prepared like any purchase."""
    if len(order.lines) > 1:
        return (_contradiction(order),)
    seen = _live(order, order.lines[0], shelf, company_id)
    return (seen,) if isinstance(seen, Question) else ()


def _live(order: Order, line: QuoteLine, shelf: Shelf, company_id: str) -> Subscription | Question:
    try:
        seen = shelf.subscription(line.changes)
    except (NotFound, Refused):
        return _unfit(order, line, f"{order.title} shows no such subscription")
    if seen.company_id and seen.company_id.casefold() != company_id.casefold():
        return _unfit(order, line, "that subscription is another company's")
    if seen.verdict is not Verdict.LIVE:
        return _unfit(order, line, f"that subscription is {seen.status_word or 'of unknown status'}")
    return seen


def _found(order: Order, line: QuoteLine, shelf: Shelf, company_id: str) -> _Found | Question:
    seen = _live(order, line, shelf, company_id)
    if isinstance(seen, Question):
        return seen
    try:
        product = shelf.product(seen.product_id)
    except (NotFound, Refused):
        return _unfit(order, line, f"that is to a product which {order.title} does not show ({seen.product_id})")
    if not _is_named(line, product):
        return _unfit(order, line, f"that subscription is to {product.name} ({product.id})")
    if seen.billing_term is None or seen.billing_term is BillingTerm.TRIAL or not _is_whole(seen):
        return _unfit(order, line, f"that subscription is {changing.told(seen)}, which cannot be changed from here")
    terms = SubscriptionTerms(quantity=int(seen.quantity or 0), billing_term=seen.billing_term)
    return _Found(line, seen, product, terms)


def _is_whole(seen: Subscription) -> bool:
    return seen.quantity is not None and seen.quantity == seen.quantity.to_integral_value()


def _is_named(line: QuoteLine, product: Product) -> bool:
    """Whether the subscription's product is the line's, as far as the line names one in the marketplace's words."""
    if line.product_id:
        return line.product_id.casefold() == product.id.casefold()
    return not line.sku or bool(line.source_key) or line.sku in (product.sku, product.vendor_sku)


def _after(order: Order, found: _Found, shelf: Shelf) -> SubscriptionTerms | Question:
    """A term that the subscription has already may be one that is not offered any more."""
    quantity = _quantity(order, found)
    if isinstance(quantity, Question):
        return quantity
    line, term = found.line, found.terms.billing_term
    word = catalogue_lines.answer(order, f"billing_term:{line.id}") or line.billing_term
    if word and read_billing_term(word) is not term:
        wanted = catalogue_lines.billing_term(order, line, found.product, shelf)
        if isinstance(wanted, Question):
            return wanted
        term = wanted
    return SubscriptionTerms(quantity=quantity, billing_term=term)


def _quantity(order: Order, found: _Found) -> int | Question:
    """
    How much of it there is to be. Where the quote says by how much more, that is worked out once, from what there was
    then: added again to what it made itself, it would be bought twice.
    """
    line, now = found.line, found.terms.quantity
    said = read_quantity(catalogue_lines.answer(order, changing.total_key(line.id)))
    if isinstance(said, int):
        return said
    if not line.adds:
        return line.quantity
    known = order.change
    if known is None or known.before is None:
        return now + line.quantity
    if now == known.before.quantity or (now == known.quantity and not changing.made_so_by_others(order)):
        return known.quantity
    text = (
        f"{wording.line(line)} adds {line.quantity} to the {known.before.quantity} that subscription {line.changes} "
        f"had, and it has {now} by now. Answer with how many it is to have in all, or cancel."
    )
    return Question(changing.total_key(line.id), QuestionKind.SUBSCRIPTION, text, line=line.id)


def _commitment(found: _Found, shelf: Shelf) -> Commitment | None:
    """The subscription's, as its product describes it; it stays what it is, whatever is changed."""
    if (own := found.seen.commitment) is None:
        return None
    offered = shelf.dependencies(found.product.id).commitments
    return next((one for one in offered if one.id.casefold() == own.id.casefold()), own)


def _forbidden(
    order: Order, found: _Found, after: SubscriptionTerms, commitment: Commitment | None
) -> tuple[Question, ...]:
    """What the commitment does not allow is asked about before it is tried."""
    if commitment is None or order.answer(f"commitment:{found.line.id}") is not None:
        return ()
    before, long = found.terms, commitment.months
    if after.quantity < before.quantity and commitment.allows_less is False:
        why = f"its commitment ({commitment.term}) does not allow fewer"
    elif after.quantity > before.quantity and commitment.allows_more is False:
        why = f"its commitment ({commitment.term}) does not allow more"
    elif after.billing_term is not before.billing_term and long is not None and after.billing_term.months > long:
        why = f"its commitment ({commitment.term}) is shorter than that"
    elif not _is_meant(found.line.commitment, commitment):
        why = f"the quote names the commitment {found.line.commitment}, and it has {commitment.term}, which stays"
    else:
        return ()
    text = (
        f"{wording.line(found.line)} changes subscription {found.seen.id} from {before} to {after}, but {why}. Answer "
        f"'{_ANYWAY}' to let {order.title} decide, or cancel."
    )
    key = f"commitment:{found.line.id}"
    return (Question(key, QuestionKind.COMMITMENT, text, found.line.id, possible_values=(_ANYWAY,)),)


def _is_meant(word: str, commitment: Commitment) -> bool:
    wanted, months = word.strip().casefold(), commitment_months(word)
    named = wanted in ("", commitment.id.casefold(), commitment.term.strip().casefold())
    return named or (months is not None and months == commitment.months)


def _contradiction(order: Order) -> Question:
    first = order.lines[0]
    lines = wording.listed(wording.line(line) for line in order.lines)
    text = (
        f"{lines} change the same subscription, {first.changes}, and nobody says which of them holds. Nothing was sent "
        f"for them. See to it at {order.title}, or have a quote accepted that changes it once; and cancel this order."
    )
    return Question(f"subscription:{first.id}", QuestionKind.SUBSCRIPTION, text, first.id, acts=(Act.CANCEL,))


def _unfit(order: Order, line: QuoteLine, why: str) -> Question:
    text = (
        f"{wording.line(line)} changes the subscription {line.changes}, but {why}. Put it right at {order.title} and "
        "retry, or cancel."
    )
    acts = (Act.RETRY, Act.CANCEL)
    return Question(f"subscription:{line.id}", QuestionKind.SUBSCRIPTION, text, line.id, acts=acts)
