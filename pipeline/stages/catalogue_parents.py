"""The parent of each line that depends on another product: named by the quote or a person, else the only one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.domain.catalogue import Constraint, Product, Subscription
from pipeline.domain.errors import NotFound, Refused
from pipeline.domain.lineage import NO_PARENT, Choice, Parent, candidates, choose
from pipeline.domain.order import Order
from pipeline.domain.question import Act, Question, QuestionKind
from pipeline.domain.quote import QuoteLine
from pipeline.stages import wording
from pipeline.stages.shelf import Shelf

Parents = dict[str, Parent]


@dataclass(frozen=True, slots=True)
class _Family:
    """The order's lines by product, and what hangs from what so far."""

    products: Mapping[str, Product]
    assigned: dict[str, str]
    shelf: Shelf
    company_id: str

    def choice(self, line: QuoteLine, constraints: Sequence[Constraint]) -> Choice:
        ids = {line_id: product.id for line_id, product in self.products.items()}
        possible = candidates(line.id, ids, self.assigned, self._subscriptions(), self.company_id)
        return choose(constraints, possible)

    def _subscriptions(self) -> Sequence[Subscription]:
        return self.shelf.subscriptions()


def resolve(
    order: Order, products: Mapping[str, Product], shelf: Shelf, company_id: str
) -> tuple[Parents, list[Question]]:
    """The parents by line id, and a question for each line whose parent is not clear."""
    # What the quote says of lines stands before anything is chosen, so that no choice closes a circle with it.
    quoted = {line.id: line.parent_line for line in order.lines if line.parent_line is not None}
    family = _Family(products, quoted, shelf, company_id)
    parents: Parents = {}
    questions: list[Question] = []
    for line in order.lines:
        found = _of_line(order, line, family)
        if isinstance(found, Question):
            questions.append(found)
        elif found is not None:
            parents[line.id] = found
            if found.line_id is not None:
                family.assigned[line.id] = found.line_id
            else:
                family.assigned.pop(line.id, None)
        else:
            family.assigned.pop(line.id, None)
    return parents, questions


def _of_line(order: Order, line: QuoteLine, family: _Family) -> Parent | Question | None:
    product = family.products[line.id]
    constraints = family.shelf.dependencies(product.id).constraints
    answered = order.answer(f"parent:{line.id}")
    wanted = "".join(answered.values[:1]).strip() if answered is not None else _quoted(line)
    if not constraints:
        if not wanted or wanted.casefold() == NO_PARENT:
            return None
        text = f"{product.name} depends on no other product, and yet {wanted} is named as its parent."
        return _ask(line, f"{text} Answer '{NO_PARENT}' to order it by itself, or cancel.", (NO_PARENT,))
    choice = family.choice(line, constraints)
    if choice.unmet:
        return _unmet(order, line, choice.unmet, family)
    if wanted:
        named = choice.named(wanted)
        return named or _unfit(order, line, wanted, choice, family)
    if len(choice.fitting) == 1:
        return choice.fitting[0]
    return _which(line, product, choice, family)


def _quoted(line: QuoteLine) -> str:
    return f"line {line.parent_line}" if line.parent_line is not None else line.parent_subscription or ""


def _which(line: QuoteLine, product: Product, choice: Choice, family: _Family) -> Question:
    if choice.fitting:
        problem = f"{product.name} could hang from each of {len(choice.fitting)} parents"
        possible = choice.fitting
    else:
        problem = f"{product.name} depends on several products, and no single parent satisfies all of them"
        possible = choice.partial
    listed = wording.listed((_told(parent, family) for parent in possible), "or")
    text = f"{problem}: {listed}. Which one is its parent?"
    return _ask(line, text, tuple(parent.name for parent in possible))


def _unfit(order: Order, line: QuoteLine, wanted: str, choice: Choice, family: _Family) -> Question:
    listed = wording.listed((_told(parent, family) for parent in choice.possible), "or")
    why = _why_not(order, wanted, family)
    text = f"{wanted} is named as its parent, but {why}. Possible are {listed}. Which one is its parent?"
    return _ask(line, text, tuple(parent.name for parent in choice.possible))


def _unmet(order: Order, line: QuoteLine, unmet: Sequence[Constraint], family: _Family) -> Question:
    needs = "; ".join(
        f"'{one.name}', met by {wording.listed((_product_name(family, key) for key in sorted(one.product_ids)), 'or')}"
        for one in unmet
    )
    text = (
        f"{family.products[line.id].name} depends on a product that is neither in this order nor among the company's "
        f"live subscriptions at {order.title}: {needs}. Retry once the company has it, or cancel."
    )
    return _ask(line, text, (), (Act.RETRY, Act.CANCEL))


def _why_not(order: Order, wanted: str, family: _Family) -> str:
    for subscription in family.shelf.subscriptions():
        if subscription.id.casefold() == wanted.casefold():
            product = _product_name(family, subscription.product_id)
            return f"that subscription is to {product} and {subscription.status_word or 'of unknown status'}"
    if wanted.casefold().startswith("line "):
        return "that line is not in this order, is of another product, or hangs from this line itself"
    return f"the company has no such subscription at {order.title}"


def _told(parent: Parent, family: _Family) -> str:
    kind = parent.name if parent.line_id is not None else f"subscription {parent.name}"
    return f"{kind} ({_product_name(family, parent.product_id)})"


def _product_name(family: _Family, product_id: str) -> str:
    known = next((product for product in family.products.values() if product.id == product_id), None)
    try:
        return (known or family.shelf.product(product_id)).name or product_id
    except (NotFound, Refused):
        return product_id


def _ask(
    line: QuoteLine, text: str, possible: tuple[str, ...], acts: tuple[Act, ...] = (Act.ANSWER, Act.CANCEL)
) -> Question:
    return Question(
        key=f"parent:{line.id}",
        kind=QuestionKind.PARENT,
        text=f"{wording.line(line)}: {text}",
        line=line.id,
        possible_values=possible,
        acts=acts,
    )
