"""Orders that change a subscription, on the database's own rows: crashes, acts of people, other orders, revisions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from pipeline.domain.claim import Answer, AnswerClass, ChangeSubscription, Write
from pipeline.domain.errors import NotAllowed
from pipeline.domain.order import Policy
from pipeline.domain.quote import AcceptedQuote, QuoteKey, QuoteLine
from pipeline.moves import Rules
from pipeline.operations.acting import retry
from pipeline.operations.cancelling import cancel, foresee
from pipeline.operations.desk import Desk
from pipeline.operations.planning import plan
from pipeline.operations.settling import adopt, resend
from pipeline.store import acceptances, quote_views, views
from pipeline.store.acceptances import Arrival
from pipeline.store.tables import ORDERS
from pipeline.testing import CONTOSO, FakeWithChanges, a_line, an_order
from tests.integration.running import Bench, a_bench

SETTLED = timedelta(seconds=600)
LOST = Answer(AnswerClass.UNKNOWN, details=("the answer was cut off",))
ARRIVAL = Arrival("crm", "operator", timedelta(hours=24))


@pytest.fixture
def shop() -> FakeWithChanges:
    shop = FakeWithChanges().sells("backup").sells("other")
    shop.knows("company")
    shop.subscribes("s1", "backup")
    return shop


@pytest.fixture
def bench(database_url: str, shop: FakeWithChanges) -> Iterator[Bench]:
    with a_bench(database_url, marketplace=shop) as one:
        yield one


@pytest.fixture
def desk(bench: Bench) -> Desk:
    rules = Rules(timedelta(hours=24), timedelta(seconds=60), channels=("chat",))
    return Desk(bench.database, {"pax8": bench.account}, {"pax8": Policy()}, rules)


def change(line_id: str = "1", quantity: int = 15, **more: Any) -> QuoteLine:
    return a_line(line_id, changes="s1", quantity=quantity, **more)


def changing(bench: Bench, *lines: QuoteLine) -> UUID:
    return bench.order(an_order(*(lines or (change(),))).quote)


def sent(shop: FakeWithChanges) -> list[ChangeSubscription]:
    return [write for write in shop.sent if isinstance(write, ChangeSubscription)]


def lost(bench: Bench, shop: FakeWithChanges) -> UUID:
    """A person is asked: the request never came, and its answer neither."""
    order = changing(bench)
    shop.answers.append(LOST)
    bench.go(order)
    for _ in range(4):
        bench.age_claims(SETTLED)
        bench.make_due(order)
        if bench.go(order).state == "asking":
            return order
    raise AssertionError(bench.outcomes(order))


def view(bench: Bench, order: UUID) -> dict[str, Any]:
    with bench.database.transaction() as connection:
        return views.order_view(connection, bench.database, order)


def test_a_change_goes_through_all_stages_and_is_shown_as_one(bench: Bench, shop: FakeWithChanges) -> None:
    order = changing(bench)

    row = bench.go(order)

    assert (row.state, row.stage, row.marketplace_order_id) == ("done", "notify", "s1")
    assert [write.after.quantity for write in sent(shop)] == [15]
    shown = view(bench, order)
    assert [line["changes"] for line in shown["lines"]] == ["s1"]
    assert [(one["kind"], one["closing"]) for one in shown["attempts"]] == [("change_subscription", "accepted")]


def test_a_process_that_dies_after_the_change_was_made_changes_nothing_twice(
    bench: Bench, shop: FakeWithChanges
) -> None:
    order = changing(bench)

    class Dies(FakeWithChanges):
        def send(self, write: Write, send_before: float) -> Answer:
            shop.send(write, send_before)
            raise SystemExit

    assert bench.dies(order, Dies).state == "waiting", "the one who claimed may still be sending"

    bench.age_claims(SETTLED)
    bench.make_due(order)
    bench.go(order)
    assert bench.go(order).state == "done"
    assert len(sent(shop)) == 1
    assert [claim.closing for claim in bench.claims(order)] == ["adopted"]


def test_while_it_is_not_known_that_is_told_and_nothing_else_of_the_company_is_sent(
    bench: Bench, shop: FakeWithChanges
) -> None:
    order = changing(bench)
    shop.answers.append(LOST)
    bench.go(order)
    other = bench.order(an_order(a_line(product_id="other")).quote)

    row = bench.go(other)

    assert bench.row(order).unknown_submit
    assert (row.state, row.behind) == ("waiting", "company")
    assert not shop.placed


def test_a_person_has_it_sent_again_while_it_stands_as_it_did(bench: Bench, desk: Desk, shop: FakeWithChanges) -> None:
    order = lost(bench, shop)
    row = bench.row(order)
    (attempt,) = bench.claims(order)

    resend(desk, row.ref, row.version, attempt.id, "it was lost", actor="dana")

    bench.make_due(order)
    bench.go(order)
    with bench.database.transaction() as connection:
        connection.execute(
            text("UPDATE claims SET closed_at = closed_at - interval '1 hour' WHERE closed_at IS NOT NULL")
        )
    bench.make_due(order)
    assert bench.go(order).state == "done"
    assert shop.subscribed["s1"].quantity == 15
    assert len(sent(shop)) == 2


@pytest.mark.parametrize(
    ("quantity", "words"), [(15, "is as it was to be by now at Pax8: adopt it"), (12, "it is 12, billed Monthly")]
)
def test_it_is_not_sent_over_what_stands_otherwise(
    bench: Bench, desk: Desk, shop: FakeWithChanges, quantity: int, words: str
) -> None:
    order = lost(bench, shop)
    shop.becomes("s1", quantity=Decimal(quantity))
    row = bench.row(order)
    (attempt,) = bench.claims(order)

    with pytest.raises(NotAllowed, match=words):
        resend(desk, row.ref, row.version, attempt.id, "it was lost", actor="dana")
    assert len(sent(shop)) == 1


def test_a_person_adopts_the_subscription_and_no_other(bench: Bench, desk: Desk, shop: FakeWithChanges) -> None:
    order = lost(bench, shop)
    shop.becomes("s1", quantity=Decimal(15))
    row = bench.row(order)

    with pytest.raises(NotAllowed, match="changes subscription s1: adopt that one"):
        adopt(desk, row.ref, row.version, "s2", "it is done", actor="dana")
    told = adopt(desk, row.ref, row.version, " S1 ", "it is done", actor="dana")

    assert (told["stage"], told["marketplace_order_id"], told["unknown_submit"]) == ("poll_status", "s1", False)
    assert told["timeline"][-1]["notes"] == ["dana took subscription s1 for changed: it is done"]
    bench.make_due(order)
    assert bench.go(order).state == "done"


def test_what_is_adopted_and_stands_otherwise_is_noted_and_asked_about(
    bench: Bench, desk: Desk, shop: FakeWithChanges
) -> None:
    order = lost(bench, shop)
    row = bench.row(order)

    told = adopt(desk, row.ref, row.version, "s1", "I will see to it", actor="dana")

    assert told["timeline"][-1]["notes"][1] == "It was to be 15, billed Monthly, and is 10, billed Monthly and Active."


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"company_id": "another"}, "is not one of Contoso"), (None, "has no subscription s1")],
    ids=["another company's", "gone"],
)
def test_a_subscription_that_cannot_be_the_one_is_not_adopted(
    bench: Bench, desk: Desk, shop: FakeWithChanges, changed: dict[str, Any] | None, words: str
) -> None:
    order = lost(bench, shop)
    if changed is None:
        del shop.subscribed["s1"]
    else:
        shop.becomes("s1", **changed)
    row = bench.row(order)

    with pytest.raises(NotAllowed, match=words):
        adopt(desk, row.ref, row.version, "s1", "it is done", actor="dana")


def test_a_cancel_takes_no_change_back_and_says_so(bench: Bench, desk: Desk) -> None:
    order = changing(bench)
    row = bench.go(order)

    with pytest.raises(NotAllowed, match="changed subscription s1, and a cancel does not take that back"):
        cancel(desk, row.ref, row.version, "no more", actor="dana")
    assert "does not take that back" in foresee(desk, row.ref).refused


def test_cancelling_what_was_lost_gives_the_attempt_up(bench: Bench, desk: Desk, shop: FakeWithChanges) -> None:
    order = lost(bench, shop)
    row = bench.row(order)

    assert cancel(desk, row.ref, row.version, "handled there", actor="dana")["state"] == "cancelled"
    assert [claim.closing for claim in bench.claims(order)] == ["cancelled"]


def test_a_refused_change_is_tried_again_by_a_retry(bench: Bench, desk: Desk, shop: FakeWithChanges) -> None:
    order = changing(bench)
    shop.answers.append(Answer(AnswerClass.REJECTED, details=("Not now.",), status=422))
    row = bench.go(order)
    assert row.state == "failed"

    retry(desk, row.ref, row.version, actor="dana")

    assert bench.go(order).state == "done"
    assert shop.subscribed["s1"].quantity == 15


def accept(bench: Bench, *lines: QuoteLine, revision: str = "1", minutes: int = 0) -> str:
    quote = AcceptedQuote(
        key=QuoteKey(system="crm", id="Q-1", revision=revision),
        customer=CONTOSO,
        lines=lines,
        accepted_at=datetime(2026, 1, 15, 12, tzinfo=UTC) + timedelta(minutes=minutes),
    )
    with bench.database.transaction() as connection:
        return acceptances.accept(connection, bench.database, quote, ARRIVAL).sentence


def orders(bench: Bench) -> list[UUID]:
    with bench.database.transaction() as connection:
        return list(connection.execute(ORDERS.select().order_by(ORDERS.c.created_at)).scalars())


def test_a_quote_that_buys_and_changes_makes_two_orders_and_is_seen_as_one(bench: Bench, shop: FakeWithChanges) -> None:
    shop.subscribes("s2", "other")
    accept(bench, a_line("1"), change("2"), a_line("3", "other", changes="s2", quantity=4))

    for order in orders(bench):
        bench.go(order)

    with bench.database.transaction() as connection:
        (shown,) = quote_views.quotes_called(connection, bench.database, "Q-1")
    assert (shown["state"], shown["lines"], shown["lines_live"]) == ("done", 3, 3)
    assert len(shown["orders"]) == 3
    assert (len(shop.placed), len(sent(shop))) == (1, 2)


def test_the_same_quote_again_changes_nothing_again(bench: Bench, shop: FakeWithChanges) -> None:
    accept(bench, change())
    (order,) = orders(bench)
    bench.go(order)

    assert accept(bench, change()).startswith("duplicate")
    assert len(orders(bench)) == 1
    assert len(sent(shop)) == 1


def test_a_newer_revision_takes_the_place_of_a_change_that_was_not_sent(bench: Bench, shop: FakeWithChanges) -> None:
    accept(bench, change())

    assert "replacing" in accept(bench, change(quantity=20), revision="2", minutes=5)
    for order in orders(bench):
        bench.make_due(order) if bench.row(order).state != "cancelled" else None
        bench.go(order)

    assert [write.after.quantity for write in sent(shop)] == [20]


def test_a_newer_revision_asks_once_a_change_was_sent(bench: Bench, shop: FakeWithChanges) -> None:
    accept(bench, change())
    bench.go(orders(bench)[0])

    assert "asked" in accept(bench, change(quantity=20), revision="2", minutes=5)
    assert len(sent(shop)) == 1


def test_changes_of_one_subscription_by_two_quotes_come_one_after_the_other(
    bench: Bench, shop: FakeWithChanges
) -> None:
    first, second = changing(bench), changing(bench, change(quantity=20))
    shop.answers.append(LOST)
    bench.go(first)
    assert bench.go(second).behind == "company"
    shop.becomes("s1", quantity=Decimal(15))
    for order in (first, first, second, second, second):
        bench.age_claims(SETTLED)
        bench.make_due(order)
        bench.go(order)

    assert [bench.row(order).state for order in (first, second)] == ["done", "done"]
    assert [(write.before.quantity, write.after.quantity) for write in sent(shop)] == [(10, 15), (15, 20)]


def test_a_plan_shows_what_would_be_changed_and_changes_nothing(bench: Bench, shop: FakeWithChanges) -> None:
    quote = an_order(a_line("1"), change("2")).quote

    bought, changed = plan(quote, {"pax8": bench.account}, {}, datetime.now(UTC)).orders

    assert (bought.dry_run, changed.dry_run, changed.problems) == ("passed", "not offered", ())
    assert changed.lines[0]["changes"] == "s1"
    assert "is 10, billed Monthly, and is to be 15, billed Monthly" in " ".join(changed.notes)
    assert not shop.sent
