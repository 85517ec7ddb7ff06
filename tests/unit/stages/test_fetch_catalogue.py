from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from pipeline.domain.catalogue import Commitment, Constraint, Dependencies, Price, PriceKind, Rate, Verdict
from pipeline.domain.customer import Customer
from pipeline.domain.facts import CompanyFacts, Facts, LineFacts, RehearsalFacts
from pipeline.domain.money import Money
from pipeline.domain.order import Policy
from pipeline.domain.outcome import Advance, Outcome
from pipeline.domain.question import Act, Question, QuestionKind
from pipeline.domain.stage import Stage
from pipeline.domain.terms import BillingTerm
from pipeline.marketplaces.pax8.simulator import catalogue, customers
from pipeline.testing import FakeMarketplace, Walk, a_line, a_price
from tests.unit.stages.world import Pax8Walk, at_fake, at_pax8, questions, the_question

STAGE = Stage.FETCH_CATALOGUE
NOWHERE = "00000000-0000-4000-8000-000000000000"


def usd(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="USD")


def at(*lines: Any, company: customers.Customer = customers.CONTOSO, **changed: Any) -> Pax8Walk:
    facts = Facts(company=CompanyFacts(id=company.id, name=company.name, how=""))
    return at_pax8(*lines, customer=Customer(name=company.name), stage=STAGE, facts=facts, **changed)


def facts_of(outcome: Outcome) -> tuple[LineFacts, ...]:
    assert isinstance(outcome, Advance), outcome
    assert outcome.facts.catalogue is not None
    return outcome.facts.catalogue.lines


def notes(outcome: Outcome) -> str:
    assert isinstance(outcome, Advance), outcome
    return " ".join(outcome.notes)


def backup(**changed: Any) -> Any:
    return a_line(product_id=catalogue.BACKUP.id, **changed)


def test_a_plain_line_is_learnt_whole() -> None:
    walk = at(backup(unit_cost="4.50"))

    (line,) = facts_of(walk.run())

    assert line == LineFacts(
        line_id="1",
        product_id=catalogue.BACKUP.id,
        product_name="Cloud Backup Standard",
        quantity=10,
        billing_term=BillingTerm.MONTHLY,
        unit_cost=usd("4.5"),
        total_cost=usd("45"),
    )
    assert walk.order.facts.catalogue is not None
    assert walk.order.facts.catalogue.fetched_at == walk.order.now


