"""
The one wording of all notices for people: what happened, what it costs, what is needed by when, and where to look.

Says no more of a customer than company and quote; provisioning answers, addresses and people stay behind the link.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from itertools import groupby
from typing import Any

from events.notices.snapshot import LineShown, OrderShown, QuestionShown
from events.notices.source_wording import source_words
from pipeline.domain.catalogue import Verdict
from pipeline.domain.change import Change
from pipeline.domain.money import Money
from pipeline.domain.state import OrderState
from pipeline.domain.terms import BillingTerm

_TITLES = {"pax8": "Pax8", "appxite": "AppXite", "flexportal": "FlexPortal", "limio": "Limio"}
_PERIODS = {
    BillingTerm.MONTHLY: "a month",
    BillingTerm.ANNUAL: "a year",
    BillingTerm.TWO_YEAR: "for two years",
    BillingTerm.THREE_YEAR: "for three years",
    BillingTerm.ONE_TIME: "once",
    BillingTerm.TRIAL: "for the trial",
    BillingTerm.ACTIVATION: "for the activation",
}
_MOST = 10
_LONGEST = 300
_AGAIN = "Sent again: the first sending was cut off, so this may have reached you already."


@dataclass(frozen=True, slots=True)
class Text:
    """A notice's words: a title on one line and a plain body."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Wording:
    """`public_url` is where readers find Quoteway, `page` an order's place below it; instants are shown in `zone`."""

    public_url: str
    zone: tzinfo = UTC
    page: str = "/orders/{ref}"

    def of(self, change: Change, view: Mapping[str, Any], *, again: bool = False) -> Text:
        """
        The words for a change. `view` is the order as the operator API shows it, or what is told of a connection; parts
        that are missing are left out.

        `again` says so at the head of both title and body.
        """
        if change.of_a_source:
            title, told = source_words(change, view, self.public_url)
        else:
            title, told = self._order_words(change, view)
        parts = [*([_AGAIN] if again else []), *told]
        return Text(f"Again: {title}" if again else title, "\n\n".join(parts))

    def _order_words(self, change: Change, view: Mapping[str, Any]) -> tuple[str, Sequence[str]]:
        order = OrderShown.model_validate(view)
        return f"{_headline(change, order)} ({order.ref})", [
            *self._reminder(order),
            _what_happened(change, order),
            *_reason(change, order),
            *self._needed(order.open_questions),
            *_bought(change, order),
            *self._where(order),
        ]

    def _reminder(self, order: OrderShown) -> Iterable[str]:
        if not order.reminder:
            return
        first = next((question.due_at for question in order.open_questions if question.due_at), None)
        yield f"A reminder: still open, due by {self._instant(first)}." if first else "A reminder: still open."

    def _needed(self, questions: Sequence[QuestionShown]) -> Iterable[str]:
        if not questions:
            return
        shown = [f"- {self._question(question)}" for question in questions[:_MOST]]
        yield "\n".join(["Needed:", *shown, *_more(questions)])

    def _question(self, question: QuestionShown) -> str:
        values = question.possible_values
        choices = f" One of: {', '.join(values)}." if 0 < len(values) <= _MOST else ""
        owner = f"from {question.owner}" if question.owner else ""
        until = f"by {self._instant(question.due_at)}" if question.due_at else ""
        told = " ".join(part for part in (owner, until) if part)
        return f"{_cut(question.text)}{choices}" + (f"\n  {told[0].upper()}{told[1:]}." if told else "")

    def _instant(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        return f"{local:%A}, {local.day} {local:%B %Y, %H:%M} {local.tzname()}"

    def _where(self, order: OrderShown) -> Iterable[str]:
        if order.ref:
            yield self.public_url.rstrip("/") + self.page.format(ref=order.ref)


def _headline(change: Change, order: OrderShown) -> str:
    company = order.company or "A customer"
    match change:
        case Change.ASKING:
            count = len(order.open_questions)
            asks = f"{count} questions" if count > 1 else "a question"
            return f"{company}: {asks} still to answer" if order.reminder else f"{company}: {asks} to answer"
        case Change.UNKNOWN:
            return f"{company}: not known whether the order was placed"
        case Change.LIVE:
            return f"{company}: everything is live"
        case Change.PARTLY_LIVE:
            return f"{company}: only part of the order is live"
        case Change.FAILED:
            return f"{company}: the order failed"
        case Change.CANCELLED:
            return f"{company}: the order was cancelled"
        case Change.SETTLED:
            return f"{company}: {_settled(order)}"
        case Change.HEARD:
            return f"{company}: an answer here was not taken"
        case Change.SOURCE_PROBLEM | Change.SOURCE_WELL:
            raise ValueError(f"{change} is told of no order")


def _settled(order: OrderShown) -> str:
    if order.state == OrderState.CANCELLED:
        return "the order was cancelled"
    if order.pending_act:
        return f"the wish to {order.pending_act.get('act', 'change it')} waits for what becomes of the purchase"
    if order.open_questions:
        return "answered in part"
    return "a person has settled it, and the order goes on"


def _what_happened(change: Change, order: OrderShown) -> str:
    quote = f"Quote {order.quote}" if order.quote else "An accepted quote"
    company = f" for {order.company}" if order.company else ""
    market = _TITLES.get(order.marketplace, order.marketplace) or "the marketplace"
    subject = f"{quote}{company}"
    match change:
        case Change.ASKING:
            return f"{subject} cannot go on at {market} until a person answers. {_state_of_purchase(order, market)}"
        case Change.UNKNOWN:
            return (
                f"{subject} was sent to {market}, but no clear answer came: the order may have been placed or not. "
                "Quoteway looks for it and sends nothing a second time meanwhile; do not order by hand."
            )
        case Change.LIVE:
            return f"{subject} is live at {market}. {_state_of_purchase(order, market)}"
        case Change.PARTLY_LIVE:
            live = sum(_is_live(line) for line in order.lines)
            return (
                f"{subject} ended at {market} with {live} of {_lines(len(order.lines))} live. "
                f"{_state_of_purchase(order, market)}"
            )
        case Change.FAILED:
            return f"{subject} failed at {market}. {_state_of_purchase(order, market)}"
        case Change.CANCELLED:
            return f"{subject} was bought at {market}, and all of it is cancelled there."
        case Change.SETTLED if order.state == OrderState.CANCELLED:
            return f"{subject} is not ordered at {market}. {_cut(order.waiting_for)}".rstrip()
        case Change.SETTLED:
            return f"{subject}: {_settled(order)} at {market}. {_state_of_purchase(order, market)}"
        case Change.HEARD:
            return f"{_cut(order.heard)} Nothing was changed by it.".lstrip()
        case Change.SOURCE_PROBLEM | Change.SOURCE_WELL:
            raise ValueError(f"{change} is told of no order")


def _state_of_purchase(order: OrderShown, market: str) -> str:
    if order.unknown_submit:
        return "It is not known whether the order was placed; do not order by hand."
    if order.marketplace_order_id and order.changes:
        return f"Subscription {order.marketplace_order_id} is changed at {market}."
    if order.marketplace_order_id:
        return f"It was bought as order {order.marketplace_order_id} at {market}."
    return "Nothing has been bought."


def _reason(change: Change, order: OrderShown) -> Iterable[str]:
    """Why it failed, or was cancelled; for all else the questions and lines say it."""
    reason = order.reason or order.waiting_for
    if change in {Change.FAILED, Change.CANCELLED} and reason:
        yield f"Reason: {_cut(reason)}"


def _bought(change: Change, order: OrderShown) -> Iterable[str]:
    """The lines, each with its state where they differ, and what they cost, unless none of it was bought for good."""
    lines = order.lines
    if not lines:
        return
    bought = bool(order.marketplace_order_id) and change is not Change.CANCELLED
    state = bought and change in {Change.PARTLY_LIVE, Change.FAILED}
    shown = [f"- {_line(line, state=state)}" for line in lines[:_MOST]]
    yield "\n".join(["Lines:", *shown, *_more(lines)])
    cost = _cost(lines)
    if cost and (bought or change not in {Change.FAILED, Change.CANCELLED}):
        yield f"Cost of all lines: {cost}" if len(lines) > 1 else f"Cost: {cost}"


def _line(line: LineShown, *, state: bool) -> str:
    many = f"{line.quantity} x " if line.quantity is not None else ""
    cost = f", {line.total_cost} {_period(line.billing_term)}".rstrip() if line.total_cost else ""
    word = line.status or line.verdict
    ended = f": {'live' if _is_live(line) else word or 'not live'}" if state else ""
    return f"{many}{_cut(line.label) or 'a line'}{cost}{ended}"


def _is_live(line: LineShown) -> bool:
    return line.verdict == Verdict.LIVE


def _cost(lines: Sequence[LineShown]) -> str:
    """One sum for each period and currency; says so when a line's cost is not known."""
    known = sorted(
        (_period(line.billing_term), line.total_cost.currency, line.total_cost.amount)
        for line in lines
        if line.total_cost is not None
    )
    sums = [
        f"{Money(amount=sum((amount for *_, amount in group), Decimal(0)), currency=currency)} {period}".rstrip()
        for (period, currency), group in groupby(known, key=lambda cost: cost[:2])
    ]
    if not sums:
        return ""
    missing = len(lines) - len(known)
    rest = f"; the cost of {_lines(missing)} is not known yet" if missing else ""
    return f"{' and '.join(sums)}{rest}."


def _period(term: str) -> str:
    try:
        return _PERIODS[BillingTerm(term)]
    except ValueError:
        return f"({term})" if term else ""


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"


def _more(items: Sequence[object]) -> Sequence[str]:
    return [f"- and {len(items) - _MOST} more"] if len(items) > _MOST else []


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3].rstrip() + "..."
