"""
Collect provisioning: what the products' makers want to know, from the quote and from people.

Needs       catalogue
Learns      provisioning: the answers of each line, in the fields' own order; where the order has to name the customer,
            the buyer
Asks        for a field that a refusal named, for a value that can't be sent, and about keys that no product has;
            nothing where a subscription is changed, which is provisioned already
Repeatable  yes: it only reads. Which fields are required is in prose, so the dry run is the judge: this stage and the
            dry run form a loop, and a refused field takes only an answer given after the refusal
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.abilities import KnowsByEmail
from pipeline.domain.catalogue import FieldKind, ProvisioningField
from pipeline.domain.customer import Buyer
from pipeline.domain.details import cleaned, fault, newest_refusal
from pipeline.domain.facts import Detail, ProvisioningFacts, Refusal
from pipeline.domain.order import Order
from pipeline.domain.outcome import Advance, Ask, Outcome
from pipeline.domain.question import Question, QuestionKind
from pipeline.domain.quote import QuoteLine
from pipeline.ports import Marketplace
from pipeline.stages import profile, wording
from pipeline.stages.shelf import Shelf

LEAVE_OUT = "leave out"


def decide(order: Order, marketplace: Marketplace) -> Outcome:
    catalogue, company = order.facts.catalogue, order.facts.company
    if catalogue is None or company is None:
        raise ValueError(f"{order.ref} has no company or catalogue yet")
    if order.change is not None:
        return Advance(order.facts.learn(provisioning=ProvisioningFacts(lines={})))
    shelf = Shelf(marketplace, company.id)
    questions: list[Question] = []
    lines: dict[str, tuple[Detail, ...]] = {}
    for line in order.lines:
        fields = shelf.fields(catalogue.line(line.id).product_id)
        given, unknown = _given(order, line, fields)
        details, unclear = _details(order, line, fields, given)
        questions += [*unknown, *unclear]
        lines[line.id] = details
    buyer = _buyer(order, marketplace)
    if isinstance(buyer, tuple):
        questions += buyer
    if questions or isinstance(buyer, tuple):
        return Ask(tuple(questions))
    return Advance(order.facts.learn(provisioning=ProvisioningFacts(lines=lines), buyer=buyer))


def _buyer(order: Order, marketplace: Marketplace) -> Buyer | tuple[Question, ...] | None:
    """The customer as the order names them, where the marketplace wants that."""
    if not isinstance(marketplace, KnowsByEmail):
        return None
    who = order.quote.customer.name or "the customer"
    what = f"The order at {order.title} has to say who {who} is"
    return profile.buyer(order, marketplace.wanted_of_buyer(), what)


def _given(
    order: Order, line: QuoteLine, fields: Sequence[ProvisioningField]
) -> tuple[Mapping[str, tuple[str, ...]], list[Question]]:
    """The quote's answers under keys that the product has, and a question for each key that it has not."""
    keys = [field.key for field in fields]
    given: dict[str, tuple[str, ...]] = {}
    questions: list[Question] = []
    for key, values in line.provisioning.items():
        if key in keys:
            given[key] = values
            continue
        answered = order.answer(f"provisioning_key:{line.id}:{key}")
        meant = "".join(answered.values[:1]) if answered is not None else ""
        if meant in keys:
            given.setdefault(meant, values)
        elif meant != LEAVE_OUT:
            questions.append(_unknown_key(order, line, key, keys))
    return given, questions


def _details(
    order: Order, line: QuoteLine, fields: Sequence[ProvisioningField], given: Mapping[str, tuple[str, ...]]
) -> tuple[tuple[Detail, ...], list[Question]]:
    details: list[Detail] = []
    questions: list[Question] = []
    for field in fields:
        answered = order.answer(_key(line, field))
        refusal = newest_refusal(order.facts.refusals, line.id, field.key)
        if refusal is not None and (answered is None or answered.at <= refusal.at):
            questions.append(_field(line, field, f"{order.title} refused it: {_words(refusal, field)}."))
            continue
        values = cleaned(answered.values if answered is not None else given.get(field.key, ()))
        if not values or values == (LEAVE_OUT,):
            continue
        if problem := fault(field, values):
            questions.append(_field(line, field, f"It {problem}."))
        else:
            details.append(Detail(key=field.key, values=values))
    return tuple(details), questions


def _key(line: QuoteLine, field: ProvisioningField) -> str:
    return f"provisioning:{line.id}:{field.key}"


def _words(refusal: Refusal, field: ProvisioningField) -> str:
    """What the refusal says of this field; everything where no detail names it."""
    naming = [detail for detail in refusal.details if field.key in detail]
    return wording.said(naming or refusal.details)


def _field(line: QuoteLine, field: ProvisioningField, because: str) -> Question:
    explained = f" {field.description.strip().rstrip('.')}." if field.description.strip() else ""
    values = (*field.possible_values, LEAVE_OUT) if field.possible_values else ()
    possible = f" Possible values: {'; '.join(values)}." if values else f" '{LEAVE_OUT}' sends nothing for it."
    return Question(
        key=_key(line, field),
        kind=QuestionKind.PROVISIONING,
        text=f"{wording.line(line)} needs '{field.label}' (field {field.key}).{explained} {because}{possible}",
        line=line.id,
        possible_values=values,
        many=field.kind is FieldKind.MULTI,
        label=field.label.strip() or field.key,
        hint=(f"For {line.description}.{explained}" if line.description else explained).strip(),
    )


def _unknown_key(order: Order, line: QuoteLine, key: str, keys: Sequence[str]) -> Question:
    known = f"Its fields are {wording.listed(keys)}." if keys else "It has no fields at all."
    return Question(
        key=f"provisioning_key:{line.id}:{key}",
        kind=QuestionKind.PROVISIONING,
        text=(
            f"{wording.line(line)}: the quote answers '{key}', which the product does not ask at {order.title}. "
            f"{known} Answer with the field that is meant, or '{LEAVE_OUT}'."
        ),
        line=line.id,
        possible_values=(*keys, LEAVE_OUT),
    )
