"""Who buys: companies that a marketplace lists and makes, or customers that it knows by their address."""

import pytest

from pipeline.abilities import KnowsByEmail
from pipeline.domain.claim import AnswerClass
from pipeline.domain.company import CompanyStatus
from pipeline.domain.customer import Buyer, ContactRole
from pipeline.domain.errors import PortError
from tests.contracts.adapters import GRACE, Case, add_grace, contacts, in_time, new_company, over
from tests.contracts.case import WithCompanies, WithCompanyWords, WithContacts, WithEmails


@over(WithCompanies)
def test_a_company_is_read_with_its_status(case: WithCompanies) -> None:
    marketplace = case.open()

    assert {company_id: marketplace.company(company_id).status for company_id in case.statuses} == case.statuses


@over(WithCompanies)
def test_all_companies_come_each_once_whatever_their_status(case: WithCompanies) -> None:
    companies = {company.id: company for company in case.open().companies()}

    assert len(companies) == len(case.open().companies()) >= len(case.statuses)
    assert {company_id: companies[company_id].status for company_id in case.statuses} == case.statuses
    assert all(company.name for company in companies.values())


@over(WithCompanyWords)
@pytest.mark.parametrize("word", ["Hibernating", "ACTIVE?"])
def test_a_companys_status_that_the_contract_does_not_list_means_nothing(case: WithCompanyWords, word: str) -> None:
    case.say_of_company(next(iter(case.statuses)), word)

    company = case.open().company(next(iter(case.statuses)))

    assert (company.status, company.status_word) == (CompanyStatus.UNKNOWN, word)


@over(WithContacts)
def test_contacts_say_what_they_are_the_primary_of(case: WithContacts) -> None:
    people = contacts(case.open(), case.wanted("QW-CUST1").company_id)

    assert frozenset[ContactRole]().union(*(one.primary_for for one in people)) == set(ContactRole)


@over(WithContacts)
def test_a_company_is_created_with_its_reference_and_its_contacts(case: WithContacts) -> None:
    marketplace = case.open()

    answer = marketplace.send(new_company("Proseware", "CUST-2001", GRACE), in_time())

    assert answer.kind is AnswerClass.ACCEPTED
    company = marketplace.company(answer.ref or "")
    assert (company.external_id, company.status) == ("CUST-2001", CompanyStatus.ACTIVE)


@over(WithContacts)
def test_a_contact_added_to_an_inactive_company_makes_it_active(case: WithContacts) -> None:
    marketplace = case.open()

    answer = marketplace.send(add_grace(case.lacking_company_id), in_time())

    assert answer.kind is AnswerClass.ACCEPTED
    assert marketplace.company(case.lacking_company_id).status is CompanyStatus.ACTIVE


@over(WithContacts)
def test_an_existing_contact_gets_more_roles(case: WithContacts) -> None:
    marketplace = case.open()
    first = marketplace.send(add_grace(case.lacking_company_id), in_time())

    again = marketplace.send(add_grace(case.lacking_company_id, first.ref), in_time())

    assert (again.kind, again.ref) == (AnswerClass.ACCEPTED, first.ref)
    assert len(contacts(marketplace, case.lacking_company_id)) == 1


@over(WithContacts)
def test_a_taken_name_is_a_refusal_and_no_second_company(case: WithContacts) -> None:
    before = len(case.open().companies())

    answer = case.open().send(new_company(case.taken_name, "CUST-9"), in_time())

    assert answer.kind is AnswerClass.REJECTED
    assert answer.details
    assert len(case.open().companies()) == before


@over(without=WithContacts)
def test_a_company_or_a_contact_is_not_made_where_the_marketplace_has_none(case: Case) -> None:
    for write in (new_company(), add_grace(case.unknown_id)):
        answer = case.open().send(write, in_time())

        assert answer.kind is AnswerClass.NOT_SENT
        assert answer.details
    assert not case.simulator.traffic.calls


@over(WithEmails)
@pytest.mark.parametrize("as_typed", [str.lower, str.upper, str.title], ids=["small", "capitals", "mixed"])
def test_a_customer_is_known_by_the_address_whatever_its_capitals(case: WithEmails, as_typed: type[str]) -> None:
    marketplace = case.open()
    assert isinstance(marketplace, KnowsByEmail)

    found = marketplace.customers(as_typed(case.email))

    assert len(found) == 1
    assert found[0].email.casefold() == case.email.casefold()
    assert found[0].status is CompanyStatus.ACTIVE


@over(WithEmails)
def test_an_address_that_is_part_of_a_customers_is_nobodys(case: WithEmails) -> None:
    marketplace = case.open()
    assert isinstance(marketplace, KnowsByEmail)

    for email in (*case.emails_nobody_has, ""):
        assert not marketplace.customers(email)


@over(WithEmails)
def test_what_an_order_must_say_of_its_buyer_are_fields_of_a_buyer(case: WithEmails) -> None:
    marketplace = case.open()
    assert isinstance(marketplace, KnowsByEmail)
    buyer = case.wanted("QW-CUST2").buyer

    assert marketplace.wanted_of_buyer() <= set(Buyer.model_fields)
    assert buyer is not None
    assert all(getattr(buyer, field) for field in marketplace.wanted_of_buyer())


@over(WithEmails)
@pytest.mark.parametrize("kind", ["status", "reset", "html", "half_json", "empty"])
def test_a_search_for_an_address_that_fails_never_says_that_nobody_has_it(case: WithEmails, kind: str) -> None:
    marketplace = case.open()
    assert isinstance(marketplace, KnowsByEmail)
    case.fault(kind, "emails")

    with pytest.raises(PortError):
        marketplace.customers(case.email)
