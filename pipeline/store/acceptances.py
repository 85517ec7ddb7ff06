"""Acceptances and revocations carried out: the rules of `pipeline.domain.acceptance`, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Connection, func, select

from pipeline.domain.acceptance import (
    Message,
    RevisionState,
    RevocationVerdict,
    Verdict,
    judge,
    judge_revocation,
)
from pipeline.domain.question import Question
from pipeline.domain.quote import AcceptedQuote
from pipeline.domain.splitting import split
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.domain.working_time import Deadline
from pipeline.store import acts, journal, orders, questions, quote_questions, quotes, tickets
from pipeline.store.database import Database
from pipeline.store.due import nudge
from pipeline.store.journal import Entry
from pipeline.store.orders import NewOrder, create_order
from pipeline.store.quotes import LockedQuote
from pipeline.store.tables import QUESTIONS

Tell = Callable[[Connection, UUID], None]


@dataclass(frozen=True, slots=True)
class Arrival:
    """
    How a message came: through which connection, and who is asked how long when a person must judge it.

    `asked` is called in the same transaction with each order that a question was put to, so that notices go with it,
    and `ended` with each that was to be cancelled. `of_tool`: a tool was asked, and says so now.
    """

    connection: str
    owner: str
    deadline: Deadline
    asked: Tell | None = None
    ended: Tell | None = None
    of_tool: bool = False


@dataclass(frozen=True, slots=True)
class Carried:
    """
    What became of a message: a sentence for the list of events, the quote, how many orders it changed, and how many of
    these it made.
    """

    sentence: str
    quote_pk: UUID
    changed: int = 0
    made: int = 0


def accept(connection: Connection, database: Database, quote: AcceptedQuote, arrival: Arrival) -> Carried:
    """
    Makes the orders, or whatever the rules of revisions say. The same message again changes nothing.

    Raises LineageError for lines whose parents don't make a forest.
    """
    locked = quotes.lock(connection, quote)
    tickets.link(connection, locked.pk, quote.ticket)
    match judge(locked.history, replace(message_of(quote), asked=arrival.of_tool)):
        case Verdict.FIRST:
            return put_in_force(connection, database, locked, quote, arrival)
        case Verdict.REPLACE:
            return replace_orders(connection, database, locked, quote, arrival)
        case Verdict.DUPLICATE:
            return Carried(f"duplicate of {named(locked)}", locked.pk)
        case Verdict.REVOKED_BEFORE:
            return Carried("revoked before it came: nothing was ordered", locked.pk)
        case Verdict.OLDER:
            quotes.record(connection, database, locked, quote, RevisionState.OLDER, source=arrival.connection)
            return Carried(f"older than {named(locked)}: recorded, nothing changed", locked.pk)
        case Verdict.ASK_CONTENT:
            return ask(connection, database, locked, quote_questions.other_content(quote), arrival)
        case Verdict.ASK_REORDER:
            return ask(connection, database, locked, quote_questions.reorder(quote, locked), arrival)
        case Verdict.ASK_NEWER | Verdict.ASK_WHICH as verdict:
            quotes.record(connection, database, locked, quote, RevisionState.UNSETTLED, source=arrival.connection)
            question = quote_questions.revision(quote, newer=verdict is Verdict.ASK_NEWER)
            return ask(connection, database, locked, question, arrival)


def revoke(connection: Connection, database: Database, quote: AcceptedQuote, arrival: Arrival) -> Carried:
    """Cancels what is not submitted yet; asks a person about the rest. The same message again changes nothing."""
    locked = quotes.lock(connection, quote)
    match judge_revocation(locked.history, message_of(quote)):
        case RevocationVerdict.FIRST:
            quotes.record(connection, database, locked, quote, RevisionState.REVOKED, source=arrival.connection)
            return Carried("revoked before it was accepted: nothing will be ordered", locked.pk)
        case RevocationVerdict.REVOKE:
            return _revoke(connection, database, locked, quote, arrival)
        case RevocationVerdict.DUPLICATE:
            return Carried("duplicate of an earlier revocation", locked.pk)
        case RevocationVerdict.PASSED:
            return Carried("revokes a revision that is not in force: nothing changed", locked.pk)
        case RevocationVerdict.ASK:
            open_still = any(order.untouched for order in locked.orders)
            question = quote_questions.revoked_elsewhere(quote) if open_still else quote_questions.revoked(quote)
            return ask(connection, database, locked, question, arrival)


def make_orders(
    connection: Connection,
    database: Database,
    locked: LockedQuote,
    revision_pk: UUID,
    quote: AcceptedQuote,
    why: str,
    *,
    begun: bool = False,
) -> Sequence[UUID]:
    """
    One order for each marketplace and date of the quote, due at once. Raises LineageError.

    `begun`: the caller goes on with them itself, and the clocks need not be woken.
    """
    now = connection.execute(select(func.clock_timestamp())).scalar_one()
    made = []
    for part in split(quote, now):
        identity = quote.customer.identity(quote.key.system, part.marketplace)
        new = NewOrder(
            quote_pk=locked.pk,
            revision_pk=revision_pk,
            line_ids=part.line_ids,
            marketplace=part.marketplace,
            account=part.marketplace,
            customer_key=database.digest(identity),
            company_name=quote.customer.name or quote.customer.ref or quote.customer.external_id,
            requested_at=part.requested_at,
            begun=begun,
        )
        order_id = create_order(connection, database, new)
        accepted = Entry("event", Stage.RESOLVE_COMPANY, "accepted", notes=(why,))
        journal.write(connection, database, order_id, accepted)
        made.append(order_id)
    if not begun:
        nudge(connection)
    return made


def note(connection: Connection, database: Database, order_id: UUID, outcome: str, sentence: str) -> None:
    stage = orders.stage_of(connection, order_id)
    journal.write(connection, database, order_id, Entry("event", stage, outcome, notes=(sentence,)))


def supersede(connection: Connection, database: Database, locked: LockedQuote, by: str) -> int:
    """Cancels the quote's open orders in favour of another revision, or of a better reading. Gives how many."""
    living = [order for order in locked.orders if not order.ended]
    reason = f"revision {by or 'without a name'} of the quote replaces it"
    if locked.history.nothing_to_order:
        reason = "what can be ordered of the quote by now replaces it"
    for order in living:
        acts.request_cancel(connection, database, order.id, actor="quoteway", reason=reason)
    quotes.mark(connection, locked, RevisionState.CURRENT, RevisionState.SUPERSEDED)
    return len(living)


