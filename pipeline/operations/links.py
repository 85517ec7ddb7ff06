"""
Links by which a customer's contact fills in what is missing of an order, without a login.

Whoever holds a link may answer its questions, once. It is spent in the transaction that keeps the answers, and it is
good for nothing once it has expired or was revoked, its order has ended, or none of its questions is open any longer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from pipeline.domain import filling
from pipeline.domain.errors import BadAnswer, NotAllowed, UnknownOrder
from pipeline.domain.filling import Field
from pipeline.domain.state import OrderState
from pipeline.operations.answering import answer
from pipeline.operations.desk import Desk
from pipeline.store import answer_links, orders, questions, showing
from pipeline.store.answer_links import Link, LinkState
from pipeline.store.questions import Asked

LASTS, LONGEST = timedelta(days=7), timedelta(days=90)


class Gone(Exception):
    """There is no such link, or none any longer: which of them it is, nobody outside is told."""


class Unfit(Exception):
    """What was filled in does not fit. `wrong` are sentences by the name of the input; nothing was kept."""

    def __init__(self, form: Form, wrong: Mapping[str, str]) -> None:
        super().__init__("what was filled in does not fit")
        self.form = form
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class Made:
    """A link as made. `token` is told this once: nobody can read it again."""

    token: str = field(repr=False)
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Form:
    """All that the holder of a link gets to see of an order."""

    company: str
    quote: str
    fields: Sequence[Field]
    until: datetime


def make(
    desk: Desk,
    ref: str,
    *,
    actor: str,
    wanted: Sequence[UUID] = (),
    email: str = "",
    lasts: timedelta = LASTS,
) -> Made:
    """
    Makes a link for these questions, or for all open ones that a customer can answer. `email` is whom it is for: their
    answers are kept under that name. Raises BadAnswer, NotAllowed, UnknownOrder.
    """
    _check(email, lasts)
    token = answer_links.new_token()
    with desk.database.transaction() as connection:
        row = _locked(connection, ref)
        if OrderState(row.state).ended:
            raise NotAllowed(f"{row.ref} has ended ({row.state}): there is nothing left to fill in.")
        meant = _meant(row, questions.of_order(connection, desk.database, row.id), wanted)
        link = answer_links.add(
            connection,
            desk.database,
            row.id,
            [asked.id for asked in meant],
            token=token,
            email=email,
            lasts=lasts,
            made_by=actor,
        )
        labels = ", ".join(filling.field_of(asked.id, asked.question).label for asked in meant)
        told = f"{actor} made a link for {email or 'a contact'} to fill in, until {_minute(link.expires_at)}: {labels}."
        desk.note(connection, row, "link_made", actor, told)
        return Made(token, _told(row, link))


def revoke(desk: Desk, ref: str, link_id: UUID, *, actor: str) -> dict[str, Any] | None:
    """
    Makes the link useless, and gives it as it is then; None where the order has no such link. One that has expired or
    was revoked before stays as it is. Raises NotAllowed for one that was used, UnknownOrder.
    """
    with desk.database.transaction() as connection:
        row = _read(connection, ref)
        if link_id not in {link.id for link in answer_links.of_order(connection, desk.database, row.id)}:
            return None
        changed = answer_links.revoke(connection, link_id)
        (link,) = (each for each in answer_links.of_order(connection, desk.database, row.id) if each.id == link_id)
        if link.state is LinkState.SPENT:
            raise NotAllowed(f"The link {link.id} was used at {_minute(link.spent_at)}: what it brought is kept.")
        if changed:
            whom = link.email or "a contact"
            desk.note(connection, row, "link_revoked", actor, f"{actor} revoked the link for {whom}.")
        return _told(row, link)


def listed(desk: Desk, ref: str) -> Sequence[dict[str, Any]]:
    """The order's links, newest first. Raises UnknownOrder."""
    with desk.database.transaction() as connection:
        row = _read(connection, ref)
        return [_told(row, link) for link in answer_links.of_order(connection, desk.database, row.id)]


