"""What one order's stage has read of the catalogue: each product's pages once, however many lines ask for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from pipeline.abilities import PricesAtRehearsal, SellsByCompany
from pipeline.domain.catalogue import Dependencies, Price, Product, ProvisioningField, Subscription
from pipeline.ports import Marketplace

T = TypeVar("T")


class Shelf:
    """For one company. Lives as long as one run of a stage, so that nothing read is older than that."""

    def __init__(self, marketplace: Marketplace, company_id: str) -> None:
        self._marketplace = marketplace
        self._company_id = company_id
        self._products: dict[str, Product] = {}
        self._by_sku: dict[str, Sequence[Product]] = {}
        self._prices: dict[str, Sequence[Price]] = {}
        self._dependencies: dict[str, Dependencies] = {}
        self._fields: dict[str, Sequence[ProvisioningField]] = {}
        self._subscriptions: Sequence[Subscription] | None = None

    @property
    def prices_at_rehearsal(self) -> bool:
        """Whether the marketplace says what something costs only in the dry run."""
        return isinstance(self._marketplace, PricesAtRehearsal) and self._marketplace.prices_at_rehearsal

    def product(self, product_id: str) -> Product:
        """Raises NotFound, or Refused for what is no id at all."""
        return _once(self._products, product_id, self._read)

    def by_sku(self, sku: str) -> Sequence[Product]:
        found = _once(self._by_sku, sku, self._marketplace.products_by_sku)
        if not isinstance(self._marketplace, SellsByCompany):
            return found
        return [self.product(product.id) for product in found]

    def prices(self, product_id: str) -> Sequence[Price]:
        return _once(self._prices, product_id, lambda key: self._marketplace.prices(key, self._company_id))

    def dependencies(self, product_id: str) -> Dependencies:
        return _once(self._dependencies, product_id, self._marketplace.dependencies)

    def fields(self, product_id: str) -> Sequence[ProvisioningField]:
        return _once(self._fields, product_id, self._marketplace.fields)

    def subscriptions(self) -> Sequence[Subscription]:
        """All of the company's."""
        if self._subscriptions is None:
            self._subscriptions = self._marketplace.subscriptions(self._company_id)
        return self._subscriptions

    def subscription(self, subscription_id: str) -> Subscription:
        """One, by its id, whosever it is. Raises NotFound, or Refused for what is no id at all."""
        return self._marketplace.subscription(subscription_id)

    def _read(self, product_id: str) -> Product:
        if isinstance(self._marketplace, SellsByCompany):
            return self._marketplace.product_for(product_id, self._company_id)
        return self._marketplace.product(product_id)


def _once(kept: dict[str, T], key: str, read: Callable[[str], T]) -> T:
    if key not in kept:
        kept[key] = read(key)
    return kept[key]
