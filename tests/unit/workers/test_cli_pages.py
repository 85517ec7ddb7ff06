"""What a person reads in the terminal: the page of an order, lists, plans."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console, RenderableType

from tests.order_json import DETAIL, ENTRY, EXCHANGE, LINE, PRICE, order
from workers.commands.moments import clock_time, distance, short_span, took
from workers.commands.order_acts import told as told_of
from workers.commands.order_page import money, page
from workers.commands.order_reading import table
from workers.commands.plan_page import page as plan_page
from workers.commands.plan_page import would_go_through
from workers.commands.question_block import short_name

NOW = datetime(2026, 11, 21, 10, 3, 2, tzinfo=UTC)


def text(what: RenderableType, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, markup=False, highlight=False)
    console.print(what)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def shown(*, exchanges: bool = False, **changes: Any) -> str:
    return text(page(order(**changes), NOW, exchanges=exchanges))


def test_the_page_says_for_what_on_whom_since_when_and_when_next() -> None:
    told = shown()

    for word in (
        "QW-7K3M9P2XAB  asking",
        "Tailspin Toys at pax8, quote Q-1004 revision 2",
        "3 of 8, fetch catalogue",
        "for    The price rose.",
        "on     operator",
        "since  10:00:02 UTC, 3 minutes ago",
        "next   a person, by 2026-11-22 10:00 UTC, in 23 hours",
    ):
        assert word in told


def test_each_open_question_stands_with_the_command_that_settles_it() -> None:
    told = shown(questions=[PRICE, DETAIL])

    assert "quoteway order approve QW-7K3M9P2XAB 0987bdb1 --reason WHY" in told
    assert "quoteway order answer QW-7K3M9P2XAB msDomain=VALUE" in told
    assert told.count("quoteway order cancel") == 1
    assert "answers to 2 questions, below" in told


def test_what_others_wrote_is_shown_as_they_wrote_it() -> None:
    told = shown(questions=[DETAIL], timeline=[{**ENTRY, "exchanges": [EXCHANGE]}], exchanges=True)

    assert "provisioningDetails[msDomain] is required." in told
    assert '{"name":"[bold]Tailspin[/bold]"}' in told


def test_exchanges_stay_out_of_the_page_unless_asked_for() -> None:
    entry = {**ENTRY, "exchanges": [EXCHANGE]}

    assert "GET /companies" not in shown(timeline=[entry])
    assert "GET /companies 200 12 ms" in shown(timeline=[entry], exchanges=True)


def test_polls_that_found_the_same_stand_in_one_row_that_counts_them() -> None:
    polls = [
        {
            **ENTRY,
            "stage": "poll_status",
            "outcome": "waits",
            "notes": ["0 of 1 lines are live.", f"Next step at 2026-11-21 10:00:{second:02d} UTC."],
        }
        for second in range(3)
    ]

    told = shown(timeline=polls)

    assert "waits x3" in told
    assert told.count("0 of 1 lines are live.") == 1


def test_an_attempt_of_unknown_outcome_is_told_with_its_evidence() -> None:
    attempt = {
        "id": "99d93672",
        "class": "unknown",
        "claimed_at": "2026-11-21T10:00:02Z",
        "closing": None,
        "evidence": ["The connection broke."],
    }

    told = shown(unknown_submit=True, state="waiting", attempts=[attempt])

    assert "waiting, purchase unknown" in told
    assert "not closed yet" in told
    assert "The connection broke." in told


def test_a_done_order_waits_for_nothing() -> None:
    told = shown(state="done", stage="notify", questions=[], waiting_for=None, waiting_on="")

    assert "● ● ● ● ● ● ● ●" in told
    assert "nothing: every line is live" in told
    assert "nothing more" in told


def test_a_done_order_with_an_open_question_still_waits_for_a_person() -> None:
    told = shown(state="done", stage="notify", questions=[DETAIL], waiting_for=None, waiting_on="")

    assert "next   a person, by 2026-11-22 10:00 UTC" in told


def test_an_answered_question_names_who_answered() -> None:
    assert "dana: Endpoint Protection costs more" in shown(questions=[{**PRICE, "answered_by": "dana"}])


@pytest.mark.parametrize("width", [80, 100, 120])
def test_no_line_of_the_page_is_wider_than_the_terminal(width: int) -> None:
    told = text(page(order(timeline=[{**ENTRY, "exchanges": [EXCHANGE]}]), NOW, exchanges=True), width)

    assert max(len(line) for line in told.splitlines()) <= width


def test_what_settles_the_order_as_a_whole_is_told_apart_from_answers() -> None:
    assert "or, for the order as a whole:" in shown(questions=[DETAIL])
    retry = {**DETAIL, "acts": ["retry", "cancel"]}
    assert "for the order as a whole" not in shown(questions=[retry])
    assert "quoteway order retry QW-7K3M9P2XAB" in shown(questions=[retry])


def test_a_question_is_not_told_again_in_the_timeline_while_it_is_open() -> None:
    asks = {**ENTRY, "outcome": "asks", "notes": [PRICE["text"]]}

    assert "The question above." in shown(timeline=[asks])
    assert "The question above." not in shown(timeline=[asks], questions=[{**PRICE, "answered_by": "dana"}])


@pytest.mark.parametrize("width", [60, 80, 120])
def test_ids_stand_whole_so_that_they_can_be_copied(width: int) -> None:
    live = {**LINE, "status": "Active", "verdict": "live", "subscription_id": "856f3d95-e0ae-4a1b-ac59-6216ae0fdbc8"}

    assert "856f3d95-e0ae-4a1b-ac59-6216ae0fdbc8\n" in text(page(order(lines=[live]), NOW), width)


WISH = {"act": "cancel", "by": "dana", "reason": "too dear", "at": "2026-11-21T10:00:02Z", "date": None}


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        pytest.param({}, "Done. QW-7K3M9P2XAB is asking at fetch catalogue, version 4. It waits for: The", id="waits"),
        pytest.param({"state": "cancelled"}, "version 4.", id="what has ended waits for nothing"),
        pytest.param({"state": "running"}, "version 4.", id="what runs waits for nothing"),
        pytest.param({"state": "waiting", "pending_act": WISH}, "Noted. QW-7K3M9P2XAB is waiting", id="only noted"),
        pytest.param(
            {"pending_act": WISH},
            "To cancel it waits until it is known what became of what is under way there.",
            id="until when",
        ),
    ],
)
def test_an_act_tells_what_came_of_it(after: dict[str, Any], sentence: str) -> None:
    said = told_of("Done", order(), order(**after))

    assert sentence in said
    assert said.startswith("Noted. " if "pending_act" in after else "Done. ")
    assert ("It waits for" in said) is (after.get("state") not in {"cancelled", "running"})


def test_a_failed_order_says_how_to_try_it_again() -> None:
    told = shown(state="failed", questions=[])

    assert "nothing by itself" in told
    assert "quoteway order retry QW-7K3M9P2XAB" in told


@pytest.mark.parametrize("width", [80, 120])
def test_a_list_says_at_any_width_what_each_order_waits_for(width: int) -> None:
    told = text(table([order(company="Tailspin Toys", state="asking")], NOW), width)

    assert all(word in told for word in ("QW-7K3M9P2XAB", "asking", "Q-1004, Tailspin Toys", "The price rose."))
    assert max(len(line) for line in told.splitlines()) <= width


def test_a_list_shows_each_order_in_a_row() -> None:
    told = text(table([order(), order(ref="QW-OTHER12345", unknown_submit=True)], NOW))

    assert "QW-7K3M9P2XAB" in told
    assert "●●◉·····" in told
    assert [line.split()[1] for line in told.splitlines() if "QW-" in line] == ["asking", "asking"]
    assert told.count("unknown") == 1
    assert "3 min" in told


PLANNED: dict[str, Any] = {
    "marketplace": "pax8",
    "requested_at": None,
    "company": {"id": "b1", "name": "Contoso"},
    "writes": [],
    "lines": [LINE],
    "questions": [],
    "dry_run": "passed",
    "said": [],
    "problems": [],
    "notes": ["Found by its external id."],
}


def planned(**changes: Any) -> dict[str, Any]:
    quote = {"system": "crm", "id": "Q-1", "revision": "", "number": ""}
    return {"quote": quote, "customer": "Contoso", "orders": [{**PLANNED, **changes}]}


def test_a_plan_shows_company_lines_costs_and_the_dry_run() -> None:
    told = text(plan_page(planned()))

    for word in ("Plan for quote Q-1, Contoso", "Contoso (b1)", "3.00 USD", "3.36 USD", "passed", "bought as it is"):
        assert word in told


@pytest.mark.parametrize(
    ("changes", "through"),
    [
        pytest.param({}, True, id="nothing stands against it"),
        pytest.param({"dry_run": "not offered"}, True, id="the marketplace has no dry run"),
        pytest.param({"questions": [PRICE]}, False, id="something would be asked"),
        pytest.param({"problems": ["No account."]}, False, id="something is in the way"),
        pytest.param({"dry_run": "refused"}, False, id="the dry run was refused"),
    ],
)
def test_a_plan_says_whether_it_would_be_bought_without_a_person(changes: dict[str, Any], through: bool) -> None:
    assert would_go_through(planned(**changes)) is through


def test_a_plan_says_when_it_would_be_bought() -> None:
    assert "Order at pax8, at once" in text(plan_page(planned()))
    assert "on 2027-01-02 06:00 UTC" in text(plan_page(planned(requested_at="2027-01-02T06:00:00Z")))


def test_the_questions_of_a_plan_are_told() -> None:
    told = text(plan_page(planned(company=None, questions=[DETAIL], problems=["No account."])))

    assert "? Which domain?" in told
    assert "✘ No account." in told
    assert "not known there" in told


@pytest.mark.parametrize(
    ("among", "name"),
    [
        pytest.param([DETAIL], "msDomain", id="the field's name where it is the only one"),
        pytest.param([DETAIL, {**DETAIL, "key": "provisioning:2:msDomain"}], "d2b6668e", id="the id where it is not"),
    ],
)
def test_a_question_is_named_by_what_a_person_can_type(among: list[dict[str, Any]], name: str) -> None:
    assert short_name(DETAIL, among) == name


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        pytest.param({"amount": "19.8", "currency": "USD"}, "19.80 USD", id="two decimals at least"),
        pytest.param({"amount": "0.084", "currency": "EUR"}, "0.084 EUR", id="more where there are more"),
        pytest.param({"amount": "1000", "currency": "USD"}, "1000.00 USD", id="no exponent"),
        pytest.param(None, "", id="nothing"),
    ],
)
def test_money_is_told_with_its_currency(amount: dict[str, str] | None, told: str) -> None:
    assert money(amount) == told


@pytest.mark.parametrize(
    ("before", "told", "short"),
    [
        pytest.param(timedelta(milliseconds=300), "now", "0 s", id="this moment"),
        pytest.param(timedelta(seconds=1), "1 second ago", "1 s", id="one is singular"),
        pytest.param(timedelta(minutes=59, seconds=59), "59 minutes ago", "59 min", id="rounded down"),
        pytest.param(timedelta(days=400), "400 days ago", "400 d", id="very long ago"),
        pytest.param(-timedelta(hours=2), "in 2 hours", "2 h", id="still to come"),
    ],
)
def test_spans_are_told_in_their_largest_unit(before: timedelta, told: str, short: str) -> None:
    assert distance(NOW - before, NOW) == told
    assert short_span(before) == short


def test_another_day_is_told_with_its_date() -> None:
    assert clock_time(NOW, NOW) == "10:03:02 UTC"
    assert clock_time(NOW + timedelta(days=1), NOW) == "2026-11-22 10:03 UTC"


def test_a_second_and_more_is_told_in_seconds() -> None:
    assert took(999) == "999 ms"
    assert took(1500) == "1.5 s"
