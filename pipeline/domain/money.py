"""Money: an exact decimal amount and its currency."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from pipeline.domain.values import Value


def _finite(amount: Decimal) -> Decimal:
    if not amount.is_finite():
        raise ValueError("must be a plain decimal number")
    return amount


class Money(Value):
    """An amount in one currency (ISO 4217, three capitals). Amounts are kept as given, never rounded here."""

    amount: Annotated[Decimal, AfterValidator(_finite)]
    currency: str = Field(pattern=r"^[A-Z]{3}$")

    def __str__(self) -> str:
        return f"{self.shown()} {self.currency}"

    def shown(self) -> str:
        """The amount with at least two decimals and no more than it needs, at most six."""
        text = f"{self.amount:.6f}".rstrip("0")
        whole, _, cents = text.partition(".")
        return f"{whole}.{cents.ljust(2, '0')}"
