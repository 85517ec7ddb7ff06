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
from pipeline.domain.offered import Link
from pipeline.domain.question import Question
from pipeline.domain.quote import AcceptedQuote, QuoteKey
from pipeline.domain.splitting import split
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.domain.working_time import Deadline
from pipeline.store import acts, channels, journal, orders, questions, quote_questions, quotes
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

    `asked` is called in the same transaction with each order that a question was put to, so that notices go with it.
    """

    connection: str
    owner: str
    deadline: Deadline
    asked: Tell | None = None


@dataclass(frozen=True, slots=True)
class Extra:
    """
    What a tool tells beside the quote: `links` to what other channels know of the same acceptance, and sentences about
    lines that were `left_out` because only a person can say what to do with them.
    """

    links: tuple[Link, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of a message: a sentence for the list of events, the quote, and how many orders it changed."""

    sentence: str
    quote_pk: UUID
    changed: int = 0


def accept(
    connection: Connection, database: Database, quote: AcceptedQuote, arrival: Arrival, extra: Extra = Extra()
) -> Carried:
    """
    Makes the orders, or whatever the rules of revisions say. The same message again changes nothing, and neither does
    the same acceptance in another channel.

    Raises LineageError for lines whose parents don't make a forest.
    """
    channels.take_turns(connection, extra.links)
    if other := channels.joined(connection, quote.key, extra.links):
        return _joined(connection, database, quote, other, arrival, extra)
    locked = quotes.lock(connection, quote)
    channels.link(connection, locked.pk, extra.links)
    carried = _judged(connection, database, locked, quote, arrival)
    if extra.left_out and carried.changed:
        asked = _ask(
            connection,
            database,
            quotes.read(connection, locked.pk),
            quote_questions.left_out(quote, extra.left_out),
            arrival,
        )
        carried = replace(carried, sentence=f"{carried.sentence}; {asked.sentence}")
    return carried


def _judged(
    connection: Connection, database: Database, locked: LockedQuote, quote: AcceptedQuote, arrival: Arrival
) -> Carried:
    match judge(locked.history, _message(quote)):
        case Verdict.FIRST:
            return _first(connection, database, locked, quote, arrival)
        case Verdict.REPLACE:
            return _replace(connection, database, locked, quote, arrival)
        case Verdict.DUPLICATE:
            return Carried(f"duplicate of {_named(locked)}", locked.pk)
        case Verdict.REVOKED_BEFORE:
            return Carried("revoked before it came: nothing was ordered", locked.pk)
        case Verdict.OLDER:
            quotes.record(connection, database, locked, quote, RevisionState.OLDER, source=arrival.connection)
            return Carried(f"older than {_named(locked)}: recorded, nothing changed", locked.pk)
        case Verdict.ASK_CONTENT:
            return _ask(connection, database, locked, quote_questions.other_content(quote), arrival)
        case Verdict.ASK_REORDER:
            return _ask(connection, database, locked, quote_questions.reorder(quote, locked), arrival)
        case Verdict.ASK_NEWER | Verdict.ASK_WHICH as verdict:
            quotes.record(connection, database, locked, quote, RevisionState.UNSETTLED, source=arrival.connection)
            question = quote_questions.revision(quote, newer=verdict is Verdict.ASK_NEWER)
            return _ask(connection, database, locked, question, arrival)


def withdraw(connection: Connection, database: Database, key: QuoteKey, arrival: Arrival) -> Carried | None:
    """
    Revokes what was accepted under this key, in whichever channel it came. None: nothing of it is known here.

    For tools that say no more than that a quote is declined: of a quote that was never accepted here nothing is kept.
    """
    other = channels.joined(connection, key, ())
    pk = other.pk if other else quotes.find(connection, key.system, key.id)
    if pk is None:
        return None
    known = quotes.current(connection, database, pk)
    if known is None:
        return None
    meant = known.key.revision if other or key.revision not in quotes.read(connection, pk).revisions else key.revision
    own = known.key.model_copy(update={"revision": meant})
    return revoke(connection, database, known.model_copy(update={"key": own}), arrival)


def revoke(connection: Connection, database: Database, quote: AcceptedQuote, arrival: Arrival) -> Carried:
    """Cancels what is not submitted yet; asks a person about the rest. The same message again changes nothing."""
    locked = quotes.lock(connection, quote)
    match judge_revocation(locked.history, _message(quote)):
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
            return _ask(connection, database, locked, question, arrival)