def form(desk: Desk, token: str) -> Form:
    """What the link asks. Looking spends nothing. Raises Gone."""
    with desk.database.transaction() as connection:
        link = answer_links.find(connection, desk.database, token)
        row = None if link is None else orders.read(connection, link.order_id)
        if link is None or row is None:
            raise Gone
        return _form(desk, connection, link, row)


def fill(desk: Desk, token: str, given: Mapping[str, Sequence[str]]) -> None:
    """
    Answers the link's questions with what was given, by the inputs' names, all or none, and spends the link. Raises
    Gone, and Unfit with nothing kept and the link unspent.

    The link's row is taken before the order's: of two who send at once the second finds it spent. With the order's row
    in hand its version is the present one.
    """
    with desk.database.transaction() as connection:
        link = answer_links.find(connection, desk.database, token, lock=True)
        row = None if link is None else orders.lock(connection, link.order_id)
        if link is None or row is None:
            raise Gone
        asks = _form(desk, connection, link, row)
        filled = {each.id: filling.read(each, given) for each in asks.fields}
        if wrong := {name: words for each in filled.values() for name, words in each.wrong.items()}:
            raise Unfit(asks, wrong)
        within = replace(desk, database=desk.database.within(connection))
        values = {question_id: each.values for question_id, each in filled.items()}
        by_link = f"(by link of {link.made_by})"
        actor, named = f"a contact {by_link}", f"{link.email} {by_link}" if link.email else ""
        answer(within, row.ref, row.version, values, actor=actor, named=named)
        answer_links.spend(connection, link.id)


def _form(desk: Desk, connection: Connection, link: Link, row: orders.Row) -> Form:
    if link.state is not LinkState.OPEN or OrderState(row.state).ended:
        raise Gone
    asked = [
        each
        for each in questions.of_order(connection, desk.database, row.id)
        if each.id in link.question_ids and each.open
    ]
    if not asked:
        raise Gone
    quote = orders.quote_of(connection, desk.database, row)
    fields = tuple(filling.field_of(each.id, each.question) for each in asked)
    return Form(row.company or quote.customer.name, quote.number or quote.key.id, fields, link.expires_at)


def _meant(row: orders.Row, asked: Sequence[Asked], wanted: Sequence[UUID]) -> Sequence[Asked]:
    known = {each.id: each for each in asked}
    for each in wanted:
        if each not in known:
            raise BadAnswer(f"{row.ref} has no question {each}.")
        if not known[each].open:
            raise BadAnswer(f"The question {each} is no longer open.")
        if not filling.fillable(known[each].question):
            raise BadAnswer(f"The question {each} is none that a customer can answer ({known[each].question.kind}).")
    meant = [each for each in asked if each.open and filling.fillable(each.question)]
    if not meant:
        raise NotAllowed(f"{row.ref} asks nothing that a customer could fill in.")
    return [each for each in meant if each.id in wanted] if wanted else meant


def _check(email: str, lasts: timedelta) -> None:
    if email and not filling.is_email(email):
        raise BadAnswer("The link is for an e-mail address, such as dana@example.com.")
    if not timedelta(0) < lasts <= LONGEST:
        raise BadAnswer(f"A link lasts from one to {LONGEST.days} days.")


def _locked(connection: Connection, ref: str) -> orders.Row:
    return _there(orders.lock(connection, _id(connection, ref)), ref)


def _read(connection: Connection, ref: str) -> orders.Row:
    return _there(orders.read(connection, _id(connection, ref)), ref)


def _id(connection: Connection, ref: str) -> UUID:
    order_id = orders.find(connection, ref)
    if order_id is None:
        raise UnknownOrder.named(ref)
    return order_id


def _there(row: orders.Row | None, ref: str) -> orders.Row:
    if row is None:
        raise UnknownOrder.named(ref)
    return row


def _minute(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"


def _told(row: orders.Row, link: Link) -> dict[str, Any]:
    return {
        "id": str(link.id),
        "order": row.ref,
        "email": link.email,
        "questions": [str(each) for each in link.question_ids],
        "state": link.state.value,
        "made_by": link.made_by,
        "made_at": showing.instant(link.made_at),
        "expires_at": showing.instant(link.expires_at),
        "spent_at": showing.instant(link.spent_at),
        "revoked_at": showing.instant(link.revoked_at),
    }
