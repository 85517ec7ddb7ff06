"""One row of the product map: from a day on, what a source knows by a key is this product of a marketplace."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError, WithJsonSchema

from pipeline.domain.terms import BillingTerm, read_billing_term
from pipeline.domain.values import Value

Identity = tuple[str, str, date, str]
_DAY = re.compile(r"[12]\d{3}-\d\d-\d\d", re.ASCII)
_MARKETPLACE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MOST_FIELDS, _MOST_VALUES = 100, 100


def _text(most: int, *, empty: bool = False) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError("must be text")  # noqa: TRY004  pydantic's way
        found = value.strip()
        if not found and not empty:
            raise ValueError("must not be empty")
        if len(found) > most:
            raise ValueError(f"is longer than {most} characters")
        if any(mark < " " or mark == "\x7f" or "\ud800" <= mark <= "\udfff" for mark in found):
            raise ValueError("holds a character that no key has, such as a line break")
        return found

    return check


def _day(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value.strip()):
        raise ValueError("must be a day such as 2026-12-01")
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        raise ValueError("is no day of the calendar") from None


def _marketplace(value: Any) -> str:
    found = _text(40)(value).lower()
    if not _MARKETPLACE.fullmatch(found):
        raise ValueError("must be a marketplace's name, such as pax8")
    return found


def _billing_term(value: Any) -> str:
    word = _text(40, empty=True)(value)
    term = read_billing_term(word)
    if word and term is None:
        raise ValueError(f"is none that is known: {', '.join(BillingTerm)}")
    return term.value if term is not None else ""


def _provisioning(value: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, Mapping) or len(value) > _MOST_FIELDS:
        raise ValueError(f"must name values by field, at most {_MOST_FIELDS}")
    return {_text(500)(name): _values(name, given) for name, given in value.items()}


def _values(name: str, given: Any) -> tuple[str, ...]:
    several = (given,) if isinstance(given, str) else given
    if not isinstance(several, list | tuple) or not 0 < len(several) <= _MOST_VALUES:
        raise ValueError(f"must have a text, or a list of them, for {name[:100]}")
    return tuple(_text(10_000)(each) for each in several)


class MapRow(Value):
    """
    `key` is the source's, to the letter but for blanks around it. `valid_from` is a day in UTC. A term that is empty is
    the quote's to say; `provisioning` answers what the quote does not.
    """

    source: Annotated[str, BeforeValidator(_text(200))]
    key: Annotated[str, BeforeValidator(_text(500))]
    valid_from: Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
    marketplace: Annotated[str, BeforeValidator(_marketplace)]
    product_id: Annotated[str, BeforeValidator(_text(200))]
    billing_term: Annotated[str, BeforeValidator(_billing_term)] = ""
    commitment: Annotated[str, BeforeValidator(_text(200, empty=True))] = ""
    provisioning: Annotated[dict[str, tuple[str, ...]], BeforeValidator(_provisioning)] = Field(default_factory=dict)

    @property
    def identity(self) -> Identity:
        """No two rows have the same."""
        return (self.source, self.key, self.valid_from, self.marketplace)

    @property
    def means(self) -> tuple[object, ...]:
        """What it makes of the key: equal for two sources' rows that say the same."""
        return (self.marketplace, self.product_id, self.billing_term, self.commitment, self.provisioning)


def faults(wrong: ValidationError) -> tuple[str, ...]:
    """What is wrong with a row, one sentence for each column."""
    details = wrong.errors(include_url=False, include_input=False)
    return tuple(f"{detail['loc'][0]}: {_words(detail['msg'])}" for detail in details if detail["loc"])


def _words(message: str) -> str:
    return {"Field required": "is required"}.get(message, message.removeprefix("Value error, "))
