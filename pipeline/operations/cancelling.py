"""Cancelling an order, whether it has bought or not, and what that would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from pipeline.abilities import Cancellable, CancelsPurchases
from pipeline.domain.errors import NotAllowed, NotFound, UnknownOrder
from pipeline.domain.facts import Cancelling
from pipeline.domain.order import Order
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.operations import acting
from pipeline.operations.desk import Desk
from pipeline.ports import Account, Exchange, Purpose
from pipeline.stages import cancelling
from pipeline.store import acts, orders, questions


@dataclass(frozen=True, slots=True)
class Foreseen:
    """
    What a cancel would do to the order at this version. `there` is empty where it has bought nothing, and where nothing
    is done: `refused` is the sentence that says so.
    """

    ref: str
    version: int
    marketplace_order_id: str | None
    refused: str = ""
    there: tuple[Cancellable, ...] = ()


@dataclass(frozen=True, slots=True)
class _Case:
    """An order that has bought, with all that is needed to look at it while no transaction is open."""

    order: Order
    account: Account
    marketplace_order_id: str


def foresee(desk: Desk, ref: str) -> Foreseen:
    """
    What cancelling it now would do. Reads the marketplace where it has bought, and changes nothing.

    Raises UnknownOrder, and a PortError when the marketplace cannot be read.
    """
    with desk.database.transaction() as connection:
        order_id = orders.find(connection, ref)
        row = None if order_id is None else orders.read(connection, order_id)
        if row is None:
            raise UnknownOrder.named(ref)
        nothing = Foreseen(row.ref, row.version, row.marketplace_order_id)
        try:
            case = _gather(desk, connection, row)
        except NotAllowed as why:
            return replace(nothing, refused=why.sentence)
    if case is None:
        return nothing
    try:
        return replace(nothing, there=tuple(_there(case, [])))
    except NotAllowed as why:
        return replace(nothing, refused=why.sentence)


def cancel(desk: Desk, ref: str, version: int, reason: str, *, actor: str) -> dict[str, Any]:
    """
    Before the purchase as `acting.cancel`. After it the marketplace is read first; what it has of the order is then
    cancelled there, one after the other, and the order ends once all of it is over.

    Raises NotAllowed where the marketplace cancels nothing, an attempt is open, or nothing is left to cancel; a
    PortError when the marketplace cannot be read.
    """
    with desk.reading(ref, version) as (connection, row):
        case = _gather(desk, connection, row)
    if case is None:
        return acting.cancel(desk, ref, version, reason, actor=actor)
    exchanges: list[Exchange] = []
    there = _there(case, exchanges)
    with desk.locked(ref, version) as (connection, row):
        _ensure_nothing_open(connection, row)
        wish = Cancelling(by=actor, reason=reason, at=row.now, most=len(there))
        facts = orders.facts_of(desk.database, row).learn(cancelling=wish)
        questions.withdraw(connection, row.id)
        note = f"{actor} has order {case.marketplace_order_id} cancelled at {case.account.title}: {reason}"
        desk.note(connection, row, "cancelling", actor, note, *map(sentence, there), exchanges=exchanges)
        desk.go_on(
            connection, row, Stage.POLL_STATUS, facts=desk.database.seal(facts.model_dump_json(exclude_defaults=True))
        )
        return desk.settled(connection, row)


def told(would_do: Foreseen) -> dict[str, Any]:
    """As `GET /api/orders/{ref}/cancel` gives it."""
    return {
        "ref": would_do.ref,
        "version": would_do.version,
        "marketplace_order_id": would_do.marketplace_order_id,
        "refused": would_do.refused or None,
        "targets": [{"id": one.id, "would": would(one), "sentence": sentence(one)} for one in would_do.there],
    }


def would(one: Cancellable) -> str:
    """What a cancel would do about it: nothing, wait, ask or cancel."""
    if one.ended:
        return "nothing"
    if one.ending:
        return "wait"
    return "ask" if one.refused else "cancel"


def sentence(one: Cancellable) -> str:
    """What a cancel would do about it, for a person."""
    what = f"{one.what[:1].upper()}{one.what[1:]}"
    match would(one):
        case "nothing":
            return f"{what} is over already."
        case "wait":
            return f"{what} is being cancelled already."
        case "ask":
            return f"{what} cannot be cancelled now: {one.refused}. You are asked about it, and it is tried meanwhile."
        case _:
            return f"{what} will be cancelled."


def _gather(desk: Desk, connection: Connection, row: orders.Row) -> _Case | None:
    """None: it has bought nothing, and is cancelled here alone. Raises NotAllowed."""
    if row.marketplace_order_id is None:
        return None
    if row.state == OrderState.CANCELLED:
        raise NotAllowed(f"{row.ref} has ended ({row.state}): there is nothing left to cancel.")
    order = orders.load(connection, desk.database, row, desk.policy(row), "")
    if (change := order.change) is not None:
        raise NotAllowed(
            f"{row.ref} has changed subscription {change.changes}, and a cancel does not take that back: set it back "
            "at the marketplace, or by a new quote."
        )
    if (wish := cancelling.wish(order.facts)) is not None:
        raise NotAllowed(f"{row.ref} is being cancelled already, for {wish.by}: {wish.reason.rstrip('.')}.")
    _ensure_nothing_open(connection, row)
    return _Case(order, desk.account(row), row.marketplace_order_id)


def _ensure_nothing_open(connection: Connection, row: orders.Row) -> None:
    if acts.has_open_claim(connection, row.id):
        raise NotAllowed(
            f"Something is being sent for {row.ref}, or it is not known what became of it: cancel once that is settled."
        )


def _there(case: _Case, exchanges: list[Exchange]) -> Sequence[Cancellable]:
    """What the marketplace has of it; something of that is left to cancel. Raises NotAllowed."""
    account, name = case.account, case.marketplace_order_id
    marketplace = account.open(Purpose.WORK, exchanges.append)
    if not isinstance(marketplace, CancelsPurchases):
        raise NotAllowed(
            f"{case.order.ref} has bought already, as order {name}, and {account.title} cancels nothing over its API: "
            "cancel it there."
        )
    try:
        there = cancelling.named(case.order, marketplace.cancellable(marketplace.order(name)))
    except NotFound as error:
        raise NotAllowed(f"{account.title} does not show order {name}: look at it there. {error.sentence}") from error
    if all(one.ended for one in there):
        raise NotAllowed(f"Nothing is left to cancel of order {name} at {account.title}.")
    return there
