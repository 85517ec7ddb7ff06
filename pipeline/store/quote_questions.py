"""The questions that a message about a quote may raise, and what each possible answer does."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import StrEnum

from pipeline.domain.question import Act, Question, QuestionKind
from pipeline.domain.quote import AcceptedQuote, QuoteKey, QuoteLine
from pipeline.store.quotes import LockedQuote

_REVISION = "revision:"
_SHOWN = 5


class Choice(StrEnum):
    """
    The answers. KEEP leaves everything as it is; REPLACE and ORDER make orders of what was accepted last; OTHERS goes
    on without the lines that were left out.
    """

    KEEP = "keep"
    REPLACE = "replace"
    ORDER = "order again"
    LEAVE = "leave"
    HANDLED = "handled at the marketplace"
    OTHERS = "order the others"


def other_content(quote: AcceptedQuote) -> Question:
    return Question(
        key=f"{_REVISION}{quote.key.revision}:{quote.content_hash()[:16]}",
        kind=QuestionKind.REVISION,
        text=(
            f"Quote {_name(quote)} came again under the same revision with other content. What was accepted first is "
            "ordered if you answer keep; to order the other content, cancel and have it sent under a new revision."
        ),
        possible_values=(Choice.KEEP,),
    )


def other_channel(quote: AcceptedQuote, connection: str, *, can_replace: bool = True) -> Question:
    """The other content may be chosen where it `can_replace` the first, as a revision of the name that the key has."""
    starts = sorted({str(line.start_at or quote.requested_at) for line in quote.lines})
    terms = sorted((what, sorted(map(str, counted.items()))) for what, counted in quote.terms().items())
    goods = hashlib.sha256(repr((quote.goods(), terms, starts)).encode()).hexdigest()[:16]
    return Question(
        key=f"{_REVISION}{connection} {quote.key.id} {goods}",
        kind=QuestionKind.REVISION,
        text=(
            f"The same acceptance came through {connection} as {_name(quote)}, with other products, quantities, "
            f"terms or dates: {_goods(quote)}. What came first is ordered if you answer keep"
            + (", the other one if you answer replace, while nothing was bought." if can_replace else ".")
        ),
        possible_values=(Choice.KEEP, Choice.REPLACE) if can_replace else (Choice.KEEP,),
    )


def revision_named(question: Question) -> str:
    """The name of the revision that a question of two revisions is about."""
    return question.key.removeprefix(_REVISION)


def _goods(quote: AcceptedQuote) -> str:
    shown = [f"{line.quantity} of {line.label}{_terms(line)}" for line in quote.lines[:_SHOWN]]
    return ", ".join(shown) + (" and more" if len(quote.lines) > _SHOWN else "")


def _terms(line: QuoteLine) -> str:
    """As the sender has written them."""
    named = (("billed", line.billing_term), ("committed for", line.commitment))
    told = " and ".join(f"{how} {word}" for how, word in named if word)
    return f" ({told})" if told else ""


def twice(quote: AcceptedQuote, other: str) -> Question:
    """Put to the orders of both quotes, once they turn out to be one acceptance. `other` names the other's orders."""
    return Question(
        key=f"twice:{other}",
        kind=QuestionKind.REVISION,
        text=(
            f"Quote {_name(quote)} turns out to be the same acceptance as {other}, which came through another channel "
            "before the two were known to be linked. Cancel this order or the other one; answer keep where this one is "
            "to be bought."
        ),
        possible_values=(Choice.KEEP,),
    )


def same_ticket(quote: AcceptedQuote, other: str) -> Question:
    """Put to the orders of the quote that came second. `other` names those of the first one."""
    return Question(
        key=f"ticket:{quote.key.revision}:{other}",
        kind=QuestionKind.REVISION,
        text=(
            f"Quote {_name(quote)} names the same ticket as {other}, which came through another channel. Answer keep "
            "where it was accepted besides; cancel where both are the same acceptance."
        ),
        possible_values=(Choice.KEEP,),
    )


