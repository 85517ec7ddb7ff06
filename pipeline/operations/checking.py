"""
Whether an account at a marketplace would work: credentials, what it may read, whether it may order, the clock. Only
reads and dry runs are made, and nothing is bought.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from pipeline.abilities import KnowsByEmail, MayOrder
from pipeline.domain.errors import Forbidden, NotFound, PortError, Refused, Unauthorized
from pipeline.ports import Account, Marketplace, Purpose

# Beyond this a marketplace's times and ours can no longer be compared, and signed requests may be refused.
CLOCKS_APART = timedelta(seconds=5)
_NOBODY = "nobody@quoteway.invalid"
_NOTHING = "quoteway-check"


class Verdict(StrEnum):
    """UNKNOWN: the marketplace gives no way to tell."""

    RIGHT = "right"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, and how it is, as one sentence."""

    what: str
    verdict: Verdict
    sentence: str


def check(account: Account) -> tuple[Finding, ...]:
    """In the order in which somebody would mend it: without credentials nothing else is looked at."""
    marketplace = account.open(Purpose.WORK, lambda exchange: None)  # noqa: ARG005
    entered = _looked_at("credentials", marketplace.ready_to_send, f"{account.title} lets us in.")
    if entered.verdict is Verdict.WRONG:
        return (entered,)
    # Keys without a token are only refused by a call.
    findings = [entered, *_reads(account, marketplace), _ordering(account, marketplace), _clock(account)]
    refused = next((one for one in findings if one.what == "credentials" and one.verdict is Verdict.WRONG), None)
    return (refused,) if refused is not None else tuple(findings)


def _reads(account: Account, marketplace: Marketplace) -> Iterator[Finding]:
    title = account.title
    if isinstance(marketplace, KnowsByEmail):
        yield _looked_at("customers", lambda: marketplace.customers(_NOBODY), f"{title}'s customers can be read.")
    else:
        yield _looked_at("companies", marketplace.companies, f"{title}'s companies can be read.")
    yield _looked_at("catalogue", lambda: marketplace.products_by_sku(_NOTHING), f"{title}'s products can be read.")
    yield _looked_at("orders", lambda: marketplace.order(_NOTHING), f"{title}'s orders can be read.")


def _ordering(account: Account, marketplace: Marketplace) -> Finding:
    if not isinstance(marketplace, MayOrder):
        sentence = f"{account.title} does not tell before a purchase whether we may make one."
        return Finding("ordering", Verdict.UNKNOWN, sentence)
    try:
        allowed = marketplace.may_order()
    except PortError as error:
        return _trouble("ordering", error)
    if allowed:
        return Finding("ordering", Verdict.RIGHT, f"{account.title} would take an order from us.")
    sentence = f"{account.title} lets us read, and not order: give the API application the permission to place orders."
    return Finding("ordering", Verdict.WRONG, sentence)


def _clock(account: Account) -> Finding:
    apart = account.health().clock_apart
    if apart is None:
        return Finding("clock", Verdict.UNKNOWN, f"{account.title}'s answers tell no time.")
    if abs(apart) <= CLOCKS_APART:
        return Finding("clock", Verdict.RIGHT, f"Our clock and {account.title}'s agree.")
    seconds = round(abs(apart).total_seconds())
    which = "behind" if apart > timedelta() else "ahead of"
    sentence = f"Our clock is {seconds} seconds {which} {account.title}'s: have this machine's clock set by NTP."
    return Finding("clock", Verdict.WRONG, sentence)


def _looked_at(what: str, read: Callable[[], object], right: str) -> Finding:
    """That something asked for is not there is an answer like any other."""
    try:
        read()
    except (NotFound, Refused):
        pass
    except PortError as error:
        return _trouble(what, error)
    return Finding(what, Verdict.RIGHT, right)


def _trouble(what: str, error: PortError) -> Finding:
    match error:
        case Unauthorized():
            return Finding("credentials", Verdict.WRONG, error.sentence)
        case Forbidden():
            return Finding(what, Verdict.WRONG, error.sentence)
        case _:
            return Finding(what, Verdict.UNKNOWN, error.sentence)
