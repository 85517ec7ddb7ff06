"""Cancelling what was bought: the act, what it would do, and the runner after it, on the database's own rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from pipeline.domain.claim import Answer, AnswerClass, CancelPurchase, Write
from pipeline.domain.errors import Moved, NotAllowed
from pipeline.domain.order import Policy
from pipeline.domain.question import Act, Question, QuestionKind
from pipeline.moves import Rules
from pipeline.operations.answering import answer
from pipeline.operations.cancelling import cancel, foresee, told
from pipeline.operations.desk import Desk
from pipeline.stages.cancelling import LEAVE
from pipeline.store import orders, questions
from pipeline.testing import FakeMarketplace, a_line, an_order
from tests.cancelling_market import ENDED, Cancels
from tests.integration.running import Bench, a_bench

SETTLED = timedelta(seconds=600)
WHY = "the customer has withdrawn"


@pytest.fixture
def shop() -> Cancels:
    shop = Cancels()
    shop.sells("backup").sells("firewall").knows("company")
    return shop


@pytest.fixture
def bench(database_url: str, shop: Cancels) -> Iterator[Bench]:
    with a_bench(database_url, marketplace=shop) as one:
        yield one


@pytest.fixture
def desk(bench: Bench) -> Desk:
    rules = Rules(timedelta(hours=24), timedelta(seconds=60), channels=("chat",))
    return Desk(bench.database, {"pax8": bench.account}, {"pax8": Policy()}, rules)


def bought(bench: Bench, *products: str) -> UUID:
    lines = [a_line(str(number), product) for number, product in enumerate(products or ("backup",), 1)]
    order = bench.order(an_order(*lines).quote)
    assert bench.go(order).state == "done"
    return order


def wanted(bench: Bench, desk: Desk, order: UUID) -> dict[str, object]:
    row = bench.row(order)
    return cancel(desk, row.ref, row.version, WHY, actor="dana")


def until_it_rests(bench: Bench, order: UUID) -> str:
    for _ in range(12):
        bench.make_due(order)
        row = bench.go(order)
        if row.state in ("cancelled", "asking", "done", "partly_done", "failed"):
            break
    return str(bench.row(order).state)


def sent(shop: FakeMarketplace) -> list[CancelPurchase]:
    return [write for write in shop.sent if isinstance(write, CancelPurchase)]


def test_an_order_that_is_done_comes_back_and_ends_as_cancelled(bench: Bench, desk: Desk, shop: Cancels) -> None:
    order = bought(bench, "backup", "firewall")

    view = wanted(bench, desk, order)

    assert (view["state"], view["stage"], view["ended_at"]) == ("running", "poll_status", None)
    assert until_it_rests(bench, order) == "cancelled"
    assert len(sent(shop)) == 2
    shown = told(foresee(desk, bench.row(order).ref))
    assert "there is nothing left to cancel" in str(shown["refused"])
    assert bench.database.open(bench.row(order).waiting_for) == f"Cancelled at Pax8 by dana: {WHY}"


def test_who_and_why_are_in_the_journal_with_what_it_would_do(bench: Bench, desk: Desk) -> None:
    order = bought(bench)

    view = wanted(bench, desk, order)

    timeline = view["timeline"]
    assert isinstance(timeline, list)
    act = next(entry for entry in timeline if entry["outcome"] == "cancelling")
    assert act["actor"] == "dana"
    assert act["notes"][0].endswith(f"cancelled at Pax8: {WHY}")
    assert act["notes"][1].startswith("Line 1 (backup), subscription ")
    assert act["notes"][1].endswith(" will be cancelled.")


def test_what_it_would_do_is_told_and_nothing_is_changed(bench: Bench, desk: Desk, shop: Cancels) -> None:
    order = bought(bench, "backup", "firewall")
    first, second = shop.subscribed
    shop.keeps[second] = "its term is still running"
    before = bench.row(order)

    shown = told(foresee(desk, before.ref))

    assert [one["would"] for one in shown["targets"]] == ["cancel", "ask"]
    assert "cannot be cancelled now: its term is still running." in shown["targets"][1]["sentence"]
    assert shown["targets"][0]["id"] == first
    assert (shown["version"], shown["refused"]) == (before.version, None)
    assert bench.row(order).version == before.version
    assert not sent(shop)


def test_before_the_purchase_the_order_ends_at_once(bench: Bench, desk: Desk) -> None:
    order = bench.order()
    row = bench.row(order)

    assert told(foresee(desk, row.ref))["targets"] == []
    assert cancel(desk, row.ref, row.version, WHY, actor="dana")["state"] == "cancelled"


def test_where_the_marketplace_cancels_nothing_that_is_said(bench: Bench, desk: Desk, shop: Cancels) -> None:
    order = bought(bench)
    bench.account.marketplace = FakeMarketplace(placed=shop.placed, subscribed=shop.subscribed)
    row = bench.row(order)

    with pytest.raises(NotAllowed, match="Pax8 cancels nothing over its API: cancel it there"):
        cancel(desk, row.ref, row.version, WHY, actor="dana")
    assert bench.row(order).version == row.version


def test_a_second_wish_and_one_with_nothing_left_are_refused(bench: Bench, desk: Desk, shop: Cancels) -> None:
    order, over = bought(bench), bought(bench)
    wanted(bench, desk, order)
    shop.becomes(list(shop.subscribed)[1], ENDED)

    with pytest.raises(NotAllowed, match=f"being cancelled already, for dana: {WHY}\\.$"):
        wanted(bench, desk, order)
    with pytest.raises(NotAllowed, match="Nothing is left to cancel"):
        wanted(bench, desk, over)


def test_a_wish_about_an_older_version_is_refused(bench: Bench, desk: Desk) -> None:
    row = bench.row(bought(bench))

    with pytest.raises(Moved):
        cancel(desk, row.ref, row.version - 1, WHY, actor="dana")


def test_while_something_is_being_sent_it_is_refused(bench: Bench, desk: Desk, shop: Cancels) -> None:
    order = bought(bench)
    wanted(bench, desk, order)
    shop.answers.append(Answer(AnswerClass.UNKNOWN, details=("the connection broke",)))
    bench.go(order)

    with bench.database.transaction() as connection:
        facts = orders.facts_of(bench.database, bench.row(order)).learn(cancelling=None)
        orders.move(connection, order, None, facts=bench.database.seal(facts.model_dump_json()))
    with pytest.raises(NotAllowed, match="Something is being sent"):
        wanted(bench, desk, order)


def test_a_process_that_dies_after_the_marketplace_took_it_cancels_nothing_twice(
    bench: Bench, desk: Desk, shop: Cancels
) -> None:
    order = bought(bench)
    wanted(bench, desk, order)

    class Dies(Cancels):
        def send(self, write: Write, send_before: float) -> Answer:
            shop.send(write, send_before)
            raise SystemExit

    assert bench.dies(order, Dies).state == "waiting", "the one who claimed may still be sending"

    bench.age_claims(SETTLED)

    assert until_it_rests(bench, order) == "cancelled"
    assert len(sent(shop)) == 1
    assert [claim.closing for claim in bench.claims(order) if claim.kind == "cancel_purchase"] == ["adopted"]


def test_what_a_revoked_quote_has_bought_can_be_cancelled(bench: Bench, desk: Desk, shop: Cancels) -> None:
    order = bought(bench)
    with bench.database.transaction() as connection:
        connection.execute(text("UPDATE revisions SET state = 'revoked'"))

    wanted(bench, desk, order)

    assert until_it_rests(bench, order) == "cancelled"
    assert len(sent(shop)) == 1


def test_once_all_is_cancelled_nobody_is_asked_what_is_to_become_of_it(bench: Bench, desk: Desk) -> None:
    order = bought(bench)
    asked = Question("revoked", QuestionKind.REVOKED, "It was revoked after it was bought.", acts=(Act.ANSWER,))
    with bench.database.transaction() as connection:
        questions.ask(connection, bench.database, order, asked, "operator", desk.rules.deadline)
    wanted(bench, desk, order)

    assert until_it_rests(bench, order) == "cancelled"

    with bench.database.transaction() as connection:
        assert questions.open_count(connection, order) == 0


def test_what_is_left_by_an_answer_stays_and_the_order_is_partly_done(bench: Bench, desk: Desk, shop: Cancels) -> None:
    order = bought(bench, "backup", "firewall")
    _, second = shop.subscribed
    shop.keeps[second] = "its term is still running"
    wanted(bench, desk, order)
    assert until_it_rests(bench, order) == "asking"

    view = bench.row(order)
    with bench.database.transaction() as connection:
        asked = connection.execute(
            text("SELECT id FROM questions WHERE answered_at IS NULL AND withdrawn_at IS NULL")
        ).scalar_one()
    answer(desk, view.ref, view.version, {asked: [LEAVE]}, actor="dana")

    assert until_it_rests(bench, order) == "partly_done"
    assert len(sent(shop)) == 1
