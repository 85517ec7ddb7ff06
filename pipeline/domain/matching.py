"""The commitment and the price that a line is bought by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipeline.domain.catalogue import Commitment, Price, PriceKind
from pipeline.domain.pricing import NoRate, total_cost
from pipeline.domain.terms import BillingTerm, commitment_months

NO_COMMITMENT = "none"


@dataclass(frozen=True, slots=True)
class Commitments:
    """
    `fitting` are those that a line could take. `chosen` is set where exactly one is meant; `names` are what a person
    chooses by, as many as `fitting`.
    """

    fitting: tuple[Commitment, ...]
    chosen: Commitment | None

    @property
    def names(self) -> tuple[str, ...]:
        """Their terms; where two have the same one, their ids."""
        times = Counter(one.term for one in self.fitting)
        return tuple(one.term if times[one.term] == 1 else one.id for one in self.fitting)


def offered_terms(prices: Iterable[Price]) -> tuple[BillingTerm, ...]:
    """The billing terms that prices exist for, each once, shortest first."""
    words = {price.billing_term for price in prices}
    return tuple(term for term in BillingTerm if term in words)


def commitments(offered: Sequence[Commitment], term: BillingTerm, prices: Sequence[Price], wanted: str) -> Commitments:
    """
    The product's commitments that are no shorter than the billing term, and the one of them that `wanted` names, by
    its id, its word or its length.

    Without a wish the only one is chosen; only one for which a price exists, where any has one.
    """
    fitting = tuple(one for one in offered if one.months is not None and one.months >= term.months)
    if wanted:
        named = _named(fitting, wanted)
        return Commitments(named if len(named) > 1 else fitting, named[0] if len(named) == 1 else None)
    priced = tuple(one for one in fitting if rows(prices, term, one.months))
    fitting = priced or fitting
    return Commitments(fitting, fitting[0] if len(fitting) == 1 else None)


def _named(fitting: Sequence[Commitment], wanted: str) -> tuple[Commitment, ...]:
    word = wanted.strip().casefold()
    months = commitment_months(wanted)
    by_id = tuple(one for one in fitting if one.id.casefold() == word)
    by_word = tuple(one for one in fitting if one.term.strip().casefold() == word)
    by_length = tuple(one for one in fitting if months is not None and one.months == months)
    return by_id or by_word or by_length


def rows(prices: Iterable[Price], term: BillingTerm, months: int | None) -> tuple[Price, ...]:
    """The prices of exactly this billing term and commitment; one without commitment is for lines without one."""
    return tuple(price for price in prices if price.billing_term is term and price.commitment_months == months)


def cost(candidates: Sequence[Price], quantity: int) -> Decimal | None:
    """
    The total for one billing period; None where no price can be relied on. Of several, the highest: a guard must not
    be passed by an ambiguity. Raises NoRate where prices exist and none covers the quantity.
    """
    readable = [price for price in candidates if price.kind is not PriceKind.OTHER]
    totals: list[Decimal] = []
    refused: NoRate | None = None
    for price in readable:
        try:
            totals.append(total_cost(price, quantity))
        except NoRate as error:
            refused = error
    if totals:
        return max(totals)
    if refused is not None:
        raise refused
    return None
