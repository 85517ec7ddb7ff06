"""What AppXite is told beside purchases: carts thrown away, organisations let in."""

from typing import Any

import pytest

from pipeline.domain.claim import AnswerClass, ApproveCompany, DropBasket
from pipeline.marketplaces.appxite.simulator import catalogue, customers
from tests.contracts.simulated import in_time
from tests.unit.marketplaces.appxite.buying import Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_cart_that_is_gone_counts_as_thrown_away(bench: Bench) -> None:
    write = bench.in_cart()
    assert write.filled is not None
    drop = DropBasket(company_id=write.company_id, basket=write.basket, filled=write.filled)

    answers = [bench.shop().send(drop, in_time()) for _ in range(2)]

    assert [(answer.kind, answer.status) for answer in answers] == [
        (AnswerClass.ACCEPTED, 200),
        (AnswerClass.ACCEPTED, 404),
    ]
    assert not bench.world.carts


def test_an_order_is_never_thrown_away(bench: Bench) -> None:
    write = bench.in_cart()
    bench.shop().send(write, in_time())
    assert write.filled is not None

    answer = bench.shop().send(
        DropBasket(company_id=write.company_id, basket=write.basket, filled=write.filled), in_time()
    )

    assert answer.kind is AnswerClass.UNKNOWN
    assert len(bench.world.bought) == 1


@pytest.mark.parametrize("organisation", [customers.NORTHWIND_NEW, customers.CONTOSO], ids=["new", "active"])
def test_approving_is_repeatable(bench: Bench, organisation: Any) -> None:
    write = ApproveCompany(company_id=organisation.id)

    answers = [bench.shop().send(write, in_time()) for _ in range(2)]

    assert [answer.kind for answer in answers] == [AnswerClass.ACCEPTED] * 2
    assert bench.world.organisations[organisation.id].state == "Active"


def test_approving_a_blocked_organisation_is_refused_in_appxites_words(bench: Bench) -> None:
    answer = bench.shop().send(ApproveCompany(company_id=customers.LITWARE_BLOCKED.id), in_time())

    assert (answer.kind, answer.details) == (AnswerClass.REJECTED, ("A blocked organisation cannot be approved",))


def test_an_approval_of_somebody_else_is_not_ours(bench: Bench) -> None:
    match = ("PUT", "/customers/{customerId}/approve")
    bench.simulator.faults.add(match=match, kind="wrong_content", body={"Id": customers.TAILSPIN.id})

    answer = bench.shop().send(ApproveCompany(company_id=customers.NORTHWIND_NEW.id), in_time())

    assert answer.kind is AnswerClass.UNKNOWN


def test_the_journal_shows_what_was_ordered_and_how_it_stands_and_of_lists_their_length(bench: Bench) -> None:
    ref = bench.bought()
    bench.shop().companies()
    placing, listing = bench.case.exchanges[-2:]

    assert f'"OrderId":"{ref.rpartition("/")[2]}","OrderStatus":"provision_started"' in (placing.received or "")
    assert catalogue.DEFENDER.id in (placing.sent or "")
    assert '"Items":"29 items"' in (listing.received or "")
