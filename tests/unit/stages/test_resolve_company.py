from collections import deque
from typing import Any

import pytest

from pipeline.domain.claim import Answer, AnswerClass, Closing, CreateCompany
from pipeline.domain.company import CompanyStatus
from pipeline.domain.customer import Address, Customer
from pipeline.domain.errors import NotFound
from pipeline.domain.order import CompanyPolicy, Policy
from pipeline.domain.outcome import Advance, Ask, Looked, Outcome, RetryLater, WaitUntil
from pipeline.domain.question import QuestionKind
from pipeline.marketplaces.pax8.simulator import customers
from pipeline.testing import CONTOSO, FakeMarketplace, Walk, an_order, lost_claim
from tests.unit.stages.world import Pax8Walk, at_pax8, questions, seconds, the_question

ALWAYS = Policy(create_companies=CompanyPolicy.ALWAYS)
NOWHERE = "00000000-0000-4000-8000-000000000000"


def named(name: str, country: str = "US", **changed: Any) -> Customer:
    return Customer(name=name, address=Address(country=country), **changed)


def found(outcome: Outcome) -> str:
    assert isinstance(outcome, Advance), outcome
    assert outcome.facts.company is not None
    return outcome.facts.company.id


def at(customer: Customer, **changed: Any) -> Pax8Walk:
    return at_pax8(customer=customer, **changed)


def new(**changed: Any) -> Customer:
    return CONTOSO.model_copy(update={"name": "Proseware", **changed})


@pytest.mark.parametrize(
    ("customer", "expected"),
    [
        pytest.param(Customer(external_id="CUST-1001"), customers.CONTOSO, id="its external id alone"),
        pytest.param(named("CONTOSO!"), customers.CONTOSO, id="its name and country, in other letters"),
        pytest.param(
            named("Contoso", external_id="CUST-1007"), customers.TAILSPIN_ONE_PARENT, id="its external id over its name"
        ),
        pytest.param(
            Customer(name="Contoso", marketplace_ids={"pax8": customers.TAILSPIN_ONE_PARENT.id}),
            customers.TAILSPIN_ONE_PARENT,
            id="the id in the quote over its name",
        ),
        pytest.param(named("Northwind Traders"), customers.NORTHWIND_INACTIVE, id="an inactive company too"),
    ],
)
def test_the_company_is_found_by(customer: Customer, expected: customers.Customer) -> None:
    walk = at(customer)

    assert found(walk.run()) == expected.id
    assert walk.writes == []


def test_the_remembered_link_comes_before_everything_in_the_quote() -> None:
    assert found(at(named("Contoso"), link=customers.TAILSPIN_ONE_PARENT.id).run()) == customers.TAILSPIN_ONE_PARENT.id


@pytest.mark.parametrize(
    ("customer", "possible", "says"),
    [
        pytest.param(
            named("Fabrikam Ltd"),
            {customers.FABRIKAM.id, customers.FABRIKAM_AGAIN.id},
            "2 companies with the name and country",
            id="two of the name",
        ),
        pytest.param(
            named("Contoso", country=""), {customers.CONTOSO.id, "create"}, "country is missing", id="no country"
        ),
        pytest.param(named("Contoso", country="CA"), set(), "has no company for Contoso", id="another country"),
        pytest.param(named("Proseware"), set(), "has no company for Proseware", id="nobody"),
        pytest.param(named("Proseware, Inc."), set(), "for Proseware, Inc. Answer", id="a name that ends with a stop"),
        pytest.param(named("Litware, Inc."), set(), "was deleted", id="deleted, by its name"),
        pytest.param(Customer(external_id="CUST-1004"), set(), "was deleted", id="deleted, by its external id"),
        pytest.param(
            Customer(name="x", marketplace_ids={"pax8": customers.LITWARE_DELETED.id}),
            set(),
            "was deleted",
            id="deleted, by the id in the quote",
        ),
        pytest.param(
            Customer(name="x", marketplace_ids={"pax8": NOWHERE}),
            set(),
            f"no company with the id {NOWHERE}",
            id="no such id",
        ),
        pytest.param(
            Customer(name="x", marketplace_ids={"pax8": "none"}),
            set(),
            "no company with the id none",
            id="no id at all",
        ),
    ],
)
def test_a_person_is_asked_and_nothing_made_for(customer: Customer, possible: set[str], says: str) -> None:
    walk = at(customer)

    asked = the_question(walk.run())

    assert asked.kind is QuestionKind.COMPANY
    assert set(asked.possible_values) == possible
    assert says in asked.text
    assert walk.writes == []


