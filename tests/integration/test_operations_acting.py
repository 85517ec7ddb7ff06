"""Retry, cancel and reschedule, on the database's own rows."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.domain.claim import AnswerClass, Closing
from pipeline.domain.errors import Moved, NotAllowed
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.operations.acting import cancel, reschedule, retry
from pipeline.store import claims
from pipeline.store.cipher import Cipher, new_key
from pipeline.store.database import Database, make_engine
from tests.integration.operators_world import COMPANY, DOMAIN, REVOKED, STUCK, World


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = Database(make_engine(database_url), Cipher([new_key()]))
    yield World(database)
    database.close()


@pytest.mark.parametrize(
    ("failed_at", "tried_from"),
    [
        pytest.param(Stage.RESOLVE_COMPANY, Stage.RESOLVE_COMPANY, id="before the catalogue it stays where it is"),
        pytest.param(Stage.FETCH_CATALOGUE, Stage.FETCH_CATALOGUE, id="at the catalogue"),
        pytest.param(Stage.SUBMIT, Stage.FETCH_CATALOGUE, id="what was refused is made afresh"),
    ],
)
def test_a_failed_order_is_tried_again_from_a_safe_stage(world: World, failed_at: Stage, tried_from: Stage) -> None:
    ref = world.accept()
    version = world.failed(ref, failed_at)

    view = retry(world.desk, ref, version, actor="dana")

    assert (view["state"], view["stage"], view["ended_at"]) == (OrderState.RUNNING, tried_from, None)
    assert world.row(ref).retried_at is not None
    assert world.row(ref).due_at <= world.row(ref).now


def test_a_stuck_order_is_tried_again_and_its_question_withdrawn(world: World) -> None:
    ref = world.accept()
    version = world.ask(ref, STUCK, faults=14, returns=2)

    view = retry(world.desk, ref, version, actor="dana")

    assert view["questions"][0]["withdrawn_at"] is not None
    assert (world.row(ref).faults, world.row(ref).returns) == (0, 0)


def test_an_order_that_failed_after_its_purchase_is_looked_at_again_and_buys_nothing(world: World) -> None:
    ref = world.accept()
    world.claim(ref, answered=AnswerClass.ACCEPTED, closing=Closing.ACCEPTED, marketplace_id="placed-1")
    world.bought(ref, "placed-1")
    version = world.failed(ref, Stage.POLL_STATUS)

    assert retry(world.desk, ref, version, actor="dana")["stage"] == Stage.POLL_STATUS


@pytest.mark.parametrize("closing", [Closing.REJECTED, Closing.NOT_SENT, Closing.THROTTLED])
def test_an_attempt_that_provably_bought_nothing_allows_a_retry(world: World, closing: Closing) -> None:
    ref = world.accept()
    world.at_submit(ref)
    world.claim(ref, answered=AnswerClass(closing.value), closing=closing)
    version = world.failed(ref, Stage.SUBMIT)

    assert retry(world.desk, ref, version, actor="dana")["stage"] == Stage.FETCH_CATALOGUE
    assert world.market.looks == 0


@pytest.mark.parametrize("closing", [Closing.RESENT, Closing.ABSENT])
def test_after_an_attempt_given_up_without_proof_a_retry_looks_first(world: World, closing: Closing) -> None:
    ref = world.accept()
    world.at_submit(ref)
    world.claim(ref, answered=AnswerClass.UNKNOWN, closing=closing)
    version = world.failed(ref, Stage.SUBMIT)
    world.market.place("placed-1", ("product-1", 10))

    with pytest.raises(NotAllowed, match="may be this one: placed-1"):
        retry(world.desk, ref, version, actor="dana")
    world.market.placed.clear()
    with world.database.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM known_orders")
    assert retry(world.desk, ref, version, actor="dana")["state"] == OrderState.RUNNING


def test_a_retry_leaves_an_order_where_its_lost_basket_is_looked_for(world: World) -> None:
    ref = world.accept()
    world.at_submit(ref)
    world.lost_basket(ref)

    view = retry(world.desk, ref, world.row(ref).version, actor="dana")

    assert (view["state"], view["stage"]) == ("running", "validate_mock")
    assert world.open_attempts(ref) == ["fill_basket"]


def test_an_order_of_unknown_outcome_is_not_retried(world: World) -> None:
    ref = world.accept()
    _, version = world.unknown_submit(ref)

    with pytest.raises(NotAllowed, match=r"not known whether .* has bought already"):
        retry(world.desk, ref, version, actor="dana")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        pytest.param({"state": OrderState.RUNNING}, "running already", id="running"),
        pytest.param({"state": OrderState.SCHEDULED}, "waits for its date", id="scheduled"),
        pytest.param({"state": OrderState.DONE}, "has ended", id="done"),
        pytest.param({"state": OrderState.CANCELLED}, "has ended", id="cancelled"),
        pytest.param({"state": OrderState.WAITING, "behind": COMPANY}, "stands behind another", id="behind another"),
    ],
)
def test_an_order_that_nothing_ails_is_not_retried(world: World, values: dict[str, str], told: str) -> None:
    ref = world.accept()
    version = world.put(ref, **values)

    with pytest.raises(NotAllowed, match=told):
        retry(world.desk, ref, version, actor="dana")


@pytest.mark.parametrize("asked", [DOMAIN, REVOKED], ids=["details are missing", "the quote was revoked"])
def test_a_question_that_takes_an_answer_is_not_got_rid_of_by_a_retry(world: World, asked: object) -> None:
    ref = world.accept()
    version = world.ask(ref, STUCK, DOMAIN if asked is DOMAIN else REVOKED)

    with pytest.raises(NotAllowed, match="waits for an answer"):
        retry(world.desk, ref, version, actor="dana")


def test_an_order_whose_acceptance_was_replaced_is_not_retried(world: World) -> None:
    ref = world.accept()
    version = world.failed(ref)
    with world.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE revisions SET state = 'superseded'")

    with pytest.raises(NotAllowed, match=r"no longer in force \(superseded\)"):
        retry(world.desk, ref, version, actor="dana")


def test_a_cancelled_order_has_ended_with_its_questions(world: World) -> None:
    ref = world.accept()
    version = world.ask(ref, DOMAIN)

    view = cancel(world.desk, ref, version, "changed their mind", actor="dana")

    assert (view["state"], view["next_at"]) == (OrderState.CANCELLED, None)
    assert view["waiting_for"] == "Cancelled by dana: changed their mind"
    assert view["questions"][0]["withdrawn_at"] is not None


def test_a_cancel_against_an_open_attempt_waits_for_its_outcome(world: World) -> None:
    ref = world.accept()
    version = world.at_submit(ref)
    world.claim(ref, ago=timedelta(0))

    view = cancel(world.desk, ref, version, "changed their mind", actor="dana")

    assert view["state"] == OrderState.RUNNING
    assert (view["pending_act"]["act"], view["pending_act"]["by"]) == ("cancel", "dana")
    assert view["attempts"][0]["closing"] is None


def test_a_cancel_says_whether_it_waits_for_the_purchase_or_for_what_is_prepared(world: World) -> None:
    preparing, buying = world.accept(), world.accept()
    world.at_submit(preparing)
    basket = world.lost_basket(preparing)
    cancel(world.desk, preparing, world.row(preparing).version, "not wanted", actor="dana")
    with world.database.transaction() as connection:
        claims.close(connection, basket, Closing.ABSENT)
    world.at_submit(buying)
    world.claim(buying)
    cancel(world.desk, buying, world.row(buying).version, "not wanted", actor="dana")

    assert "nothing is bought before" in world.journal(preparing)[-1].notes[0]
    assert "waits for the purchase's outcome" in world.journal(buying)[-1].notes[0]


def test_a_cancel_of_an_ambiguous_purchase_gives_the_attempt_up_and_wakes_the_next_order(world: World) -> None:
    ref, behind = world.accept(), world.accept()
    _, version = world.unknown_submit(ref)
    world.put(behind, behind=COMPANY, due_at=world.row(behind).now + timedelta(hours=1))

    view = cancel(world.desk, ref, version, "not there, and not wanted", actor="dana")

    assert (view["state"], view["unknown_submit"]) == (OrderState.CANCELLED, False)
    assert (view["attempts"][0]["closing"], view["attempts"][0]["closed_by"]) == ("cancelled", "dana")
    assert world.row(behind).due_at <= world.row(behind).now


def test_what_has_bought_or_ended_is_neither_cancelled_nor_rescheduled(world: World) -> None:
    bought, ended = world.accept(), world.accept()
    version = world.bought(bought, "placed-1")
    cancelled = cancel(world.desk, ended, world.view(ended)["version"], "no", actor="dana")

    with pytest.raises(NotAllowed, match="has bought already, as order placed-1: it is too late to cancel it"):
        cancel(world.desk, bought, version, "no", actor="dana")
    with pytest.raises(NotAllowed, match="too late to reschedule"):
        reschedule(world.desk, bought, version, None, "no", actor="dana")
    with pytest.raises(NotAllowed, match=r"has ended \(cancelled\)"):
        cancel(world.desk, ended, cancelled["version"], "no", actor="dana")


def test_a_new_date_is_kept_and_a_past_one_means_now(world: World) -> None:
    ref = world.accept()
    tomorrow = datetime.now(UTC) + timedelta(days=1)

    later = reschedule(world.desk, ref, world.view(ref)["version"], tomorrow, "they move", actor="dana")
    now = reschedule(world.desk, ref, later["version"], tomorrow - timedelta(days=3), "at once", actor="dana")

    assert datetime.fromisoformat(later["requested_at"]) == tomorrow
    assert (now["requested_at"], now["state"]) == (None, OrderState.RUNNING)


def test_an_order_with_a_new_date_waits_for_the_old_one_no_longer(world: World) -> None:
    ref = world.accept()
    version = world.put(
        ref,
        state=OrderState.SCHEDULED,
        stage=Stage.SUBMIT,
        waiting_for=world.database.seal("It is to be bought on 2027-02-01."),
        waiting_on="its date",
        waiting_since=datetime.now(UTC),
    )

    view = reschedule(world.desk, ref, version, None, "at once", actor="dana")

    assert (view["state"], view["next_at"] is not None) == (OrderState.RUNNING, True)
    assert (view["waiting_for"], view["waiting_on"], view["waiting_since"]) == (None, "", None)


def test_a_new_date_against_an_open_attempt_waits_for_its_outcome(world: World) -> None:
    ref = world.accept()
    version = world.at_submit(ref)
    world.claim(ref, ago=timedelta(0))

    view = reschedule(world.desk, ref, version, datetime.now(UTC) + timedelta(days=1), "later", actor="dana")

    assert view["pending_act"]["act"] == "reschedule"
    assert view["requested_at"] is None


def test_of_two_operators_who_act_on_the_same_version_exactly_one_wins(world: World) -> None:
    ref = world.accept()
    version = world.failed(ref)

    def act(number: int) -> str:
        try:
            if number % 2:
                return str(retry(world.desk, ref, version, actor="dana")["state"])
            return str(cancel(world.desk, ref, version, "no", actor="eve")["state"])
        except Moved:
            return "moved"

    with ThreadPoolExecutor(8) as pool:
        ends = list(pool.map(act, range(8)))

    assert ends.count("moved") == 7
    assert world.view(ref)["state"] in ends
