"""Provisioning answers against the fields that a product has."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.domain.catalogue import FieldKind, ProvisioningField
from pipeline.domain.facts import Refusal


def cleaned(values: Iterable[str]) -> tuple[str, ...]:
    """The values without the blank ones: a blank answer is none."""
    return tuple(value for value in values if value.strip())


def fault(field: ProvisioningField, values: tuple[str, ...]) -> str | None:
    """Why the values can't be sent, without repeating them (they are personal data); None where they can."""
    if field.kind in (FieldKind.INPUT, FieldKind.SINGLE) and len(values) != 1:
        return f"takes exactly one value, and {len(values)} were given"
    if field.possible_values and not all(value in field.possible_values for value in values):
        return "takes one of its possible values to the letter, and what was given is none of them"
    if len(set(values)) != len(values):
        return "names the same value twice"
    return None


def newest_refusal(refusals: Iterable[Refusal], line_id: str, key: str) -> Refusal | None:
    """The last refusal that named this field of this line."""
    naming = [refusal for refusal in refusals if (line_id, key) in refusal.fields]
    return max(naming, key=lambda refusal: refusal.at, default=None)
