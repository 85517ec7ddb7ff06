"""What may be set of a Limio account beside its address and credentials: all that no public page settles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar

from pipeline.marketplaces.accounts import AccountConfig, BadOptions

Choice = TypeVar("Choice", bound=StrEnum)


class Billing(StrEnum):
    """Which plug-in words the previews; AUTO goes by their form."""

    AUTO = "auto"
    ZUORA = "zuora"
    STRIPE = "stripe"


class Taxes(StrEnum):
    """Whether a preview's total is compared with the quoted costs with its taxes or without."""

    INCLUDED = "included"
    EXCLUDED = "excluded"


class Credentials(StrEnum):
    """Where the token's request has the client's id and secret."""

    BODY = "body"
    HEADER = "header"


class Details(StrEnum):
    """The blocks of an order that name the buyer, each with the same contents."""

    CUSTOMER = "customer"
    BILLING = "billing"
    DELIVERY = "delivery"


class Answer(StrEnum):
    YES = "yes"
    NO = "no"


class Meaning(StrEnum):
    """What an order's status means for us."""

    UNDER_WAY = "under way"
    COMPLETE = "complete"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Options:
    """`look_back` is how far the list of orders is read where the checkout session does not say when it was made."""

    billing: Billing = Billing.AUTO
    taxes: Taxes = Taxes.INCLUDED
    credentials: Credentials = Credentials.BODY
    scope: str = "partner"
    payment: str = "invoice"
    details: tuple[Details, ...] = (Details.CUSTOMER,)
    checkout_path: str = "/partner/checkout"
    sku_attribute: str = ""
    requires_attribute: str = "requires__limio"
    subscription_by_reference: Answer = Answer.NO
    order_words: Mapping[str, Meaning] = field(default_factory=dict)
    look_back: timedelta = timedelta(days=14)
    most_reads: int = 500


def options(config: AccountConfig) -> Options:
    """Raises BadOptions, with a sentence that names the option and what it may be."""
    where = config.setting("options")
    read = Options()
    for name, value in config.options.items():
        if name not in _READERS:
            known = ", ".join(sorted(_READERS))
            raise BadOptions(f"{where} has the option '{name}', which Limio does not have. Its options are {known}.")
        try:
            read = replace(read, **{_FIELDS.get(name, name): _READERS[name](value.strip())})
        except ValueError as error:
            raise BadOptions(f"{where}: '{name}' {error}.") from None
    return read


def _one_of(kind: type[Choice]) -> Any:
    def read(value: str) -> Choice:
        try:
            return kind(value.casefold())
        except ValueError:
            raise ValueError(f"must be one of {', '.join(kind)}") from None

    return read


def _word(value: str) -> str:
    if not value:
        raise ValueError("must not be empty")
    return value


def _path(value: str) -> str:
    if not value.startswith("/") or value.endswith("/"):
        raise ValueError("must be a path that begins with / and does not end with one, such as /partner/checkout")
    return value


def _details(value: str) -> tuple[Details, ...]:
    chosen = tuple(dict.fromkeys(_one_of(Details)(word.strip()) for word in value.split(";")))
    if Details.CUSTOMER not in chosen:
        raise ValueError("must have customer among its blocks, which are separated by ;")
    return chosen


def _words(value: str) -> Mapping[str, Meaning]:
    pairs = [pair.partition(":") for pair in value.split(";") if pair.strip()]
    if not pairs or not all(word.strip() and meaning.strip() for word, _, meaning in pairs):
        raise ValueError("must be pairs such as awaiting_allocation:under way, separated by ;")
    return {word.strip().casefold(): _one_of(Meaning)(meaning.strip()) for word, _, meaning in pairs}


def _count(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= _MOST:
        raise ValueError(f"must be a whole number from 1 to {_MOST}")
    return int(value)


_MOST = 10_000
_FIELDS = {"look_back_days": "look_back"}
_READERS: dict[str, Any] = {
    "billing": _one_of(Billing),
    "taxes": _one_of(Taxes),
    "credentials": _one_of(Credentials),
    "scope": str,
    "payment": _word,
    "details": _details,
    "checkout_path": _path,
    "sku_attribute": str,
    "requires_attribute": str,
    "subscription_by_reference": _one_of(Answer),
    "order_words": _words,
    "look_back_days": lambda value: timedelta(days=_count(value)),
    "most_reads": _count,
}
