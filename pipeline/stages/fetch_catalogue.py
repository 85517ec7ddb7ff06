"""
Fetch catalogue: what each line is at the marketplace today, for this company; of a line that changes a subscription,
what that is today, and what it is to be.

Needs       company
Learns      catalogue: product, billing term, commitment, fresh cost and parent of each line
Asks        for whatever of these the quote leaves open or the marketplace does not offer, and for an approval where
            the price rose; everything of all lines at once
Repeatable  yes: it only reads, and what it learnt before is replaced
"""

from __future__ import annotations

from pipeline.abilities import ChangesSubscriptions, KnowsByEmail
from pipeline.domain.facts import CatalogueFacts, LineFacts
from pipeline.domain.order import Order
from pipeline.domain.outcome import Advance, Ask, Outcome
from pipeline.domain.question import Question, QuestionKind
from pipeline.ports import Marketplace
from pipeline.stages import by_email, catalogue_changes, catalogue_lines, catalogue_parents, changing, wording
from pipeline.stages.catalogue_lines import Chosen
from pipeline.stages.shelf import Shelf

_ANYWAY = "order anyway"


def decide(order: Order, marketplace: Marketplace) -> Outcome:
    company = order.facts.company
    if company is None:
        raise ValueError(f"{order.ref} has no company yet")
    if isinstance(marketplace, KnowsByEmail) and (back := by_email.appeared(order, marketplace)) is not None:
        return back
    shelf = Shelf(marketplace, company.id)
    if any(line.changes for line in order.lines) and (decided := _changes(order, marketplace, shelf, company.id)):
        return decided
    read = [catalogue_lines.read(order, line, shelf) for line in order.lines]
    questions = [*_currency(order), *(question for result in read for question in result.questions)]
    if all(result.product is not None for result in read):
        products = {line.id: result.product for line, result in zip(order.lines, read, strict=True) if result.product}
        parents, unclear = catalogue_parents.resolve(order, products, shelf, company.id)
        questions += unclear
    else:
        parents = {}
    if questions:
        return Ask(tuple(questions))
    chosen = [result.chosen for result in read if result.chosen is not None]
    notes = tuple(note for result in read for note in result.notes)
    return _learnt(order, tuple(_facts(one, parents) for one in chosen), notes)


def _changes(order: Order, marketplace: Marketplace, shelf: Shelf, company_id: str) -> Outcome | None:
    """What is decided about a change of a subscription. None: it goes on like a purchase."""
    if asked := changing.unable(order, marketplace):
        return asked
    if not isinstance(marketplace, ChangesSubscriptions):
        unfit = catalogue_changes.unfit(order, shelf, company_id)
        return Ask(unfit) if unfit else None
    read = catalogue_changes.read(order, shelf, company_id)
    questions = (*_currency(order), *read.questions)
    return Ask(questions) if questions or read.facts is None else _learnt(order, (read.facts,), read.notes)


def _learnt(order: Order, lines: tuple[LineFacts, ...], notes: tuple[str, ...]) -> Advance:
    before = order.facts.catalogue
    changed = before is None or before.lines != lines
    facts = order.facts.learn(
        catalogue=CatalogueFacts(fetched_at=order.now, lines=lines),
        rehearsal=None if changed else order.facts.rehearsal,
    )
    return Advance(facts, notes)


def _facts(chosen: Chosen, parents: catalogue_parents.Parents) -> LineFacts:
    parent = parents.get(chosen.line.id)
    return LineFacts(
        line_id=chosen.line.id,
        product_id=chosen.product.id,
        product_name=chosen.product.name,
        quantity=chosen.line.quantity,
        billing_term=chosen.term,
        changes=chosen.line.changes,
        commitment_id=chosen.commitment.id if chosen.commitment else None,
        commitment_term=chosen.commitment.term if chosen.commitment else None,
        variant=chosen.product.variant,
        unit_cost=chosen.unit_cost,
        total_cost=chosen.total_cost,
        parent_line=parent.line_id if parent else None,
        parent_subscription_id=parent.subscription_id if parent else None,
    )


def _currency(order: Order) -> list[Question]:
    """One question for all lines that were quoted in another currency than the account's."""
    ours = order.policy.currency
    foreign = {
        line.id: money.currency
        for line in order.lines
        for money in (line.unit_price, line.unit_cost)
        if money is not None and money.currency != ours
    }
    if not foreign or order.answer("currency") is not None:
        return []
    where = wording.listed(f"{wording.line(line)} in {foreign[line.id]}" for line in order.lines if line.id in foreign)
    text = (
        f"The account at {order.title} is billed in {ours}, but the quote gives {where}. Costs in different currencies "
        f"are not compared: answer '{_ANYWAY}' to order without the price guard for these lines, or cancel."
    )
    return [Question(key="currency", kind=QuestionKind.CURRENCY, text=text, possible_values=(_ANYWAY,))]