def left_out(quote: AcceptedQuote, sentences: Sequence[str]) -> Question:
    """Put to the orders of the quote's other lines; of a quote without others, to one that has no lines."""
    if not quote.lines:
        return Question(
            key=f"left_out:{quote.key.revision}",
            kind=QuestionKind.LEFT_OUT,
            text=f"Nothing of quote {_name(quote)} can be ordered as it stands. {' '.join(sentences)} Mend the quote, "
            "or the product map, and replay its event: what it then says is ordered. Or see to all of it yourself, "
            "and cancel this order.",
            acts=(Act.CANCEL,),
        )
    return Question(
        key=f"left_out:{quote.key.revision}",
        kind=QuestionKind.LEFT_OUT,
        text=f"Quote {_name(quote)} has lines that cannot be ordered as they stand. {' '.join(sentences)} Answer "
        f"{Choice.OTHERS} to buy the other lines and see to these yourself, or cancel.",
        possible_values=(Choice.OTHERS,),
    )


def revision(quote: AcceptedQuote, *, newer: bool) -> Question:
    why = (
        "was accepted later, but something has been sent to the marketplace for the earlier one already"
        if newer
        else "came too, and the times of acceptance do not tell which is the newer one"
    )
    return Question(
        key=f"{_REVISION}{quote.key.revision}",
        kind=QuestionKind.REVISION,
        text=(
            f"Revision {quote.key.revision} of quote {_name(quote)} {why}. Keep the earlier one, or replace it, which "
            "is possible only while nothing was bought."
        ),
        possible_values=(Choice.KEEP, Choice.REPLACE),
    )


def reorder(quote: AcceptedQuote, locked: LockedQuote) -> Question:
    known = locked.history.named(quote.key.revision) or locked.history.current()
    same = known is not None and known.content_hash == quote.content_hash()
    moment = quote.accepted_at.isoformat() if quote.accepted_at else ""
    advice = (
        "Order it again?" if same else "It has other content now: to order that, have it sent under a new revision."
    )
    return Question(
        key=f"reorder:{known.revision if known else ''}:{moment}:{_ended(locked)}",
        kind=QuestionKind.REORDER,
        text=f"Quote {_name(quote)} was accepted once more after all its orders had ended without a purchase. {advice}",
        possible_values=(Choice.ORDER, Choice.LEAVE) if same else (Choice.LEAVE,),
        acts=(Act.ANSWER,),
    )


def _ended(locked: LockedQuote) -> str:
    """What tells two acceptances of the same time, or of none, apart: which end of the orders each came after."""
    return locked.history.ended_at.isoformat() if locked.history.ended_at else ""


def revision_to_reorder(question: Question, locked: LockedQuote) -> str:
    """The name of the revision that was accepted once more: the longest one, where one begins like another."""
    asked = question.key.removeprefix("reorder:")
    return max((name for name in locked.revisions if asked.startswith(f"{name}:")), key=len)


def revoked_elsewhere(quote: AcceptedQuote) -> Question:
    """Put to orders that have bought nothing: going on is one answer, and cancelling the order the other."""
    return Question(
        key=f"revoked:{quote.key.revision}",
        kind=QuestionKind.REVOKED,
        text=(
            f"Quote {_name(quote)} was revoked by its sender under revision {quote.key.revision}, which was never "
            "accepted here. Answer keep to order what was accepted all the same, or cancel."
        ),
        possible_values=(Choice.KEEP,),
    )


def lost_elsewhere(quote: AcceptedQuote, key: QuoteKey, connection: str) -> Question:
    """Put to orders of a quote whose acceptance another channel never told of, and says is lost."""
    return Question(
        key=f"lost:{key.system}:{key.id}",
        kind=QuestionKind.REVOKED,
        text=(
            f"Quote {_name(quote)} was accepted, but {connection} says that what it belongs to there is lost. Answer "
            "keep to order it all the same, or cancel."
        ),
        possible_values=(Choice.KEEP,),
    )


def revoked(quote: AcceptedQuote) -> Question:
    return Question(
        key=f"revoked:{quote.key.revision}",
        kind=QuestionKind.REVOKED,
        text=(
            f"Quote {_name(quote)} was revoked by its sender, and this order could not be cancelled for that by "
            "itself. Keep what was ordered, or cancel it, at the marketplace where it has been bought."
        ),
        possible_values=(Choice.KEEP, Choice.HANDLED),
    )


def _name(quote: AcceptedQuote) -> str:
    return quote.number or quote.key.id
