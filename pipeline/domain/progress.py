"""How far the ordered lines are, and the direction in which they travel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pipeline.domain.catalogue import PlacedLine, Subscription, Verdict
from pipeline.domain.facts import LineFacts, LineProgress
from pipeline.domain.terms import BillingTerm

_WORSE = frozenset({Verdict.ENDING, Verdict.FAILED})
TERMINAL = frozenset({Verdict.LIVE, Verdict.FAILED})


def step(before: LineProgress, seen: Subscription, now: datetime) -> LineProgress:
    """
    The line after its subscription was read.

    A live line stays live against a stale read, and yet may end; a failed one stays failed. `since` is kept while the
    word is the same.
    """
    if before.verdict is Verdict.FAILED:
        return before
    if before.verdict is Verdict.LIVE and seen.verdict not in (*_WORSE, Verdict.LIVE):
        return before
    same = before.subscription_id == seen.id and before.status_word == seen.status_word
    return LineProgress(
        subscription_id=seen.id,
        status_word=seen.status_word,
        verdict=seen.verdict,
        since=before.since if same else now,
        quantity=seen.quantity,
    )


def mismatch(line: LineFacts, company_id: str, seen: Subscription) -> str | None:
    """
    What of the subscription is not what the line ordered, as the end of a sentence. `company_id` empty: it is not known
    yet.
    """
    if company_id and seen.company_id and seen.company_id.casefold() != company_id.casefold():
        return "is another company's"
    if not seen.product_id or seen.quantity is None:
        return "names no product or no quantity"
    if seen.product_id.casefold() != line.product_id.casefold():
        return f"is to another product ({seen.product_id})"
    if seen.quantity != line.quantity:
        return f"has a quantity of {seen.quantity.normalize():f}, not of {line.quantity}"
    if seen.billing_term is BillingTerm.TRIAL and line.billing_term is not BillingTerm.TRIAL:
        return f"is a trial, not {line.billing_term.value}"
    if line.changes and seen.billing_term not in (None, line.billing_term):
        return f"is billed {seen.billing_term}, not {line.billing_term.value}"
    return None


def pair(lines: Sequence[LineFacts], known: Mapping[str, str], placed: Sequence[PlacedLine]) -> dict[str, str | None]:
    """
    Of each of our lines the subscription, one to one, None while it has none.

    What is `known` (line to subscription) stays; the rest go by product, quantity and billing term, then by product
    and quantity, then by product, so that a line that was changed there is still found, and seen to be changed.
    """
    found: dict[str, str | None] = {line.line_id: known.get(line.line_id) for line in lines}
    taken = frozenset(subscription_id.casefold() for subscription_id in known.values())
    left = [one for one in placed if one.subscription_id is None or one.subscription_id.casefold() not in taken]
    waiting = [line for line in lines if found[line.line_id] is None]
    for exactness in (3, 2, 1):
        for line in tuple(waiting):
            ours = _traits(line)[:exactness]
            match = next((one for one in left if _traits(one)[:exactness] == ours), None)
            if match is not None:
                found[line.line_id] = match.subscription_id
                left.remove(match)
                waiting.remove(line)
    return found


def _traits(line: LineFacts | PlacedLine) -> tuple[object, ...]:
    return (line.product_id.casefold(), line.quantity, line.billing_term)


def count_live(progress: Mapping[str, LineProgress], line_ids: Iterable[str]) -> int:
    """How many of the lines are live; one of which nothing is known is not."""
    return sum(1 for line_id in line_ids if line_id in progress and progress[line_id].verdict is Verdict.LIVE)
