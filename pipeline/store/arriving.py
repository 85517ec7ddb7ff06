"""
Quotes as tools tell of them, carried out: one acceptance may come through several channels, and some lines may be
for a person to see to.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from pipeline.domain.acceptance import Message, RevisionState, Verdict, judge
from pipeline.domain.offered import Link
from pipeline.domain.question import Question
from pipeline.domain.quote import AcceptedQuote, QuoteKey
from pipeline.store import channels, counts, losses, quote_questions, quotes, tickets
from pipeline.store.acceptances import Arrival, Carried, accept, ask, named, put_in_force, replace_orders, revoke
from pipeline.store.database import Database
from pipeline.store.quotes import LockedQuote


@dataclass(frozen=True, slots=True)
class Extra:
    """
    What a tool tells beside the quote: `links` to what other channels know of the same acceptance, and sentences about
    lines that were `left_out` because only a person can say what to do with them. `apart` are quote systems that never
    tell of the same acceptance, whatever is linked.
    """

    links: tuple[Link, ...] = ()
    left_out: tuple[str, ...] = ()
    apart: frozenset[str] = frozenset()


def arrive(
    connection: Connection, database: Database, quote: AcceptedQuote, arrival: Arrival, extra: Extra = Extra()
) -> Carried:
    """
    Makes the orders, or whatever the rules of revisions say. The same message again changes nothing, and neither does
    the same acceptance in another channel.

    Raises LineageError for lines whose parents don't make a forest.
    """
    ticket = tickets.links_of(quote.ticket)
    if not arrival.of_tool and not ticket:
        return accept(connection, database, quote, arrival)
    channels.take_turns(connection, (*extra.links, *ticket))
    if arrival.of_tool:
        losses.forget(connection, quote.key, extra.links)
    carried = _arrive(connection, database, quote, arrival, extra)
    lost = losses.of(connection, extra.links, quote.accepted_at, extra.apart) if carried.made else None
    if lost is None:
        return carried
    return _and_ask(connection, database, carried, quote_questions.lost_elsewhere(quote, lost, lost.system), arrival)


def _arrive(
    connection: Connection, database: Database, quote: AcceptedQuote, arrival: Arrival, extra: Extra
) -> Carried:
    """With the turn of all that it is linked to."""
    ticket = tickets.links_of(quote.ticket)
    other = channels.joined(connection, quote.key, extra.links, extra.apart)
    if other and not _ordered(connection, quotes.find(connection, quote.key.system, quote.key.id)):
        return _joined(connection, database, quote, other, arrival, extra)
    beside = channels.joined(connection, quote.key, ticket, extra.apart) if ticket else None
    locked = quotes.lock(connection, quote)
    channels.link(connection, locked.pk, extra.links)
    carried = accept(connection, database, quote, arrival)
    if other:
        return _ask_about_both(connection, database, quote, other, carried, arrival)
    if beside:
        carried = _ask_about_ticket(connection, database, quote, beside, carried, arrival)
    return _ask_for_the_rest(connection, database, quote, carried, arrival, extra)


def is_known(connection: Connection, key: QuoteKey, extra: Extra) -> bool:
    """Whether anything of this quote came before, in whichever channel."""
    own = quotes.find(connection, key.system, key.id)
    return own is not None or channels.joined(connection, key, extra.links, extra.apart) is not None


def withdraw(
    connection: Connection, database: Database, key: QuoteKey, arrival: Arrival, extra: Extra = Extra()
) -> Carried | None:
    """
    Revokes what was accepted under this key, in whichever channel it came. Where only another channel has told of the
    acceptance, a person is asked which of the two counts. None: nothing of it is known here.

    For tools that say no more than that a quote is declined: of a quote that was never accepted here no more is kept
    than what is lost, for an older acceptance that is still to come through another channel.
    """
    channels.take_turns(connection, extra.links)
    own = quotes.find(connection, key.system, key.id)
    other = None if _ordered(connection, own) else channels.joined(connection, key, ())
    pk = other.pk if other else own
    if pk is None:
        return _lost_elsewhere(connection, database, key, arrival, extra)
    found = quotes.lock_one(connection, pk)
    known = quotes.current(connection, database, pk)
    if known is None:
        return None
    meant = known.key.revision if other or key.revision not in found.revisions else key.revision
    named_so = known.key.model_copy(update={"revision": meant})
    return revoke(connection, database, known.model_copy(update={"key": named_so}), arrival)


def _ordered(connection: Connection, pk: UUID | None) -> bool:
    return pk is not None and quotes.read(connection, pk).history.has_orders


def _lost_elsewhere(
    connection: Connection, database: Database, key: QuoteKey, arrival: Arrival, extra: Extra
) -> Carried | None:
    other = channels.joined(connection, key, extra.links, extra.apart) if extra.links else None
    known = quotes.current(connection, database, other.pk) if other else None
    if other is None or known is None:
        losses.remember(connection, key, extra.links)
        return None
    locked = quotes.lock_one(connection, other.pk)
    return ask(connection, database, locked, quote_questions.lost_elsewhere(known, key, arrival.connection), arrival)


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
    tickets.link(connection, locked.pk, quote.ticket)
    same = known is not None and _same(known, quote, extra, counts.now(connection))
    content = known.content_hash() if known is not None and same else quote.content_hash()
    match judge(locked.history, Message("", content, quote.accepted_at, asked=arrival.of_tool)):
        case Verdict.FIRST:
            made = put_in_force(connection, database, locked, meant, arrival)
            return _ask_for_the_rest(connection, database, meant, made, arrival, extra)
        case Verdict.REPLACE:
            made = replace_orders(connection, database, locked, meant, arrival)
            return _ask_for_the_rest(connection, database, meant, made, arrival, extra)
        case Verdict.ASK_REORDER if known is not None and same:
            again = known.model_copy(update={"accepted_at": quote.accepted_at})
            return ask(connection, database, locked, quote_questions.reorder(again, locked), arrival)
        case _ if same:
            return Carried(f"the same acceptance as {named(locked)}, which came through another channel", locked.pk)
        case Verdict.REVOKED_BEFORE:
            return Carried("revoked before it came: nothing was ordered", locked.pk)
        case _:
            return _ask_which(connection, database, locked, quote, arrival, extra)


def _ask_which(
    connection: Connection,
    database: Database,
    locked: LockedQuote,
    quote: AcceptedQuote,
    arrival: Arrival,
    extra: Extra,
) -> Carried:
    """What the other channel tells is kept as a revision of its own, so that a person may choose it."""
    if extra.left_out:
        question = quote_questions.other_channel(quote, arrival.connection, can_replace=False)
        return ask(connection, database, locked, question, arrival)
    question = quote_questions.other_channel(quote, arrival.connection)
    key = QuoteKey(system=quote.key.system, id=quote.key.id, revision=quote_questions.revision_named(question))
    if key.revision not in locked.revisions:
        told = quote.model_copy(update={"key": key})
        quotes.record(connection, database, locked, told, RevisionState.UNSETTLED, source=arrival.connection)
    return ask(connection, database, locked, question, arrival)


def _same(known: AcceptedQuote, quote: AcceptedQuote, extra: Extra, now: datetime) -> bool:
    whole = not extra.left_out or not quote.lines
    goods = known.goods() == quote.goods() and known.agrees_in_terms(quote)
    return whole and goods and known.dates(now) == quote.dates(now)


def _ask_for_the_rest(
    connection: Connection,
    database: Database,
    quote: AcceptedQuote,
    carried: Carried,
    arrival: Arrival,
    extra: Extra,
) -> Carried:
    """Asks about lines that are left out, once orders of the others, or of nothing, were made."""
    if not extra.left_out or not carried.made:
        return carried
    return _and_ask(connection, database, carried, quote_questions.left_out(quote, extra.left_out), arrival)


def _and_ask(
    connection: Connection, database: Database, carried: Carried, question: Question, arrival: Arrival
) -> Carried:
    """Of the orders that were just made."""
    asked = ask(connection, database, quotes.read(connection, carried.quote_pk), question, arrival)
    return replace(carried, sentence=f"{carried.sentence}; {asked.sentence}")


def _ask_about_both(
    connection: Connection,
    database: Database,
    quote: AcceptedQuote,
    other: channels.Joined,
    carried: Carried,
    arrival: Arrival,
) -> Carried:
    """Both were ordered before anything told that they are one acceptance. Where one has ended, nothing is wrong."""
    own, theirs = quotes.read(connection, carried.quote_pk), quotes.lock_one(connection, other.pk)
    known = quotes.current(connection, database, other.pk)
    if known is None or not (own.history.living and theirs.history.living):
        return carried
    first = ask(connection, database, own, quote_questions.twice(quote, named(theirs)), arrival)
    second = ask(connection, database, theirs, quote_questions.twice(known, named(own)), arrival)
    return replace(carried, sentence=f"{carried.sentence}; {first.sentence}", changed=first.changed + second.changed)


def _ask_about_ticket(
    connection: Connection,
    database: Database,
    quote: AcceptedQuote,
    beside: channels.Joined,
    carried: Carried,
    arrival: Arrival,
) -> Carried:
    """People may talk of several acceptances on one ticket, or of one that came through two channels."""
    if not carried.made:
        return carried
    others = quotes.read(connection, beside.pk)
    if not others.orders:
        return carried
    return _and_ask(connection, database, carried, quote_questions.same_ticket(quote, named(others)), arrival)
