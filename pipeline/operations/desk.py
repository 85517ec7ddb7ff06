"""Where acts are carried out: what they need, and the lock and the version that each one is bound to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func

from pipeline.domain.change import Change
from pipeline.domain.claim import Claim
from pipeline.domain.errors import Moved, NotAllowed, UnknownOrder
from pipeline.domain.order import Policy
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.moves import Rules
from pipeline.ports import Account, Exchange
from pipeline.store import acts, claims, journal, orders, views
from pipeline.store.database import Database
from pipeline.store.due import nudge
from pipeline.store.journal import Entry
from pipeline.telling import tell


@dataclass(frozen=True, slots=True)
class Desk:
    """`accounts` and `policies` are by marketplace name."""

    database: Database
    accounts: Mapping[str, Account]
    policies: Mapping[str, Policy]
    rules: Rules

    @contextmanager
    def locked(self, ref: str, version: int) -> Iterator[tuple[Connection, orders.Row]]:
        """One transaction with the order's row locked. Raises UnknownOrder, and Moved for any other version."""
        with self.database.transaction() as connection:
            order_id = orders.find(connection, ref)
            row = None if order_id is None else orders.lock(connection, order_id)
            yield connection, at_version(row, ref, version)

    @contextmanager
    def reading(self, ref: str, version: int) -> Iterator[tuple[Connection, orders.Row]]:
        """The same without the lock, to gather what is needed before a marketplace is read."""
        with self.database.transaction() as connection:
            order_id = orders.find(connection, ref)
            row = None if order_id is None else orders.read(connection, order_id)
            yield connection, at_version(row, ref, version)

    def source_of(self, ref: str) -> str:
        """The connection that the order's quote came over. Raises UnknownOrder."""
        with self.database.transaction() as connection:
            order_id = orders.find(connection, ref)
            row = None if order_id is None else orders.read(connection, order_id)
            if row is None:
                raise UnknownOrder.named(ref)
            return orders.source_of(connection, row)

    def policy(self, row: orders.Row) -> Policy:
        return self.policies.get(row.marketplace, Policy())

    def account(self, row: orders.Row) -> Account:
        """Raises NotAllowed."""
        account = self.accounts.get(row.marketplace)
        if account is None:
            raise NotAllowed(f"No account is configured for {row.marketplace}, so nothing can be looked up there.")
        return account

    def open_purchase(self, connection: Connection, row: orders.Row) -> Claim | None:
        """The order's attempt to buy whose outcome is not known."""
        made = claims.of_order(connection, self.database, row.id)
        return next((claim for claim in made if claim.open and claim.is_purchase), None)

    def note(
        self,
        connection: Connection,
        row: orders.Row,
        outcome: str,
        actor: str,
        *sentences: str,
        exchanges: Sequence[Exchange] = (),
    ) -> None:
        entry = Entry("act", row.stage, outcome, actor=actor, notes=sentences, exchanges=tuple(exchanges))
        journal.write(connection, self.database, row.id, entry)

    def go_on(self, connection: Connection, row: orders.Row, stage: Stage, **values: Any) -> None:
        """Makes the order due at once at `stage`, as if it had just come there, with these values besides."""
        orders.move(connection, row.id, None, **{**_fresh_at(stage), **values})
        nudge(connection)

    def wake(self, connection: Connection, claim: Claim) -> None:
        """A claim has closed: the order that stood behind it the longest is due."""
        claims.wake_next(connection, claim.account, claim.key)
        nudge(connection)

    def decide_pending(self, connection: Connection, row: orders.Row, claim: Claim, *, bought: bool) -> bool:
        """
        What follows when a person has closed a claim: the next one of its key is woken, and an act that waited for it
        is decided. True when that has ended the order.
        """
        self.wake(connection, claim)
        decided = acts.decide_pending(
            connection,
            self.database,
            row,
            bought=bought,
            owner=self.policy(row).owner or orders.source_of(connection, row),
            deadline=self.rules.deadline_of(connection, row),
        )
        if decided is acts.Decided.ASKED:
            self.tell(connection, row, Change.ASKING)
        return decided is acts.Decided.ENDED

    def settled(self, connection: Connection, row: orders.Row) -> dict[str, Any]:
        """Tells on the order's ticket that a person has settled something, and gives the order as it is then."""
        self.tell(connection, row, Change.SETTLED)
        return self.view(connection, row)

    def view(self, connection: Connection, row: orders.Row) -> dict[str, Any]:
        """The order as the act has left it."""
        return views.order_view(connection, self.database, row.id)

    def tell(self, connection: Connection, row: orders.Row, change: Change) -> None:
        """As the act has left the order."""
        after = orders.read(connection, row.id)
        if after is not None:
            channels, kinds = self.rules.channels, self.rules.tickets
            tell(connection, self.database, row.id, change, after.version, channels=channels, kinds=kinds)


def at_version(row: orders.Row | None, ref: str, version: int) -> orders.Row:
    """The row, if there is one and it is still as the person read it. Raises UnknownOrder, Moved."""
    if row is None:
        raise UnknownOrder.named(ref)
    if row.version != version:
        raise Moved(
            f"{row.ref} has moved since you read it: it is now {row.state} at {row.stage}, version {row.version}. "
            "Read it again, then decide."
        )
    return row


def ensure_open(row: orders.Row, act: str) -> None:
    """Raises NotAllowed for an order that has ended or has bought."""
    if row.marketplace_order_id is not None:
        raise NotAllowed(
            f"{row.ref} has bought already, as order {row.marketplace_order_id}: it is too late to {act} it here. "
            "Handle it at the marketplace."
        )
    if OrderState(row.state).ended and row.state != OrderState.FAILED:
        raise NotAllowed(f"{row.ref} has ended ({row.state}): there is nothing left to {act}.")


def _fresh_at(stage: Stage) -> dict[str, Any]:
    now = func.clock_timestamp()
    return {
        "stage": stage,
        "state": OrderState.RUNNING,
        "entered_at": now,
        "due_at": now,
        "leased": False,
        "published": 0,
        "taken_until": None,
        "faults": 0,
        "polls": 0,
        "returns": 0,
        "behind": None,
        "ended_at": None,
        "waiting_for": None,
        "waiting_on": "",
        "waiting_since": None,
    }
