"""Adopting and resending an attempt to buy whose outcome is not known, on the database's own rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest

from pipeline.domain.claim import AnswerClass, Closing
from pipeline.domain.errors import Moved, NotAllowed, Unavailable
from pipeline.domain.facts import CompanyFacts, Facts
from pipeline.domain.question import Act
from pipeline.domain.state import OrderState
from pipeline.operations.acting import cancel
from pipeline.operations.settling import adopt, resend
from pipeline.store import claims
from pipeline.store.cipher import Cipher, new_key
from pipeline.store.database import Database, make_engine
from tests.integration.operators_world import COMPANY, ReferenceMarket, World

OURS = ("product-1", 10)


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = Database(make_engine(database_url), Cipher([new_key()]))
    yield World(database)
    database.close()


@pytest.fixture
def by_reference(database_url: str) -> Iterator[World]:
    """The same at a marketplace that keeps our reference; no order carries it yet."""
    database = Database(make_engine(database_url), Cipher([new_key()]))
    yield World(database, market=ReferenceMarket())
    database.close()


def test_an_adopted_order_is_followed_like_any_purchase(world: World) -> None:
    ref = world.accept()
    attempt, version = world.unknown_submit(ref)
    world.market.place("placed-1", OURS)

    view = adopt(world.desk, ref, version, "placed-1", "it is ours", actor="ann")

    assert (view["state"], view["stage"], view["marketplace_order_id"]) == ("running", "poll_status", "placed-1")
    assert not view["unknown_submit"]
    told = view["attempts"][0]
    assert (told["id"], told["class"], told["closing"], told["closed_by"]) == (
        str(attempt),
        "unknown",
        "adopted",
        "ann",
    )
    assert told["marketplace_order_id"] == "placed-1"
    assert view["questions"][0]["withdrawn_at"] is not None
    assert view["timeline"][-1]["notes"] == ["ann adopted order placed-1: it is ours"]


def test_the_next_order_of_the_company_is_woken_by_an_adoption(world: World) -> None:
    ref, behind = world.accept(), world.accept()
    _, version = world.unknown_submit(ref)
    world.at_submit(behind)
    world.put(behind, behind=COMPANY, due_at=world.row(behind).now + timedelta(hours=1))
    world.market.place("placed-1", OURS)

    adopt(world.desk, ref, version, "placed-1", "it is ours", actor="ann")

    assert world.row(behind).due_at <= world.row(behind).now


def test_what_is_not_there_or_not_this_company_s_is_not_adopted(world: World) -> None:
    ref = world.accept()
    _, version = world.unknown_submit(ref)
    world.market.place("strange", OURS, company="another")

    with pytest.raises(NotAllowed, match="Pax8 has no order nowhere"):
        adopt(world.desk, ref, version, "nowhere", "it is ours", actor="ann")
    with pytest.raises(NotAllowed, match="Order strange is not one of Contoso Ltd"):
        adopt(world.desk, ref, version, "strange", "it is ours", actor="ann")
    assert world.view(ref)["unknown_submit"]


def test_an_order_that_another_order_of_ours_owns_is_not_adopted_and_its_owner_is_named(world: World) -> None:
    owner, ref = world.accept(), world.accept()
    world.claim(owner, answered=AnswerClass.ACCEPTED, closing=Closing.ACCEPTED, marketplace_id="placed-1")
    _, version = world.unknown_submit(ref)
    world.market.place("placed-1", OURS)

    with pytest.raises(NotAllowed, match=f"Order placed-1 belongs to {owner} already"):
        adopt(world.desk, ref, version, "placed-1", "it is ours", actor="ann")


def test_what_the_marketplace_says_of_an_id_that_it_does_not_know_is_told(world: World) -> None:
    ref = world.accept()
    _, version = world.unknown_submit(ref)

    with pytest.raises(NotAllowed, match="Pax8 has no order 1234: There is no order 1234"):
        adopt(world.desk, ref, version, "1234", "it is ours", actor="ann")


def test_a_basket_that_is_being_looked_for_is_forgotten_once_an_earlier_attempt_is_adopted(world: World) -> None:
    ref, behind = world.accept(), world.accept()
    world.at_submit(ref)
    world.claim(ref, answered=AnswerClass.UNKNOWN, closing=Closing.RESENT)
    world.lost_basket(ref)
    world.at_submit(behind)
    world.put(behind, behind=COMPANY, due_at=world.row(behind).now + timedelta(hours=1))
    world.market.place("placed-1", OURS)

    view = adopt(world.desk, ref, world.row(ref).version, "placed-1", "it turned up", actor="ann")

    assert (view["stage"], view["marketplace_order_id"]) == ("poll_status", "placed-1")
    assert not world.open_attempts(ref)
    assert world.row(behind).due_at <= world.row(behind).now


def test_nothing_is_adopted_while_a_basket_is_being_filled(world: World) -> None:
    ref = world.accept()
    world.at_submit(ref)
    world.claim(ref, answered=AnswerClass.UNKNOWN, closing=Closing.RESENT)
    world.lost_basket(ref, ago=timedelta(seconds=5))
    world.market.place("placed-1", OURS)

    with pytest.raises(NotAllowed, match="is being sent right now"):
        adopt(world.desk, ref, world.row(ref).version, "placed-1", "it turned up", actor="ann")
    assert world.open_attempts(ref) == ["fill_basket"]


def test_where_our_reference_is_kept_only_what_carries_it_is_adopted(by_reference: World) -> None:
    world, ref = by_reference, by_reference.accept()
    world.unknown_submit(ref)
    facts = Facts(company=CompanyFacts(id="new", name="Contoso Ltd", how="by the order", made_by_order=True))
    version = world.put(ref, facts=world.database.seal(facts.model_dump_json()))
    world.market.place("somebody-else-s", OURS, company="another")
    world.market.place("placed-1", OURS, company="made-by-it")
    world.reference_of("placed-1")

    with pytest.raises(NotAllowed, match="Order somebody-else-s does not carry our reference"):
        adopt(world.desk, ref, version, "somebody-else-s", "a slip", actor="ann")
    view = adopt(world.desk, ref, version, "placed-1", "it is ours", actor="ann")

    assert view["marketplace_order_id"] == "placed-1"


def test_what_the_answer_itself_named_is_adopted_though_the_reference_was_dropped(by_reference: World) -> None:
    world, ref = by_reference, by_reference.accept()
    world.at_submit(ref)
    world.claim(ref, answered=AnswerClass.UNKNOWN, said="it answered with order placed-1, without our reference")
    version = world.put(ref, unknown_submit=True)
    world.market.place("placed-1", OURS)

    view = adopt(world.desk, ref, version, "placed-1", "it is ours", actor="ann")

    assert view["marketplace_order_id"] == "placed-1"


def test_an_order_that_comes_to_be_owned_while_it_is_read_is_not_adopted(world: World) -> None:
    owner, ref = world.accept(), world.accept()
    _, version = world.unknown_submit(ref)
    world.market.place("placed-1", OURS)

    def taken_meanwhile() -> None:
        with world.database.transaction() as connection:
            connection.exec_driver_sql(
                "INSERT INTO claims (id, order_id, account, key, kind, write, closing, marketplace_id) "
                "SELECT gen_random_uuid(), %s, account, 'other', kind, write, 'accepted', 'placed-1' FROM claims",
                (world.id_of(owner),),
            )

    world.market.on_read = taken_meanwhile
    with pytest.raises(NotAllowed, match="has come to belong to another order of ours"):
        adopt(world.desk, ref, version, "placed-1", "it is ours", actor="ann")
    assert world.view(ref)["version"] == version


def test_an_order_that_was_known_before_the_attempt_is_not_adopted(world: World) -> None:
    ref = world.accept()
    world.market.place("old", OURS)
    with world.database.transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO known_orders (account, company_id, marketplace_id, signature, seen_at) "
            "VALUES ('pax8', %s, 'old', '', now() - interval '1 day')",
            (COMPANY,),
        )
    _, version = world.unknown_submit(ref)

    with pytest.raises(NotAllowed, match="Order old was there before this attempt"):
        adopt(world.desk, ref, version, "old", "it is ours", actor="ann")


def test_lines_that_differ_from_what_was_sent_are_adopted_and_told(world: World) -> None:
    ref = world.accept()
    _, version = world.unknown_submit(ref)
    world.market.place("placed-1", ("product-1", 9))

    view = adopt(world.desk, ref, version, "placed-1", "it is ours", actor="ann")

    assert view["timeline"][-1]["notes"][1] == "Its lines differ from what was sent: 9 of product-1"


def test_an_order_without_an_open_attempt_has_nothing_to_adopt_or_resend(world: World) -> None:
    ref = world.accept()
    version = world.failed(ref)

    with pytest.raises(NotAllowed, match="no attempt to buy whose outcome is unknown"):
        adopt(world.desk, ref, version, "placed-1", "it is ours", actor="ann")
    with pytest.raises(NotAllowed, match="no attempt to buy whose outcome is unknown"):
        resend(world.desk, ref, version, uuid4(), "lost", actor="ann")


def test_an_attempt_that_is_still_being_sent_is_left_to_its_sender(world: World) -> None:
    ref = world.accept()
    world.at_submit(ref)
    attempt = world.claim(ref, ago=timedelta(seconds=5))
    version = world.view(ref)["version"]

    with pytest.raises(NotAllowed, match="is being sent right now"):
        adopt(world.desk, ref, version, "placed-1", "it is ours", actor="ann")
    with pytest.raises(NotAllowed, match="is being sent right now"):
        resend(world.desk, ref, version, attempt, "lost", actor="ann")


def test_an_attempt_that_nothing_is_found_of_is_prepared_afresh_and_sent_again(world: World) -> None:
    ref = world.accept()
    attempt, version = world.unknown_submit(ref)

    view = resend(world.desk, ref, version, attempt, "Pax8 says it never came", actor="ann")

    assert (view["state"], view["stage"], view["unknown_submit"]) == ("running", "fetch_catalogue", False)
    assert (view["attempts"][0]["closing"], view["attempts"][0]["looks"]) == ("resent", 1)
    assert world.market.looks == 1
    assert world.row(ref).retried_at is not None


def test_nothing_is_sent_again_within_the_settling_period(world: World) -> None:
    ref = world.accept()
    attempt, version = world.unknown_submit(ref, ago=timedelta(seconds=100))

    with pytest.raises(NotAllowed, match=r"it can be sent again from .* on"):
        resend(world.desk, ref, version, attempt, "lost", actor="ann")
    assert world.market.looks == 0


def test_a_candidate_refuses_a_resend_and_is_named(world: World) -> None:
    ref = world.accept()
    attempt, version = world.unknown_submit(ref)
    world.market.place("placed-1", OURS)

    with pytest.raises(NotAllowed, match="Pax8 has an order that may be this one: placed-1"):
        resend(world.desk, ref, version, attempt, "lost", actor="ann")
    assert world.view(ref)["attempts"][0]["closing"] is None


def test_a_look_that_cannot_be_completed_resends_nothing(world: World) -> None:
    ref = world.accept()
    attempt, version = world.unknown_submit(ref)

    def away() -> None:
        raise Unavailable("Pax8 does not answer.")

    world.market.on_read = away
    with pytest.raises(Unavailable):
        resend(world.desk, ref, version, attempt, "lost", actor="ann")
    assert world.view(ref)["attempts"][0]["closing"] is None


def test_an_order_that_moves_while_the_marketplace_is_read_is_not_resent(world: World) -> None:
    ref = world.accept()
    attempt, version = world.unknown_submit(ref)
    world.market.on_read = lambda: assert_moved(world.put(ref))

    with pytest.raises(Moved):
        resend(world.desk, ref, version, attempt, "lost", actor="ann")
    assert world.view(ref)["attempts"][0]["closing"] is None


def test_only_the_open_attempt_is_resent(world: World) -> None:
    ref = world.accept()
    _, version = world.unknown_submit(ref)

    with pytest.raises(NotAllowed, match="is not the open one"):
        resend(world.desk, ref, version, uuid4(), "lost", actor="ann")


def test_a_cancel_that_waited_for_the_outcome_is_carried_out_instead_of_the_resend(world: World) -> None:
    ref = world.accept()
    world.at_submit(ref)
    attempt = world.claim(ref, answered=AnswerClass.UNKNOWN)
    waiting = cancel(world.desk, ref, world.put(ref, unknown_submit=True), "not wanted", actor="dana")
    assert waiting["pending_act"]["act"] == Act.CANCEL

    view = resend(world.desk, ref, waiting["version"], attempt, "lost", actor="ann")

    assert (view["state"], view["pending_act"]) == (OrderState.CANCELLED, None)


def test_a_cancel_that_waited_becomes_a_question_when_the_purchase_is_adopted(world: World) -> None:
    ref = world.accept()
    world.at_submit(ref)
    world.claim(ref, answered=AnswerClass.UNKNOWN)
    waiting = cancel(world.desk, ref, world.put(ref, unknown_submit=True), "not wanted", actor="dana")
    world.market.place("placed-1", OURS)

    view = adopt(world.desk, ref, waiting["version"], "placed-1", "it is ours", actor="ann")

    asked = [each["kind"] for each in view["questions"] if not each["withdrawn_at"]]
    assert (view["stage"], asked) == ("poll_status", ["cancelled_late"])


def test_the_lines_of_a_lost_attempt_are_free_again(world: World) -> None:
    ref = world.accept()
    attempt, version = world.unknown_submit(ref)
    resend(world.desk, ref, version, attempt, "lost", actor="ann")

    world.claim(ref)

    with world.database.transaction() as connection:
        made = claims.of_order(connection, world.database, world.id_of(ref))
    assert [claim.closing for claim in made] == [Closing.RESENT, None]


def assert_moved(version: int) -> None:
    assert version > 0
