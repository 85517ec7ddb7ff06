"""
Resolve company: which company at the marketplace the customer is.

Needs       nothing but the quote
Learns      company
Asks        when several companies fit or none does, when the one that is named is not there, and for what a new
            company would lack
Repeatable  yes: the company is looked for again first, and a creation of unknown outcome is searched for, inactive
            companies too, before anything is made
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.abilities import KeepsContacts, KnowsByEmail
from pipeline.domain.claim import Answer, AnswerClass, Claim, CreateCompany
from pipeline.domain.company import Company, CompanyStatus
from pipeline.domain.customer import Customer
from pipeline.domain.errors import NotFound, Refused
from pipeline.domain.facts import CompanyFacts
from pipeline.domain.identification import Identified, identify
from pipeline.domain.order import CompanyPolicy, Order
from pipeline.domain.outcome import Advance, Ask, Claimed, Outcome, WaitUntil
from pipeline.domain.question import Question, QuestionKind
from pipeline.domain.stage import Stage
from pipeline.ports import Marketplace
from pipeline.stages import by_email, changing, lost_company, new_company, searching, wording
from pipeline.stages.unsent import again_later

KEY = "company"
CREATE = "create"


def prepare(order: Order, marketplace: Marketplace) -> Claimed | Outcome:
    if claim := order.open_claim(CreateCompany):
        return lost_company.look(order, claim, marketplace)
    if asked := changing.unable(order, marketplace):
        return asked
    made, answered = _made(order), order.answer(KEY)
    if made is not None and (answered is None or answered.at <= made.claimed_at):
        # A NotFound here is a lagging read: it passes, and must not look like a company that is not there.
        return _found(order, marketplace.company(str(made.marketplace_id)), "it was made for this customer")
    if answered is not None and answered.values[:1] not in ((), (CREATE,)):
        return _named(order, marketplace, answered.values[0].strip(), "an operator named it")
    if answered is None and order.link:
        return _named(order, marketplace, order.link, "this customer was ordered for before")
    quoted = order.quote.customer.marketplace_ids.get(order.marketplace)
    if answered is None and quoted:
        return _named(order, marketplace, quoted, "the quote names its id")
    if isinstance(marketplace, KnowsByEmail):
        return by_email.find(order, marketplace, "".join(answered.values[:1]) if answered is not None else "")
    if not isinstance(marketplace, KeepsContacts) or any(line.changes for line in order.lines):
        order = replace(order, policy=replace(order.policy, create_companies=CompanyPolicy.NEVER))
    wanted = answered is not None and bool(_creating(order))
    return _searched(order, identify(order.quote.customer, marketplace.companies()), wanted=wanted)


def _made(order: Order) -> Claim | None:
    """The creation of this order that is known to have worked, the newest one."""
    worked = [
        claim
        for claim in order.claims
        if isinstance(claim.write, CreateCompany) and claim.closing is not None and claim.closing.bought
    ]
    return max(worked, key=lambda claim: claim.claimed_at, default=None)


def _named(order: Order, marketplace: Marketplace, company_id: str, how: str) -> Outcome:
    try:
        company = marketplace.company(company_id)
    except (NotFound, Refused):
        text = f"{order.title} has no company with the id {company_id}, though {how}. {_what_now(order)}"
        return Ask((_question(text),))
    if company.status is CompanyStatus.DELETED:
        text = f"{wording.company(company)} was deleted at {order.title}, though {how}. {_what_now(order)}"
        return Ask((_question(text),))
    return _found(order, company, how)


def _searched(order: Order, found: Identified, *, wanted: bool) -> Claimed | Outcome:
    """`wanted`: a person has said that the company is to be created, so only what is certain keeps us from it."""
    customer = order.quote.customer
    if len(found.certain) == 1:
        return _found(order, found.certain[0], f"its {found.by} is the customer's")
    if found.certain:
        text = f"{order.title} has {len(found.certain)} companies with the {found.by} of {_name(customer)}"
        return Ask((_choice(text, found.certain),))
    if wanted:
        return new_company.creation(order)
    if found.likely:
        text = (
            f"{order.title} has {len(found.likely)} with the name of {_name(customer)}, "
            "but a country is missing, there or in the quote"
        )
        return Ask((_choice(text, found.likely, also=_creating(order)),))
    if found.deleted:
        gone = wording.listed(wording.company(company) for company in found.deleted)
        return Ask((_question(f"{gone} fits {_name(customer)}, but was deleted. {_what_now(order)}"),))
    if order.policy.create_companies is CompanyPolicy.ALWAYS:
        return new_company.creation(order)
    return Ask((_question(f"{order.title} has no company for {_name(customer).rstrip('.')}. {_what_now(order)}"),))


def _found(order: Order, company: Company, how: str) -> Advance:
    active_at = order.now if company.status is CompanyStatus.ACTIVE else None
    facts = CompanyFacts(id=company.id, name=company.name, how=how, active_at=active_at)
    return Advance(order.facts.learn(company=facts), (f"{wording.company(company)}: {how}.",))


def settled(order: Order, claim: Claim, answer: Answer) -> Outcome | None:
    """After the creation was answered: made, it is resolved like any other company."""
    words = wording.said(answer.details)
    match answer.kind:
        case AnswerClass.ACCEPTED:
            return None
        case AnswerClass.REJECTED:
            return new_company.rejected(order, claim, answer)
        case AnswerClass.NOT_SENT | AnswerClass.THROTTLED:
            return again_later(Stage.RESOLVE_COMPANY, "The new company", answer)
        case AnswerClass.UNKNOWN:
            reason = f"It is not known whether {order.title} has made the company: {words}."
            return WaitUntil(order.now + searching.FIRST_LOOK, reason, order.title)


def _name(customer: Customer) -> str:
    return customer.name or customer.ref or customer.external_id or "the customer"


def _creating(order: Order) -> tuple[str, ...]:
    return () if order.policy.create_companies is CompanyPolicy.NEVER else (CREATE,)


def _what_now(order: Order) -> str:
    if _creating(order):
        return f"Answer '{CREATE}' to make the company there, or with the id of the company to order for."
    return (
        "Answer with the id of the company to order for; the settings forbid making one, or it can't be made from here."
    )


def _question(text: str) -> Question:
    """Free text, because a company's id is an answer too."""
    return Question(key=KEY, kind=QuestionKind.COMPANY, text=text)


def _choice(text: str, companies: Sequence[Company], also: tuple[str, ...] = ()) -> Question:
    listed = wording.listed((wording.company(company) for company in companies), "or")
    making = f" '{CREATE}' makes a new one." if also else ""
    values = (*(company.id for company in companies), *also)
    return Question(
        key=KEY,
        kind=QuestionKind.COMPANY,
        text=f"{text}: {listed}. Which one is to be ordered for?{making}",
        possible_values=values,
    )
