"""The marketplaces that we can buy at. A new one is one folder, one line here, and the conformance suite green."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from pipeline.marketplaces.accounts import AccountConfig, Timeouts
from pipeline.marketplaces.breaker import BreakerState, BreakerStore, MemoryBreakerStore, SharedBreaker
from pipeline.marketplaces.pax8.account import Pax8Account
from pipeline.ports import Account, Breaker, Budget, Tokens


class Factory(Protocol):
    """Makes an account; opens nothing."""

    def __call__(self, config: AccountConfig, tokens: Tokens, budget: Budget, breaker: Breaker) -> Account: ...


FACTORIES: Mapping[str, Factory] = MappingProxyType({"pax8": Pax8Account})

__all__ = [
    "FACTORIES",
    "AccountConfig",
    "BreakerState",
    "BreakerStore",
    "Factory",
    "MemoryBreakerStore",
    "SharedBreaker",
    "Timeouts",
]
