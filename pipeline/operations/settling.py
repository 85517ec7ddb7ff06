"""Settling an attempt to buy whose outcome is not known: adopt what it bought, or send again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func
from sqlalchemy.exc import IntegrityError

from pipeline.abilities import FindsByReference
from pipeline.domain.catalogue import PlacedOrder, Subscription
from pipeline.domain.claim import Answer, AnswerClass, ChangeSubscription, Claim, Closing, PlaceOrder
from pipeline.domain.errors import Moved, NotAllowed, NotFound
from pipeline.domain.facts import PurchaseFacts
from pipeline.domain.order import Order
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.operations.desk import Desk
from pipeline.operations.looking import ensure_absent, ensure_settled
from pipeline.ports import Account, Exchange, Marketplace, Purpose
from pipeline.stages import changing
from pipeline.stages.changing import Stand
from pipeline.stages.reconcile import same_lines
from pipeline.store import claims, orders, preparations, questions

# The index that lets a marketplace's order belong to one claim only.
_OWNED_ONCE = "claims_order_owned_once"
_NO_ANSWER = Answer(AnswerClass.UNKNOWN, details=("no answer was recorded: whoever sent it was stopped",))


@dataclass(frozen=True, slots=True)
class _Case:
    """An open attempt to buy, with all that is needed to judge it while no transaction is open."""

    order: Order
    claim: Claim
    account: Account


def adopt(desk: Desk, ref: str, version: int, marketplace_order_id: str, reason: str, *, actor: str) -> dict[str, Any]:
    """
    Settles the open attempt, or the last one that was given up, by saying which order of the marketplace it bought; the
    order goes on to be followed there. Of a change that is no order but the subscription.

    It is read first: it must exist, be this company's and nobody else's of ours, and not be older than the attempt;
    where the marketplace keeps our reference it must carry that. Raises a PortError when it cannot be read.
    """
    wanted = marketplace_order_id.strip()
    case = _gather(desk, ref, version, adopting=wanted)
    exchanges: list[Exchange] = []
    found, notes = _found(case, wanted, exchanges)
    try:
        with desk.locked(ref, version) as (connection, row):
            claim = _claim(desk, connection, case)
            _close_adopted(connection, claim, found, actor)
            preparations.give_up(connection, desk.database, row.id, row.stage, by=actor)
            told = (f"{actor} {notes[0]}: {reason}", *notes[1:])
            desk.note(connection, row, "adopted", actor, *told, exchanges=exchanges)
            _follow(desk, connection, row, case.order, found)
            desk.decide_pending(connection, row, claim, bought=True)
            return desk.view(connection, row)
    except IntegrityError as error:
        if _OWNED_ONCE not in str(error.orig):
            raise
        raise NotAllowed(f"Order {found} has come to belong to another order of ours meanwhile.") from error


def _found(case: _Case, wanted: str, exchanges: list[Exchange]) -> tuple[str, list[str]]:
    """The id at the marketplace, and what is noted: that it was adopted, and how it differs from what was sent."""
    write, marketplace = case.claim.write, case.account.open(Purpose.WORK, exchanges.append)
    if isinstance(write, ChangeSubscription):
        seen = _read_changed(case, write, wanted, marketplace)
        notes = [f"took subscription {write.subscription_id} for changed"]
        if changing.stand(write.before, write.after, seen) is not Stand.AFTER:
            notes.append(f"It was to be {write.after}, and is {changing.told(seen)}.")
        return write.subscription_id, notes
    placed = _read(case, wanted, marketplace)
    notes = [f"adopted order {placed.id}"]
    if isinstance(write, PlaceOrder) and not same_lines(placed, write):
        notes.append(f"Its lines differ from what was sent: {_told(placed)}")
    return placed.id, notes


def resend(desk: Desk, ref: str, version: int, attempt: UUID, reason: str, *, actor: str) -> dict[str, Any]:
    """
    Gives the open attempt of this id up as lost, so that the order is prepared afresh and sent again.

    Only after the settling period, and only when a fresh complete look finds nothing that could be its order. Raises a
    PortError when that look cannot be completed.
    """
    case = _gather(desk, ref, version)
    if case.claim.id != attempt:
        raise NotAllowed(f"The attempt {attempt} is not the open one of {case.order.ref}; that is {case.claim.id}.")
    seen = ensure_absent(case.order, case.claim, case.account)
    with desk.locked(ref, version) as (connection, row):
        claim = _claim(desk, connection, case)
        claims.keep_look(connection, desk.database, claim, seen.look)
        claims.close(connection, claim.id, Closing.RESENT, by=actor)
        note = f"{actor} has it sent again, for attempt {claim.id} was not found by a complete look: {reason}"
        desk.note(connection, row, "resent", actor, note, exchanges=seen.exchanges)
        if not desk.decide_pending(connection, row, claim, bought=False):
            questions.withdraw(connection, row.id)
            desk.go_on(connection, row, Stage.FETCH_CATALOGUE, unknown_submit=False, retried_at=func.clock_timestamp())
        return desk.view(connection, row)


def _gather(desk: Desk, ref: str, version: int, *, adopting: str | None = None) -> _Case:
    with desk.reading(ref, version) as (connection, row):
        claim = desk.open_purchase(connection, row) or (_given_up(desk, connection, row) if adopting else None)
        if claim is None:
            raise NotAllowed(f"{row.ref} has no attempt to buy whose outcome is unknown.")
        policy = desk.policy(row)
        sending = (claim, *preparations.open_ones(connection, desk.database, row.id))
        if any(each.may_still_be_in_flight(row.now, policy.timeout) for each in sending):
            raise NotAllowed(f"{row.ref} is being sent right now: wait for the answer.")
        account = desk.account(row)
        if adopting is None:
            ensure_settled(desk, row, claim)
        else:
            _ensure_free(connection, row.account, adopting)
        order = orders.load(connection, desk.database, row, policy, account.title)
        return _Case(order, claim, account)


def _claim(desk: Desk, connection: Connection, case: _Case) -> Claim:
    """The attempt, locked and still open, its class on record."""
    claim = claims.lock(connection, desk.database, case.claim.id)
    if claim is None or claim.closing is not case.claim.closing:
        raise Moved(f"The attempt {case.claim.id} has been settled meanwhile. Read the order again.")
    if claim.answered is None:
        claims.answered(connection, desk.database, claim.id, _NO_ANSWER)
    return claim


def _given_up(desk: Desk, connection: Connection, row: orders.Row) -> Claim | None:
    """The newest attempt that was settled without proof, while its order has yet to buy."""
    ended = OrderState(row.state).ended and row.state != OrderState.FAILED
    if row.marketplace_order_id is not None or ended:
        return None
    made = claims.of_order(connection, desk.database, row.id)
    lost = [claim for claim in made if claim.is_purchase and claim.given_up]
    return lost[-1] if lost else None


def _close_adopted(connection: Connection, claim: Claim, marketplace_order_id: str, actor: str) -> None:
    if claim.open:
        claims.close(connection, claim.id, Closing.ADOPTED, marketplace_id=marketplace_order_id, by=actor)
    elif not claims.prove_bought(connection, claim.id, Closing.ADOPTED, marketplace_order_id, actor):
        raise NotAllowed(f"Order {marketplace_order_id}, or the lines, have come to belong to another attempt of ours.")


def _read_changed(case: _Case, write: ChangeSubscription, wanted: str, marketplace: Marketplace) -> Subscription:
    if wanted.casefold() != write.subscription_id.casefold():
        raise NotAllowed(f"This attempt changes subscription {write.subscription_id}: adopt that one, and no other.")
    try:
        seen = marketplace.subscription(write.subscription_id)
    except NotFound as error:
        raise NotAllowed(f"{marketplace.title} has no subscription {wanted}: {error.sentence}") from error
    if seen.company_id and seen.company_id.casefold() != write.company_id.casefold():
        company = case.order.facts.company
        raise NotAllowed(f"Subscription {seen.id} is not one of {company.name if company else 'this company'}.")
    return seen


def _read(case: _Case, marketplace_order_id: str, marketplace: Marketplace) -> PlacedOrder:
    try:
        placed = marketplace.order(marketplace_order_id)
    except NotFound as error:
        raise NotAllowed(f"{marketplace.title} has no order {marketplace_order_id}: {error.sentence}") from error
    _ensure_ours(case, marketplace, placed)
    return placed


def _ensure_ours(case: _Case, marketplace: Marketplace, placed: PlacedOrder) -> None:
    """Raises NotAllowed for another company's order, and for one that the attempt cannot have bought."""
    company = case.order.facts.company
    if company is None or (not company.made_by_order and placed.company_id.casefold() != company.id.casefold()):
        raise NotAllowed(f"Order {placed.id} is not one of {company.name if company else 'this company'}.")
    if isinstance(marketplace, FindsByReference):
        _ensure_of_our_reference(case, marketplace, placed.id)
    elif _known_before(case, placed.id):
        raise NotAllowed(f"Order {placed.id} was there before this attempt was made: it cannot be what it bought.")


