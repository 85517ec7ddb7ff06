"""
Templates: what the form data of an offer look like, with slots for what differs from order to order.

AppXite publishes no form data: their keys are seen in the portal's own calls. A file holds them for one offer and one
term, with the price's identity inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.domain.catalogue import FieldKind, ProvisioningField
from pipeline.domain.claim import PurchaseLine
from pipeline.domain.terms import BillingTerm

QUANTITY = "quantity"
MARKER = re.compile(r"\{([A-Za-z][\w-]*)\}\Z")
PRICE_ID = "offerRulePricingId"
_WHOLE = re.compile(r"-?\d{1,15}\Z")
_MISSING = object()

Path = tuple[str | int, ...]
Scalar = str | int | bool


@dataclass(frozen=True, slots=True)
class Slot:
    """
    Something of the form that is asked for. `values` maps what a person chooses to what is sent for it (a location's
    name to its id); empty: whatever is answered. `number`: sent as a number. `domain`: AppXite is asked whether the
    Microsoft domain is free.
    """

    key: str
    label: str
    description: str = ""
    values: tuple[tuple[str, Scalar], ...] = ()
    required: bool = True
    default: str = ""
    number: bool = False
    domain: bool = False

    @property
    def field(self) -> ProvisioningField:
        told = "" if self.required else " It may be left out."
        preset = f" Without an answer it is {self.default}." if self.default else ""
        kind = FieldKind.SINGLE if self.values else FieldKind.INPUT
        description = f"{self.description}{preset or told}".strip()
        return ProvisioningField(self.key, self.label, description, kind, tuple(name for name, _ in self.values))

    def sent(self, answer: str) -> Scalar:
        """What goes into the form for it. An answer that is none of its values goes as it is, for `fault` to find."""
        if self.values:
            return dict(self.values).get(answer, answer)
        return int(answer) if self.number and _WHOLE.match(answer.strip()) else answer

    def fault(self, answer: str) -> str | None:
        """Why the form can't be sent with it, as the end of a sentence; it does not repeat the answer."""
        if not answer:
            return "has no answer and needs one" if self.required else None
        if self.values and answer not in dict(self.values):
            return "takes one of its values to the letter"
        if self.number and not _WHOLE.match(answer.strip()):
            return "takes a whole number"
        return None


@dataclass(frozen=True, slots=True)
class Template:
    """`file` is its file's name, for sentences; `charge_period` the part of the form that names the price."""

    file: str
    offer: str
    name: str
    sku: str
    term: BillingTerm
    months: int | None
    form: Mapping[str, Any]
    slots: tuple[Slot, ...]
    charge_period: Mapping[str, Any]
    quantity_at: Path

    @property
    def price_id(self) -> str:
        return str(self.charge_period[PRICE_ID])

    def filled(self, line: PurchaseLine) -> dict[str, Any]:
        """The form data for this line. A key whose slot has no answer is left out."""
        answers = _answers(line)
        values: dict[str, Any] = {QUANTITY: line.quantity}
        for slot in self.slots:
            if answer := answers.get(slot.key, slot.default):
                values[slot.key] = slot.sent(answer)
        form = _fill(self.form, values)
        return form if isinstance(form, dict) else {}

    def faults(self, line: PurchaseLine) -> Iterator[tuple[Slot, str]]:
        answers = _answers(line)
        for slot in self.slots:
            if fault := slot.fault(answers.get(slot.key, slot.default)):
                yield slot, fault

    def slot_at(self, key: str) -> Slot | None:
        """The slot that this key of the form data is filled from, at whatever depth it stands."""
        for path, marker in markers(self.form):
            if key in path:
                return next((slot for slot in self.slots if slot.key == marker), None)
        return None

    def quantity_in(self, form: Mapping[str, Any]) -> Any:
        """What stands where this template has the quantity; None where nothing does."""
        found: Any = form
        for step in self.quantity_at:
            try:
                found = found[step]
            except (KeyError, IndexError, TypeError):
                return None
        return found


class Templates:
    """All of an account, by offer and term. Ids of offers are compared without regard to capitals."""

    def __init__(self, templates: Sequence[Template]) -> None:
        self._all = tuple(templates)

    def of(self, offer: str) -> tuple[Template, ...]:
        return tuple(one for one in self._all if one.offer.casefold() == offer.casefold())

    def with_sku(self, sku: str) -> tuple[str, ...]:
        """The offers of this SKU."""
        return tuple(dict.fromkeys(one.offer for one in self._all if sku and one.sku == sku))

    def for_line(self, line: PurchaseLine) -> Template | None:
        months = int(line.commitment_id) if line.commitment_id and line.commitment_id.isdecimal() else None
        fitting = (one for one in self.of(line.product_id) if (one.term, one.months) == (line.billing_term, months))
        return next(fitting, None)


def markers(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Where in a form which slot stands."""
    match value:
        case Mapping():
            for key, inner in value.items():
                yield from markers(inner, (*path, key))
        case list():
            for nth, inner in enumerate(value):
                yield from markers(inner, (*path, nth))
        case str() if found := MARKER.match(value):
            yield path, found.group(1)


def _answers(line: PurchaseLine) -> dict[str, str]:
    return {key: values[0] for key, values in line.provisioning if values}


def _fill(value: Any, values: Mapping[str, Any]) -> Any:
    match value:
        case Mapping():
            filled = {key: _fill(inner, values) for key, inner in value.items()}
            return {key: inner for key, inner in filled.items() if inner is not _MISSING}
        case list():
            return [inner for one in value if (inner := _fill(one, values)) is not _MISSING]
        case str() if found := MARKER.match(value):
            return values.get(found.group(1), _MISSING)
        case _:
            return value
