"""The marketplaces that we can buy at, whoever wrote them: found by their entry points, loaded when asked for."""

from __future__ import annotations

from pipeline.marketplaces.accounts import AccountConfig, BadOptions, Timeouts
from pipeline.marketplaces.breaker import BreakerState, BreakerStore, MemoryBreakerStore, SharedBreaker
from pipeline.marketplaces.discovery import BadMarketplace, Factory, factory, marketplaces

__all__ = [
    "AccountConfig",
    "BadMarketplace",
    "BadOptions",
    "BreakerState",
    "BreakerStore",
    "Factory",
    "MemoryBreakerStore",
    "SharedBreaker",
    "Timeouts",
    "factory",
    "marketplaces",
]