@pytest.mark.parametrize(
    ("line", "kind", "possible", "says"),
    [
        pytest.param(
            a_line(product_id=NOWHERE),
            QuestionKind.PRODUCT,
            (),
            f"no product with the id {NOWHERE}",
            id="unknown product",
        ),
        pytest.param(a_line(product_id="x"), QuestionKind.PRODUCT, (), "no product with the id x", id="no id at all"),
        pytest.param(
            a_line(product_id="", sku="NONE"),
            QuestionKind.PRODUCT,
            (),
            "no product with the SKU NONE",
            id="unknown SKU",
        ),
        pytest.param(
            backup(billing_term=""),
            QuestionKind.BILLING_TERM,
            ("Monthly", "Annual"),
            "names no billing term",
            id="no term",
        ),
        pytest.param(
            backup(billing_term="Fortnightly"),
            QuestionKind.BILLING_TERM,
            ("Monthly", "Annual"),
            "'Fortnightly'",
            id="unknown term",
        ),
        pytest.param(
            backup(billing_term="3-Year"),
            QuestionKind.BILLING_TERM,
            ("Monthly", "Annual"),
            "not offered",
            id="term not offered",
        ),
        pytest.param(
            backup(commitment="1-Year"),
            QuestionKind.COMMITMENT,
            ("none",),
            "'1-Year' is not offered",
            id="commitment of a product without",
        ),
        pytest.param(
            a_line(product_id=catalogue.M365_E3.id),
            QuestionKind.COMMITMENT,
            ("1-Year", "3-Year"),
            "needs a commitment",
            id="several commitments possible",
        ),
        pytest.param(
            a_line(product_id=catalogue.M365_E3.id, commitment="2-Year"),
            QuestionKind.COMMITMENT,
            ("1-Year", "3-Year"),
            "'2-Year' is not offered",
            id="commitment not offered",
        ),
        pytest.param(
            a_line(product_id=catalogue.M365_E3.id, billing_term="3-Year", commitment="1-Year"),
            QuestionKind.COMMITMENT,
            ("3-Year",),
            "'1-Year' is not offered",
            id="commitment shorter than the term",
        ),
        pytest.param(
            a_line(product_id=catalogue.SITE_LICENCE.id, quantity=300, billing_term="Annual"),
            QuestionKind.PRICE,
            ("order anyway",),
            "for 1 to 50 and 51 to 250",
            id="quantity not on sale",
        ),
        pytest.param(
            a_line(product_id=catalogue.TEAMS_PHONE.id),
            QuestionKind.PARENT,
            (),
            "'Requires a base plan'",
            id="no parent anywhere",
        ),
    ],
)
def test_a_line_asks_for(line: Any, kind: QuestionKind, possible: tuple[str, ...], says: str) -> None:
    asked = the_question(at(line).run())

    assert (asked.kind, asked.possible_values, asked.line) == (kind, possible, "1")
    assert asked.text.startswith("Line 1")
    assert says in asked.text


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        pytest.param(a_line(product_id=NOWHERE), "product:1", catalogue.BACKUP.id, id="product"),
        pytest.param(backup(billing_term="often"), "billing_term:1", "Annual", id="billing term"),
        pytest.param(backup(commitment="1-Year"), "commitment:1", "none", id="no commitment"),
        pytest.param(a_line(product_id=catalogue.M365_E3.id), "commitment:1", "3-Year", id="commitment"),
        pytest.param(
            a_line(product_id=catalogue.SITE_LICENCE.id, quantity=300, billing_term="Annual"),
            "quantity:1",
            "order anyway",
            id="quantity",
        ),
    ],
)
def test_an_answer_is_used(line: Any, key: str, value: str) -> None:
    walk = at(line)
    assert the_question(walk.run()).key == key

    assert len(facts_of(walk.answer(key, value).run())) == 1


def test_everything_of_all_lines_is_asked_at_once() -> None:
    outcome = at(backup(billing_term="often"), a_line("2", NOWHERE), a_line("3", catalogue.TEAMS_PHONE.id)).run()

    assert [question.key for question in questions(outcome)] == ["billing_term:1", "product:2"]


def test_a_product_is_found_by_its_sku() -> None:
    assert facts_of(at(a_line(product_id="", sku="KPS-BAK-STD")).run())[0].product_id == catalogue.BACKUP.id


def test_a_tool_s_key_that_is_not_mapped_is_asked_about_even_where_it_is_some_product_s_sku() -> None:
    asked = the_question(at(a_line(product_id="", sku="KPS-BAK-STD", source_key="KPS-BAK-STD")).run())

    assert (asked.kind, asked.possible_values) == (QuestionKind.PRODUCT, ())
    assert "the product map has no product, or several, for 'KPS-BAK-STD'" in asked.text
    assert f"Cloud Backup Standard ({catalogue.BACKUP.id}). Answer with" in asked.text


def test_a_line_without_any_key_is_asked_about() -> None:
    assert "the quote names no product" in the_question(at(a_line(product_id="", sku="")).run()).text


def test_of_several_products_of_a_sku_a_person_chooses() -> None:
    market = FakeMarketplace().sells("one").sells("two")
    market.catalogue = {key: type(one)(key, one.name, "SAME", "", False) for key, one in market.catalogue.items()}
    walk = at_fake(STAGE, a_line(product_id="", sku="SAME"), market=market)

    asked = the_question(walk.run())

    assert asked.possible_values == ("one", "two")
    assert facts_of(walk.answer(asked.key, "two").run())[0].product_id == "two"


