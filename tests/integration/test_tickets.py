"""People answer where they work: changes become notes on a PSA's ticket, and what they write there are answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, func, select, update

from events.reading import ReadOutcome
from events.replies.form import key_of
from events.replies.listening import Listening
from events.sources.tool import Moved, Nudge, Reply
from events.taking import keep_nudges
from pipeline.domain.change import Change
from pipeline.domain.offered import Link
from pipeline.domain.question import Question, QuestionKind
from pipeline.domain.state import OrderState
from pipeline.operations.answering import answer
from pipeline.store import acceptances, channels, quotes
from pipeline.store.acceptances import Arrival, Carried
from pipeline.store.database import Database
from pipeline.store.tables import NOTICES, ORDERS, QUESTIONS, REPLIES_HEARD
from tests.integration.operators_world import DOMAIN, PRICE, REVOKED, SIZE, STUCK
from tests.integration.served_intake import a_database
from tests.integration.tickets_office import PSAS, ConnectWisePsa, Office

Open = Callable[..., Office]
DAY = timedelta(hours=24)
BUNDLE = Question("roles", QuestionKind.PROVISIONING, "Which roles?", many=True)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with a_database(database_url) as database:
        yield database


@pytest.fixture(params=sorted(PSAS))
def office(request: pytest.FixtureRequest, database: Database) -> Open:
    """Opens an office with the PSA of this run."""
    return lambda **options: Office(database, PSAS[request.param](), **options)


@pytest.fixture
def connectwise(database: Database) -> Open:
    return lambda **options: Office(database, ConnectWisePsa(), **options)


def key(office: Office, ref: str, question: Question) -> str:
    return key_of(office.world.question(ref, question.key))


# Notes


def test_a_question_becomes_one_internal_note_that_says_how_to_answer(office: Open) -> None:
    psa = office()
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)

    psa.ask(ref, DOMAIN, PRICE)
    psa.deliver()
    psa.deliver()

    (note,) = psa.ours(ticket)
    assert note.startswith(f"[order-ref: {ref} state: asking version: ")
    assert "Contoso Ltd: 2 questions to answer" in note
    assert f"{key(psa, ref, DOMAIN)}: your answer - to 'Which domain?'" in note
    assert "\napprove - " in note
    assert "\nretry" not in note
    assert f"https://qw.example/orders/{ref}" in note


def test_later_changes_update_the_note_or_where_the_psa_cannot_are_notes_of_their_own(office: Open) -> None:
    psa = office(ticket_status="Ordered")
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.ask(ref, DOMAIN)
    psa.deliver()
    psa.world.put(ref, state=OrderState.DONE, marketplace_order_id="o-1")

    psa.tell(ref, Change.LIVE)
    psa.deliver()

    notes = psa.ours(ticket)
    assert len(notes) == (1 if psa.tool.updates_notes else 2)
    assert f"{ref} state: live" in notes[-1]
    assert psa.psa.status(ticket) == "Ordered"
    assert not psa.undelivered()


def test_an_attempt_that_was_cut_off_after_the_note_was_written_leaves_no_second_one(office: Open) -> None:
    psa = office()
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.ask(ref, DOMAIN)

    psa.wire.cut = 1
    psa.deliver()
    waiting = psa.undelivered()
    psa.deliver()

    assert len(waiting) == 1
    assert not psa.undelivered()
    assert len(psa.ours(ticket)) == 1


def test_the_status_comes_after_the_note_and_only_when_every_order_of_the_ticket_is_live(office: Open) -> None:
    psa = office(ticket_status="Ordered")
    ticket = psa.psa.ticket()
    first, second = psa.order(ticket), psa.order(ticket)
    before = psa.psa.status(ticket)

    psa.world.put(first, state=OrderState.DONE)
    psa.tell(first, Change.LIVE)
    psa.deliver()
    between = psa.psa.status(ticket)
    psa.world.put(second, state=OrderState.DONE)
    psa.tell(second, Change.LIVE)
    psa.deliver()

    assert (between, psa.psa.status(ticket)) == (before, "Ordered")
    assert len(psa.ours(ticket)) == 2


def test_a_status_that_the_ticket_cannot_have_leaves_the_note_and_the_order_as_they_are(connectwise: Open) -> None:
    psa = connectwise(ticket_status="No such status")
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    version = psa.world.put(ref, state=OrderState.DONE)

    psa.tell(ref, Change.LIVE)
    psa.deliver()
    psa.deliver()

    assert len(psa.ours(ticket)) == 1
    assert psa.world.row(ref).version == version
    with psa.database.transaction() as connection:
        assert connection.execute(select(NOTICES.c.error)).scalar_one()


def test_a_change_that_was_overtaken_does_not_take_the_later_ones_place(office: Open) -> None:
    psa = office()
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.ask(ref, DOMAIN)
    (late,) = psa.undelivered()
    psa.world.put(ref, state=OrderState.DONE)
    psa.tell(ref, Change.LIVE)
    (live,) = set(psa.undelivered()) - {late}

    psa.deliverer.deliver(live)
    psa.deliverer.deliver(late)

    (note,) = psa.ours(ticket)
    assert "state: live" in note
    assert not psa.undelivered()


def test_while_an_earlier_note_of_the_order_is_being_written_the_later_one_waits(connectwise: Open) -> None:
    psa = connectwise()
    ref = psa.order(psa.psa.ticket())
    psa.ask(ref, DOMAIN)
    (early,) = psa.undelivered()
    with psa.database.transaction() as connection:
        connection.execute(update(NOTICES).values(attempt_at=func.clock_timestamp()))
    psa.tell(ref, Change.FAILED)
    (late,) = set(psa.undelivered()) - {early}

    psa.deliverer.deliver(late)

    with psa.database.transaction() as connection:
        error = connection.execute(select(NOTICES.c.error).where(NOTICES.c.id == late)).scalar_one()
    assert error == "Another note of this order is being written."


def test_a_ticket_that_the_psa_does_not_have_is_given_up_and_the_order_goes_on(connectwise: Open) -> None:
    psa = connectwise()
    ref = psa.order("999999")
    psa.ask(ref, DOMAIN)

    psa.deliver()

    with psa.database.transaction() as connection:
        kept = connection.execute(select(NOTICES)).one()
    assert kept.given_up_at is not None
    assert psa.world.row(ref).state == OrderState.ASKING


def test_the_wait_that_a_psa_asks_for_is_kept(connectwise: Open) -> None:
    psa = connectwise()
    ref = psa.order(psa.psa.ticket())
    psa.ask(ref, DOMAIN)
    psa.psa.simulator.fail("429")  # type: ignore[attr-defined]  # the simulated ConnectWise's own

    psa.deliver()

    with psa.database.transaction() as connection:
        waits = connection.execute(select(NOTICES.c.due_at - func.clock_timestamp())).scalar_one()
    assert timedelta(seconds=5) < waits <= timedelta(seconds=7)


def test_an_order_without_a_ticket_or_with_one_elsewhere_has_no_note(connectwise: Open) -> None:
    psa = connectwise()

    psa.ask(psa.world.accept(), DOMAIN)

    assert not psa.undelivered()


def test_a_ticket_that_only_another_channel_knew_of_gets_the_note(connectwise: Open) -> None:
    psa = connectwise()
    ticket = psa.psa.ticket()
    ref = psa.world.accept()
    with psa.database.transaction() as connection:
        quote_pk = connection.execute(select(ORDERS.c.quote_pk)).scalar_one()
        channels.link(connection, quote_pk, [Link(kind="connectwise:ticket", id=ticket)])
    psa.ask(ref, DOMAIN)
    psa.deliver()
    psa.psa.say(ticket, f"{key(psa, ref, DOMAIN)}: contoso.example")
    psa.hear(ticket)

    assert len(psa.ours(ticket)) == 1
    assert psa.answered_by(ref) == [f"{psa.psa.person} (psa)"]


def test_an_order_that_its_sender_took_back_is_no_longer_asked_about_on_the_ticket(connectwise: Open) -> None:
    psa = connectwise()
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.ask(ref, DOMAIN)
    psa.deliver()

    with psa.database.transaction() as connection:
        quote = quotes.current(connection, psa.database, psa.world.row(ref).quote_pk)
        assert quote is not None
        ended = Arrival("crm", "operator", DAY, ended=lambda _, order_id: ids.append(order_id))
        ids: list[UUID] = []
        acceptances.revoke(connection, psa.database, quote, ended)
    psa.tell(ref, Change.SETTLED)
    psa.deliver()

    assert ids == [psa.world.id_of(ref)]
    (note,) = psa.ours(ticket)
    assert "the order was cancelled" in note
    assert "Cancelled by crm: the sender revoked the quote" in note


# Replies


def test_an_answer_by_its_key_is_taken_once_and_attributed(office: Open) -> None:
    psa = office()
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.ask(ref, DOMAIN, SIZE)
    psa.deliver()

    psa.psa.say(ticket, f"Hi,\n{key(psa, ref, DOMAIN).lower()}: contoso.example\n{key(psa, ref, SIZE)}: SMALL\nSam")
    first, again = psa.hear(ticket), psa.hear(ticket)
    psa.deliver()

    assert f"taken for {ref}" in first
    assert "taken" not in again
    assert psa.answered_by(ref) == [f"{psa.psa.person} (psa)"] * 2
    assert psa.world.row(ref).state == OrderState.RUNNING
    assert len(psa.ours(ticket)) == (1 if psa.tool.updates_notes else 2)
    assert "a person has settled it" in psa.ours(ticket)[-1]


def test_several_lines_of_one_key_are_the_values_of_a_question_that_takes_many(connectwise: Open) -> None:
    psa = connectwise()
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.ask(ref, BUNDLE)
    name = key(psa, ref, BUNDLE)

    psa.psa.say(ticket, f"{name}: admin\n{name}: billing")
    psa.hear(ticket)

    assert psa.answered_by(ref) == [f"{psa.psa.person} (psa)"]


def test_who_is_named_an_approver_approves_the_price_that_was_shown(office: Open) -> None:
    psa = office(approvers="Dispatcher (member), sam ortiz")
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.ask(ref, PRICE)
    psa.deliver()

    psa.psa.say(ticket, "Approve.")
    psa.hear(ticket)

    (question,) = psa.world.view(ref)["questions"]
    assert question["approved"] == {"amount": "33.00", "currency": "USD"}
    assert question["answered_by"] == f"{psa.psa.person} (psa)"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param({}, "QUOTEWAY_SOURCES__PSA__OPTIONS", id="nobody is named"),
        pytest.param({"approvers": "Dana Reyes"}, "approved by Dana Reyes only", id="somebody else is named"),
    ],
)
def test_anybody_elses_approval_is_answered_by_who_may(office: Open, options: dict[str, str], told: str) -> None:
    psa = office(**options)
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.ask(ref, PRICE)
    psa.deliver()

    psa.psa.say(ticket, "approve")
    psa.hear(ticket)
    psa.hear(ticket)
    psa.deliver()
    psa.deliver()

    assert psa.answered_by(ref) == [None]
    asked, refused = psa.ours(ticket)
    assert "state: asking" in asked
    assert told in refused
    assert "reply: " in refused.splitlines()[0]


def test_cancel_ends_the_order_and_the_ticket_says_by_whom(office: Open) -> None:
    psa = office()
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.ask(ref, DOMAIN)
    psa.deliver()

    psa.psa.say(ticket, "cancel")
    psa.hear(ticket)
    psa.deliver()

    assert psa.world.row(ref).state == OrderState.CANCELLED
    assert f"Cancelled by {psa.psa.person} (psa)" in psa.ours(ticket)[-1]


def test_retry_makes_the_order_go_on(office: Open) -> None:
    psa = office()
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.ask(ref, STUCK)

    psa.psa.say(ticket, "retry")
    psa.hear(ticket)

    assert psa.world.row(ref).state == OrderState.RUNNING
    assert psa.world.journal(ref)[-1].actor == f"{psa.psa.person} (psa)"


def test_a_question_about_the_quote_itself_is_answered_like_any_other(connectwise: Open) -> None:
    psa = connectwise()
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.ask(ref, REVOKED, PRICE)

    psa.psa.say(ticket, f"{key(psa, ref, REVOKED)}: Keep")
    psa.hear(ticket)

    assert psa.answered_by(ref) == [f"{psa.psa.person} (psa)", None]


def test_what_we_or_a_customer_wrote_is_no_answer(office: Open) -> None:
    psa = office(approvers="*")
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.ask(ref, PRICE)

    psa.psa.say(ticket, "approve", as_us=True)
    psa.psa.say(ticket, "approve", as_customer=True)
    psa.psa.say(ticket, f"[order-ref: {ref}]\napprove")
    psa.hear(ticket)

    assert psa.answered_by(ref) == [None]


def test_a_note_that_is_corrected_after_it_was_not_taken_is_heard_again(connectwise: Open) -> None:
    psa = connectwise()
    assert isinstance(psa.psa, ConnectWisePsa)
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.ask(ref, REVOKED)
    notes = psa.psa.simulator.world.table("notes")

    psa.psa.say(ticket, f"{key(psa, ref, REVOKED)}: keeep")
    note = max(notes)
    first = [psa.hear(ticket), psa.hear(ticket)]
    psa.psa.simulator.world.change("notes", note, {"text": f"{key(psa, ref, REVOKED)}: keep"})
    second = [psa.hear(ticket), psa.hear(ticket)]

    assert ["not taken" in told for told in first] == [True, False]
    assert ["was taken" in told for told in second] == [True, False]
    assert psa.answered_by(ref) == [f"{psa.psa.person} (psa)"]


def test_a_reply_above_a_note_of_ours_is_heard_and_one_below_it_is_not_told_from_ours(connectwise: Open) -> None:
    psa = connectwise(approvers="*")
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.ask(ref, PRICE)

    psa.psa.say(ticket, f"[order-ref: {ref}]\nWhich price?\n\ncancel")
    psa.psa.say(ticket, f"approve\n\n[order-ref: {ref}]\nWhich price?\ncancel - do not order")
    psa.hear(ticket)

    assert psa.answered_by(ref) == [f"{psa.psa.person} (psa)"]
    assert psa.world.row(ref).state != OrderState.CANCELLED


def test_talk_is_ignored_and_leaves_no_trace(office: Open) -> None:
    psa = office(approvers="*")
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.ask(ref, PRICE)
    psa.deliver()

    psa.psa.say(ticket, "Called Dana, she wants us to cancel the old plan first.\nNote: approve nothing before that.")
    psa.hear(ticket)
    psa.deliver()

    assert psa.answered_by(ref) == [None]
    assert len(psa.ours(ticket)) == 1
    with psa.database.transaction() as connection:
        assert not connection.execute(select(REPLIES_HEARD)).all()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("approve please", "It cannot be told what 'approve please' means.", id="almost a word of ours"),
        pytest.param("I'd say\napprove", "among other words", id="a word among others"),
        pytest.param("approve\ncancel", "do not go together", id="two words that contradict"),
        pytest.param("retry", "Nothing here waits for retry.", id="a word that settles nothing here"),
        pytest.param("A2A2: x", "No question here is named A2A2.", id="a key of no question"),
        pytest.param("cancel QW-ABCDEFGHJK", "no order QW-ABCDEFGHJK on this ticket", id="an order elsewhere"),
        pytest.param("{size}: medium", "'medium' is not among the possible values", id="a value that is not possible"),
        pytest.param("{size}:", "The answer to the question {size} is empty.", id="no value"),
        pytest.param("{price}: yes", "The question {price} takes no answer", id="an answer where an approval is due"),
        pytest.param("approve {size}", "{size} is not settled by approve", id="an approval where an answer is due"),
    ],
)
def test_what_looks_like_an_answer_and_is_none_is_told_why_once(connectwise: Open, text: str, told: str) -> None:
    psa = connectwise(approvers="*")
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.ask(ref, PRICE, SIZE)
    psa.deliver()
    names = {"size": key(psa, ref, SIZE), "price": key(psa, ref, PRICE)}

    psa.psa.say(ticket, text.format(**names))
    psa.hear(ticket)
    psa.hear(ticket)
    psa.deliver()

    assert psa.answered_by(ref) == [None, None]
    _, said = psa.ours(ticket)
    assert told.format(**names) in said
    assert "Nothing was changed by it." in said


def test_of_several_answers_in_one_reply_all_are_taken_or_none(connectwise: Open) -> None:
    psa = connectwise()
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.ask(ref, DOMAIN, SIZE, PRICE)

    psa.psa.say(ticket, f"{key(psa, ref, DOMAIN)}: contoso.example\napprove")
    psa.hear(ticket)

    assert psa.answered_by(ref) == [None, None, None]


def test_a_reply_that_comes_after_somebody_else_has_answered_changes_nothing_and_is_told_so(office: Open) -> None:
    psa = office()
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.ask(ref, DOMAIN)
    name = key(psa, ref, DOMAIN)
    question = psa.world.question(ref, DOMAIN.key)
    answer(psa.world.desk, ref, psa.world.row(ref).version, {question: ["a.example"]}, actor="dana")

    psa.psa.say(ticket, f"{name}: b.example")
    psa.psa.say(ticket, "cancel")
    psa.hear(ticket)
    psa.deliver()

    assert psa.answered_by(ref) == ["dana"]
    assert psa.world.row(ref).state == OrderState.RUNNING
    told = "\n".join(psa.ours(ticket))
    assert f"The question {name} waits for no answer any more." in told
    assert "No question waits here any more." in told


def test_a_reply_older_than_the_question_is_never_its_answer(connectwise: Open) -> None:
    psa = connectwise(approvers="*")
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.psa.say(ticket, "approve")
    psa.ask(ref, PRICE)
    with psa.database.transaction() as connection:
        connection.execute(update(QUESTIONS).values(asked_at=func.clock_timestamp() + timedelta(seconds=2)))

    psa.hear(ticket)
    psa.deliver()

    assert psa.answered_by(ref) == [None]
    assert "written before the question was asked" in psa.ours(ticket)[-1]


def test_talk_from_before_the_order_is_not_even_told_so(connectwise: Open) -> None:
    psa = connectwise(approvers="*")
    ticket = psa.psa.ticket()
    psa.psa.say(ticket, "approve")
    ref = psa.order(ticket)
    psa.ask(ref, PRICE)
    with psa.database.transaction() as connection:
        connection.execute(update(ORDERS).values(created_at=func.clock_timestamp() + timedelta(seconds=2)))

    psa.hear(ticket)
    psa.deliver()

    assert len(psa.ours(ticket)) == 1


def test_where_several_orders_wait_a_word_must_name_the_one_it_means(connectwise: Open) -> None:
    psa = connectwise()
    ticket = psa.psa.ticket()
    one, other = psa.order(ticket), psa.order(ticket)
    psa.ask(one, DOMAIN)
    psa.ask(other, DOMAIN)

    psa.psa.say(ticket, "cancel")
    psa.hear(ticket)
    both = [psa.world.row(ref).state for ref in (one, other)]
    psa.psa.say(ticket, f"cancel {one}")
    psa.hear(ticket)

    assert both == [OrderState.ASKING, OrderState.ASKING]
    assert [psa.world.row(ref).state for ref in (one, other)] == [OrderState.CANCELLED, OrderState.ASKING]


def test_what_became_of_a_lost_purchase_is_not_settled_by_a_word(connectwise: Open) -> None:
    psa = connectwise()
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.world.unknown_submit(ref)
    psa.tell(ref, Change.ASKING)
    psa.deliver()

    psa.psa.say(ticket, "cancel")
    psa.hear(ticket)

    assert psa.world.row(ref).state == OrderState.ASKING
    assert "To answer" not in psa.ours(ticket)[0]
    with psa.database.transaction() as connection:
        assert connection.execute(select(NOTICES.c.change).where(NOTICES.c.change == "heard")).one()


def test_a_reading_that_is_undone_is_heard_again_whole(connectwise: Open) -> None:
    psa = connectwise()
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.ask(ref, DOMAIN)
    psa.psa.say(ticket, f"{key(psa, ref, DOMAIN)}: contoso.example")

    def acts_and_dies(connection: Connection, found: Reply | Moved, seen_at: datetime) -> Carried | None:
        if psa.hearing(connection, found, seen_at):
            raise KeyboardInterrupt
        return None

    with pytest.raises(KeyboardInterrupt):
        psa.hear(ticket, reader=psa.heard_by(acts_and_dies))
    undone = psa.answered_by(ref)
    psa.read_all()

    assert undone == [None]
    assert psa.answered_by(ref) == [f"{psa.psa.person} (psa)"]


def test_of_many_who_hear_the_same_reply_at_once_one_acts_on_it(connectwise: Open) -> None:
    psa = connectwise()
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.ask(ref, DOMAIN, SIZE)
    psa.psa.say(ticket, f"{key(psa, ref, DOMAIN)}: contoso.example")
    psa.psa.say(ticket, f"{key(psa, ref, SIZE)}: small")
    nudges = [Nudge("ticket.updated", {"ticket": ticket}, str(number)) for number in range(8)]
    keep_nudges(psa.database, "psa", nudges)

    read = []
    while waiting := psa.unread():
        with ThreadPoolExecutor(8) as pool:
            read += list(pool.map(psa.reader.read, waiting))

    assert {each.outcome for each in read} <= {ReadOutcome.READ, ReadOutcome.PUT_OFF}
    assert sum(each.changed for each in read) == 2
    assert psa.answered_by(ref) == [f"{psa.psa.person} (psa)"] * 2
    assert [entry.outcome for entry in psa.world.journal(ref)].count("answered") == 2


def test_a_reply_that_no_message_told_of_is_heard_at_the_next_poll(office: Open) -> None:
    psa = office()
    tickets = [psa.psa.ticket() for _ in range(3)]
    refs = [psa.order(ticket) for ticket in tickets]
    for ref in refs[:2]:
        psa.ask(ref, DOMAIN)
    psa.psa.say(tickets[0], f"{key(psa, refs[0], DOMAIN)}: contoso.example")

    listening = Listening(psa.database, {"psa": psa.tool}, psa.world.desk.rules.tickets, psa.hearing)
    heard = [listening("psa"), listening("psa"), listening("elsewhere")]

    assert heard == [1, 0, 0]
    assert psa.answered_by(refs[0]) == [f"{psa.psa.person} (psa)"]
    assert psa.answered_by(refs[1]) == [None]


def test_a_psa_that_cannot_be_read_is_listened_to_the_next_time(connectwise: Open) -> None:
    psa = connectwise()
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.ask(ref, DOMAIN)
    psa.psa.say(ticket, f"{key(psa, ref, DOMAIN)}: contoso.example")
    listening = Listening(psa.database, {"psa": psa.tool}, psa.world.desk.rules.tickets, psa.hearing)
    psa.psa.simulator.fail("500")  # type: ignore[attr-defined]  # the simulated ConnectWise's own

    assert [listening("psa"), listening("psa")] == [0, 1]


# Statuses


def test_a_status_that_the_ticket_was_given_after_the_question_is_an_answer(office: Open) -> None:
    psa = office(cancel_status="Ordered")
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.ask(ref, DOMAIN)
    psa.deliver()
    psa.read_all()

    psa.psa.move(ticket, "Ordered")
    psa.hear(ticket)
    psa.hear(ticket)

    assert psa.world.row(ref).state == OrderState.CANCELLED


def test_a_status_that_the_ticket_had_when_the_question_came_is_none(connectwise: Open) -> None:
    psa = connectwise(cancel_status="Closed")
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.hear(ticket)
    psa.psa.move(ticket, "Closed")
    psa.ask(ref, DOMAIN)

    psa.hear(ticket)
    psa.deliver()
    psa.read_all()

    assert psa.world.row(ref).state == OrderState.ASKING


@pytest.mark.parametrize(
    ("approvers", "approved"),
    [
        pytest.param("*", True, id="anybody may"),
        pytest.param("Dispatcher", False, id="some may, and nobody tells who has set it"),
        pytest.param("", False, id="nobody may"),
    ],
)
def test_a_status_approves_where_whoever_has_set_it_may(connectwise: Open, approvers: str, approved: bool) -> None:
    psa = connectwise(approve_status="approved", approvers=approvers)
    ticket = psa.psa.ticket()
    ref = psa.order(ticket)
    psa.ask(ref, PRICE)
    psa.deliver()
    psa.read_all()

    psa.psa.move(ticket, "Approved")
    psa.hear(ticket)

    psa.deliver()

    assert psa.answered_by(ref) == (["somebody (psa)"] if approved else [None])
    asked_for_a_note = [note for note in psa.ours(ticket) if "write a note that says approve" in note]
    assert bool(asked_for_a_note) is (approvers == "Dispatcher")


def test_a_key_names_a_question_by_letters_that_are_not_mistaken() -> None:
    keys = {key_of(UUID(int=number * 7919)) for number in range(2000)}

    assert len(keys) > 1900
    assert not set("".join(keys)) & set("01ILO")
