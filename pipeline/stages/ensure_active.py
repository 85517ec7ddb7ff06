"""
Ensure active: the company can receive orders.

Needs       company
Learns      nothing
Asks        who is to be the primary contact, where nobody is known; what to do with a company that stays inactive
Repeatable  yes: contacts are read again first, and only a role without a primary is given one. A company that was read
            as active a moment ago is not read again
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from pipeline.abilities import KeepsContacts
from pipeline.domain.claim import AddContact, Answer, AnswerClass, ApproveCompany, Claim, Look
from pipeline.domain.company import Company, CompanyContact, CompanyStatus
from pipeline.domain.customer import Contact, ContactRole
from pipeline.domain.facts import CompanyFacts
from pipeline.domain.order import Order
from pipeline.domain.outcome import Advance, Ask, Claimed, Looked, Outcome, Reject, WaitUntil
from pipeline.domain.primaries import addition, allot, lacking, named
from pipeline.domain.question import Act, Question, QuestionKind
from pipeline.domain.stage import Stage
from pipeline.ports import Marketplace
from pipeline.stages import searching, wording
from pipeline.stages.unsent import again_later

# How often a company that has all its contacts may still be read as inactive before a person looks.
_PATIENCE = 5
# For so long what was read of a company as it was resolved need not be read again.
_JUST_NOW = timedelta(seconds=30)
# How often a contact, or an approval, may be given up without anybody knowing before a person looks.
_MOST_LOST = 3
_FOR_CUSTOMERS = {
    ContactRole.ADMIN: "The person at your company who looks after what you have ordered.",
    ContactRole.BILLING: "The person at your company to turn to about bills.",
    ContactRole.TECHNICAL: "The person at your company to turn to about technical matters.",
}


def prepare(order: Order, marketplace: Marketplace) -> Claimed | Outcome:
    if claim := order.open_claim(AddContact):
        return _look(order, claim, marketplace)
    known = _known(order)
    if known.made_by_order:
        return Advance(order.facts, (f"{order.title} makes {known.name} from the order.",))
    if _was_just_read(order, known):
        return Advance(order.facts, (f"{known.name} is active.",))
    company = marketplace.company(known.id)
    if claim := order.open_claim(ApproveCompany):
        return _whether_approved(order, claim, company)
    match company.status:
        case CompanyStatus.ACTIVE:
            return Advance(order.facts, (f"{company.name} is active.",))
        case CompanyStatus.NEW:
            return _approval(order, company)
        case CompanyStatus.INACTIVE if isinstance(marketplace, KeepsContacts):
            return _activate(order, company, marketplace.contacts(company.id))
        case CompanyStatus.INACTIVE | CompanyStatus.BLOCKED:
            text = (
                f"{wording.company(company)} cannot order at {order.title}. Have it made active there, then retry; or "
                "cancel."
            )
            return Ask((_status(text),))
        case CompanyStatus.DELETED:
            return Reject("ensure_active.deleted", f"{wording.company(company)} was deleted at {order.title}.")
        case CompanyStatus.UNKNOWN:
            text = (
                f"{order.title} says that {wording.company(company)} is '{company.status_word}', a word that is not in "
                "its contract. Retry once it is active there, or cancel."
            )
            return Ask((_status(text),))


def _was_just_read(order: Order, known: CompanyFacts) -> bool:
    """It was active as it was looked for, a moment ago: nothing has been asked or written since."""
    if known.active_at is None or order.open_claim(ApproveCompany):
        return False
    return order.now - known.active_at < _JUST_NOW


def _known(order: Order) -> CompanyFacts:
    if order.facts.company is None:
        raise ValueError(f"{order.ref} has no company yet")
    return order.facts.company


def _activate(order: Order, company: Company, contacts: Sequence[CompanyContact]) -> Claimed | Outcome:
    roles = lacking(contacts)
    if not roles:
        return _waits(order, company)
    answers = {role: _answered(order, role) for role in roles}
    chosen = {role: person for role, person in answers.items() if person is not None}
    people, missing = allot(roles, order.quote.customer.contacts, chosen)
    if missing:
        return Ask(tuple(_who(order, role) for role in missing))
    if searching.given_up(order, AddContact) >= _MOST_LOST:
        return Ask((_lost_too_often(order, company, "A contact was added to"),))
    return Claimed(addition(company.id, people[0], contacts))


def _waits(order: Order, company: Company) -> Outcome:
    if order.polls < _PATIENCE:
        reason = f"{company.name} has all its primary contacts, and {order.title} still reads it as inactive."
        return WaitUntil(order.now + order.poll_interval(), reason, order.title)
    text = (
        f"{wording.company(company)} has primary contacts for everything, and yet stays inactive at {order.title}. "
        "Have it made active there, then retry; or cancel."
    )
    return Ask((_status(text),))


def _approval(order: Order, company: Company) -> Claimed | Outcome:
    """Let in by us, unless that was refused or did not help: then by a person."""
    tried = [claim for claim in order.claims if isinstance(claim.write, ApproveCompany) and not claim.open]
    if not any(claim.closing is not None and claim.closing.bought for claim in tried):
        if searching.given_up(order, ApproveCompany) >= _MOST_LOST:
            return Ask((_lost_too_often(order, company, "An approval was given to"),))
        return Claimed(ApproveCompany(company_id=company.id))
    if order.polls < _PATIENCE:
        reason = f"{company.name} was approved, and {order.title} still reads it as new."
        return WaitUntil(order.now + order.poll_interval(), reason, order.title)
    text = f"{wording.company(company)} was approved, and yet stays new at {order.title}. Look at it there, then retry."
    return Ask((_status(text),))


def _lost_too_often(order: Order, company: Company, done: str) -> Question:
    text = (
        f"{done} {wording.company(company)} {_MOST_LOST} times, and each time {order.title} does not show it and it is "
        "not known what became of it. Do it there, then retry; or cancel."
    )
    return _status(text)


def _whether_approved(order: Order, claim: Claim, company: Company) -> Outcome:
    """A lost approval may be made again: letting in who is in changes nothing."""
    if wait := searching.still_sending(order, claim):
        return wait
    if company.status is CompanyStatus.ACTIVE:
        return Looked(claim, Look(at=order.now, candidates=(company.id,)), adopt=company.id)
    return Looked(claim, Look(at=order.now), absent=True)


def _look(order: Order, claim: Claim, marketplace: Marketplace) -> Outcome:
    """
    A lost addition: whoever holds the roles now is what it made. Absent, it is added again without a person, because a
    contact is no purchase.
    """
    write = claim.write
    if not isinstance(write, AddContact):
        raise TypeError("a contact's claim holds a contact")
    if wait := searching.still_sending(order, claim):
        return wait
    wanted = frozenset(write.contact.roles)
    if not isinstance(marketplace, KeepsContacts):
        raise TypeError(f"{order.title} keeps no contacts")
    contacts = marketplace.contacts(write.company_id)
    held = frozenset(role for contact in contacts for role in contact.primary_for)
    holders = [contact for contact in contacts if contact.primary_for & wanted] if wanted <= held else []
    this = Look(at=order.now, candidates=tuple(contact.id for contact in holders))
    if holders:
        email = write.contact.email.casefold()
        ours = next((contact for contact in holders if contact.email.casefold() == email), holders[0])
        return Looked(claim, this, adopt=ours.id)
    if searching.is_absent(order, claim, this):
        return Looked(claim, this, absent=True)
    return Looked(claim, this, then=searching.again(order, claim, "the contact"))


def settled(order: Order, claim: Claim, answer: Answer) -> Outcome | None:
    """After a contact, or an approval, was answered: made, the company is read again."""
    words = wording.said(answer.details)
    what = "approval" if isinstance(claim.write, ApproveCompany) else "contact"
    match answer.kind:
        case AnswerClass.ACCEPTED:
            return None
        case AnswerClass.REJECTED:
            if not isinstance(claim.write, AddContact):
                return Ask((_status(f"{order.title} refused to approve the company: {words}. Approve it there."),))
            roles = claim.write.contact.roles
            because = f"{order.title} refused the contact that was known: {words}."
            return Ask(tuple(_who(order, role, because) for role in roles))
        case AnswerClass.NOT_SENT | AnswerClass.THROTTLED:
            return again_later(Stage.ENSURE_ACTIVE, f"The {what}", answer)
        case AnswerClass.UNKNOWN:
            reason = f"It is not known whether {order.title} has made the {what}: {words}."
            return WaitUntil(order.now + searching.FIRST_LOOK, reason, order.title)


def _answered(order: Order, role: ContactRole) -> Contact | None:
    answered = order.answer(f"contact:{role.value}")
    return named(role, answered.values) if answered is not None else None


def _who(order: Order, role: ContactRole, because: str = "") -> Question:
    given = order.answer(f"contact:{role.value}")
    if not because and given is not None:
        because = "The last answer was not these four values."
    text = (
        f"{_known(order).name} is inactive at {order.title} until somebody is its primary {role.value} contact. "
        f"Who is it? Answer with four values: first name, last name, e-mail address, phone. {because}".rstrip()
    )
    return Question(
        key=f"contact:{role.value}",
        kind=QuestionKind.CONTACT,
        text=text,
        many=True,
        label=f"{role.value.capitalize()} contact",
        hint=_FOR_CUSTOMERS[role],
    )


def _status(text: str) -> Question:
    return Question(key="company_status", kind=QuestionKind.STATUS, text=text, acts=(Act.RETRY, Act.CANCEL))