@pytest.mark.parametrize(
    ("word", "commitment", "expected"),
    [
        pytest.param("Annual", "3-Year", catalogue.E3_THREE_YEARS.id, id="by its word"),
        pytest.param("annual", "36 months", catalogue.E3_THREE_YEARS.id, id="by its length"),
        pytest.param("1 Year", "1 Year", catalogue.E3_ONE_YEAR.id, id="as Pax8's quotes write"),
        pytest.param("Monthly", catalogue.E3_ONE_YEAR.id, catalogue.E3_ONE_YEAR.id, id="by its id"),
        pytest.param("3-Year", "", catalogue.E3_THREE_YEARS.id, id="the only one long enough"),
    ],
)
def test_the_commitment_is_chosen(word: str, commitment: str, expected: str) -> None:
    line = a_line(product_id=catalogue.M365_E3.id, billing_term=word, commitment=commitment)

    assert facts_of(at(line).run())[0].commitment_id == expected


def test_the_timeline_says_that_the_only_commitment_was_taken() -> None:
    line = a_line(product_id=catalogue.M365_E3.id, billing_term="3-Year")

    assert "the only possible commitment, 3-Year, was taken" in notes(at(line).run())


def test_commitments_of_one_word_are_chosen_by_their_ids() -> None:
    twins = Dependencies(commitments=(Commitment("a", "1-Year", 12), Commitment("b", "1-Year", 12)))
    market = FakeMarketplace().sells("plan", a_price(months=12), needs=twins, requires_commitment=True)
    walk = at_fake(STAGE, a_line(product_id="plan", commitment="1-Year"), market=market)

    asked = the_question(walk.run())

    assert asked.possible_values == ("a", "b")
    assert facts_of(walk.answer(asked.key, "b").run())[0].commitment_id == "b"


def test_a_price_of_a_commitment_is_not_taken_for_a_line_without_one() -> None:
    market = FakeMarketplace().sells("plan", a_price("1.00", months=12), a_price("2.00"))

    assert facts_of(at_fake(STAGE, a_line(product_id="plan"), market=market).run())[0].unit_cost == usd("2.00")


@pytest.mark.parametrize(
    ("quoted", "tolerance", "asks"),
    [("4.50", "0", False), ("4.49", "0", True), ("4.00", "12.5", False), ("4.00", "12.4", True), ("0", "50", True)],
)
def test_the_guard_asks_above_the_tolerance_only(quoted: str, tolerance: str, asks: bool) -> None:
    outcome = at(backup(unit_cost=quoted), policy=Policy(price_tolerance=Decimal(tolerance))).run()

    assert isinstance(outcome, Advance) is not asks


def dearer() -> tuple[Pax8Walk, Question]:
    walk = at(backup(unit_cost="4.00"))
    return walk, the_question(walk.run())


def test_a_risen_price_is_shown_with_both_figures_in_money() -> None:
    _, asked = dearer()

    assert (asked.kind, asked.acts, asked.amount) == (QuestionKind.PRICE, (Act.APPROVE, Act.CANCEL), usd("4.5"))
    for figure in ("4.50 USD a unit", "4.00 USD", "45.00 USD instead of 40.00 USD", "5.00 USD more (12.5 %)"):
        assert figure in asked.text


@pytest.mark.parametrize(
    ("approval", "holds"), [("4.50", True), ("5.00", True), ("4.49", False)], ids=["as shown", "for more", "for less"]
)
def test_an_approval_holds_up_to_its_amount(approval: str, holds: bool) -> None:
    walk, asked = dearer()

    assert isinstance(walk.answer(asked.key, amount=usd(approval)).run(), Advance) is holds


def test_a_price_that_rises_past_its_approval_asks_again() -> None:
    walk, asked = dearer()
    walk.answer(asked.key, amount=asked.amount)
    walk.pax8.world.reprice(catalogue.BACKUP.id, cost=Decimal("4.51"))

    assert the_question(walk.run()).amount == usd("4.51")


def test_an_approval_in_another_currency_is_none() -> None:
    walk, asked = dearer()

    assert questions(walk.answer(asked.key, amount=Money(amount=Decimal(9), currency="EUR")).run())


def test_without_a_quoted_cost_nothing_is_guarded_and_the_timeline_says_so() -> None:
    assert "no quoted cost" in notes(at(backup()).run())


