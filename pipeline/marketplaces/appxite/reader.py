"""AppXite's reads, each on behalf of whoever is named in the call itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pipeline.domain.errors import Forbidden, NotFound, Refused, Unreadable
from pipeline.marketplaces.accounts import Timeouts
from pipeline.marketplaces.answers import Listed, Shaped, Thing
from pipeline.marketplaces.appxite import shapes
from pipeline.marketplaces.appxite.carts import PLACE
from pipeline.marketplaces.appxite.codec import Codec
from pipeline.marketplaces.appxite.lists import ANSWERS, ListReader
from pipeline.marketplaces.appxite.references import is_plain, same_id
from pipeline.marketplaces.appxite.writes import CART, OPERATION, on_behalf_of
from pipeline.marketplaces.http import Caller
from pipeline.marketplaces.reply import Ask

_NO_ORDER = "00000000-0000-0000-0000-000000000000"
_ASKED = 2
_ABOUT_NOTHING = frozenset({400, 404, 409, 422})

Headers = tuple[tuple[str, str], ...]


class Reader:
    """For one order's stage."""

    def __init__(self, caller: Caller, timeouts: Timeouts, codec: Codec, own: Headers) -> None:
        """`own` are the headers of a call that is made for no customer."""
        self._caller = caller
        self._timeouts = timeouts
        self._codec = codec
        self._paths = codec.assumed.paths
        self._own = own
        self._plans: dict[tuple[str, str], dict[str, shapes.PlanShape]] = {}

    def customers(self) -> Sequence[shapes.CustomerShape]:
        return self._all(self._codec.customer, self._paths.customers, self._own, self._timeouts.read)

    def customer(self, customer_id: str) -> shapes.CustomerShape:
        path = _below(self._paths.customer, customer=customer_id)
        found = self._one(self._codec.customer, path, self._own)
        if not same_id(found.id, customer_id):
            raise Unreadable(f"AppXite answered GET {path} with another organisation.")
        return found

    def plans(self, organisation: str, offer: str) -> dict[str, shapes.PlanShape]:
        """The offer's prices for this organisation by their identity, read once in a stage. Raises NotFound."""
        key = (organisation, offer)
        if key not in self._plans:
            path = _below(self._paths.pricing_plan, offer=offer)
            rows = self._one(self._plan_rows, path, on_behalf_of(organisation))
            self._plans[key] = {row.id: row for row in rows}
        return self._plans[key]

    def order(self, organisation: str, order_id: str) -> shapes.OrderShape:
        """Raises NotFound."""
        path = _below("/orders/{order}", order=order_id)
        found = self._one(self._codec.order, path, on_behalf_of(organisation))
        if not same_id(found.id, order_id):
            raise Unreadable(f"AppXite answered GET {path} with another order.")
        return found

    def orders(self, organisation: str) -> Sequence[shapes.OrderShape] | None:
        """All that are listed, complete; None where this AppXite is said to have no such list."""
        if not self._paths.orders:
            return None
        headers = on_behalf_of(organisation)
        return self._all(self._codec.order, self._paths.orders, headers, self._timeouts.orders)

    def subscriptions(self, organisation: str) -> Sequence[shapes.SubscriptionShape]:
        headers = on_behalf_of(organisation)
        return self._all(self._codec.subscription, self._paths.subscriptions, headers, self._timeouts.read)

    def subscription(self, organisation: str, subscription_id: str) -> shapes.SubscriptionShape:
        path = _below(self._paths.subscription, subscription=subscription_id)
        return self._one(self._codec.subscription, path, on_behalf_of(organisation))

    def domain_is_taken(self, organisation: str, domain: str) -> bool:
        """
        A taken Microsoft domain is answered with HTTP 500 (marketplaces.md, 2.3), and one that is none with a refusal.
        A fault that passes looks the same as the former, so only the second 500 in a row counts.
        """
        ask = Ask(
            "POST",
            self._paths.domain_check,
            self._codec.domain_body(domain),
            hidden=(domain,),
            headers=on_behalf_of(organisation),
        )
        try:
            replies = (self._caller.call(ask, self._timeouts.rehearse, also=frozenset({500})) for _ in range(_ASKED))
            return not any(reply.ok for reply in replies)
        except Refused:
            return True

    def may_order(self) -> bool:
        """
        Whether the three calls of an order are permitted, each of which has a permission of its own. They are made on
        nobody's behalf and about nothing, so that whoever permits them refuses them.
        """
        nothing = self._codec.operation_body(_NO_ORDER, (), PLACE)
        asks = (
            Ask("GET", f"/orders/{_NO_ORDER}"),
            Ask("POST", CART, self._codec.cart_body(())),
            Ask("POST", OPERATION, nothing),
        )
        try:
            for ask in asks:
                self._caller.call(ask, self._timeouts.read, also=_ABOUT_NOTHING)
        except Forbidden:
            return False
        return True

    def _plan_rows(self, rows: Any) -> list[shapes.PlanShape]:
        return [self._codec.plan(row) for row in (rows if isinstance(rows, list) else [rows])]

    def _one(self, shape: Shaped[Thing], path: str, headers: Headers) -> Thing:
        reply = self._caller.call(Ask("GET", path, repeatable=True, headers=headers), self._timeouts.read)
        return ANSWERS.one(shape, f"GET {path}", reply)

    def _all(self, shape: Shaped[Listed], path: str, headers: Headers, timeout: timedelta) -> Sequence[Listed]:
        def fetch(target: str) -> Any:
            return self._caller.call(Ask("GET", target, repeatable=True, headers=headers), timeout)

        return ListReader(shape, fetch, self._codec.assumed.paging).all(path)


def _below(path: str, **ids: str) -> str:
    """The path of one thing. Raises NotFound for an id that is none, lest it name something else."""
    for name, given in ids.items():
        if not is_plain(given):
            raise NotFound(f"AppXite can't have any {name} with the id {given!r}.")
    return path.format(**ids)
