"""
The generic intake's messages: `quote.accepted` and `quote.revoked`, written by whoever can write a webhook's body.

The same reading serves a file: the event whole, or its `data` alone.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from events.connections import SourceConnection
from events.sources.document import Document, Revocation, Unreadable, error
from events.sources.json_text import read_object
from events.sources.shapes import DataShape, LineShape, MoneyShape
from pipeline.domain.customer import Address, Contact, ContactRole, Customer
from pipeline.domain.money import Money
from pipeline.domain.quote import AcceptedQuote, Person, QuoteKey, QuoteLine, Ticket
from pipeline.domain.splitting import LineageError, split

ACCEPTED, REVOKED = "quote.accepted", "quote.revoked"
SCHEMA_FILE = "quote.accepted.json"
_LONGEST_TYPE = 100
_SENTENCES = {
    "missing": "is required",
    "string_type": "must be text in quotes",
    "string_too_long": "is longer than {max_length} characters",
    "string_pattern_mismatch": "must be three capital letters, such as USD",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
    "list_type": "must be a list",
    "too_short": "must have at least {min_length} entry",
    "too_long": "has more than {max_length} entries",
    "literal_error": "must be one of {expected}",
}


@cache
def schema() -> bytes:
    """The JSON Schema of `quote.accepted`, as served to senders."""
    return (files("events.sources") / "schema" / SCHEMA_FILE).read_bytes()


def read_document(body: bytes, connection: SourceConnection, *, bare: bool = False) -> Document:
    """
    What the message says, read as this connection means it. `bare` takes its `data` alone as well.

    Raises Unreadable.
    """
    message = read_object(body)
    if bare and "type" not in message and "data" not in message:
        return _quote(message, connection, [])
    kind = message.get("type")
    try:
        _check_type(kind)
        if message.get("data") is None:
            raise Unreadable([error(["data"], "is required")])
        quote = _quote(message["data"], connection, ["data"])
    except Unreadable as wrong:
        shown = kind[:_LONGEST_TYPE] if isinstance(kind, str) else ""
        raise Unreadable(wrong.errors, type=shown) from None
    return quote if kind == ACCEPTED else Revocation(quote)


def type_of(document: Document) -> str:
    return REVOKED if isinstance(document, Revocation) else ACCEPTED


def _check_type(kind: Any) -> None:
    if kind is None:
        raise Unreadable([error(["type"], "is required")])
    if kind == "ticket.updated":
        raise Unreadable([error(["type"], f"ticket.updated comes from PSA connections only; send {ACCEPTED} here")])
    if kind not in (ACCEPTED, REVOKED):
        raise Unreadable([error(["type"], f"is not known here; known are {ACCEPTED} and {REVOKED}")])


def _quote(data: Any, connection: SourceConnection, root: list[str | int]) -> AcceptedQuote:
    try:
        shape = DataShape.model_validate(data, context={"zone": connection.zone})
    except ValidationError as wrong:
        details = wrong.errors(include_url=False, include_input=False)
        raise Unreadable([error([*root, *detail["loc"]], _sentence(detail)) for detail in details]) from None
    _check_lines(shape, connection, root)
    quote = _accepted(shape, connection)
    try:
        split(quote, datetime.max.replace(tzinfo=UTC))
    except LineageError as wrong:
        index = next(number for number, line in enumerate(shape.lines) if line.id == wrong.line_id)
        raise Unreadable([error([*root, "lines", index, "parent_line"], str(wrong))]) from None
    return quote


def _check_lines(shape: DataShape, connection: SourceConnection, root: list[str | int]) -> None:
    wrong: list[dict[str, Any]] = []
    seen: set[str] = set()
    for index, line in enumerate(shape.lines):
        if line.id in seen:
            wrong.append(error([*root, "lines", index, "id"], "is the id of an earlier line, too"))
        seen.add(line.id)
        if not line.marketplace and connection.implied_marketplace is None:
            setting = connection.variable("DEFAULT_MARKETPLACE")
            wrong.append(error([*root, "lines", index, "marketplace"], f"is required, or set {setting}"))
    if wrong:
        raise Unreadable(wrong)


def _sentence(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    if detail["type"] == "value_error":
        return str(context["error"])
    return _SENTENCES.get(detail["type"], "cannot be read").format_map(context)


def _accepted(shape: DataShape, connection: SourceConnection) -> AcceptedQuote:
    head = shape.quote
    return AcceptedQuote(
        key=QuoteKey(system=head.system or connection.quote_system, id=head.id, revision=head.revision),
        customer=_customer(shape),
        lines=tuple(_line(line, connection.implied_marketplace) for line in shape.lines),
        number=head.number,
        url=head.url,
        accepted_at=head.accepted_at,
        accepted_by=Person(**head.accepted_by.model_dump()) if head.accepted_by else None,
        requested_at=shape.requested_date,
        ticket=Ticket(**shape.ticket.model_dump()) if shape.ticket else None,
        notes=shape.notes,
    )


def _customer(shape: DataShape) -> Customer:
    customer = shape.customer
    return Customer(
        ref=customer.ref,
        external_id=customer.external_id,
        name=customer.name,
        phone=customer.phone,
        website=customer.website,
        address=Address(**customer.address.model_dump()),
        contacts=tuple(
            Contact(**contact.model_dump(exclude={"roles"}), roles=tuple(ContactRole(role) for role in contact.roles))
            for contact in customer.contacts
        ),
        marketplace_ids={name.lower(): value for name, value in customer.marketplace_ids.items() if value},
    )


def _line(line: LineShape, implied: str | None) -> QuoteLine:
    return QuoteLine(
        id=line.id,
        marketplace=(line.marketplace or implied or "").lower(),
        quantity=line.quantity,
        product_id=line.product_id,
        sku=line.sku,
        description=line.description,
        billing_term=line.billing_term,
        commitment=line.commitment,
        unit_price=_money(line.unit_price),
        unit_cost=_money(line.unit_cost),
        parent_line=line.parent_line or None,
        parent_subscription=line.parent_subscription or None,
        changes=line.changes,
        start_at=line.start_date,
        provisioning={name: tuple(values) for name, values in line.provisioning.items()},
    )


def _money(shape: MoneyShape | None) -> Money | None:
    return None if shape is None else Money(amount=shape.amount, currency=shape.currency)
