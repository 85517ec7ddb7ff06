"""
Which customer it is at a marketplace that knows them by their e-mail address, and makes one from the first order.

One address may be shared by several companies (`it@...`): a customer of another name is never taken without a person.
"""

from __future__ import annotations

import hashlib

from pipeline.abilities import KnowsByEmail
from pipeline.domain.company import Company, CompanyStatus
from pipeline.domain.customer import is_other_name
from pipeline.domain.facts import CompanyFacts
from pipeline.domain.order import CompanyPolicy, Order
from pipeline.domain.outcome import Advance, Ask, GoBack, Outcome
from pipeline.domain.question import Question, QuestionKind
from pipeline.domain.stage import Stage
from pipeline.stages import profile, wording

KEY = "company"
CREATE = "create"
_DERIVED = 16


def find(order: Order, marketplace: KnowsByEmail, answer: str) -> Outcome:
    """`answer` is what a person has said about the company: an id is looked at elsewhere, `create` here."""
    known = profile.profile(order)
    email = known["email"]
    if not profile.usable("email", email):
        what = f"{order.title} knows customers by the e-mail address of who orders"
        return Ask((profile.ask("email", what, "The quote names none."),))
    found = _of_address(order, marketplace)
    if not found:
        return _new(order, known["name"], email, answer)
    if len(found) > 1:
        return Ask((_choice(f"{order.title} has {len(found)} customers with the address {email}.", found),))
    if is_other_name(found[0].name, known["name"]):
        text = (
            f"{order.title} knows the address {email} as {found[0].name}, and the quote is {known['name']}'s. Is the "
            "address shared?"
        )
        return Ask((_choice(text, found),))
    how = "its e-mail address is the customer's"
    active_at = order.now if found[0].status is CompanyStatus.ACTIVE else None
    facts = CompanyFacts(id=found[0].id, name=found[0].name or known["name"], how=how, active_at=active_at)
    return Advance(order.facts.learn(company=facts), (f"{wording.company(found[0])}: {facts.how}.",))


def appeared(order: Order, marketplace: KnowsByEmail) -> GoBack | None:
    """Whether somebody has the address by now whose order was to make the customer: then it is decided anew."""
    known = order.facts.company
    if known is None or not known.made_by_order or not _of_address(order, marketplace):
        return None
    reason = f"{order.title} has a customer with the address of who orders by now: it is decided anew whose it is."
    return GoBack(Stage.RESOLVE_COMPANY, reason)


def _of_address(order: Order, marketplace: KnowsByEmail) -> list[Company]:
    found = marketplace.customers(profile.profile(order)["email"])
    return [one for one in found if one.status is not CompanyStatus.DELETED]


def _new_id(order: Order, email: str) -> str:
    """
    The same for all orders of one address at one account, since the first of them makes the customer for all: as the
    key of claims it lets them write one after the other.
    """
    named = f"{order.account}\n{email.strip().casefold()}"
    return f"new-{hashlib.sha256(named.encode()).hexdigest()[:_DERIVED]}"


def _new(order: Order, name: str, email: str, answer: str) -> Outcome:
    policy = order.policy.create_companies
    if policy is CompanyPolicy.ALWAYS or (answer == CREATE and policy is not CompanyPolicy.NEVER):
        facts = CompanyFacts(id=_new_id(order, email), name=name or email, how="the order makes it", made_by_order=True)
        return Advance(order.facts.learn(company=facts), (f"{order.title} does not know {email}: the order makes it.",))
    text = f"{order.title} has no customer with the address {email}."
    if policy is CompanyPolicy.NEVER:
        text += " Answer with the id of the customer to order for; the settings forbid making one."
    else:
        text += f" Answer '{CREATE}' to let the order make one, or with the id of the customer to order for."
    return Ask((Question(key=KEY, kind=QuestionKind.COMPANY, text=text),))


def _choice(text: str, found: list[Company]) -> Question:
    listed = wording.listed((wording.company(company) for company in found), "or")
    return Question(
        key=KEY,
        kind=QuestionKind.COMPANY,
        text=f"{text} Answer with the id to order for: {listed}; or have the quote name another address.",
        possible_values=tuple(company.id for company in found),
    )
