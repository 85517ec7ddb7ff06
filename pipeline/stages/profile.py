"""Who the customer is, from the quote and from people: what a new company or an order's buyer is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from iso3166 import countries_by_alpha2

from pipeline.domain.customer import Buyer, Contact, ContactRole, Customer
from pipeline.domain.order import Order
from pipeline.domain.question import Question, QuestionKind

# As our own people read it, in a sentence.
_CALLED = {
    "name": "its name",
    "email": "the e-mail address of the person who orders",
    "first_name": "the first name of the person who orders",
    "last_name": "the last name of the person who orders",
    "phone": "its phone number",
    "website": "its website",
    "street": "the street of its address",
    "city": "the city of its address",
    "country": "the country of its address, as two letters (US, DE)",
    "state": "the state or province of its address",
    "postal_code": "the postal code of its address",
}
# As the customer reads it who is to fill it in.
_FOR_CUSTOMERS = {
    "name": ("Company name", "As it is registered."),
    "email": ("E-mail address", "Of the person who orders."),
    "first_name": ("First name", "Of the person who orders."),
    "last_name": ("Last name", "Of the person who orders."),
    "phone": ("Phone number of the company", ""),
    "website": ("Website of the company", ""),
    "street": ("Street and number", ""),
    "city": ("City", ""),
    "country": ("Country", "Two letters, such as US or DE."),
    "state": ("State or province", ""),
    "postal_code": ("Postal code", ""),
}
# Who of the customer's people orders, the most fitting role first; then whoever has an e-mail address.
_WHO_ORDERS = (ContactRole.ADMIN, ContactRole.BILLING, ContactRole.TECHNICAL)


def profile(order: Order) -> Mapping[str, str]:
    """The quote's words, or the newest answer about each; empty where nobody has said it."""
    customer = order.quote.customer
    address, person = customer.address, orderer(customer)
    quoted = {
        "name": customer.name,
        "email": person.email,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "phone": customer.phone,
        "website": customer.website,
        "street": address.street,
        "street2": address.street2,
        "city": address.city,
        "state": address.state,
        "postal_code": address.postal_code,
        "country": address.country,
    }
    return {field: _answered(order, field) or value.strip() for field, value in quoted.items()}


def orderer(customer: Customer) -> Contact:
    """The person at the customer in whose name is ordered; nobody, where the quote names none with an address."""
    people = [contact for contact in customer.contacts if contact.email]
    by_role = (contact for role in _WHO_ORDERS for contact in people if role in contact.roles)
    return next(by_role, people[0] if people else Contact())


def buyer(order: Order, wanted: Iterable[str], what: str) -> Buyer | tuple[Question, ...]:
    """The customer as an order names them, or a question for each of the `wanted` fields that nobody has said."""
    known = profile(order)
    known = {**known, "phone": known["phone"] or orderer(order.quote.customer).phone}
    missing = [field for field in _CALLED if field in set(wanted) and not usable(field, known[field])]
    if missing:
        return tuple(ask(field, what, f"{order.title} needs it.") for field in missing)
    return Buyer(**{field: value for field, value in known.items() if field in Buyer.model_fields})


def usable(field: str, value: str) -> bool:
    match field:
        case "country":
            return value.upper() in countries_by_alpha2
        case "email":
            return "@" in value[1:-1]
        case _:
            return bool(value)


def ask(field: str, what: str, because: str) -> Question:
    """`what` is what the field is wanted for, as the beginning of a sentence."""
    text = f"{what}: what is {_CALLED[field]}? {because}"
    label, hint = _FOR_CUSTOMERS[field]
    return Question(key=f"customer:{field}", kind=QuestionKind.CUSTOMER_DETAILS, text=text, label=label, hint=hint)


def _answered(order: Order, field: str) -> str:
    answered = order.answer(f"customer:{field}")
    return "".join(answered.values[:1]).strip() if answered is not None else ""
