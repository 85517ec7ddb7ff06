"""One line against the catalogue: product, billing term, commitment and fresh cost, or what must be asked first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.domain.catalogue import Commitment, Product
from pipeline.domain.errors import NotFound, Refused
from pipeline.domain.matching import NO_COMMITMENT, commitments, offered_terms
from pipeline.domain.money import Money
from pipeline.domain.order import Order
from pipeline.domain.question import Question, QuestionKind
from pipeline.domain.quote import QuoteLine
from pipeline.domain.terms import BillingTerm, read_billing_term
from pipeline.stages import catalogue_prices, wording
from pipeline.stages.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Chosen:
    """A line as it would be ordered. Costs are None where no price could be read."""

    line: QuoteLine
    product: Product
    term: BillingTerm
    commitment: Commitment | None
    unit_cost: Money | None
    total_cost: Money | None


@dataclass(frozen=True, slots=True)
class LineRead:
    """What came of a line: chosen whole, or questions; the product alone may be known before the rest is."""

    product: Product | None = None
    chosen: Chosen | None = None
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()


def read(order: Order, line: QuoteLine, shelf: Shelf) -> LineRead:
    product = _product(order, line, shelf)
    if isinstance(product, Question):
        return LineRead(questions=(product,))
    if product.withdrawn:
        return LineRead(questions=(_which(line, f"{product.name} {product.withdrawn}"),))
    term = billing_term(order, line, product, shelf)
    if isinstance(term, Question):
        return LineRead(product, questions=(term,))
    commitment = _commitment(order, line, product, term, shelf)
    if isinstance(commitment, Question):
        return LineRead(product, questions=(commitment,))
    months = commitment.months if commitment else None
    if shelf.prices_at_rehearsal:
        cost = catalogue_prices.Cost(notes=(f"{wording.line(line)}: its price is told by the dry run.",))
    else:
        cost = catalogue_prices.cost(order, line, term, months, shelf.prices(product.id))
    chosen = Chosen(line, product, term, commitment, cost.unit, cost.total)
    notes = (*_noted(order, line, commitment), *cost.notes)
    return LineRead(product, None if cost.questions else chosen, cost.questions, notes)


def answer(order: Order, key: str) -> str:
    """The newest answer's one value; empty where there is none."""
    answered = order.answer(key)
    return "".join(answered.values[:1]).strip() if answered is not None else ""


def _product(order: Order, line: QuoteLine, shelf: Shelf) -> Product | Question:
    answered = answer(order, f"product:{line.id}")
    if wanted := answered or line.product_id:
        try:
            return shelf.product(wanted)
        except (NotFound, Refused):
            return _which(line, f"{order.title} has no product with the id {wanted}")
    if not line.sku:
        return _which(line, "the quote names no product")
    found = shelf.by_sku(line.sku)
    if line.source_key:
        return _unmapped(order, line, found)
    if len(found) == 1:
        return found[0]
    if not found:
        return _which(line, f"{order.title} has no product with the SKU {line.sku}")
    listed = wording.listed((f"{product.name} ({product.id})" for product in found), "or")
    return _which(line, f"{len(found)} products at {order.title} have the SKU {line.sku}: {listed}", found)


def _unmapped(order: Order, line: QuoteLine, found: Sequence[Product]) -> Question:
    """A key of some tool's may well be the SKU of another product: what has it is told, and not taken."""
    listed = wording.listed((f"{product.name} ({product.id})" for product in found), "or")
    hint = f" {order.title} has it as the SKU of {listed}." if found else ""
    problem = f"the product map has no product, or several, for '{line.source_key}', as the quote calls it.{hint}"
    return _which(line, problem.rstrip("."))


def _which(line: QuoteLine, problem: str, found: Sequence[Product] = ()) -> Question:
    return Question(
        key=f"product:{line.id}",
        kind=QuestionKind.PRODUCT,
        text=f"{wording.line(line)}: {problem}. Answer with the id of the product to order, or cancel.",
        line=line.id,
        possible_values=tuple(product.id for product in found),
    )


def billing_term(order: Order, line: QuoteLine, product: Product, shelf: Shelf) -> BillingTerm | Question:
    """The term that the line names, or a person, if the product is offered with it; else what is asked."""
    word = answer(order, f"billing_term:{line.id}") or line.billing_term
    term = read_billing_term(word)
    offered = offered_terms(shelf.prices(product.id))
    if term is not None and (term in offered or not offered):
        return term
    if not word:
        problem = "the quote names no billing term"
    elif term is None:
        problem = f"the quote's billing term '{word}' is none that is known"
    else:
        problem = f"{product.name} is not offered with the billing term {term.value}"
    possible = tuple(one.value for one in offered or tuple(BillingTerm))
    return Question(
        key=f"billing_term:{line.id}",
        kind=QuestionKind.BILLING_TERM,
        text=f"{wording.line(line)}: {problem}. {order.title} offers {wording.listed(possible)}. Which one is it?",
        line=line.id,
        possible_values=possible,
    )


def _commitment(
    order: Order, line: QuoteLine, product: Product, term: BillingTerm, shelf: Shelf
) -> Commitment | Question | None:
    key = f"commitment:{line.id}"
    wanted = answer(order, key) or line.commitment.strip()
    if wanted.casefold() == NO_COMMITMENT:
        wanted = ""
        if not product.requires_commitment:
            return None
    if not wanted and not product.requires_commitment:
        return None
    offered = shelf.dependencies(product.id).commitments
    found = commitments(offered, term, shelf.prices(product.id), wanted)
    if found.chosen is not None:
        return found.chosen
    names = found.names if product.requires_commitment else (*found.names, NO_COMMITMENT)
    if wanted:
        problem = f"the commitment '{wanted}' is not offered, or not just once, for {product.name} billed {term.value}"
    else:
        problem = f"{product.name} needs a commitment and the quote names none"
    choices = f"Possible are {wording.listed(names)}." if names else f"{order.title} offers none that is long enough."
    return Question(
        key=key,
        kind=QuestionKind.COMMITMENT,
        text=f"{wording.line(line)}: {problem}. {choices} Which one is it?",
        line=line.id,
        possible_values=names,
    )


def _noted(order: Order, line: QuoteLine, commitment: Commitment | None) -> tuple[str, ...]:
    """A commitment that nobody named is taken where it is the only one, and the timeline says so."""
    if commitment is None or line.commitment or answer(order, f"commitment:{line.id}"):
        return ()
    return (f"{wording.line(line)}: the only possible commitment, {commitment.term}, was taken.",)
