"""All eight stages in a row, at the simulated Pax8."""

from decimal import Decimal

from pipeline.domain.customer import Customer
from pipeline.domain.money import Money
from pipeline.domain.order import CompanyPolicy, Policy
from pipeline.domain.outcome import Advance, Finish, WaitUntil
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.marketplaces.pax8.simulator import catalogue, customers
from pipeline.testing import CONTOSO, DANA, a_line
from tests.unit.stages.world import Pax8Walk, at_pax8, questions, the_question

DETAILS = {
    "msCustExists": (catalogue.HAS_NO_TENANT,),
    "msDomain": ("canary",),
    "mca2020FirstName": ("Dana",),
    "mca2020LastName": ("Reyes",),
    "mca2020Email": ("dana@contoso.example",),
    "mca2020EffectiveDate": ("2026-01-15",),
}


def until_it_ends(walk: Pax8Walk) -> Finish:
    for _ in range(20):
        outcome = walk.run_to(Stage.NOTIFY) if walk.order.stage is not Stage.NOTIFY else walk.run()
        if isinstance(outcome, Finish):
            return outcome
        assert isinstance(outcome, Advance | WaitUntil), outcome
        assert not questions(outcome)
        walk.pass_time(60)
    raise AssertionError("it did not end")


def test_a_plain_order_is_bought_once_and_ends_live() -> None:
    walk = at_pax8(a_line(product_id=catalogue.BACKUP.id, unit_cost="4.50"))

    end = until_it_ends(walk)

    assert end == Finish(OrderState.DONE, "The line is live at Pax8.")
    assert len(walk.pax8.world.bought) == 1


def test_an_add_on_hangs_from_its_base_plan_in_the_same_order_though_it_is_listed_first() -> None:
    walk = at_pax8(
        a_line("phone", catalogue.TEAMS_PHONE.id),
        a_line("plan", catalogue.M365_E3.id, commitment="1-Year", provisioning=DETAILS),
    )

    assert until_it_ends(walk).state is OrderState.DONE
    plan, phone = walk.pax8.world.bought[0].lines
    assert plan.product_id == catalogue.M365_E3.id
    assert phone.asked.parent_line_number == plan.asked.number


def test_an_inactive_company_gets_its_contacts_and_its_order() -> None:
    company = customers.NORTHWIND_INACTIVE
    who = Customer(external_id=company.external_id or "", name=company.name, contacts=(DANA,))
    walk = at_pax8(a_line(product_id=catalogue.BACKUP.id), customer=who)

    assert until_it_ends(walk).state is OrderState.DONE
    assert walk.writes[0] == "POST contacts"
    assert walk.pax8.world.primaries(company.id) == {"Admin", "Billing", "Technical"}


def test_a_price_that_rose_waits_for_approval_and_is_then_paid() -> None:
    walk = at_pax8(a_line(product_id=catalogue.BACKUP.id, unit_cost="4.50"))
    walk.pax8.world.reprice(catalogue.BACKUP.id, cost=Decimal("5.00"))

    asked = the_question(walk.run_to(Stage.SUBMIT))
    assert not walk.pax8.world.bought
    walk.answer(asked.key, amount=asked.amount)

    assert asked.amount == Money(amount=Decimal("5.00"), currency="USD")
    assert until_it_ends(walk).state is OrderState.DONE


def test_a_missing_detail_is_asked_once_the_dry_run_misses_it_and_the_order_goes_on() -> None:
    given = {key: values for key, values in DETAILS.items() if key != "msDomain"}
    walk = at_pax8(a_line("1", catalogue.M365_E3.id, commitment="1-Year", provisioning=given))

    asked = the_question(walk.run_to(Stage.SUBMIT))
    walk.pass_time(60).answer(asked.key, "contoso")

    assert asked.key == "provisioning:1:msDomain"
    assert "provisioningDetails[msDomain] is required" in asked.text
    assert until_it_ends(walk).state is OrderState.DONE
    assert walk.pax8.world.bought[0].lines[0].asked.details["msDomain"] == ["contoso"]


def test_a_new_customer_is_made_and_ordered_for() -> None:
    who = CONTOSO.model_copy(update={"name": "Proseware"})
    line = a_line(product_id=catalogue.BACKUP.id)
    walk = at_pax8(line, customer=who, policy=Policy(create_companies=CompanyPolicy.ALWAYS))

    assert until_it_ends(walk).state is OrderState.DONE
    assert walk.writes.count("POST companies") == 1
