from typing import Any

import pytest

from pipeline.domain.company import CompanyStatus
from pipeline.domain.customer import Contact, ContactRole, Customer
from pipeline.domain.facts import CompanyFacts
from pipeline.domain.order import CompanyPolicy, Policy
from pipeline.domain.outcome import Advance, Ask, GoBack
from pipeline.domain.stage import Stage
from pipeline.testing import CONTOSO, DANA, FakeByEmail, Walk, an_order
from tests.unit.stages.world import questions, the_question

ALWAYS = Policy(create_companies=CompanyPolicy.ALWAYS)


def at(customer: Customer = CONTOSO, **changed: Any) -> tuple[Walk, FakeByEmail]:
    market = FakeByEmail().sells("backup")
    return Walk(an_order(customer=customer, **changed), market), market


def resolved(walk: Walk) -> CompanyFacts:
    outcome = walk.run()
    assert isinstance(outcome, Advance), outcome
    assert outcome.facts.company is not None
    return outcome.facts.company


def test_a_customer_is_known_by_the_address_of_who_orders_in_any_capitals() -> None:
    walk, market = at()
    market.knows("c-1", "Contoso, Ltd.", email="DANA@contoso.example")

    company = resolved(walk)

    assert (company.id, company.made_by_order) == ("c-1", False)
    assert market.sent == []


@pytest.mark.parametrize(
    ("contacts", "address"),
    [
        pytest.param((DANA, Contact(email="kim@contoso.example", roles=(ContactRole.ADMIN,))), "kim@", id="by role"),
        pytest.param((Contact(first_name="Kim"), DANA), "dana@", id="the first who has an address"),
    ],
)
def test_who_orders_is_the_person_of_the_fitting_role(contacts: tuple[Contact, ...], address: str) -> None:
    walk, market = at(CONTOSO.model_copy(update={"contacts": contacts}))
    market.knows("c-1", email=f"{address}contoso.example")

    assert resolved(walk).id == "c-1"


def test_an_address_that_the_marketplace_knows_under_another_name_is_never_taken_without_a_person() -> None:
    walk, market = at()
    market.knows("c-9", "Fabrikam", email=DANA.email)

    asked = the_question(walk.run())
    assert asked.possible_values == ("c-9",)
    assert "Fabrikam" in asked.text

    assert resolved(walk.answer("company", "c-9")).id == "c-9"


def test_several_customers_of_one_address_are_for_a_person_to_choose_from() -> None:
    walk, market = at()
    market.knows("c-1", email=DANA.email)
    market.knows("c-2", email=DANA.email)

    assert the_question(walk.run()).possible_values == ("c-1", "c-2")


def test_a_deleted_customer_is_none() -> None:
    walk, market = at(policy=ALWAYS)
    market.knows("c-1", email=DANA.email, status=CompanyStatus.DELETED)

    assert resolved(walk).made_by_order


@pytest.mark.parametrize(
    ("policy", "answer"), [(CompanyPolicy.ALWAYS, ""), (CompanyPolicy.ASK, "create")], ids=["always", "when asked"]
)
def test_an_unknown_customer_is_made_by_the_order_where_the_policy_allows(policy: CompanyPolicy, answer: str) -> None:
    walk, market = at(policy=Policy(create_companies=policy))
    if answer:
        assert "'create'" in the_question(walk.run()).text
        walk.answer("company", answer)

    company = resolved(walk)

    assert (company.made_by_order, company.name) == (True, "Contoso Ltd")
    assert isinstance(walk.run(), Advance), "nothing has to be active yet"
    assert market.sent == []


def test_new_customers_of_one_address_go_by_one_id_so_that_they_are_bought_for_one_after_the_other() -> None:
    shouted = DANA.model_copy(update={"email": DANA.email.upper()})
    kim = DANA.model_copy(update={"email": "kim@contoso.example"})
    people = {"Contoso": DANA, "Fabrikam": shouted, "Proseware": kim}
    quoted = [
        CONTOSO.model_copy(update={"name": name, "ref": name, "contacts": (who,)}) for name, who in people.items()
    ]

    contoso, fabrikam, proseware = (resolved(at(customer, policy=ALWAYS)[0]).id for customer in quoted)

    assert contoso == fabrikam != proseware
    assert DANA.email not in contoso


@pytest.mark.parametrize("name", ["Fabrikam", "Contoso Ltd"])
def test_who_has_the_address_by_now_is_found_out_before_it_is_bought_for_them(name: str) -> None:
    walk, market = at(policy=ALWAYS)
    walk.run_to(Stage.FETCH_CATALOGUE)
    market.knows("c-9", name, email=DANA.email)

    back = walk.run()

    assert isinstance(back, GoBack)
    assert back.stage is Stage.RESOLVE_COMPANY
    if name == "Fabrikam":
        assert the_question(walk.run()).possible_values == ("c-9",)
    else:
        assert resolved(walk).id == "c-9"


def test_the_settings_can_forbid_that_an_order_makes_a_customer() -> None:
    walk, _ = at(policy=Policy(create_companies=CompanyPolicy.NEVER))

    assert "forbid" in the_question(walk.run()).text
    assert isinstance(walk.answer("company", "create").run(), Ask)


def test_without_an_address_a_person_is_asked_for_it() -> None:
    walk, market = at(CONTOSO.model_copy(update={"contacts": ()}))
    market.knows("c-1", email="it@contoso.example")

    assert the_question(walk.run()).key == "customer:email"

    assert resolved(walk.answer("customer:email", "it@contoso.example")).id == "c-1"


def test_the_order_names_the_customer_and_what_is_missing_is_asked_all_at_once() -> None:
    bare = CONTOSO.model_copy(update={"address": CONTOSO.address.model_copy(update={"street": "", "country": "USA"})})
    walk, _ = at(bare, policy=ALWAYS)

    asked = walk.run_to(Stage.VALIDATE_MOCK)

    assert {question.key for question in questions(asked)} == {"customer:street", "customer:country"}
    walk.answer("customer:street", "2 Side St").answer("customer:country", "US").run()
    buyer = walk.order.facts.buyer
    assert buyer is not None
    assert (buyer.street, buyer.country, buyer.email, buyer.phone) == ("2 Side St", "US", DANA.email, CONTOSO.phone)


def test_the_customer_of_a_marketplace_that_is_not_ordered_by_address_is_not_named() -> None:
    walk, market = at()
    market.knows("c-1", email=DANA.email)
    walk.run_to(Stage.VALIDATE_MOCK)

    assert walk.order.facts.buyer is not None
