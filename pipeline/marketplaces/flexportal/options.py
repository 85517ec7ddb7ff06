"""What an administrator may say about a FlexPortal account beside address, key and tenant."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from pipeline.marketplaces.accounts import BadOptions

_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}\Z")
_COUNTRY = re.compile(r"\s*([A-Za-z]{2})\s*:\s*(\S.*?)\s*\Z")
_SWITCH = {"yes": True, "no": False}
Word = TypeVar("Word", bound=StrEnum)


class Strategy(StrEnum):
    """Who hands out the devices of a confirmed order. WATCH: somebody else does, and we look until it is done."""

    WATCH = "watch"
    ALLOCATE = "allocate"


class SubscriptionForm(StrEnum):
    """By which names a new subscription is asked for: those of the schema, or those of the example beside it."""

    SCHEMA = "schema"
    EXAMPLE = "example"


class CustomerType(StrEnum):
    BUSINESS = "business"
    INDIVIDUAL = "individual"


@dataclass(frozen=True, slots=True)
class Options:
    """
    `reference_field` is the custom field that carries our reference; `reference_filter` says whether orders are asked
    for by it. `countries` are names by two letters that take the place of the usual ones.
    """

    reference_field: str = "externalOrderId"
    reference_filter: bool = True
    customer_type: CustomerType = CustomerType.BUSINESS
    strategy: Strategy = Strategy.WATCH
    subscription_form: SubscriptionForm = SubscriptionForm.SCHEMA
    countries: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Options:
        """Raises BadOptions."""
        if unknown := sorted(given.keys() - _READERS.keys()):
            known = ", ".join(sorted(_READERS))
            raise BadOptions(f"FlexPortal has no option '{unknown[0]}'. It has {known}.")
        return cls(**{name: _READERS[name](value) for name, value in given.items()})  # type: ignore[arg-type]


def _reference_field(value: str) -> str:
    if not _FIELD.match(value):
        raise BadOptions(
            "reference_field must be the name of a custom field, of letters, digits, - and _, as 'externalOrderId'."
        )
    return value


def _reference_filter(value: str) -> bool:
    if value not in _SWITCH:
        raise BadOptions("reference_filter must be yes or no.")
    return _SWITCH[value]


def _word(name: str, kind: type[Word]) -> Callable[[str], Word]:
    def read(value: str) -> Word:
        try:
            return kind(value)
        except ValueError:
            raise BadOptions(f"{name} must be {' or '.join(one.value for one in kind)}.") from None

    return read


def _countries(value: str) -> Mapping[str, str]:
    found = [_COUNTRY.match(part) for part in value.split(";") if part.strip()]
    pairs = [one.groups() for one in found if one is not None]
    if len(pairs) != len(found):
        raise BadOptions("countries must be two letters and a name each, as 'GB:Great Britain;US:USA'.")
    return MappingProxyType({code.upper(): name for code, name in pairs})


_READERS: Mapping[str, Callable[[str], object]] = {
    "reference_field": _reference_field,
    "reference_filter": _reference_filter,
    "customer_type": _word("customer_type", CustomerType),
    "strategy": _word("strategy", Strategy),
    "subscription_form": _word("subscription_form", SubscriptionForm),
    "countries": _countries,
}
