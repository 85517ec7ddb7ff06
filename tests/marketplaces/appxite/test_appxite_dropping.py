"""What AppXite is told beside purchases: carts thrown away, organisations let in."""

from typing import Any

import pytest

from pipeline.domain.claim import AnswerClass, ApproveCompany, DropBasket, Purchase
from pipeline.marketplaces.appxite.simulator import catalogue, customers
from tests.contracts.appxite_case import a_line
from tests.contracts.simulated import in_time
from tests.marketplaces.appxite.buying import Bench


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


def with_a_domain(bench: Bench) -> Purchase:
    return bench.purchase(a_line(1, catalogue.CLOUD_DIRECTORY.id, 1, tenantDomain="contoso-two"))


def test_a_cart_that_a_taken_domain_keeps_from_being_filled_is_refused_though_it_is_a_500(bench: Bench) -> None:
    bench.knobs.carts_check_domains = True
    bench.world.taken_domains.add("contoso-two")

    answer = bench.shop().send(bench.fill(with_a_domain(bench)), in_time())

    assert (answer.kind, answer.status, answer.fields) == (AnswerClass.REJECTED, 500, ("tenantDomain",))
    assert answer.details == ("The domain ••• is already taken",)


def test_a_purchase_that_is_answered_so_may_have_been_made_all_the_same(bench: Bench) -> None:
    write = bench.in_cart(with_a_domain(bench))
    bench.knobs.carts_check_domains = True
    bench.world.taken_domains.add("contoso-two")

    assert bench.shop().send(write, in_time()).kind is AnswerClass.UNKNOWN


def test_an_approval_that_is_not_permitted_is_refused(bench: Bench) -> None:
    bench.knobs.denied.append("PUT /customers/{customerId}/approve")

    answer = bench.shop().send(ApproveCompany(company_id=customers.NORTHWIND_NEW.id), in_time())

    assert answer.kind is AnswerClass.REJECTED
    assert answer.details == ("The client has no permission for this endpoint",)
