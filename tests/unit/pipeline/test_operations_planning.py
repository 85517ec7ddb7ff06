"""What a quote would do, walked at a marketplace in memory and at the simulated Pax8."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from pipeline.abilities import RefusedPayload
from pipeline.domain.catalogue import FieldKind, ProvisioningField
from pipeline.domain.company import CompanyStatus
from pipeline.domain.customer import Customer
from pipeline.domain.errors import Unavailable
from pipeline.domain.order import CompanyPolicy, Policy
from pipeline.domain.quote import AcceptedQuote, QuoteKey, QuoteLine
from pipeline.marketplaces.pax8.simulator import catalogue, customers
from pipeline.operations.planning import Planned, plan
from pipeline.ports import Account, AccountHealth, Marketplace, Purpose, Record
from pipeline.testing import CONTOSO, NOON, FakeMarketplace, a_line, a_price
from tests.contracts.adapters import Pax8Case


@dataclass
class FakeAccount:
    market: FakeMarketplace = field(default_factory=lambda: FakeMarketplace().sells("backup"))
    name: str = "pax8"
    title: str = "Pax8"

    def open(self, purpose: Purpose, record: Record) -> Marketplace:
        assert purpose is Purpose.WORK
        del record
        return self.market

    def health(self) -> AccountHealth:
        return AccountHealth("closed", None, 1000, 0, 0)


@pytest.fixture
def account() -> FakeAccount:
    made = FakeAccount()
    made.market.knows("company")
    return made


def a_quote(*lines: QuoteLine, customer: Customer = CONTOSO, **changed: Any) -> AcceptedQuote:
    return AcceptedQuote(key=QuoteKey(system="crm", id="Q-1"), customer=customer, lines=lines or (a_line(),), **changed)


def planned(account: Account, quote: AcceptedQuote, policy: Policy = Policy(), **how: Any) -> Planned:  # noqa: B008
    (one,) = plan(quote, {"pax8": account}, {"pax8": policy}, NOON, **how).orders
    return one


def kinds(order: Planned) -> list[str]:
    return [question["kind"] for question in order.questions]


def test_a_plain_quote_is_walked_to_a_passed_dry_run_and_buys_nothing(account: FakeAccount) -> None:
    order = planned(account, a_quote(a_line(unit_cost="4.50")))

    assert order.company is not None
    assert (order.company["id"], order.dry_run, order.questions, order.problems) == ("company", "passed", (), ())
    assert order.lines[0]["unit_cost"] == order.lines[0]["quoted_unit_cost"] == {"amount": "4.50", "currency": "USD"}
    assert (account.market.sent, account.market.placed) == ([], {})


def test_a_dry_run_that_wants_the_company_on_each_line_is_made_once_more(account: FakeAccount) -> None:
    account.market.verdicts.append(RefusedPayload(("lineItems[0].companyId is required",), line_company=True))

    order = planned(account, a_quote())

    assert (order.dry_run, order.questions, order.problems) == ("passed", (), ())
    assert len(account.market.rehearsed) == 2


def test_a_customer_that_the_marketplace_does_not_know_would_be_made(account: FakeAccount) -> None:
    account.market.listed.clear()

    order = planned(account, a_quote(), Policy(create_companies=CompanyPolicy.ALWAYS))

    assert (order.company, order.writes) == (None, ({"kind": "create_company", "what": "Contoso Ltd (US)"},))
    assert (order.lines[0]["product_name"], order.lines[0]["unit_cost"]) == ("Backup", None)
    assert order.dry_run == "not reached"
    assert account.market.sent == []


def test_an_unknown_customer_is_asked_about_where_the_policy_says_so(account: FakeAccount) -> None:
    account.market.listed.clear()

    assert kinds(planned(account, a_quote())) == ["company"]


def test_an_inactive_company_would_get_its_contacts_and_the_walk_goes_on(account: FakeAccount) -> None:
    account.market.knows("company", status=CompanyStatus.INACTIVE)

    order = planned(account, a_quote())

    assert [write["kind"] for write in order.writes] == ["add_contact"]
    assert order.dry_run == "passed"
    assert "@" not in json.dumps(order.writes)


def test_a_risen_price_is_asked_about_and_what_comes_after_is_seen_too(account: FakeAccount) -> None:
    account.market.sells("backup", a_price("5.00"), fields=[_domain()])

    order = planned(account, a_quote(a_line(unit_cost="4.50", provisioning={"domain": ("elsewhere",)})))

    assert kinds(order) == ["price", "provisioning"]
    assert order.questions[0]["amount"] == {"amount": "5.00", "currency": "USD"}
    assert (order.lines[0]["unit_cost"], order.lines[0]["quoted_unit_cost"]) == (
        {"amount": "5.00", "currency": "USD"},
        {"amount": "4.50", "currency": "USD"},
    )


def test_a_line_that_cannot_be_read_does_not_hide_the_others(account: FakeAccount) -> None:
    order = planned(account, a_quote(a_line("1"), a_line("2", "nowhere"), a_line("3", billing_term="Annual")))

    assert kinds(order) == ["product", "billing_term"]
    costs = [line["unit_cost"] is not None for line in order.lines]
    assert costs == [True, False, False]
    assert order.lines[2]["product_name"] == "Backup"


def test_a_refused_dry_run_is_told_in_the_marketplace_s_words_and_its_fields_asked(account: FakeAccount) -> None:
    account.market.sells("backup", fields=[_domain()])
    account.market.verdicts.append(RefusedPayload(("domain is taken",), ((1, "domain"),)))

    order = planned(account, a_quote(a_line(provisioning={"domain": ("contoso",)})))

    assert (order.dry_run, order.said, kinds(order)) == ("refused", ("domain is taken",), ["provisioning"])


def test_trouble_at_the_marketplace_is_in_the_plan() -> None:
    class Away(FakeMarketplace):
        def companies(self) -> Any:
            raise Unavailable("Pax8 does not answer.")

    order = planned(FakeAccount(Away()), a_quote())

    assert (order.problems, order.dry_run) == (("Pax8 does not answer.",), "not reached")
    assert [line["id"] for line in order.lines] == ["1"]


def test_a_marketplace_without_an_account_is_told() -> None:
    (order,) = plan(a_quote(), {}, {}, NOON).orders

    assert order.problems == ("No account is configured for pax8.",)


def test_a_customer_that_was_ordered_for_before_is_the_same_company(account: FakeAccount) -> None:
    account.market.knows("another", "Fabrikam")
    asked: list[tuple[str, str]] = []

    def remembered(name: str, identity: str) -> str | None:
        asked.append((name, identity))
        return "another"

    order = planned(account, a_quote(), remembered=remembered)

    assert order.company is not None
    assert order.company["id"] == "another"
    assert asked == [("pax8", "ref|crm|CRM-42")]


def test_a_quote_of_two_dates_makes_two_orders(account: FakeAccount) -> None:
    later = NOON + timedelta(days=30)
    quote = a_quote(a_line("1"), a_line("2", start_at=later))

    orders = plan(quote, {"pax8": account}, {}, NOON).orders

    assert [order.requested_at for order in orders] == [None, "2026-02-14T12:00:00Z"]
    assert [order.dry_run for order in orders] == ["passed", "passed"]


def test_a_plan_is_plain_json(account: FakeAccount) -> None:
    found: Mapping[str, Any] = json.loads(json.dumps(plan(a_quote(), {"pax8": account}, {}, NOON).json()))

    assert found["quote"] == {"system": "crm", "id": "Q-1", "revision": "", "number": ""}
    assert (found["customer"], found["orders"][0]["dry_run"]) == ("Contoso Ltd", "passed")


def test_at_the_simulated_pax8_the_dry_run_is_called_and_nothing_is_bought() -> None:
    case = Pax8Case()
    customer = Customer(external_id=customers.CONTOSO.external_id or "", name=customers.CONTOSO.name)
    line = a_line(product_id=catalogue.BACKUP.id, billing_term="Monthly")

    order = planned(case.account, a_quote(line, customer=customer))

    assert (order.dry_run, order.questions, order.problems) == ("passed", (), ())
    assert (case.calls("rehearsal"), case.bought(), case.simulator.world.writes) == (1, 0, [])


def _domain() -> ProvisioningField:
    return ProvisioningField("domain", "Domain", "", FieldKind.SINGLE, ("contoso", "fabrikam"))