def test_the_approved_amount_of_an_uneven_unit_is_what_is_shown() -> None:
    price = Price(BillingTerm.MONTHLY, "Monthly", None, PriceKind.FLAT, (Rate(Decimal(10), flat=True),))
    market = FakeMarketplace().sells("site", price)
    walk = at_fake(STAGE, a_line(product_id="site", quantity=3, unit_cost="1.00"), market=market)

    asked = the_question(walk.run())

    assert asked.amount == usd("3.333334")
    assert isinstance(walk.answer(asked.key, amount=usd("3.333334")).run(), Advance)


@pytest.mark.parametrize("unit_cost", [None, "4.00"], ids=["nothing quoted", "a cost quoted"])
def test_a_price_that_nobody_can_read_is_asked_about_only_where_there_is_something_to_compare(unit_cost: Any) -> None:
    odd = Price(BillingTerm.MONTHLY, "Monthly", None, PriceKind.OTHER, (Rate(Decimal(1)),))
    market = FakeMarketplace().sells("odd", odd)
    walk = at_fake(STAGE, a_line(product_id="odd", unit_cost=unit_cost), market=market)
    outcome = walk.run()
    if unit_cost is not None:
        assert the_question(outcome).key == "unpriced:1"
        outcome = walk.answer("unpriced:1", "order anyway").run()

    assert facts_of(outcome)[0].unit_cost is None
    assert "not verified" in notes(outcome)


def test_another_currency_asks_once_for_all_lines_and_is_then_not_guarded() -> None:
    euros = Money(amount=Decimal("0.01"), currency="EUR")
    walk = at(backup(unit_cost=euros), a_line("2", catalogue.BACKUP.id, unit_price=euros))

    asked = the_question(walk.run())

    assert (asked.kind, asked.line) == (QuestionKind.CURRENCY, None)
    assert "billed in USD" in asked.text
    assert "EUR" in asked.text
    assert "not guarded" in notes(walk.answer("currency", "order anyway").run())


def phone(line_id: str = "phone", **changed: Any) -> Any:
    return a_line(line_id, catalogue.TEAMS_PHONE.id, **changed)


def plan(line_id: str = "plan") -> Any:
    return a_line(line_id, catalogue.M365_E3.id, commitment="1-Year")


def test_the_only_live_subscription_becomes_the_parent() -> None:
    walk = at(phone(), company=customers.TAILSPIN_ONE_PARENT)
    (owned,) = walk.pax8.world.subscriptions_by_company[customers.TAILSPIN_ONE_PARENT.id]

    assert facts_of(walk.run())[0].parent_subscription_id == owned.id


@pytest.mark.parametrize("status", ["Cancelled", "PendingCancel", "PendingManual", "Odd"])
def test_a_subscription_that_is_not_live_is_no_parent(status: str) -> None:
    walk = at(phone(), company=customers.TAILSPIN_ONE_PARENT)
    (owned,) = walk.pax8.world.subscriptions_by_company[customers.TAILSPIN_ONE_PARENT.id]
    walk.pax8.world.set_status(owned.id, status)

    assert the_question(walk.run()).acts == (Act.RETRY, Act.CANCEL)


def test_of_several_parents_a_person_chooses() -> None:
    walk = at(phone(), plan(), company=customers.WINGTIP_TWO_PARENTS)
    asked = the_question(walk.run())

    assert asked.kind is QuestionKind.PARENT
    assert asked.possible_values[0] == "line plan"
    assert len(asked.possible_values) == 3
    assert facts_of(walk.answer(asked.key, "line plan").run())[0].parent_line == "plan"


@pytest.mark.parametrize("by", ["line", "subscription"])
def test_the_parent_that_the_quote_names_wins(by: str) -> None:
    walk = at(phone(), plan(), company=customers.WINGTIP_TWO_PARENTS)
    owned = walk.pax8.world.subscriptions_by_company[customers.WINGTIP_TWO_PARENTS.id][1].id
    named = phone(parent_line="plan") if by == "line" else phone(parent_subscription=owned)
    walk = at(named, plan(), company=customers.WINGTIP_TWO_PARENTS)
    # An equal seed makes equal ids.

    line = facts_of(walk.run())[0]

    assert (line.parent_line, line.parent_subscription_id) == (("plan", None) if by == "line" else (None, owned))


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ({"parent_subscription": NOWHERE}, "the company has no such subscription"),
        ({"parent_line": "other"}, "is of another product"),
    ],
    ids=["no such subscription", "a line of another product"],
)
def test_a_named_parent_that_does_not_fit_asks(named: dict[str, str], says: str) -> None:
    walk = at(phone(**named), plan(), a_line("other", catalogue.BACKUP.id))

    asked = the_question(walk.run())

    assert says in asked.text
    assert asked.possible_values == ("line plan",)


