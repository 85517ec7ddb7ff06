"""Which of a marketplace's companies the customer is: exact rules only, nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.domain.claim import CreateCompany
from pipeline.domain.company import Company, CompanyStatus
from pipeline.domain.customer import Customer, normal_name


@dataclass(frozen=True, slots=True)
class Identified:
    """
    What was found. `certain` companies are the customer by a rule whose name is `by`; more than one is for a person to
    choose from. `likely` ones have the name, but a country is missing on one side. `deleted` ones would have matched.
    """

    certain: tuple[Company, ...] = ()
    by: str = ""
    likely: tuple[Company, ...] = ()
    deleted: tuple[Company, ...] = ()


def identify(customer: Customer, companies: Iterable[Company]) -> Identified:
    """By external id exactly, else by normalised name and country. Companies that were deleted are only reported."""
    everything = tuple(companies)
    living = [company for company in everything if company.status is not CompanyStatus.DELETED]
    gone = tuple(
        company
        for company in everything
        if company.status is CompanyStatus.DELETED and (_same_key(customer, company) or _same_place(customer, company))
    )
    if found := tuple(company for company in living if _same_key(customer, company)):
        return Identified(found, "external id")
    if found := tuple(company for company in living if _same_place(customer, company)):
        return Identified(found, "name and country")
    return Identified(likely=tuple(company for company in living if _perhaps(customer, company)), deleted=gone)


def made_by(write: CreateCompany, companies: Iterable[Company]) -> tuple[Company, ...]:
    """The companies that this creation may have made: of its name, with its external id or in its country."""
    name, country = normal_name(write.name), write.country.upper()
    return tuple(
        company
        for company in companies
        if company.status is not CompanyStatus.DELETED
        and normal_name(company.name) == name
        and (company.external_id == write.external_id or company.country.upper() == country)
    )


def _same_key(customer: Customer, company: Company) -> bool:
    return bool(customer.external_id) and company.external_id == customer.external_id


def _same_name(customer: Customer, company: Company) -> bool:
    wanted = normal_name(customer.name)
    return bool(wanted) and normal_name(company.name) == wanted


def _same_place(customer: Customer, company: Company) -> bool:
    country = customer.address.country.strip().upper()
    return _same_name(customer, company) and bool(country) and company.country.strip().upper() == country


def _perhaps(customer: Customer, company: Company) -> bool:
    return _same_name(customer, company) and not (customer.address.country.strip() and company.country.strip())
