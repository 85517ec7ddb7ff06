import pytest

from pipeline.domain.customer import Address, Contact, ContactRole, Customer, normal_name
from pipeline.domain.identification import identify
from pipeline.domain.primaries import allot, named
from pipeline.testing import CONTOSO, DANA


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Contoso Ltd", "CONTOSO LTD."),
        ("Müller & Söhne", "Muller and Sohne"),
        ("  A.B.C.   Inc ", "a b c inc"),
        ("Straße", "STRASSE"),
        ("\uff21\uff22\uff23", "abc"),
    ],
)
def test_names_that_people_take_for_one_are_one(one: str, other: str) -> None:
    assert normal_name(one) == normal_name(other)


@pytest.mark.parametrize(("one", "other"), [("Contoso", "Contoso Ltd"), ("AB", "A B"), ("Contoso 1", "Contoso 2")])
def test_names_that_differ_stay_apart(one: str, other: str) -> None:
    assert normal_name(one) != normal_name(other)


@pytest.mark.parametrize(
    ("customer", "identity"),
    [
        (CONTOSO, "ref|crm|CRM-42"),
        (Customer(external_id="X", name="Contoso"), "external|X"),
        (Customer(name="Contoso", marketplace_ids={"pax8": "id"}), "company|pax8|id"),
        (Customer(name="Contoso, Ltd.", address=Address(country="us")), "name|contoso ltd|US"),
    ],
    ids=["ref", "external id", "company", "name"],
)
def test_a_customer_is_known_by_its_surest_key(customer: Customer, identity: str) -> None:
    assert customer.identity("crm", "pax8") == identity


def test_a_ref_means_something_only_within_its_system() -> None:
    assert CONTOSO.identity("crm", "pax8") != CONTOSO.identity("psa", "pax8")


def test_nobody_is_identified_without_a_name_or_a_key() -> None:
    assert identify(Customer(ref="CRM-42"), []).certain == ()


def test_a_person_without_roles_fills_what_people_of_a_role_leave() -> None:
    ada = DANA.model_copy(update={"email": "ada@x.example", "roles": (ContactRole.BILLING,)})

    people, missing = allot(ContactRole, (DANA, ada), {})

    assert {person.email: person.roles for person in people} == {
        DANA.email: (ContactRole.ADMIN, ContactRole.TECHNICAL),
        "ada@x.example": (ContactRole.BILLING,),
    }
    assert missing == ()


def test_who_was_chosen_for_a_role_has_it_before_the_quotes_people() -> None:
    chosen = named(ContactRole.ADMIN, ("Ada", "Byron", "ada@x.example", "555"))
    assert chosen is not None

    people, missing = allot((ContactRole.ADMIN,), (DANA,), {ContactRole.ADMIN: chosen})

    assert [person.email for person in people] == ["ada@x.example"]
    assert missing == ()


def test_a_person_of_other_roles_is_not_taken_for_a_role_that_nobody_gave_them() -> None:
    billing = DANA.model_copy(update={"roles": (ContactRole.BILLING,)})

    assert allot((ContactRole.ADMIN,), (billing,), {}) == ((), (ContactRole.ADMIN,))


def test_an_incomplete_person_is_nobody() -> None:
    assert not Contact(first_name="Dana", last_name="Reyes", email="d@x.example").complete
