"""What people read. Each golden sentence is one that an operator could act on without opening anything else."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from events.notices.preview import preview, sample
from events.notices.wording import Text, Wording
from pipeline.domain.change import Change

WORDING = Wording("https://qw.example/")
ORDER: Mapping[str, Any] = {"ref": "QW-7KM2PX9RTD", "quote_id": "Q-7", "marketplace": "pax8", "company": "Fabrikam"}
BOUGHT = {"marketplace_order_id": "o-1"}


def line(label: str = "Desk", term: str = "Monthly", amount: str | None = "5.00", **more: Any) -> Mapping[str, Any]:
    cost = None if amount is None else {"amount": amount, "currency": "USD"}
    return {"label": label, "quantity": 2, "billing_term": term, "total_cost": cost, **more}


def question(text: str = "Which domain?", **more: Any) -> Mapping[str, Any]:
    return {"text": text, "owner": "ops", "due_at": "2026-11-24T17:00:00Z", **more}


GOLDEN = [
    pytest.param(
        Change.ASKING,
        {"questions": [question()]},
        "Fabrikam: a question to answer (QW-7KM2PX9RTD)",
        "Quote Q-7 for Fabrikam cannot go on at Pax8 until a person answers. Nothing has been bought.\n\n"
        "Needed:\n- Which domain?\n  From ops by Tuesday, 24 November 2026, 17:00 UTC.",
        id="a question before the purchase says whose it is, until when, and that nothing is bought",
    ),
    pytest.param(
        Change.ASKING,
        {"questions": [question(), question("Which term?", possible_values=["Monthly", "Annual"])], **BOUGHT},
        "Fabrikam: 2 questions to answer (QW-7KM2PX9RTD)",
        "Quote Q-7 for Fabrikam cannot go on at Pax8 until a person answers. It was bought as order o-1 at Pax8.\n\n"
        "Needed:\n- Which domain?\n  From ops by Tuesday, 24 November 2026, 17:00 UTC.\n"
        "- Which term? One of: Monthly, Annual.\n  From ops by Tuesday, 24 November 2026, 17:00 UTC.",
        id="questions after the purchase name the order and the values to choose from",
    ),
    pytest.param(
        Change.ASKING,
        {"questions": [question()], "unknown_submit": True},
        "Fabrikam: a question to answer (QW-7KM2PX9RTD)",
        "Quote Q-7 for Fabrikam cannot go on at Pax8 until a person answers. "
        "It is not known whether the order was placed; do not order by hand.\n\n"
        "Needed:\n- Which domain?\n  From ops by Tuesday, 24 November 2026, 17:00 UTC.",
        id="a question about an unknown outcome never says that nothing was bought",
    ),
    pytest.param(
        Change.ASKING,
        {"questions": [question("Which term?", due_at=None), question()], "reminder": True},
        "Fabrikam: 2 questions still to answer (QW-7KM2PX9RTD)",
        "A reminder: still open, due by Tuesday, 24 November 2026, 17:00 UTC.\n\n"
        "Quote Q-7 for Fabrikam cannot go on at Pax8 until a person answers. Nothing has been bought.\n\n"
        "Needed:\n- Which domain?\n  From ops by Tuesday, 24 November 2026, 17:00 UTC.\n- Which term?\n  From ops.",
        id="a reminder says that it is one, and by when",
    ),
    pytest.param(
        Change.UNKNOWN,
        {"unknown_submit": True, "lines": [line()]},
        "Fabrikam: not known whether the order was placed (QW-7KM2PX9RTD)",
        "Quote Q-7 for Fabrikam was sent to Pax8, but no clear answer came: the order may have been placed or not. "
        "Quoteway looks for it and sends nothing a second time meanwhile; do not order by hand.\n\n"
        "Lines:\n- 2 x Desk, 5.00 USD a month\n\nCost: 5.00 USD a month.",
        id="an unknown outcome says what is done about it and what not to do",
    ),
    pytest.param(
        Change.LIVE,
        {"lines": [line(), line("Phone"), line("Suite", "Annual", "310.50")], **BOUGHT},
        "Fabrikam: everything is live (QW-7KM2PX9RTD)",
        "Quote Q-7 for Fabrikam is live at Pax8. It was bought as order o-1 at Pax8.\n\n"
        "Lines:\n- 2 x Desk, 5.00 USD a month\n- 2 x Phone, 5.00 USD a month\n- 2 x Suite, 310.50 USD a year\n\n"
        "Cost of all lines: 10.00 USD a month and 310.50 USD a year.",
        id="a live order sums its costs by period",
    ),
    pytest.param(
        Change.PARTLY_LIVE,
        {"lines": [line(verdict="live"), line("Phone", amount=None, verdict="failed", status="Cancelled")], **BOUGHT},
        "Fabrikam: only part of the order is live (QW-7KM2PX9RTD)",
        "Quote Q-7 for Fabrikam ended at Pax8 with 1 of 2 lines live. It was bought as order o-1 at Pax8.\n\n"
        "Lines:\n- 2 x Desk, 5.00 USD a month: live\n- 2 x Phone: Cancelled\n\n"
        "Cost of all lines: 5.00 USD a month; the cost of 1 line is not known yet.",
        id="a partly live order says which line is not and whose cost is missing",
    ),
    pytest.param(
        Change.FAILED,
        {"reason": "The product is retired.", "lines": [line()]},
        "Fabrikam: the order failed (QW-7KM2PX9RTD)",
        "Quote Q-7 for Fabrikam failed at Pax8. Nothing has been bought.\n\n"
        "Reason: The product is retired.\n\nLines:\n- 2 x Desk, 5.00 USD a month",
        id="a failed order gives the reason and no cost",
    ),
]


@pytest.mark.parametrize(("change", "more", "title", "body"), GOLDEN)
def test_a_notice_says_what_happened_what_it_costs_and_what_is_needed(
    change: Change, more: Mapping[str, Any], title: str, body: str
) -> None:
    text = WORDING.of(change, {**ORDER, **more})

    assert text.title == title
    assert text.body == f"{body}\n\nhttps://qw.example/orders/QW-7KM2PX9RTD"


def test_a_notice_that_was_cut_off_says_again_in_title_and_body() -> None:
    text = WORDING.of(Change.LIVE, {**ORDER, **BOUGHT}, again=True)

    assert text.title == "Again: Fabrikam: everything is live (QW-7KM2PX9RTD)"
    assert text.body.startswith("Sent again: the first sending was cut off")


def test_a_deadline_is_shown_in_the_zone_of_its_readers() -> None:
    text = Wording("https://qw.example", ZoneInfo("America/Denver")).of(
        Change.ASKING, {**ORDER, "questions": [question()]}
    )

    assert "by Tuesday, 24 November 2026, 10:00 MST." in text.body


def test_answered_and_withdrawn_questions_are_not_asked_again() -> None:
    view = {
        **ORDER,
        "questions": [
            question("Answered?", answered_by="dana"),
            question("Withdrawn?", withdrawn_at="2026-11-20T10:00:00Z"),
            question("Later?", due_at="2026-11-25T10:00:00Z"),
            question("Sooner?"),
        ],
    }

    body = WORDING.of(Change.ASKING, view).body

    assert "Answered?" not in body
    assert "Withdrawn?" not in body
    assert body.index("Sooner?") < body.index("Later?")


def test_words_from_outside_stay_on_one_line_and_short() -> None:
    text = WORDING.of(Change.FAILED, {**ORDER, "company": "Evil\r\nBcc: x@y.example", "reason": "no " * 500})

    assert "\n" not in text.title
    assert "Evil Bcc: x@y.example: the order failed" in text.title
    assert max(len(row) for row in text.body.splitlines()) < 320


def test_a_thousand_lines_are_told_in_ten() -> None:
    body = WORDING.of(Change.LIVE, {**ORDER, **BOUGHT, "lines": [line() for _ in range(1000)]}).body

    assert "- and 990 more" in body
    assert "Cost of all lines: 5000.00 USD a month." in body


def test_personal_data_in_the_order_is_not_told() -> None:
    view = {
        **ORDER,
        "lines": [line(provisioning={"adminEmail": ["dana@fabrikam.example"]})],
        "timeline": [{"detail": "dana@fabrikam.example"}],
        "questions": [question(possible_values=[str(number) for number in range(11)])],
    }

    body = WORDING.of(Change.ASKING, view).body

    assert "dana" not in body
    assert "One of" not in body


ORDERS = [change for change in Change if not change.of_a_source]


@pytest.mark.parametrize("change", ORDERS)
def test_an_order_of_which_next_to_nothing_is_known_still_makes_a_notice(change: Change) -> None:
    text = WORDING.of(change, {"ref": "QW-7KM2PX9RTD", "lines": [{}], "questions": [{}], "company": None})

    assert "QW-7KM2PX9RTD" in text.title
    assert "None" not in text.body


def test_the_preview_shows_every_change() -> None:
    shown = dict(preview(WORDING))

    reminder = "order.asking, as a reminder"
    assert [name for name in shown if name != reminder] == [change.event for change in Change]
    assert shown[reminder].title == "Contoso Ltd: a question still to answer (QW-7KM2PX9RTD)"
    assert shown[Change.LIVE.event] == WORDING.of(Change.LIVE, sample(Change.LIVE))
    assert all("Contoso Ltd" in shown[change.event].title for change in ORDERS)
    assert shown[Change.SOURCE_PROBLEM.event] == Text(
        "psa: quotes may not come through",
        "Quotes that come over the connection psa may be late or not come at all, until this is mended.\n\n"
        "Found:\n- The webhook for opportunities is switched off at the tool: switch it on there.\n\n"
        "https://qw.example/api/health",
    )
    assert shown[Change.SOURCE_WELL.event].title == "psa: a problem is over"


def test_of_a_connection_of_which_nothing_is_known_something_is_told_all_the_same() -> None:
    assert "None" not in WORDING.of(Change.SOURCE_PROBLEM, {"connection": None, "problems": [None]}).body
    many = WORDING.of(Change.SOURCE_WELL, {"problems": [f"problem {number}" for number in range(1000)]}, again=True)
    assert many.title.startswith("Again: ")
    assert "- and 990 more" in many.body


def test_each_change_has_the_type_that_the_contract_names() -> None:
    assert [change.event for change in Change if not change.on_tickets_only] == [
        "order.asking",
        "order.unknown",
        "order.live",
        "order.partly_live",
        "order.failed",
        "order.cancelled",
        "source.problem",
        "source.well",
    ]
