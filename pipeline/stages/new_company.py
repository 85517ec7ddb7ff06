"""Making a company at the marketplace: what it needs, and what to do when it is refused."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.domain.claim import Answer, Claim, Closing, CreateCompany, NewContact
from pipeline.domain.customer import ContactRole
from pipeline.domain.order import Order
from pipeline.domain.outcome import Ask, Claimed, Outcome
from pipeline.domain.primaries import allot
from pipeline.domain.question import Question, QuestionKind
from pipeline.stages import wording

_DERIVED = 16

# What the marketplace requires of a company, as a person reads it.
_REQUIRED = {
    "name": "its name",
    "phone": "its phone number",
    "website": "its website",
    "street": "the street of its address",
    "city": "the city of its address",
    "country": "the country of its address, as two letters (US, DE)",
}
_OPTIONAL = {"state": "the state or province of its address", "postal_code": "the postal code of its address"}
# The same for the customer who is to fill it in.
_FOR_CUSTOMERS = {
    "name": ("Company name", "As it is registered."),
    "phone": ("Phone number of the company", ""),
    "website": ("Website of the company", ""),
    "street": ("Street and number", ""),
    "city": ("City", ""),
    "country": ("Country", "Two letters, such as US or DE."),
    "state": ("State or province", ""),
    "postal_code": ("Postal code", ""),
}
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
    profile = _profile(order)
    missing = [field for field in _REQUIRED if not _usable(field, profile[field])]
    if missing:
        return Ask(tuple(_detail(order, field, f"{order.title} needs it.") for field in missing))
    return Claimed(
        CreateCompany(
            external_id=external_id(order),
            name=profile["name"],
            phone=profile["phone"],
            website=profile["website"],
            street=profile["street"],
            street2=order.quote.customer.address.street2,
            city=profile["city"],
            state=profile["state"],
            postal_code=profile["postal_code"],
            country=profile["country"].upper(),
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


def _profile(order: Order) -> Mapping[str, str]:
    """The quote's words, or the newest answer about each."""
    customer = order.quote.customer
    address = customer.address
    quoted = {
        "name": customer.name,
        "phone": customer.phone,
        "website": customer.website,
        "street": address.street,
        "city": address.city,
        "state": address.state,
        "postal_code": address.postal_code,
        "country": address.country,
    }
    return {field: _answered(order, field) or value.strip() for field, value in quoted.items()}


def _answered(order: Order, field: str) -> str:
    answered = order.answer(f"customer:{field}")
    return "".join(answered.values[:1]).strip() if answered is not None else ""


def _usable(field: str, value: str) -> bool:
    if field == "country":
        return len(value) == 2 and value.isascii() and value.isalpha()
    return bool(value)


def _detail(order: Order, field: str, because: str) -> Question:
    what = (_REQUIRED | _OPTIONAL)[field]
    who = order.quote.customer.name or "the customer"
    text = f"The company {who} is to be made at {order.title}: what is {what}? {because}"
    label, hint = _FOR_CUSTOMERS[field]
    return Question(key=f"customer:{field}", kind=QuestionKind.CUSTOMER_DETAILS, text=text, label=label, hint=hint)


def _contacts(order: Order) -> tuple[NewContact, ...]:
    """All three primaries at once where the quote has them, for then the company is active from its first moment."""
    refused = any(
        claim.closing is Closing.REJECTED and isinstance(claim.write, CreateCompany) and claim.write.contacts
        for claim in order.claims
    )
    people, missing = allot(ContactRole, order.quote.customer.contacts, {})
    return () if refused or missing else people