def test_the_answered_company_is_used() -> None:
    assert found(at(named("Fabrikam Ltd")).answer("company", customers.FABRIKAM.id).run()) == customers.FABRIKAM.id


def test_an_answered_company_that_does_not_exist_is_asked_for_again() -> None:
    assert f"no company with the id {NOWHERE}" in the_question(at(named("x")).answer("company", NOWHERE).run()).text


def test_a_company_is_made_when_a_person_says_so_with_its_contacts_at_once() -> None:
    walk = at(new()).answer("company", "create")

    company = found(walk.run())

    assert walk.order.claims[0].closing is Closing.ACCEPTED
    assert walk.case.simulator.world.companies[company].status == "Active"
    assert walk.case.simulator.world.companies[company].external_id == "CRM-42"


def test_an_inactive_ghost_is_used_even_where_a_person_said_create() -> None:
    walk = at(named("Northwind Traders")).answer("company", "create")

    assert found(walk.run()) == customers.NORTHWIND_INACTIVE.id


def test_the_settings_may_forbid_making_a_company() -> None:
    walk = at(new(), policy=Policy(create_companies=CompanyPolicy.NEVER)).answer("company", "create")

    assert "the settings forbid" in the_question(walk.run()).text
    assert walk.writes == []


def test_what_a_new_company_lacks_is_asked_field_by_field_and_the_answers_are_used() -> None:
    walk = at(new(phone="", address=Address(city="Denver", country="USA")), policy=ALWAYS)

    keys = [question.key for question in questions(walk.run())]
    for key, value in {"phone": "555", "street": "1 Main St", "country": "us"}.items():
        walk.answer(f"customer:{key}", value)

    assert keys == ["customer:phone", "customer:street", "customer:country"]
    assert walk.case.simulator.world.companies[found(walk.run())].address["country"] == "US"


def test_a_customer_without_any_key_of_its_own_gets_one_for_its_company() -> None:
    walk = at(new(ref=""), policy=ALWAYS)

    found(walk.run())

    write = walk.order.claims[0].write
    assert isinstance(write, CreateCompany)
    assert write.external_id == f"quoteway-{walk.order.customer_key[:16]}"


def test_a_refusal_that_names_a_field_asks_for_that_field() -> None:
    market = FakeMarketplace()
    market.answers.append(Answer(AnswerClass.REJECTED, details=("website must be a full URL.",)))
    walk = Walk(an_order(customer=new(contacts=()), policy=ALWAYS), market)

    asked = the_question(walk.run())

    assert (asked.key, asked.kind) == ("customer:website", QuestionKind.CUSTOMER_DETAILS)
    assert "website must be a full URL" in asked.text


def test_contacts_that_were_refused_are_left_for_later() -> None:
    market = FakeMarketplace()
    market.answers.append(Answer(AnswerClass.REJECTED, details=("contacts[0].email is not valid",)))
    walk = Walk(an_order(customer=new(), policy=ALWAYS), market)

    found(walk.run())

    assert [len(write.contacts) for write in market.sent if isinstance(write, CreateCompany)] == [1, 0]


def test_a_name_that_exists_already_is_shown_to_a_person() -> None:
    walk = at(new(name="Contoso", address=CONTOSO.address.model_copy(update={"country": "CA"})), policy=ALWAYS)

    assert "already exists" in the_question(walk.run()).text
    assert walk.writes == []


@pytest.mark.parametrize("kind", [AnswerClass.NOT_SENT, AnswerClass.THROTTLED], ids=str)
def test_what_was_surely_not_made_is_tried_again_later(kind: AnswerClass) -> None:
    market = FakeMarketplace(answers=deque([Answer(kind, after=seconds(7))]))

    outcome = Walk(an_order(customer=new(), policy=ALWAYS), market).run()

    assert isinstance(outcome, RetryLater)
    assert outcome.after == seconds(7)


