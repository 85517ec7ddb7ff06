"""What a marketplace sells and on which conditions, read fresh for one company."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from pipeline.domain.terms import BillingTerm


@dataclass(frozen=True, slots=True)
class Product:
    """
    `variant` names what exactly is sold today, where that has a name of its own (a version). `withdrawn` says why it
    cannot be ordered, as the end of a sentence; empty: it can.
    """

    id: str
    name: str
    sku: str
    vendor_sku: str
    requires_commitment: bool
    variant: str = ""
    withdrawn: str = ""


class PriceKind(StrEnum):
    """How the bands of a price are read. OTHER is a word that the contract does not list."""

    FLAT = "Flat"
    VOLUME = "Volume"
    TIERED = "Tiered"
    MARK_UP = "Mark-Up"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Rate:
    """One band: units from `start` to `end` (inclusive; None is open). A flat rate is not multiplied by quantity."""

    cost: Decimal
    start: int = 0
    end: int | None = None
    flat: bool = False


@dataclass(frozen=True, slots=True)
class Price:
    """What the company pays for one billing term and commitment. `commitment_months` None: no commitment."""

    billing_term: BillingTerm | None
    billing_word: str
    commitment_months: int | None
    kind: PriceKind
    rates: tuple[Rate, ...]


@dataclass(frozen=True, slots=True)
class Commitment:
    """
    A commitment that a product offers; its id belongs to that product alone. `months` None: length not readable.

    `allows_more` and `allows_less` say whether the quantity may be changed while it lasts; None: nobody says.
    """

    id: str
    term: str
    months: int | None
    allows_more: bool | None = None
    allows_less: bool | None = None


@dataclass(frozen=True, slots=True)
class Constraint:
    """Satisfied by a live subscription to, or a line for, any one of these products."""

    name: str
    product_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Dependencies:
    """All constraints must be satisfied; of each, any one product does it."""

    commitments: tuple[Commitment, ...] = ()
    constraints: tuple[Constraint, ...] = ()


class FieldKind(StrEnum):
    INPUT = "Input"
    SINGLE = "Single-Value"
    MULTI = "Multi-Value"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ProvisioningField:
    """
    Something that the product's maker wants to know. Values are matched exactly against `possible_values`, if any.

    Whether a field is required is in prose only (`description`), so the dry run is the judge.
    """

    key: str
    label: str
    description: str
    kind: FieldKind
    possible_values: tuple[str, ...] = ()


class Verdict(StrEnum):
    """What a subscription's status means for us."""

    LIVE = "live"
    IN_PROGRESS = "in progress"
    WAITS_FOR_MARKETPLACE = "waits for the marketplace"
    WAITS_FOR_US = "waits for us"
    WAITS_FOR_APPROVAL = "waits for approval"
    WAITS_FOR_CUSTOMER = "waits for the customer"
    ENDING = "ending"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Subscription:
    """`company_id` and `product_id` are empty, the rest None, where the marketplace does not say, or there is none."""

    id: str
    company_id: str
    product_id: str
    quantity: Decimal | None
    billing_term: BillingTerm | None
    status_word: str
    verdict: Verdict
    parent_id: str | None = None
    created_at: datetime | None = None
    commitment: Commitment | None = None


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """`state` is set where the order itself says how far the line is: then no subscription is read for it."""

    product_id: str
    quantity: Decimal
    billing_term: BillingTerm | None
    subscription_id: str | None
    state: Subscription | None = None


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order that exists at the marketplace, ours or a stranger's."""

    id: str
    company_id: str
    lines: tuple[PlacedLine, ...]
    status_hint: str | None = None
