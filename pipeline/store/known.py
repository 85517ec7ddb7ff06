"""What is known of companies: their orders at a marketplace without a reference of ours, and who is which company."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from pipeline.domain.catalogue import PlacedOrder
from pipeline.domain.claim import PurchaseLine
from pipeline.store.database import Database
from pipeline.store.tables import CLAIMS, COMPANY_LINKS, KNOWN_ORDERS


def signature(lines: Iterable[tuple[str, object, object]]) -> str:
    """Equal for equal multisets of (product, quantity, billing term), whatever their order."""
    counted = Counter(f"{product}|{quantity}|{term}" for product, quantity, term in lines)
    return json.dumps(sorted(counted.items()))


def signature_of_order(order: PlacedOrder) -> str:
    return signature((line.product_id, f"{line.quantity.normalize():f}", line.billing_term) for line in order.lines)


def signature_of_purchase(lines: Sequence[PurchaseLine]) -> str:
    return signature((line.product_id, str(line.quantity), line.billing_term) for line in lines)


class CompanyOrders:
    """`pipeline.domain.known.KnownOrders` of one company, each call in a short transaction of its own."""

    def __init__(self, database: Database, account: str, company_id: str) -> None:
        self._database = database
        self._account = account
        self._company_id = company_id
        self._mine = (KNOWN_ORDERS.c.account == account) & (KNOWN_ORDERS.c.company_id == company_id)

    def count(self) -> int:
        with self._database.transaction() as connection:
            return connection.execute(select(func.count()).select_from(KNOWN_ORDERS).where(self._mine)).scalar_one()

    def unknown(self, order_ids: Iterable[str]) -> frozenset[str]:
        asked = list(order_ids)
        with self._database.transaction() as connection:
            known = connection.execute(
                select(KNOWN_ORDERS.c.marketplace_id).where(self._mine, KNOWN_ORDERS.c.marketplace_id.in_(asked))
            ).scalars()
            return frozenset(asked).difference(known)

    def learn(self, orders: Sequence[PlacedOrder]) -> None:
        if not orders:
            return
        rows = [
            {
                "account": self._account,
                "company_id": self._company_id,
                "marketplace_id": order.id,
                "signature": signature_of_order(order),
            }
            for order in orders
        ]
        with self._database.transaction() as connection:
            connection.execute(insert(KNOWN_ORDERS).on_conflict_do_nothing(), rows)

    def seen_since(self, moment: datetime) -> tuple[str, ...]:
        owned = select(CLAIMS.c.marketplace_id).where(
            CLAIMS.c.account == self._account, CLAIMS.c.kind == "place_order", CLAIMS.c.marketplace_id.is_not(None)
        )
        with self._database.transaction() as connection:
            return tuple(
                connection.execute(
                    select(KNOWN_ORDERS.c.marketplace_id)
                    .where(self._mine, KNOWN_ORDERS.c.seen_at > moment, KNOWN_ORDERS.c.marketplace_id.not_in(owned))
                    .order_by(KNOWN_ORDERS.c.seen_at, KNOWN_ORDERS.c.marketplace_id)
                ).scalars()
            )


def remember_company(connection: Connection, account: str, customer_key: str, company_id: str) -> None:
    """From now on this customer is that company, until another answer is remembered."""
    row = insert(COMPANY_LINKS).values(account=account, customer_key=customer_key, company_id=company_id)
    connection.execute(
        row.on_conflict_do_update(
            index_elements=["account", "customer_key"],
            set_={"company_id": company_id, "updated_at": func.clock_timestamp()},
        )
    )


def remembered_company(connection: Connection, account: str, customer_key: str) -> str | None:
    return connection.execute(
        select(COMPANY_LINKS.c.company_id).where(
            COMPANY_LINKS.c.account == account, COMPANY_LINKS.c.customer_key == customer_key
        )
    ).scalar_one_or_none()
