"""A runner on real rows over a marketplace in memory, for tests of what is committed and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, text, update

from pipeline.domain.order import Policy
from pipeline.domain.quote import AcceptedQuote
from pipeline.domain.stage import Stage
from pipeline.moves import Rules
from pipeline.ports import AccountHealth, Marketplace, Purpose, Record
from pipeline.runner import Runner
from pipeline.store import orders
from pipeline.store.cipher import Cipher, new_key
from pipeline.store.database import Database, make_engine
from pipeline.store.orders import NewOrder, create_order
from pipeline.store.tables import CLAIMS, JOURNAL, ORDERS, QUOTES, REVISIONS
from pipeline.testing import FakeMarketplace, an_order

LEASE = timedelta(seconds=60)


@dataclass
class MemoryAccount:
    """An account at a marketplace in memory. `opened` counts the visits."""

    marketplace: Marketplace
    opened: list[Purpose] = field(default_factory=list)
    name: str = "pax8"
    title: str = "Pax8"

    def open(self, purpose: Purpose, record: Record) -> Marketplace:
        del record
        self.opened.append(purpose)
        return self.marketplace

    def health(self) -> AccountHealth:
        return AccountHealth("closed", None, 1000, 0, 0)


def everything(_stage: Stage) -> bool:
    return True


def nothing(_stage: Stage) -> bool:
    return False


@dataclass
class Bench:
    """`now` of the rows is the database's; what waits is made due by hand."""

    database: Database
    marketplace: FakeMarketplace
    account: MemoryAccount
    runner: Runner

    def order(self, quote: AcceptedQuote | None = None, **changed: Any) -> UUID:
        """An accepted order, due at its first stage."""
        quote = quote or an_order().quote
        with self.database.transaction() as connection:
            quote_pk, revision_pk = uuid4(), uuid4()
            connection.execute(insert(QUOTES).values(id=quote_pk, system="tests", quote_id=str(quote_pk)))
            connection.execute(
                insert(REVISIONS).values(
                    id=revision_pk,
                    quote_pk=quote_pk,
                    revision="",
                    state="current",
                    snapshot=self.database.seal(quote.model_dump_json()),
                    content_hash=quote.content_hash(),
                    accepted_at=changed.pop("accepted_at", None),
                )
            )
            new = NewOrder(
                quote_pk=quote_pk,
                revision_pk=revision_pk,
                line_ids=[line.id for line in quote.lines],
                marketplace="pax8",
                account="pax8",
                customer_key=changed.pop("customer_key", "customer"),
                company_name="Contoso",
                requested_at=changed.pop("requested_at", None),
            )
            return create_order(connection, self.database, new)

    def row(self, order_id: UUID) -> orders.Row:
        with self.database.transaction() as connection:
            found = orders.read(connection, order_id)
        assert found is not None
        return found

    def go(self, order_id: UUID, lane: Callable[[Stage], bool] = everything) -> orders.Row:
        """Runs the order's present stage as a message would, and gives its row."""
        self.runner.run(order_id, Stage(self.row(order_id).stage), lane)
        return self.row(order_id)

    def make_due(self, order_id: UUID) -> None:
        with self.database.transaction() as connection:
            connection.execute(update(ORDERS).where(ORDERS.c.id == order_id).values(due_at=text("now()"), leased=False))

    def dies(self, order_id: UUID, dying: type[FakeMarketplace]) -> orders.Row:
        """
        Runs the stage in a process that dies in a write, at a marketplace that is `dying`, and then as a message finds
        it at the one that was there before. Gives the row after that.
        """
        shop = self.account.marketplace
        self.account.marketplace = dying(**vars(shop))
        with pytest.raises(SystemExit):
            self.go(order_id)
        self.account.marketplace = shop
        with self.database.transaction() as connection:
            connection.execute(update(ORDERS).where(ORDERS.c.id == order_id).values(taken_until=None))
        self.make_due(order_id)
        return self.go(order_id)

    def outcomes(self, order_id: UUID) -> Sequence[tuple[str, str]]:
        with self.database.transaction() as connection:
            rows = connection.execute(
                select(JOURNAL.c.stage, JOURNAL.c.outcome).where(JOURNAL.c.order_id == order_id).order_by(JOURNAL.c.id)
            )
            return [(row.stage, row.outcome) for row in rows]

    def claims(self, order_id: UUID) -> Sequence[Any]:
        with self.database.transaction() as connection:
            return connection.execute(
                select(CLAIMS).where(CLAIMS.c.order_id == order_id).order_by(CLAIMS.c.claimed_at)
            ).all()

    def age_claims(self, by: timedelta) -> None:
        """As if all claims had been made, and answered, so much earlier."""
        with self.database.transaction() as connection:
            connection.execute(
                update(CLAIMS).values(
                    claimed_at=CLAIMS.c.claimed_at - by,
                    send_by=CLAIMS.c.send_by - by,
                    answered_at=CLAIMS.c.answered_at - by,
                )
            )


@contextmanager
def a_bench(url: str, policy: Policy | None = None, marketplace: FakeMarketplace | None = None) -> Iterator[Bench]:
    database = Database(make_engine(url), Cipher([new_key()]))
    shop = marketplace or FakeMarketplace()
    account = MemoryAccount(shop)
    rules = Rules(deadline=timedelta(hours=24), lease=LEASE)
    try:
        yield Bench(database, shop, account, Runner(database, {"pax8": account}, {"pax8": policy or Policy()}, rules))
    finally:
        database.close()


def purchases(marketplace: FakeMarketplace) -> int:
    return sum(write.kind == "place_order" for write in marketplace.sent)


def moment(row: orders.Row) -> datetime:
    due = row.due_at
    assert isinstance(due, datetime)
    return due