def put_in_force(
    connection: Connection, database: Database, locked: LockedQuote, quote: AcceptedQuote, arrival: Arrival
) -> Carried:
    """Puts the quote in force and makes its orders."""
    known = quote.key.revision in locked.revisions
    pk = quotes.record(connection, database, locked, quote, RevisionState.CURRENT, source=arrival.connection)
    if known:
        quotes.replace_snapshot(connection, database, pk, quote)
    why = f"Quote {quote.number or quote.key.id} was accepted, as {arrival.connection} told."
    made = make_orders(connection, database, locked, pk, quote, why, begun=True)
    return Carried(f"made {_count(len(made))}", locked.pk, len(made), len(made))


def replace_orders(
    connection: Connection, database: Database, locked: LockedQuote, quote: AcceptedQuote, arrival: Arrival
) -> Carried:
    """Cancels the quote's open orders and puts the quote in force as it is told now."""
    ended = supersede(connection, database, locked, quote.key.revision)
    for order in locked.orders:
        if arrival.ended and not order.ended:
            arrival.ended(connection, order.id)
    carried = put_in_force(connection, database, locked, quote, arrival)
    replaced = f", replacing {_count(ended)}" if ended else ""
    return Carried(carried.sentence + replaced, locked.pk, carried.changed + ended, carried.made)


def _revoke(
    connection: Connection, database: Database, locked: LockedQuote, quote: AcceptedQuote, arrival: Arrival
) -> Carried:
    quotes.mark(connection, locked, RevisionState.CURRENT, RevisionState.REVOKED)
    late, cancelled, waiting = [], 0, 0
    for order in locked.orders:
        if order.ended and not order.bought:
            continue
        match acts.request_cancel(
            connection, database, order.id, actor=arrival.connection, reason="the sender revoked the quote"
        ):
            case acts.CancelResult.CANCELLED:
                cancelled += 1
            case acts.CancelResult.WAITS:
                waiting += 1
            case acts.CancelResult.BOUGHT:
                late.append(order.id)
            case acts.CancelResult.ENDED:
                pass
        if arrival.ended and order.id not in late and not order.ended:
            arrival.ended(connection, order.id)
    question = quote_questions.revoked(quote)
    asked = sum(_put(connection, database, order_id, question, arrival) for order_id in late)
    told = [f"cancelled {_count(cancelled)}"] if cancelled else []
    told += [f"left {_count(waiting)} to the outcome of its purchase"] if waiting else []
    told += [f"asked about {_count(asked)} already bought"] if asked else []
    return Carried(", ".join(told) or "nothing left to cancel", locked.pk, cancelled + waiting + asked)


def ask(
    connection: Connection, database: Database, locked: LockedQuote, question: Question, arrival: Arrival
) -> Carried:
    """Puts the question to each order that is still on its way, which stops it; else to the newest one."""
    held = [order.id for order in locked.orders if order.untouched]
    targets = held or [order.id for order in locked.orders[:1]]
    asked = sum(_put(connection, database, order_id, question, arrival) for order_id in targets)
    return Carried(f"asked about {_count(asked)}" if asked else "asked before", locked.pk, asked)


def _put(connection: Connection, database: Database, order_id: UUID, question: Question, arrival: Arrival) -> bool:
    """False when this very thing was asked about this order before, answered or not."""
    before = select(QUESTIONS.c.id).where(QUESTIONS.c.order_id == order_id, QUESTIONS.c.key == question.key).limit(1)
    if connection.execute(before).first():
        return False
    questions.ask(connection, database, order_id, question, arrival.owner, arrival.deadline)
    hold(connection, database, order_id, question.text, arrival.owner)
    note(connection, database, order_id, f"{question.kind}_asked", question.text)
    if arrival.asked:
        arrival.asked(connection, order_id)
    return True


def hold(connection: Connection, database: Database, order_id: UUID, text: str, owner: str) -> None:
    """Stops an order that nothing was bought for until its questions are answered. Another one goes on."""
    row = orders.lock(connection, order_id)
    if row is None or OrderState(row.state).ended or row.marketplace_order_id is not None:
        return
    if acts.has_open_claim(connection, order_id):
        return
    orders.move(
        connection,
        order_id,
        None,
        state=OrderState.ASKING,
        due_at=None,
        leased=False,
        taken_until=None,
        waiting_for=database.seal(text),
        waiting_on=owner,
        waiting_since=func.clock_timestamp(),
    )


def message_of(quote: AcceptedQuote) -> Message:
    return Message(quote.key.revision, quote.content_hash(), quote.accepted_at)


def named(locked: LockedQuote) -> str:
    """What a sentence calls the quote's orders."""
    return ", ".join(order.ref for order in locked.orders[:3]) or "an earlier message"


def _count(number: int) -> str:
    return f"{number} order" if number == 1 else f"{number} orders"
