"""What a simulated product is: its prices, commitments, parents, provisioning fields, and how it is provisioned."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

BILLING_TERMS = ("Monthly", "Annual", "2-Year", "3-Year", "One-Time", "Trial", "Activation")
_MONTHS = {"Monthly": 1, "Annual": 12}

Walk = tuple[tuple[float, str], ...]
"""Statuses of a subscription, each with the seconds after the order when it begins; empty: no subscription ever."""

NO_SUBSCRIPTION: Walk = ()
MANUAL: Walk = ((0, "PendingManual"),)
WAITING_FOR_DETAILS: Walk = ((0, "WaitingForDetails"),)
PENDING_ACTIVATION: Walk = ((0, "PendingActivation"),)
TRIAL: Walk = ((0, "PendingAutomated"), (1, "Trial"))
CANCELLED: Walk = ((0, "PendingAutomated"), (1, "PendingCancel"), (2, "Cancelled"))
NEVER: Walk = ((0, "PendingAutomated"),)
UNKNOWN_WORD: Walk = ((0, "PendingAutomated"), (1, "PendingVendorAudit"))


def automated(seconds: float = 2.0) -> Walk:
    """PendingAutomated, and Active after so long."""
    return ((0, "PendingAutomated"), (seconds, "Active"))


def manual(seconds: float) -> Walk:
    """PendingManual until a person at the vendor has done it, which takes so long."""
    return ((0, "PendingManual"), (seconds, "Active"))


def months(term: str) -> int:
    """`Monthly` 1, `Annual` 12, `3-Year` 36; 0 for terms that are no length of time."""
    years = re.fullmatch(r"(\d+)-Year", term)
    return int(years[1]) * 12 if years else _MONTHS.get(term, 0)


@dataclass(frozen=True, slots=True)
class Rate:
    """A bound that is None is sent as `null`, or not at all where `bounds` is "unset"."""

    cost: Decimal
    retail: Decimal
    start: int | None = None
    end: int | None = None
    charge: Literal["Per Unit", "Flat Rate"] = "Per Unit"
    bounds: Literal["null", "unset"] = "unset"

    def covers(self, quantity: int) -> bool:
        return (self.start or 0) <= quantity and (self.end is None or quantity <= self.end)


@dataclass(frozen=True, slots=True)
class PriceRow:
    billing_term: str
    rates: tuple[Rate, ...]
    kind: Literal["Flat", "Volume", "Tiered", "Mark-Up"] = "Flat"
    commitment: str | None = None
    unit: str = "Each"


@dataclass(frozen=True, slots=True)
class Commitment:
    id: str
    term: str
    allows_decrease: bool = False


@dataclass(frozen=True, slots=True)
class Constraint:
    """Any one of the products satisfies it."""

    name: str
    product_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProvisionField:
    """`required` and `needed_when` are what the API never says: always, or only beside such an answer."""

    key: str
    label: str
    value_type: Literal["Input", "Single-Value", "Multi-Value"] = "Input"
    description: str | None = None
    possible_values: tuple[str, ...] | None = None
    required: bool = True
    needed_when: tuple[str, str] | None = None
    pattern: str | None = None

    def is_needed(self, answers: Mapping[str, list[str]]) -> bool:
        if self.needed_when is None:
            return self.required
        key, value = self.needed_when
        return value in answers.get(key, [])

    def fault_in(self, values: Iterable[object]) -> str | None:
        """What is wrong with these values, as the end of a sentence."""
        given = list(values)
        if not given or not all(isinstance(value, str) and value.strip() for value in given):
            return "must hold at least one text"
        if self.value_type != "Multi-Value" and len(given) != 1:
            return "takes exactly one value"
        if self.possible_values is not None and not set(given) <= set(self.possible_values):
            return "is not one of the possible values"
        if self.pattern and not re.fullmatch(self.pattern, str(given[0])):
            return "does not have the expected format"
        return None


@dataclass(frozen=True, slots=True)
class Product:
    id: str
    name: str
    vendor: str
    prices: tuple[PriceRow, ...]
    sku: str = ""
    vendor_sku: str = ""
    summary: str = ""
    requires_commitment: bool = False
    commitments: tuple[Commitment, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    fields: tuple[ProvisionField, ...] = ()
    walk: Walk = field(default_factory=automated)

    def commitment(self, key: str | None) -> Commitment | None:
        return next((one for one in self.commitments if one.id == key), None)

    def rows(self, billing_term: str, commitment: Commitment | None) -> list[PriceRow]:
        """The prices for a term; one without a commitment of its own holds for each."""
        chosen = commitment.term if commitment else None
        return [row for row in self.prices if row.billing_term == billing_term and row.commitment in (None, chosen)]
