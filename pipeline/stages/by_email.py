"""
Which customer it is at a marketplace that knows them by their e-mail address, and makes one from the first order.

One address may be shared by several companies (`it@...`): a customer of another name is never taken without a person.
"""

from __future__ import annotations

from pipeline.abilities import KnowsByEmail
from pipeline.domain.company import Company, CompanyStatus
from pipeline.domain.customer import normal_name
from pipeline.domain.facts import CompanyFacts
from pipeline.domain.order import CompanyPolicy, Order
from pipeline.domain.outcome import Advance, Ask, Outcome
from pipeline.domain.question import Question, QuestionKind
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
    found = [one for one in marketplace.customers(email) if one.status is not CompanyStatus.DELETED]
    if not found:
        return _new(order, known["name"], email, answer)
    if len(found) > 1:
        return Ask((_choice(f"{order.title} has {len(found)} customers with the address {email}.", found),))
    if _is_somebody_else(found[0], known["name"]):
        text = (
            f"{order.title} knows the address {email} as {found[0].name}, and the quote is {known['name']}'s. Is the "
            "address shared?"
        )
        return Ask((_choice(text, found),))
    how = "its e-mail address is the customer's"
    facts = CompanyFacts(id=found[0].id, name=found[0].name or known["name"], how=how)
    return Advance(order.facts.learn(company=facts), (f"{wording.company(found[0])}: {facts.how}.",))


def _is_somebody_else(found: Company, name: str) -> bool:
    return bool(found.name and name) and normal_name(found.name) != normal_name(name)


def _new(order: Order, name: str, email: str, answer: str) -> Outcome:
    policy = order.policy.create_companies
    if policy is CompanyPolicy.ALWAYS or (answer == CREATE and policy is not CompanyPolicy.NEVER):
        facts = CompanyFacts(
            id=f"new-{order.customer_key[:_DERIVED]}", name=name or email, how="the order makes it", made_by_order=True
        )
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
