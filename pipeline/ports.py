"""
The roles that others play for the pipeline. Adapters and stores implement them; stages and the runner see only these.

Every method of a marketplace may raise a PortError (`pipeline.domain.errors`) and nothing else; `send` alone never
raises, because what became of a write must always be known by its class.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from pipeline.domain.catalogue import (
    Dependencies,
    PlacedOrder,
    Price,
    Product,
    ProvisioningField,
    Subscription,
)
from pipeline.domain.claim import Answer, Payload, Purchase, Write
from pipeline.domain.company import Company
from pipeline.domain.known import KnownOrders


class Purpose(StrEnum):
    """Why a call is made. Polls may use only a part of the calls that an account is allowed."""

    WORK = "work"
    POLL = "poll"


@dataclass(frozen=True, slots=True)
class Exchange:
    """
    One request and its answer, for the journal. Bodies are redacted (secrets removed, personal data masked) and cut to
    a few kilobytes before they get here. `status` None: no answer; `error` then says why.
    """

    method: str
    path: str
    milliseconds: int
    status: int | None = None
    error: str | None = None
    sent: str | None = None
    received: str | None = None
    request_id: str | None = None


Record = Callable[[Exchange], None]


class Marketplace(Protocol):
    """
    One account at a marketplace, as one order's stage sees it: short-lived, and nothing of one order stays for the
    next. `name` is the settings' word (`pax8`), `title` the word for sentences (`Pax8`).
    """

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    def company(self, company_id: str) -> Company:
        """Raises NotFound."""
        ...

    def companies(self) -> Sequence[Company]:
        """All companies of the account, inactive ones too. Complete, or IncompleteScan."""
        ...

    def product(self, product_id: str) -> Product:
        """Raises NotFound."""
        ...

    def products_by_sku(self, sku: str) -> Sequence[Product]:
        """Products whose own or vendor's SKU is exactly this one."""
        ...

    def prices(self, product_id: str, company_id: str) -> Sequence[Price]:
        """Prices for this company, one for each billing term and commitment."""
        ...

    def dependencies(self, product_id: str) -> Dependencies: ...

    def fields(self, product_id: str) -> Sequence[ProvisioningField]: ...

    def subscriptions(self, company_id: str, product_id: str | None = None) -> Sequence[Subscription]:
        """All of the company's, or only those to one product."""
        ...

    def subscription(self, subscription_id: str) -> Subscription:
        """Raises NotFound."""
        ...

    def compose(self, purchase: Purchase) -> Payload:
        """The purchase's exact bytes: the same purchase always gives the same ones. Raises Refused."""
        ...

    def order(self, order_id: str) -> PlacedOrder:
        """Raises NotFound, which right after a purchase may only mean that reads lag."""
        ...

    def new_orders(self, company_id: str, known: KnownOrders) -> Sequence[PlacedOrder]:
        """
        All orders of the company that are not known yet: with the known ones they are complete, or IncompleteScan is
        raised. Reads on from what is known where that is provably enough. Learns nothing itself.
        """
        ...

    def ready_to_send(self) -> None:
        """
        Makes sure that a write could go out at once: credentials fresh, a call of the budget in hand, no open breaker.

        Raises what stands in the way, so that it is found before a claim is made.
        """
        ...

    def send(self, write: Write, send_before: float) -> Answer:
        """
        Makes a write, once: one request, on a fresh connection, no retry, no redirect.

        `send_before` is an instant of CLOCK_BOOTTIME in seconds; checked directly before the first byte, and past it
        nothing is sent (`not_sent`). One deadline covers the whole exchange. Never raises.
        """
        ...


class Account(Protocol):
    """
    One configured account, for the life of a process: its connections, token, budget and breaker. Thread-safe.
    """

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    def open(self, purpose: Purpose, record: Record) -> Marketplace:
        """The account for one order's stage; each exchange is handed to `record`."""
        ...

    def health(self) -> AccountHealth: ...


@dataclass(frozen=True, slots=True)
class AccountHealth:
    """
    `breaker` is closed, open or half_open; `calls_used` counts those of the running minute by all workers.
    `clock_apart` is how far the marketplace's clock is ahead of ours by its last answer, None where that told no time.
    """

    breaker: str
    open_until: datetime | None
    calls_per_minute: int
    calls_used: int | None
    polls_used: int | None
    clock_apart: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """`generation` counts up with each new token, so that a 401 refreshes only the one that it was given to."""

    value: str = field(repr=False)
    expires_at: datetime
    generation: int


class Tokens(Protocol):
    """Where an account's token is kept, encrypted, for all workers."""

    def current(self, account: str) -> Token | None:
        """The kept token if it is good for some minutes more, else None."""
        ...

    def refresh(self, account: str, seen: int | None, fetch: Callable[[], tuple[str, timedelta]]) -> Token:
        """
        A new token, fetched by exactly one worker at a time. Who finds one of a later generation than `seen` takes
        that instead of fetching.
        """
        ...


class Budget(Protocol):
    """The account's calls a minute, shared by all workers."""

    def take(self, account: str, purpose: Purpose) -> timedelta | None:
        """None: the call may be made. Else nothing was taken, and it is how long to wait."""
        ...

    def used(self, account: str) -> tuple[int, int] | None:
        """(calls, polls) in the running minute; None while nobody can tell."""
        ...


class Breaker(Protocol):
    """Stops calls to an account that keeps failing, for all workers, and lets one through from time to time."""

    def blocked_for(self, account: str) -> timedelta | None:
        """None: call. Else how long not to."""
        ...

    def succeeded(self, account: str) -> None: ...

    def failed(self, account: str) -> None: ...

    def state(self, account: str) -> tuple[str, datetime | None]:
        """closed, open or half_open, and until when it is open."""
        ...