def test_a_named_parent_of_a_product_that_depends_on_none_asks() -> None:
    walk = at(backup(parent_line="2"), a_line("2", catalogue.BACKUP.id))
    asked = the_question(walk.run())

    assert asked.possible_values == ("no parent",)
    assert facts_of(walk.answer(asked.key, "no parent").run())[0].parent_line is None


def test_several_constraints_without_a_common_parent_ask_which_it_is() -> None:
    archive = a_line("archive", catalogue.COMPLIANCE.id)
    walk = at(archive, plan(), a_line("backup", catalogue.BACKUP.id))

    asked = the_question(walk.run())

    assert asked.possible_values == ("line plan", "line backup")
    assert "no single parent" in asked.text
    assert facts_of(walk.answer(asked.key, "line backup").run())[0].parent_line == "backup"


def test_a_constraint_that_nothing_meets_names_the_products_that_would() -> None:
    asked = the_question(at(a_line("archive", catalogue.COMPLIANCE.id), plan()).run())

    assert "'Requires the backup', met by Cloud Backup Standard" in asked.text


def mutual() -> FakeMarketplace:
    """Two products that each need the other."""
    market = FakeMarketplace()
    for product, other in (("a", "b"), ("b", "a")):
        market.sells(product, needs=Dependencies(constraints=(Constraint(f"needs {other}", frozenset({other})),)))
    return market


def test_lines_never_hang_from_each_other_whatever_is_answered() -> None:
    lines = (a_line("1", "a"), a_line("2", "b"))
    walk = at_fake(STAGE, *lines, market=mutual()).answer("parent:1", "line 2").answer("parent:2", "line 1")

    asked = the_question(walk.run())

    assert asked.key == "parent:2"
    assert asked.possible_values == ()


def test_a_parents_product_id_may_be_written_in_other_capitals() -> None:
    market = mutual()
    market.subscribes("owned", "B")

    assert facts_of(at_fake(STAGE, a_line("1", "a"), market=market).run())[0].parent_subscription_id == "owned"


def test_another_companys_subscription_is_no_parent() -> None:
    market = mutual()
    market.subscribes("theirs", "b", company_id="other")

    assert the_question(at_fake(STAGE, a_line("1", "a"), market=market).run()).possible_values == ()


def test_equal_products_are_read_once() -> None:
    market = FakeMarketplace().sells("backup")
    walk = at_fake(STAGE, *(a_line(str(number)) for number in range(20)), market=market)

    assert len(facts_of(walk.run())) == 20
    assert market.calls == {"product": 1, "prices": 1, "dependencies": 1}


def rehearsed(walk: Walk) -> Walk:
    walk.run()
    passed = RehearsalFacts(hash="x", at=datetime(2026, 1, 1, tzinfo=UTC))
    return walk.change(stage=STAGE, facts=walk.order.facts.learn(rehearsal=passed))


def test_the_dry_run_is_kept_only_while_nothing_changed() -> None:
    market = FakeMarketplace().sells("backup")
    walk = rehearsed(at_fake(STAGE, market=market))

    walk.run()
    assert walk.order.facts.rehearsal is not None

    market.sells("backup", a_price("9.00"))
    walk.change(stage=STAGE).run()
    assert walk.order.facts.rehearsal is None


def test_a_live_trial_of_the_product_is_a_parent_too() -> None:
    market = mutual()
    market.subscribes("sub", "b", status=("Trial", Verdict.LIVE))

    assert facts_of(at_fake(STAGE, a_line("1", "a"), market=market).run())[0].parent_subscription_id == "sub"
