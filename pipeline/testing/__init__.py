"""
For tests of stages, of adapters and of whatever is built on them: orders made from a few words, a marketplace and
known orders in memory, and a walk that runs stages as the runner does, without a database.
"""

from pipeline.testing.marketplace import FakeMarketplace, a_price
from pipeline.testing.orders import CONTOSO, DANA, NOON, MemoryKnownOrders, a_line, an_order
from pipeline.testing.other_ways import FakeByEmail, FakeWithBaskets, FakeWithChanges
from pipeline.testing.walk import Walk, lost_claim

__all__ = [
    "CONTOSO",
    "DANA",
    "NOON",
    "FakeByEmail",
    "FakeMarketplace",
    "FakeWithBaskets",
    "FakeWithChanges",
    "MemoryKnownOrders",
    "Walk",
    "a_line",
    "a_price",
    "an_order",
    "lost_claim",
]
