"""
The generic intake's message as it comes: open to unknown fields, a null as if it were missing.

`schema/quote.accepted.json` says the same for senders; a test holds the two together.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

MOST_LINES = 250
MOST = 100_000_000
_AMOUNT = re.compile(r"\d{1,15}(\.\d{1,10})?")
_DATE = re.compile(
    r"(?:19|2[01])\d\d-\d\d-\d\d(?P<time>[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.IGNORECASE
)


def _not_blank(text: str) -> str:
    if not text:
        raise ValueError("must not be empty")
    return text


Key = Annotated[str, StringConstraints(strict=True, max_length=200), AfterValidator(str.strip)]
RequiredKey = Annotated[Key, AfterValidator(_not_blank)]
Words = Annotated[str, StringConstraints(strict=True, max_length=500), AfterValidator(str.strip)]
Prose = Annotated[str, StringConstraints(strict=True, max_length=20_000), AfterValidator(str.strip)]
Url = Annotated[str, StringConstraints(strict=True, max_length=2000), AfterValidator(str.strip)]


def _whole(value: Any) -> Any:
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole or not 0 < value <= MOST:
        raise ValueError(f"must be a whole number from 1 to {MOST}")
    return int(value)


def _amount(value: Any) -> Any:
    if not isinstance(value, str) or not _AMOUNT.fullmatch(value.strip()):
        raise ValueError('must be a decimal number in quotes, such as "36.00"')
    return Decimal(value.strip())


def _instant(value: Any, info: ValidationInfo) -> Any:
    """Dates mean 06:00 in the zone of the settings, date-times without an offset are meant there."""
    found = _DATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError("must be a date such as 2026-12-01, or a date-time such as 2026-12-01T09:00:00Z")
    try:
        moment = datetime.fromisoformat(found.group().upper())
    except ValueError:
        raise ValueError("is no day of the calendar, or no time of the day") from None
    if not found["time"]:
        moment = datetime.combine(moment.date(), time(6))
    zone = info.context["zone"] if info.context else UTC
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


Whole = Annotated[int, BeforeValidator(_whole)]
Instant = Annotated[datetime, BeforeValidator(_instant)]


class Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _nulls_are_missing(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: part for name, part in value.items() if part is not None}
        return value


class MoneyShape(Shape):
    amount: Annotated[Decimal, BeforeValidator(_amount)]
    currency: Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{3}$")]


class PersonShape(Shape):
    name: Words = ""
    email: Words = ""


class QuoteShape(Shape):
    id: RequiredKey
    system: Key = ""
    revision: Key = ""
    number: Key = ""
    url: Url = ""
    accepted_at: Instant | None = None
    accepted_by: PersonShape | None = None


class AddressShape(Shape):
    street: Words = ""
    street2: Words = ""
    city: Words = ""
    state: Words = ""
    postal_code: Words = ""
    country: Words = ""


class ContactShape(Shape):
    first_name: Words = ""
    last_name: Words = ""
    email: Words = ""
    phone: Words = ""
    roles: Annotated[list[Literal["admin", "billing", "technical"]], Field(max_length=20)] = []


def _without_nulls(value: Any) -> Any:
    return {name: part for name, part in value.items() if part is not None} if isinstance(value, dict) else value


class CustomerShape(Shape):
    ref: Key = ""
    external_id: Key = ""
    name: Words = ""
    phone: Words = ""
    website: Url = ""
    address: AddressShape = AddressShape()
    contacts: Annotated[list[ContactShape], Field(max_length=100)] = []
    marketplace_ids: Annotated[dict[Key, Key], BeforeValidator(_without_nulls)] = {}

    @model_validator(mode="after")
    def _somebody(self) -> CustomerShape:
        if not (self.ref or self.external_id or self.name or any(self.marketplace_ids.values())):
            raise ValueError("must have one of ref, external_id, name, marketplace_ids")
        return self


class LineShape(Shape):
    id: RequiredKey
    quantity: Whole
    marketplace: Key = ""
    product_id: Key = ""
    sku: Key = ""
    description: Prose = ""
    billing_term: Key = ""
    commitment: Key = ""
    unit_price: MoneyShape | None = None
    unit_cost: MoneyShape | None = None
    parent_line: Key = ""
    parent_subscription: Key = ""
    changes: Key = ""
    start_date: Instant | None = None
    provisioning: Annotated[dict[Words, list[Prose]], BeforeValidator(_without_nulls)] = {}

    @model_validator(mode="after")
    def _something(self) -> LineShape:
        if not (self.product_id or self.sku or self.changes):
            raise ValueError("must have one of product_id, sku, changes")
        return self


class TicketShape(Shape):
    system: RequiredKey
    id: RequiredKey


class DataShape(Shape):
    quote: QuoteShape
    customer: CustomerShape
    lines: Annotated[list[LineShape], Field(min_length=1, max_length=MOST_LINES)]
    requested_date: Instant | None = None
    ticket: TicketShape | None = None
    notes: Prose = ""
