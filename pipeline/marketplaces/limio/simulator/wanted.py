"""An order that may be made, as its rules have understood it."""

from dataclasses import dataclass

from pipeline.marketplaces.limio.simulator.records import Item, Subscription


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the order is for; the address alone decides which customer that is."""

    email: str
    first_name: str = ""
    last_name: str = ""
    company: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`subscription` is the one that the order changes; None for a new one."""

    kind: str
    person: Person
    items: tuple[Item, ...]
    country: str
    external_id: str | None = None
    checkout_id: str | None = None
    source: str | None = None
    partner: str | None = None
    subscription: Subscription | None = None
    immediately: bool = False
