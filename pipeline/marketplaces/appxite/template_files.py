"""Reading an account's templates from its folder, and what is said of those that cannot be meant."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.domain.terms import BillingTerm, read_billing_term
from pipeline.marketplaces.accounts import BadOptions
from pipeline.marketplaces.appxite.assumed import complaints
from pipeline.marketplaces.appxite.references import is_plain
from pipeline.marketplaces.appxite.templates import (
    MARKER,
    PRICE_ID,
    QUANTITY,
    Scalar,
    Slot,
    Template,
    Templates,
    markers,
)

_BURIED = re.compile(r"\{[A-Za-z][\w-]*\}")


class SlotFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    label: str = ""
    description: str = ""
    values: dict[str, Scalar] | list[str] = Field(default_factory=list)
    required: bool = True
    default: str = ""
    sends: Literal["text", "number"] = "text"
    check: Literal["", "microsoft_domain"] = ""


class TemplateFile(BaseModel):
    """One file. `commitment_months` is left out where there is no commitment."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    offer: str = Field(min_length=1)
    name: str = Field(min_length=1)
    sku: str = ""
    billing_term: str
    commitment_months: int | None = Field(default=None, ge=1)
    form: dict[str, Any]
    slots: dict[str, SlotFile] = Field(default_factory=dict)


def read_templates(folder: Path) -> Templates:
    """Every `.json` file of the folder. Raises BadOptions, which says of each file what is wrong in it."""
    if not folder.is_dir():
        raise BadOptions(f"The folder of AppXite's templates, {folder}, is not there.")
    files = sorted(folder.glob("*.json"))
    if not files:
        raise BadOptions(f"The folder of AppXite's templates, {folder}, holds no .json file: write one for each offer.")
    read: list[Template] = []
    wrong: list[str] = []
    for file in files:
        try:
            read.append(_template(file))
        except _Wrong as problem:
            wrong.append(f"{file.name}: {problem}")
    wrong += _clashes(read)
    if wrong:
        raise BadOptions(f"AppXite's templates in {folder} cannot be used. {'. '.join(wrong)}.")
    return Templates(read)


class _Wrong(Exception):
    """What is wrong in one file, as a sentence without its end."""


def _template(file: Path) -> Template:
    try:
        content = TemplateFile.model_validate(json.loads(file.read_bytes(), parse_constant=_no_number))
    except OSError as error:
        raise _Wrong(f"it cannot be read ({error.strerror})") from None
    except ValidationError as error:
        raise _Wrong(complaints(error)) from None
    except ValueError as error:
        raise _Wrong(f"it is not JSON ({error})") from None
    term = read_billing_term(content.billing_term)
    if term is None:
        known = ", ".join(one.value for one in BillingTerm)
        raise _Wrong(f"billing_term: '{content.billing_term}' is none of {known}")
    period = _charge_period(content.form)
    if problems := [*_problems(content, term, period)]:
        raise _Wrong("; ".join(problems))
    places = [path for path, marker in markers(content.form) if marker == QUANTITY]
    slots = tuple(_slot(key, slot) for key, slot in content.slots.items())
    return Template(
        file=file.name,
        offer=content.offer,
        name=content.name,
        sku=content.sku,
        term=term,
        months=content.commitment_months,
        form=content.form,
        slots=slots,
        charge_period=period or {},
        quantity_at=places[0],
    )


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def _slot(key: str, slot: SlotFile) -> Slot:
    pairs = slot.values.items() if isinstance(slot.values, dict) else [(value, value) for value in slot.values]
    return Slot(
        key=key,
        label=slot.label or key,
        description=slot.description,
        values=tuple(pairs),
        required=slot.required,
        default=slot.default,
        number=slot.sends == "number",
        domain=slot.check == "microsoft_domain",
    )


def _problems(content: TemplateFile, term: BillingTerm, period: Mapping[str, Any] | None) -> Iterator[str]:
    if not is_plain(content.offer):
        yield f"offer: '{content.offer}' is no id"
    if period is None:
        yield f"form: it names no price, or several ({PRICE_ID} has to stand in it once, as in ChargePeriod)"
    else:
        yield from _of_price(content, term, period)
    used = [marker for _, marker in markers(content.form)]
    if used.count(QUANTITY) != 1:
        yield f'form: the quantity has to stand in it once, as "{{{QUANTITY}}}"'
    for key in dict.fromkeys(used):
        if key != QUANTITY and key not in content.slots:
            yield f"form: the slot {{{key}}} is not described under slots"
    for text in _texts(content.form):
        if _BURIED.search(text) and not MARKER.match(text):
            yield f"form: '{text}' is no slot: one stands alone, as \"{{name}}\""
    for key, slot in content.slots.items():
        yield from _of_slot(key, slot, used)


def _of_price(content: TemplateFile, term: BillingTerm, period: Mapping[str, Any]) -> Iterator[str]:
    named = period.get("offerId", content.offer)
    if str(named).casefold() != content.offer.casefold():
        yield f"form: its price is of another offer ({named})"
    billed = read_billing_term(str(period.get("pricingFrequency", "")))
    if billed is not None and billed is not term:
        yield f"form: its price is billed {billed.value}, the template says {term.value}"


def _of_slot(key: str, slot: SlotFile, used: list[str]) -> Iterator[str]:
    if key == QUANTITY:
        yield f"slots: {QUANTITY} is always there and not described"
    elif not MARKER.match(f"{{{key}}}"):
        yield f"slots: '{key}' is no name (letters, digits, - and _, a letter first)"
    elif key not in used:
        yield f"slots: {key} stands nowhere in the form"
    names = list(slot.values)
    if slot.default and names and slot.default not in names:
        yield f"slots: the default of {key} is none of its values"
    if len(set(names)) != len(names):
        yield f"slots: {key} has the same value twice"


def _charge_period(form: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The one part of the form that names a price; None where there is none, or more than one."""
    found = [part for part in _parts(form) if str(part.get(PRICE_ID) or "").strip()]
    return found[0] if len(found) == 1 else None


def _parts(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
    for inner in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _parts(inner)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _texts(inner)


def _clashes(read: list[Template]) -> Iterator[str]:
    """Two files for one term, and templates of one offer that ask for different things."""

    def offer(one: Template) -> str:
        return one.offer.casefold()

    for _, group in groupby(sorted(read, key=offer), key=offer):
        first, *others = group
        terms = {(first.term, first.months): first.file}
        for one in others:
            same = terms.setdefault((one.term, one.months), one.file)
            if same != one.file:
                yield f"{one.file}: it is for the same offer, billing term and commitment as {same}"
            if one.slots != first.slots:
                yield f"{one.file}: its slots are not those of {first.file}, which is for the same offer"
