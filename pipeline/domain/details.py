"""Provisioning answers against the fields that a product has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

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


def mentioned(fields: Sequence[ProvisioningField], sentences: Iterable[str]) -> tuple[str, ...]:
    """
    The keys of the fields that the sentences name, by the key as a word of its own or by the label.

    A label counts from two words on, because one alone ("Email") is a word of many sentences, and the longest label
    first, because "Contact First Name" is not "First Name".
    """
    text = " ".join(sentences)
    found = {field.key for field in fields if re.search(rf"(?<![\w.-]){re.escape(field.key)}(?![\w-])", text)}
    for field in sorted(fields, key=lambda field: len(field.label), reverse=True):
        label = field.label.strip()
        if len(label.split()) > 1 and label.casefold() in text.casefold():
            text = re.sub(re.escape(label), " ", text, flags=re.IGNORECASE)
            found.add(field.key)
    return tuple(field.key for field in fields if field.key in found)


def newest_refusal(refusals: Iterable[Refusal], line_id: str, key: str) -> Refusal | None:
    """The last refusal that named this field of this line."""
    naming = [refusal for refusal in refusals if (line_id, key) in refusal.fields]
    return max(naming, key=lambda refusal: refusal.at, default=None)
