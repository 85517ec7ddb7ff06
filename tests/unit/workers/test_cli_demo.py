"""The demo's judgement: what it counts where, and that it cannot say yes when something was bought twice or lost."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from events.connections import SourceConnection
from events.sources.generic import read_document
from pipeline.domain.quote import AcceptedQuote
from workers.demo.cases import CASES, Case, Ending, Telltale
from workers.demo.display import plain_line, progress
from workers.demo.display import verdict as verdict_page
from workers.demo.marketplace import Purchase, content_of
from workers.demo.sending import Delivery
from workers.demo.verdict import Verdict, judge, settled
from workers.demo.watching import Watch

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
DETAILS: dict[Telltale, dict[str, Any]] = {
    Telltale.NONE: {},
    Telltale.CONTACTS_ADDED: {"writes": [{"kind": "add_contact", "class": "accepted"}]},
    Telltale.PARENT_IN_ORDER: {"lines": [{"parent_line": None}, {"parent_line": "1"}]},
    Telltale.ADOPTED: {"attempts": [{"class": "unknown"}]},
    Telltale.WAITED_FOR_DATE: {},
    Telltale.ASKS_FOR_PRICE: {"questions": [{"kind": "price", "answered_by": None}]},
    Telltale.ASKS_FOR_DETAILS: {"questions": [{"kind": "provisioning", "answered_by": None}]},
}


def item(case: Case, **changes: Any) -> dict[str, Any]:
    """The case's order as a list shows it when all went well."""
    live = case.ending is Ending.LIVE
    return {
        "ref": f"QW-{case.quote_id}",
        "quote_id": case.quote_id,
        "state": "done" if live else "asking",
        "stage": "notify" if live else "fetch_catalogue",
        "unknown_submit": False,
        "waiting_for": None,
        "marketplace_order_id": f"at-pax8-{case.quote_id}" if live else None,
        **changes,
    }


def purchase(case: Case, number: int = 0, status: str = "Active") -> Purchase:
    more = f"-{number}" if number else ""
    return Purchase(f"at-pax8-{case.quote_id}{more}", content_of(case), (status,) * len(case.lines))


BOUGHT = [purchase(case) for case in CASES if case.ending is Ending.LIVE]
DELIVERIES = [
    Delivery(case.quote_id, copy > 0, 202, "duplicate" if copy else "accepted")
    for case in CASES
    for copy in range(case.copies)
]


def judged(
    items: list[dict[str, Any]] | None = None,
    bought: list[Purchase] | None = None,
    deliveries: list[Delivery] | None = None,
    details: dict[str, dict[str, Any]] | None = None,
) -> Verdict:
    watch = Watch()
    watch.take([item(case, state="scheduled", stage="submit") for case in CASES if case.dated])
    watch.take([item(case) for case in CASES] if items is None else items)
    found = {case.quote_id: DETAILS[case.telltale] for case in CASES} if details is None else details
    return judge(CASES, deliveries or DELIVERIES, watch, found, BOUGHT if bought is None else bought)


def changed(quote_id: str, **changes: Any) -> list[dict[str, Any]]:
    return [item(case, **changes) if case.quote_id == quote_id else item(case) for case in CASES]


def test_when_all_went_well_the_promise_was_kept() -> None:
    found = judged()

    assert found.kept
    assert (found.accepted, found.ordered, found.live, found.asking, found.doubled) == (7, 5, 5, 2, 0)


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        pytest.param(judged(bought=[*BOUGHT, purchase(CASES[0], 1)]), "bought 2 times", id="one was bought twice"),
        pytest.param(judged(bought=BOUGHT[1:]), "bought 0 times", id="one was never bought"),
        pytest.param(
            judged(bought=[*BOUGHT, purchase(CASES[3])]), "bought before it was settled", id="one was bought unasked"
        ),
        pytest.param(
            judged(bought=[purchase(CASES[0], status="PendingManual"), *BOUGHT[1:]]), "PendingManual", id="not live"
        ),
        pytest.param(judged([item(case) for case in CASES[1:]]), "No order was made", id="one was forgotten"),
        pytest.param(
            judged([*(item(case) for case in CASES), item(CASES[0], ref="QW-SECOND")]),
            "2 orders were made",
            id="one made two orders",
        ),
        pytest.param(judged(changed("Q-1001", state="failed")), "is failed at notify instead of done", id="one failed"),
        pytest.param(
            judged(changed("Q-1001", marketplace_order_id="another")), "and we say another", id="the wrong order"
        ),
        pytest.param(judged(details={}), "Nothing shows that", id="nothing shows what the cases are for"),
    ],
)
def test_whatever_went_wrong_is_said_and_the_promise_was_not_kept(found: Verdict, fault: str) -> None:
    assert not found.kept
    assert any(fault in told for result in found.results for told in result.faults)


def test_a_purchase_that_nobody_wanted_counts_as_doubled() -> None:
    stranger = Purchase("x", ("somebody", (("something", 1, "Monthly"),)), ("Active",))

    found = judged(bought=[*BOUGHT, stranger])

    assert found.doubled == 1
    assert not found.kept


def test_a_repeated_webhook_that_was_taken_for_a_new_one_is_a_fault() -> None:
    wrong = [Delivery(one.quote_id, one.repeat, 202, "accepted") for one in DELIVERIES]

    assert not judged(deliveries=wrong).kept


def test_it_goes_on_until_every_order_has_come_to_its_end() -> None:
    watch = Watch()
    watch.take(changed("Q-1004", state="running"))

    assert not settled(CASES, watch)

    watch.take([item(case) for case in CASES])
    assert settled(CASES, watch)


def test_only_what_changed_is_told() -> None:
    watch = Watch()
    watch.take([item(case) for case in CASES])

    moved = watch.take(changed("Q-1001", state="failed"))

    assert [order.quote_id for order in moved] == ["Q-1001"]


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_each_case_is_a_quote_that_the_intake_reads(case: Case) -> None:
    import json

    read = read_document(json.dumps(case.document(NOW)).encode(), SourceConnection("demo", marketplaces=("pax8",)))

    assert isinstance(read, AcceptedQuote)
    assert len(read.lines) == len(case.lines)


def test_no_two_cases_buy_the_same() -> None:
    assert len({content_of(case) for case in CASES}) == len(CASES)


def test_the_picture_and_the_verdict_fit_a_narrow_terminal() -> None:
    watch = Watch()
    watch.take(changed("Q-1007", state="waiting", stage="submit", unknown_submit=True, waiting_for="An answer."))
    console = Console(file=io.StringIO(), width=80)

    console.print(progress(CASES, watch, 3.0, "sent", 80))
    console.print(verdict_page(judged(bought=[]), 30.0, 80))

    assert isinstance(console.file, io.StringIO)
    told = console.file.getvalue()
    assert max(len(line) for line in told.splitlines()) <= 80
    assert "The promise was not kept." in told
    assert "Q-1001: It was bought 0 times." in told


def test_a_change_is_one_plain_line_where_there_is_no_terminal() -> None:
    watch = Watch()
    (order,) = watch.take([item(CASES[3], waiting_for="Approve 3.36 USD.")])

    told = plain_line(CASES[3], order, 11.6)

    assert told == " 11.6 s  Q-1004  ●●◉·····  fetch_catalogue       asking  Approve 3.36 USD."