def _ensure_of_our_reference(case: _Case, marketplace: FindsByReference, marketplace_order_id: str) -> None:
    """One that the attempt's own answer named will do: the marketplace may have dropped the reference."""
    write = case.claim.write
    if not isinstance(write, PlaceOrder):
        raise TypeError("a purchase's claim holds a purchase")
    named = re.compile(rf"(?<![\w-]){re.escape(marketplace_order_id)}(?![\w-])")
    if any(named.search(said) for said in case.claim.evidence):
        return
    if marketplace_order_id not in [found.id for found in marketplace.find_orders(write)]:
        raise NotAllowed(
            f"Order {marketplace_order_id} does not carry our reference {write.reference}, so it is not what this "
            "attempt bought. Adopt the one that does; or cancel, and handle it at the marketplace."
        )


def _known_before(case: _Case, marketplace_order_id: str) -> bool:
    """Whether it was among the company's orders that are learnt, completely, before each claim."""
    known = case.order.known
    if known.unknown([marketplace_order_id]):
        return False
    return marketplace_order_id not in known.seen_since(case.claim.claimed_at)


def _ensure_free(connection: Connection, account: str, marketplace_order_id: str) -> None:
    owner = claims.owner_of(connection, account, marketplace_order_id)
    if owner is not None:
        raise NotAllowed(f"Order {marketplace_order_id} belongs to {owner} already.")


def _follow(desk: Desk, connection: Connection, row: orders.Row, order: Order, marketplace_order_id: str) -> None:
    """The order has bought: from here on it is followed like any other purchase."""
    bought = PurchaseFacts(marketplace_order_id=marketplace_order_id, at=row.now, adopted=True)
    facts = order.facts.learn(purchase=bought)
    questions.withdraw(connection, row.id)
    desk.go_on(
        connection,
        row,
        Stage.POLL_STATUS,
        facts=desk.database.seal(facts.model_dump_json(exclude_defaults=True)),
        marketplace_order_id=marketplace_order_id,
        unknown_submit=False,
    )


def _told(placed: PlacedOrder) -> str:
    return "; ".join(f"{line.quantity:f} of {line.product_id}" for line in placed.lines) or "it has none"
