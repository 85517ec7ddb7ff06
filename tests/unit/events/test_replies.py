"""The form of an answer on a ticket: what is one, what looks like one, and what is talk."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.connections import SourceConnection, SourceKind, ToolAccess
from events.notices.snapshot import QuestionShown
from events.replies.approvers import Says
from events.replies.form import Command, Said, how_to_answer, key_of, read_reply
from pipeline.domain.question import Act

ID = UUID("8b0d5f0e-3a51-4a3c-9a53-6f2a1f0b7c11")
APPROVE, CANCEL = Command(Act.APPROVE), Command(Act.CANCEL)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("approve", Said((APPROVE,)), id="a word alone"),
        pytest.param("  *Approve!* ", Said((APPROVE,)), id="a word dressed up"),
        pytest.param("approve\n\napprove", Said((APPROVE,)), id="a word said twice"),
        pytest.param("approve k7q4", Said((Command(Act.APPROVE, "K7Q4"),)), id="a word and a question"),
        pytest.param("cancel QW-7KM2PX9RTD", Said((Command(Act.CANCEL, "QW-7KM2PX9RTD"),)), id="a word and an order"),
        pytest.param("K7Q4: a.example", Said(answers={"K7Q4": ["a.example"]}), id="an answer"),
        pytest.param("k7q4 :  a: b ", Said(answers={"K7Q4": ["a: b"]}), id="an answer that holds a colon"),
        pytest.param("K7Q4: a\nK7Q4: b", Said(answers={"K7Q4": ["a", "b"]}), id="two values of one question"),
        pytest.param("Hi,\nK7Q4: a\nSam", Said(answers={"K7Q4": ["a"]}), id="an answer among talk"),
        pytest.param("K7Q4: a\napprove", Said((APPROVE,), {"K7Q4": ["a"]}), id="an answer and an approval"),
    ],
)
def test_a_reply_in_the_form_says(text: str, said: Said) -> None:
    assert read_reply(text) == said


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        pytest.param("approve it", "what 'approve it' means", id="one word too many"),
        pytest.param("cancel: wrong customer", "what 'cancel: wrong customer' means", id="a reason behind the word"),
        pytest.param("approve - buy at the price", "means", id="the line of the note, copied whole"),
        pytest.param("approve QW-7KM2PX9RTD K7Q4", "", id="talk of more words"),
        pytest.param("I would not\napprove", "among other words", id="a word in the middle of talk"),
        pytest.param("approve\ncancel", "do not go together", id="two words at odds"),
        pytest.param("cancel\nK7Q4: a", "do not go together", id="a cancelling and an answer"),
        pytest.param("cancel QW-AAAAAAAAAA\ncancel QW-BBBBBBBBBB", "more than once", id="two orders at once"),
    ],
)
def test_what_looks_like_an_answer_is_told_apart_from_one(text: str, trouble: str) -> None:
    said = read_reply(text)

    if trouble:
        assert said is not None
        assert trouble in said.trouble
    else:
        assert said is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Thanks!",
        "The customer approved this by phone.",
        "Please cancel the meeting tomorrow",
        "Note: call Dana",
        "I1O0: a key that is none",
        "> K7Q4: quoted",
    ],
)
def test_talk_is_no_answer(text: str) -> None:
    assert read_reply(text) is None


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300) | st.from_regex(r"(approve|cancel|retry|[A-Z][2-9][A-Z][2-9])[ :\n.!*-]{0,3}.{0,9}"))
def test_whatever_is_written_is_read_one_way_or_another(text: str) -> None:
    said = read_reply(text)

    assert said is None or said.trouble or said.commands or said.answers


def test_the_lines_that_tell_how_to_answer_are_read_as_answers_once_they_are_filled_in() -> None:
    asked = QuestionShown(id=str(ID), text="Which domain?", acts=("answer", "cancel"))
    price = QuestionShown(id=str(ID), text="Dearer", acts=("approve", "cancel"))

    lines = how_to_answer([asked, price]).splitlines()[1:]

    assert [line.split(" - ")[0] for line in lines] == [f"{key_of(ID)}: your answer", "approve", "cancel"]
    assert read_reply("\n".join(f"{key_of(ID)}: x" for _ in range(2))) == Said(answers={key_of(ID): ["x", "x"]})


def test_nothing_tells_how_to_answer_where_a_ticket_can_settle_nothing() -> None:
    lost = QuestionShown(id=str(ID), text="Unknown", acts=("adopt", "resend", "cancel"))

    assert how_to_answer([]) == how_to_answer([lost]) == ""


@pytest.mark.parametrize(
    ("approvers", "name", "may"),
    [
        pytest.param("", "Sam Ortiz", False, id="nobody is named"),
        pytest.param("Dana Reyes, sam  ORTIZ", "Sam Ortiz", True, id="one of those who are, however written"),
        pytest.param("Sam Ortiz", "Sam", False, id="half a name"),
        pytest.param("*", "", True, id="anybody"),
        pytest.param(",", "", False, id="no name is nobody's"),
    ],
)
def test_a_price_is_approved_by_those_who_are_named(approvers: str, name: str, may: bool) -> None:
    assert says(approvers=approvers).may_approve(name) is may


def test_a_status_means_what_the_settings_say_and_one_that_means_both_means_nothing() -> None:
    one, both = says(approve_status="Go Ahead"), says(approve_status="Done", cancel_status="done")

    assert [one.meaning(status) for status in ("go  ahead", "Done", "")] == [Act.APPROVE, None, None]
    assert both.meaning("Done") is None


def test_a_status_that_we_set_ourselves_means_nothing() -> None:
    own = says("Ordered ", approve_status="ordered", cancel_status="Called off", approvers="*")

    assert [own.meaning(status) for status in ("Ordered", "Called off")] == [None, Act.CANCEL]


def says(ticket_status: str = "", **options: str) -> Says:
    access = ToolAccess(ticket_status=ticket_status, options=options)
    return Says.of(SourceConnection("psa", SourceKind.HALOPSA, access=access))