def would_change(connection: Connection, quote: AcceptedQuote, *, revocation: bool) -> int:
    """How many orders the message would make, cancel or stop now. Changes and locks nothing."""
    pk = quotes.find(connection, quote.key.system, quote.key.id)
    now = connection.execute(select(func.clock_timestamp())).scalar_one()
    if pk is None:
        return 0 if revocation else len(split(quote, now))
    known = quotes.read(connection, pk)
    open_orders = sum(1 for order in known.orders if not order.ended)
    if revocation:
        return open_orders if judge_revocation(known.history, _message(quote)) is RevocationVerdict.REVOKE else 0
    match judge(known.history, _message(quote)):
        case Verdict.FIRST:
            return len(split(quote, now))
        case Verdict.REPLACE:
            return len(split(quote, now)) + open_orders
        case Verdict.ASK_CONTENT | Verdict.ASK_NEWER | Verdict.ASK_WHICH:
            return sum(1 for order in known.orders if order.untouched)
        case _:
            return 0


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
    """Cancels the quote's open orders in favour of another revision. Gives how many."""
    living = [order for order in locked.orders if not order.ended]
    reason = f"revision {by or 'without a name'} of the quote replaces it"
    for order in living:
        acts.request_cancel(connection, database, order.id, actor="quoteway", reason=reason)
    quotes.mark(connection, locked, RevisionState.CURRENT, RevisionState.SUPERSEDED)
    return len(living)


def _joined(
    connection: Connection,
    database: Database,
    quote: AcceptedQuote,
    other: channels.Joined,
    arrival: Arrival,
    extra: Extra,
) -> Carried:
    """The same acceptance in another channel: nothing is made of it, and a person is asked where the goods differ."""
    known = quotes.current(connection, database, other.pk)
    meant = quote.model_copy(update={"key": QuoteKey(system=other.system, id=other.quote_id)})
    locked = quotes.lock(connection, meant)
    channels.link(connection, locked.pk, extra.links, alias=quote.key)
    same = known is not None and known.goods() == quote.goods() and not extra.left_out
    content = known.content_hash() if known is not None and same else quote.content_hash()
    match judge(locked.history, Message("", content, quote.accepted_at)):
        case Verdict.FIRST:
            return _first(connection, database, locked, meant, arrival)
        case Verdict.ASK_REORDER:
            return _ask(connection, database, locked, quote_questions.reorder(meant, locked), arrival)
        case _ if same:
            return Carried(f"the same acceptance as {_named(locked)}, which came through another channel", locked.pk)
        case Verdict.REVOKED_BEFORE:
            return Carried("revoked before it came: nothing was ordered", locked.pk)
        case _:
            return _ask(connection, database, locked, quote_questions.other_channel(quote, arrival.connection), arrival)


def _first(
    connection: Connection, database: Database, locked: LockedQuote, quote: AcceptedQuote, arrival: Arrival
) -> Carried:
    known = quote.key.revision in locked.revisions
    pk = quotes.record(connection, database, locked, quote, RevisionState.CURRENT, source=arrival.connection)
    if known:
        quotes.replace_snapshot(connection, database, pk, quote)
    why = f"Quote {quote.number or quote.key.id} was accepted, as {arrival.connection} told."
    made = make_orders(connection, database, locked, pk, quote, why, begun=True)
    return Carried(f"made {_count(len(made))}", locked.pk, len(made))


def _replace(
    connection: Connection, database: Database, locked: LockedQuote, quote: AcceptedQuote, arrival: Arrival
) -> Carried:
    ended = supersede(connection, database, locked, quote.key.revision)
    carried = _first(connection, database, locked, quote, arrival)
    replaced = f", replacing {_count(ended)}" if ended else ""
    return Carried(carried.sentence + replaced, locked.pk, carried.changed + ended)


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
    question = quote_questions.revoked(quote)
    asked = sum(_put(connection, database, order_id, question, arrival) for order_id in late)
    told = [f"cancelled {_count(cancelled)}"] if cancelled else []
    told += [f"left {_count(waiting)} to the outcome of its purchase"] if waiting else []
    told += [f"asked about {_count(asked)} already bought"] if asked else []
    return Carried(", ".join(told) or "nothing left to cancel", locked.pk, cancelled + waiting + asked)


def _ask(
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


def _message(quote: AcceptedQuote) -> Message:
    return Message(quote.key.revision, quote.content_hash(), quote.accepted_at)


def _named(locked: LockedQuote) -> str:
    return ", ".join(order.ref for order in locked.orders[:3]) or "an earlier message"


def _count(number: int) -> str:
    return f"{number} order" if number == 1 else f"{number} orders"
