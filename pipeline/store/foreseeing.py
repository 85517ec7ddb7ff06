"""What a message about a quote would do, before it does."""

from __future__ import annotations

from sqlalchemy import Connection

from pipeline.domain.acceptance import RevocationVerdict, Verdict, judge, judge_revocation
from pipeline.domain.quote import AcceptedQuote
from pipeline.domain.splitting import split
from pipeline.store import counts, quotes
from pipeline.store.acceptances import message_of


def would_change(connection: Connection, quote: AcceptedQuote, *, revocation: bool) -> int:
    """How many orders the message would make, cancel or stop now. Changes and locks nothing."""
    pk = quotes.find(connection, quote.key.system, quote.key.id)
    now = counts.now(connection)
    if pk is None:
        return 0 if revocation else len(split(quote, now))
    known = quotes.read(connection, pk)
    open_orders = sum(1 for order in known.orders if not order.ended)
    if revocation:
        return open_orders if judge_revocation(known.history, message_of(quote)) is RevocationVerdict.REVOKE else 0
    match judge(known.history, message_of(quote)):
        case Verdict.FIRST:
            return len(split(quote, now))
        case Verdict.REPLACE:
            return len(split(quote, now)) + open_orders
        case Verdict.ASK_CONTENT | Verdict.ASK_NEWER | Verdict.ASK_WHICH:
            return sum(1 for order in known.orders if order.untouched)
        case _:
            return 0
