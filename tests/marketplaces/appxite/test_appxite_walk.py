"""A whole order at AppXite, from resolving the customer to the last notice, and what may get lost on the way."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pipeline.domain.catalogue import Verdict
from pipeline.domain.claim import ApproveCompany, DropBasket, FillBasket, PlaceOrder
from pipeline.domain.errors import Unavailable
from pipeline.domain.outcome import Advance, Ask, GoBack, Looked, WaitUntil
from pipeline.domain.stage import Stage
from pipeline.marketplaces.appxite.simulator import catalogue, customers
from pipeline.testing import a_line
from tests.marketplaces.appxite.buying import CART, PURCHASE, Bench, a_quoted

SERVER = {"locationBox1": "Dublin"}


@pytest.fixture
def bench() -> Bench:
    return Bench()


def asked(outcome: object) -> str:
    questions = outcome.questions if isinstance(outcome, Ask | WaitUntil) else ()
    assert questions, outcome
    return " ".join(question.text for question in questions)


def test_an_order_is_bought_once_for_its_organisation_and_ends_live(bench: Bench) -> None:
    walk = bench.walk(a_quoted(unit_cost="2.40"), a_quoted(catalogue.VIRTUAL_SERVER, "2", answers=SERVER, quantity=2))

    bench.run_to_end(walk)

    assert walk.order.stage is Stage.NOTIFY
    assert {one.verdict for one in walk.order.facts.progress.values()} == {Verdict.LIVE}
    (order,) = bench.world.bought
    assert order.organisation_id == customers.CONTOSO.id
    assert sorted((item.offer.id, item.quantity) for item in order.lines) == [
        (catalogue.DEFENDER.id, 5),
        (catalogue.VIRTUAL_SERVER.id, 2),
    ]
    server = next(item for item in order.lines if item.offer is catalogue.VIRTUAL_SERVER)
    assert server.form["locationBox1"] == catalogue.DUBLIN
    assert server.form["licenceTierBox1"] == catalogue.STANDARD_TIER
    assert "hostName" not in server.form
    assert not bench.world.carts
    assert walk.order.facts.purchase is not None
    assert walk.order.facts.purchase.marketplace_order_id == f"{customers.CONTOSO.id}/{order.id}"


@pytest.mark.parametrize("fault", [{"kind": "reset"}, {"kind": "status", "status": 502}, {"kind": "half_json"}])
def test_a_purchase_whose_answer_is_lost_is_found_by_its_items_and_not_made_again(bench: Bench, fault: Any) -> None:
    walk = bench.walk()
    bench.simulator.faults.add(**PURCHASE, **fault, when="after")

    bench.run_to_end(walk, (6, 5, 60))

    assert walk.order.stage is Stage.NOTIFY
    assert len(bench.world.bought) == 1
    assert walk.order.facts.purchase is not None
    assert walk.order.facts.purchase.adopted


def test_a_purchase_that_is_carried_out_late_is_waited_for(bench: Bench) -> None:
    walk = bench.walk()
    bench.simulator.faults.add(**PURCHASE, kind="late_commit", seconds=20)

    bench.run_to_end(walk, (6, 8, 12, 60, 60))

    assert walk.order.stage is Stage.NOTIFY
    assert len(bench.world.bought) == 1


def test_a_purchase_that_never_came_is_asked_about_and_not_sent_again(bench: Bench) -> None:
    walk = bench.walk()
    bench.simulator.faults.add(**PURCHASE, kind="reset", when="before")
    walk.run_to(Stage.NOTIFY)

    outcome = bench.later(walk, 60).run()
    for _ in range(7):
        outcome = bench.later(walk, 60).run()

    assert isinstance(outcome, Looked)
    assert "It is not known whether AppXite took the purchase" in asked(outcome.then)
    assert bench.world.bought == []
    assert len([claim for claim in walk.order.claims if isinstance(claim.write, PlaceOrder)]) == 1


def test_a_cart_whose_answer_is_lost_is_given_up_for_another_one_under_other_ids(bench: Bench) -> None:
    walk = bench.walk()
    bench.simulator.faults.add(**CART, kind="reset", when="after")

    bench.run_to_end(walk, (6, 60, 60, 60, 30, 30, 30, 60))

    assert walk.order.stage is Stage.NOTIFY
    assert len(bench.world.bought) == 1
    fills = [claim.write for claim in walk.order.baskets()]
    assert [fill.number for fill in fills if isinstance(fill, FillBasket)] == [1, 2]
    (orphan,) = bench.world.carts
    assert {item.id for item in orphan.items}.isdisjoint(item.id for item in bench.world.bought[0].items)


def test_a_cart_whose_answer_is_lost_is_used_where_lists_show_carts(bench: Bench) -> None:
    bench.knobs.list_shows_carts = True
    walk = bench.walk()
    bench.simulator.faults.add(**CART, kind="reset", when="after")

    bench.run_to_end(walk, (6, 6, 60))

    assert walk.order.stage is Stage.NOTIFY
    assert len(bench.world.bought) == 1
    assert not bench.world.carts


def test_a_new_organisation_is_approved_before_anything_is_bought(bench: Bench) -> None:
    walk = bench.walk(customer=customers.NORTHWIND_NEW)

    bench.run_to_end(walk)

    assert walk.order.stage is Stage.NOTIFY
    assert bench.world.writes[0] == "PUT customers/approve"
    assert [order.organisation_id for order in bench.world.bought] == [customers.NORTHWIND_NEW.id]
    assert isinstance(walk.order.claims[0].write, ApproveCompany)


def test_a_blocked_organisation_is_a_persons_matter(bench: Bench) -> None:
    outcome = bench.walk(customer=customers.LITWARE_BLOCKED).run_to(Stage.NOTIFY)

    assert "cannot order at AppXite" in asked(outcome)
    assert bench.world.writes == []


def test_manual_approval_is_a_wait_with_a_question_and_goes_on_by_itself(bench: Bench) -> None:
    walk = bench.walk(a_quoted(catalogue.MANAGED_VOICE))

    outcome = walk.run_to(Stage.NOTIFY)

    assert isinstance(outcome, WaitUntil)
    assert outcome.on == "an approval at AppXite"
    assert "somebody who may approve it there has to" in asked(outcome)
    bench.world.decide(bench.world.bought[0], approve=True)
    bench.run_to_end(walk, (30,))
    assert walk.order.stage is Stage.NOTIFY


def test_an_order_of_which_a_part_failed_is_told_line_by_line(bench: Bench) -> None:
    walk = bench.walk(a_quoted(quantity=600), a_quoted(catalogue.VIRTUAL_SERVER, "2", answers=SERVER))

    bench.run_to_end(walk)

    verdicts = {line: one.verdict for line, one in walk.order.facts.progress.items()}
    assert verdicts == {"1": Verdict.FAILED, "2": Verdict.LIVE}


def test_an_answer_that_is_needed_and_missing_is_asked_for_before_anything_is_sent(bench: Bench) -> None:
    walk = bench.walk(a_quoted(catalogue.VIRTUAL_SERVER))

    outcome = walk.run_to(Stage.NOTIFY)

    assert isinstance(walk.outcomes[-2], GoBack)
    assert "needs 'Data centre' (field locationBox1)" in asked(outcome)
    assert bench.simulator.traffic.calls["POST /orders/"] == 0
    bench.later(walk, 5).answer("provisioning:1:locationBox1", "Virginia")
    bench.run_to_end(walk)
    assert bench.world.bought[0].items[0].form["locationBox1"] == catalogue.VIRGINIA


def test_an_offer_without_a_template_is_told_to_be_one(bench: Bench) -> None:
    text = asked(bench.walk(a_line("1", "offer-of-yesterday", marketplace="appxite")).run_to(Stage.NOTIFY))

    assert "AppXite's offer offer-of-yesterday has no template here. Write one, restart" in text


def test_a_template_whose_price_is_gone_is_told_before_a_cart_is_filled(bench: Bench) -> None:
    bench.world.reprice(catalogue.VIRTUAL_SERVER.id, factor=Decimal("1.1"))
    walk = bench.walk(a_quoted(catalogue.VIRTUAL_SERVER, answers=SERVER))

    text = asked(walk.run_to(Stage.NOTIFY))

    plan = catalogue.VIRTUAL_SERVER.plans[0].id
    assert f"its template has price {plan} (virtual-server-monthly.json)" in text
    assert "AppXite no longer has for this customer" in text
    assert not bench.world.writes


def test_a_price_that_rose_under_the_same_identity_needs_an_approval(bench: Bench) -> None:
    bench.world.reprice(catalogue.DEFENDER.id, price=Decimal("3.00"), new_ids=False)

    text = asked(bench.walk(a_quoted(unit_cost="2.40")).run_to(Stage.NOTIFY))

    assert "AppXite now asks 3.00 USD a unit where the quote counted on 2.40 USD" in text


def test_a_cart_that_somebody_emptied_is_filled_again(bench: Bench) -> None:
    walk = bench.walk()
    walk.run_to(Stage.SUBMIT)
    (cart,) = bench.world.carts
    bench.world.drop(cart, list(cart.items))
    walk.later(bench.simulator.clock.now() - walk.order.now).change(stage=Stage.VALIDATE_MOCK)

    bench.run_to_end(walk)

    assert walk.order.stage is Stage.NOTIFY
    assert any(isinstance(claim.write, DropBasket) for claim in walk.order.claims)
    assert len(bench.world.bought) == 1


def test_a_cart_that_somebody_else_placed_is_not_bought_from(bench: Bench) -> None:
    walk = bench.walk()
    walk.run_to(Stage.SUBMIT)
    (cart,) = bench.world.carts
    bench.world.place(cart, cart.items, cart.organisation_id)
    walk.change(stage=Stage.VALIDATE_MOCK)

    assert "already placed at AppXite" in asked(walk.run())
    assert len(bench.world.bought) == 1


def test_a_cart_that_does_not_show_yet_is_waited_for_and_not_thrown_away(bench: Bench) -> None:
    bench.knobs.cart_read_lag = timedelta(seconds=20)
    walk = bench.walk()

    with pytest.raises(Unavailable, match="does not show the cart"):
        walk.run_to(Stage.NOTIFY)
    bench.later(walk, 30)
    bench.run_to_end(walk)

    assert walk.order.stage is Stage.NOTIFY
    assert bench.simulator.traffic.calls["POST /orders/"] == 1


def test_a_scheduled_order_is_bought_though_another_price_of_its_offer_was_renewed_meanwhile(bench: Bench) -> None:
    now = bench.simulator.clock.now()
    walk = bench.walk(now=now, requested_at=now + timedelta(days=10))
    walk.run_to(Stage.POLL_STATUS)
    monthly, annual = catalogue.DEFENDER.plans
    renewed = replace(annual, id="0f8fad5b-d9cb-469f-a165-70867728950e")
    bench.world.prices.change(catalogue.DEFENDER, None, (monthly, renewed))

    bench.later(walk, 11 * 86400).run_to(Stage.POLL_STATUS)

    assert walk.order.stage is Stage.POLL_STATUS
    assert len(bench.world.bought) == 1


def test_a_domain_that_is_taken_is_asked_for_again(bench: Bench) -> None:
    walk = bench.walk(a_quoted(catalogue.CLOUD_DIRECTORY, answers={"tenantDomain": "contoso"}))

    assert "needs 'Microsoft domain'" in asked(walk.run_to(Stage.NOTIFY))
    bench.later(walk, 5).answer("provisioning:1:tenantDomain", "contoso-two")
    bench.run_to_end(walk)

    assert [item.form["tenantDomain"] for item in bench.world.bought[0].items] == ["contoso-two"]
    assert not bench.world.carts


def test_one_failed_check_of_a_domain_does_not_make_it_taken(bench: Bench) -> None:
    walk = bench.walk(a_quoted(catalogue.CLOUD_DIRECTORY, answers={"tenantDomain": "contoso-new"}))
    bench.simulator.faults.add(match=("POST", "/microsoft/domains/validate"), kind="status", status=500, when="before")

    walk.run_to(Stage.POLL_STATUS)

    assert len(bench.world.bought) == 1


def test_an_organisation_without_a_tenant_is_refused_in_appxites_words(bench: Bench) -> None:
    walk = bench.walk(a_quoted(catalogue.EXCHANGE, commitment="1-Year"), customer=customers.ADATUM_NO_TENANT)

    text = asked(walk.run_to(Stage.NOTIFY))

    assert "The organisation has no Microsoft tenant" in text
    assert "The Microsoft Customer Agreement was not accepted" in text
    assert bench.world.bought == []


def test_a_commitment_picks_its_own_template(bench: Bench) -> None:
    walk = bench.walk(a_quoted(catalogue.EXCHANGE, commitment="1-Year", unit_cost="4.00"))

    bench.run_to_end(walk)

    (item,) = bench.world.bought[0].items
    assert (item.form["commitmentPeriodBox1"], item.form["quantityBox2"]) == ("P1Y", 5)
    assert isinstance(walk.outcomes[-1], Advance)
