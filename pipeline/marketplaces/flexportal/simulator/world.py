"""The simulated FlexPortal with its people: those who confirm, ship, pay and order without a call of ours."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pipeline.marketplaces.flexportal.simulator import assumed, lifecycle
from pipeline.marketplaces.flexportal.simulator.products import Walk
from pipeline.marketplaces.flexportal.simulator.records import Customer, Item, Order, Origin, Rental
from pipeline.marketplaces.flexportal.simulator.state import State


class World(State):
    """What exists there. Take `lock` to change it while a server runs."""

    @property
    def orders(self) -> list[Order]:
        """All orders, oldest first, whoever made them."""
        self.settle()
        return list(self.orders_by_id.values())

    @property
    def bought(self) -> list[Order]:
        """Those that came in over the API, oldest first."""
        return [order for order in self.orders if order.origin is Origin.API]

    @property
    def rentals(self) -> list[Rental]:
        """All subscriptions, oldest first."""
        self.settle()
        return list(self.rentals_by_id.values())

    @property
    def allocated(self) -> list[Rental]:
        """The subscriptions that came in over the API, oldest first."""
        return [rental for rental in self.rentals if rental.origin is Origin.API]

    def order(self, order: Order | str) -> Order:
        return self.orders_by_id[order] if isinstance(order, str) else order

    def orders_of(self, customer: Customer | str) -> list[Order]:
        """Of that customer, oldest first; a text is an id or an e-mail address."""
        self.settle()
        key = customer.id if isinstance(customer, Customer) else customer
        found = self.customers.get(key) or self.customer_of(key)
        return list(self.orders_by_customer[found.id]) if found else []

    def customer(self, email: str, company: str | None = None, **fields: Any) -> Customer:
        """Put a customer here, as there for a day. Nothing is checked, doubles are allowed."""
        fields.setdefault("id", assumed.customer_id(f"{self.rng.getrandbits(80):020x}"))
        fields.setdefault("first_name", "Ada")
        fields.setdefault("last_name", "Lovelace")
        fields.setdefault("customer_type", "business" if company else "individual")
        fields.setdefault("created", self.now - timedelta(days=1))
        return self.move_in(Customer(email=email, company=company, **fields))

    def _customer(self, customer: Customer | str) -> Customer:
        if isinstance(customer, Customer):
            return customer
        return self.customers.get(customer) or self.customer_of(customer) or self.customer(customer)

    def walk_next(self, *walks: Walk) -> None:
        """How the very next orders go on, one walk each."""
        self.next_walks.extend(walks)

    def confirm(self, order: Order | str) -> None:
        """A person in the dashboard confirms it."""
        lifecycle.confirm(self, self.order(order))

    def ship(self, order: Order | str, devices: int | None = None) -> list[Rental]:
        """The warehouse hands out so many devices, or all."""
        return lifecycle.ship(self, self.order(order), devices)

    def cancel(self, order: Order | str) -> None:
        """A person in the dashboard cancels it."""
        lifecycle.cancel(self, self.order(order), None)

    def set_status(self, order: Order | str, word: str) -> None:
        lifecycle.become(self, self.order(order), word)

    def pay(self, order: Order | str, status: str) -> None:
        """`paid`, `failed` or `pending`."""
        lifecycle.pay(self, self.order(order), status)

    def end(self, rental: Rental | str, status: str) -> None:
        """The subscription takes that status; where it is an end, the device comes back."""
        lifecycle.end(self, self.rentals_by_id[rental] if isinstance(rental, str) else rental, status)

    def item(self, sku: str, quantity: int = 1, contract_length: int | None = None) -> Item:
        """A line at its price. KeyError for a SKU or a contract length that is not offered."""
        offer = self.offer(sku)
        if offer is None:
            raise KeyError(sku)
        product, variant = offer
        length = assumed.contract_length_left_out(variant) if contract_length is None else contract_length
        price = variant.price(length)
        if price is None:
            raise KeyError(length)
        return Item(sku, product.name, quantity, length, assumed.monthly(price))

    def stranger_order(
        self, customer: Customer | str, items: Iterable[Item | Mapping[str, Any]], **fields: Any
    ) -> Order:
        """Somebody orders this in the dashboard, whatever the natural key says. Mappings are arguments of `item`."""
        with self.lock:
            made = [replace(x, rental_ids=[]) if isinstance(x, Item) else self.item(**x) for x in items]
            order = Order(self.order_id(), self._customer(customer), made, self.now, Origin.STRANGER, **fields)
            return lifecycle.place(self, order)

    def order_id(self) -> str:
        return assumed.order_id(f"{self.rng.getrandbits(80):020x}")