def lost_creation(*, made: bool, **policy: Any) -> Pax8Walk:
    walk = at(new(), policy=Policy(create_companies=CompanyPolicy.ALWAYS, **policy))
    when = "after" if made else "before"
    walk.case.simulator.faults.add(match=("POST", "/v1/companies"), kind="reset", when=when)
    assert isinstance(walk.run(), WaitUntil)
    return walk


def test_a_company_whose_answer_was_lost_is_found_and_not_made_again() -> None:
    walk = lost_creation(made=True)

    looked = walk.pass_time(5).run()

    assert isinstance(looked, Looked)
    assert found(walk.run()) == looked.adopt
    assert walk.writes == ["POST companies"]


def look_until_settled(walk: Pax8Walk) -> Looked:
    for _ in range(20):
        outcome = walk.run()
        assert isinstance(outcome, Looked)
        if not isinstance(outcome.then, WaitUntil):
            return outcome
        walk.pass_time((outcome.then.when - walk.order.now).total_seconds())
    raise AssertionError("it looks for ever")


def test_a_company_that_is_not_there_is_asked_about_after_the_settling_period_only() -> None:
    walk = lost_creation(made=False)
    began = walk.order.now

    asked = the_question(look_until_settled(walk))

    assert walk.order.now >= began + seconds(180)
    assert len(walk.order.claims[0].looks) >= 2
    assert "did not find it" in asked.text
    assert walk.writes == []


def test_create_again_looks_once_more_and_then_makes_it() -> None:
    walk = lost_creation(made=False)
    look_until_settled(walk)
    walk.pass_time(60).answer("company:lost", "create again")

    looked = walk.run()

    assert isinstance(looked, Looked)
    assert looked.absent
    found(walk.run())
    assert walk.writes == ["POST companies"]


def test_create_again_adopts_what_shows_up_at_last() -> None:
    walk = lost_creation(made=False)
    look_until_settled(walk)
    late = walk.case.simulator.world.company("Proseware", primaries=())
    walk.pass_time(60).answer("company:lost", "create again")

    looked = walk.run()

    assert isinstance(looked, Looked)
    assert looked.adopt == late.id


def test_a_person_may_name_the_company_that_was_made() -> None:
    walk = lost_creation(made=False).pass_time(60).answer("company:lost", customers.CONTOSO.id)

    looked = walk.run()

    assert isinstance(looked, Looked)
    assert looked.adopt == customers.CONTOSO.id


def test_absent_is_made_again_without_a_person_where_the_owner_switched_that_on() -> None:
    walk = lost_creation(made=False, resend_when_absent=True)

    assert look_until_settled(walk).absent
    found(walk.run())
    assert walk.writes == ["POST companies"]


def test_while_somebody_may_still_be_sending_nobody_looks() -> None:
    market = FakeMarketplace()
    order = an_order(customer=new(), policy=ALWAYS)
    write = CreateCompany(
        external_id="x",
        name="x",
        phone="",
        website="",
        street="",
        street2="",
        city="",
        state="",
        postal_code="",
        country="",
    )
    walk = Walk(order, market).change(claims=(lost_claim(order, write),))

    outcome = walk.later(seconds(59)).run()

    assert isinstance(outcome, WaitUntil)
    assert market.calls["companies"] == 0
    assert isinstance(walk.later(seconds(1)).run(), Looked)


def test_a_made_company_that_cannot_be_read_yet_is_no_reason_to_make_another() -> None:
    """Lists and reads may lag behind the creation: what the claim says counts."""
    market = FakeMarketplace()
    walk = Walk(an_order(customer=new()), market).answer("company", "create").later(seconds(1))
    company = found(walk.run())
    walk.change(stage=walk.order.stage.RESOLVE_COMPANY)
    hidden = market.listed.pop(company)

    with pytest.raises(NotFound):
        walk.run()

    market.listed[company] = hidden
    assert found(walk.run()) == company
    assert len(market.sent) == 1


def test_a_deleted_company_that_a_person_names_is_not_used() -> None:
    market = FakeMarketplace()
    market.knows("gone", status=CompanyStatus.DELETED)

    outcome = Walk(an_order(), market).answer("company", "gone").run()

    assert isinstance(outcome, Ask)
    assert "was deleted" in the_question(outcome).text
