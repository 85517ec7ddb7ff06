"""Making a company at the marketplace: what it needs, and what to do when it is refused."""

from __future__ import annotations

from pipeline.domain.claim import Answer, Claim, Closing, CreateCompany, NewContact
from pipeline.domain.customer import ContactRole
from pipeline.domain.order import Order
from pipeline.domain.outcome import Ask, Claimed, Outcome
from pipeline.domain.primaries import allot
from pipeline.domain.question import Question, QuestionKind
from pipeline.stages import profile, wording

_DERIVED = 16

_REQUIRED = ("name", "phone", "website", "street", "city", "country")
# The words by which a refusal names a field.
_NAMED_BY = {
    "name": ("name",),
    "phone": ("phone",),
    "website": ("website",),
    "street": ("street",),
    "city": ("city",),
    "country": ("country",),
    "state": ("stateorprovince", "state", "province"),
    "postal_code": ("postalcode", "postal code"),
}


def creation(order: Order) -> Claimed | Outcome:
    """The write, or questions for what is missing for it."""
    known = profile.profile(order)
    missing = [field for field in _REQUIRED if not profile.usable(field, known[field])]
    if missing:
        return Ask(tuple(_detail(order, field, f"{order.title} needs it.") for field in missing))
    return Claimed(
        CreateCompany(
            external_id=external_id(order),
            name=known["name"],
            phone=known["phone"],
            website=known["website"],
            street=known["street"],
            street2=known["street2"],
            city=known["city"],
            state=known["state"],
            postal_code=known["postal_code"],
            country=known["country"].upper(),
            contacts=_contacts(order),
        )
    )


def external_id(order: Order) -> str:
    """What the company is found by later: never empty."""
    customer = order.quote.customer
    return customer.external_id or customer.ref or f"quoteway-{order.customer_key[:_DERIVED]}"


def rejected(order: Order, claim: Claim, answer: Answer) -> Outcome | None:
    """
    None: it is made again without its contacts, which were what was refused; they are asked for once it exists.

    Else a person is asked for the fields that the refusal names or, where it names none, what to do.
    """
    words = wording.said(answer.details)
    folded = words.casefold()
    write = claim.write
    if "contact" in folded and isinstance(write, CreateCompany) and write.contacts:
        return None
    because = f"{order.title} refused the new company: {words}."
    if "already exists" not in folded:
        named = [field for field, signs in _NAMED_BY.items() if any(sign in folded for sign in signs)]
        if named:
            return Ask(tuple(_detail(order, field, because) for field in named))
    text = (
        f"{because} No company that was listed there fits the customer. Look at {order.title}, then answer with the id "
        "of the company to order for, or 'create' to look and try once more."
    )
    return Ask((Question(key="company", kind=QuestionKind.COMPANY, text=text),))


def _detail(order: Order, field: str, because: str) -> Question:
    who = order.quote.customer.name or "the customer"
    return profile.ask(field, f"The company {who} is to be made at {order.title}", because)


def _contacts(order: Order) -> tuple[NewContact, ...]:
    """All three primaries at once where the quote has them, for then the company is active from its first moment."""
    refused = any(
        claim.closing is Closing.REJECTED and isinstance(claim.write, CreateCompany) and claim.write.contacts
        for claim in order.claims
    )
    people, missing = allot(ContactRole, order.quote.customer.contacts, {})
    return () if refused or missing else people
