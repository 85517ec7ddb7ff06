"""
Which marketplaces the conformance suite runs for: every `tests/contracts/<name>_case.py`.

To add one, write that module with a class over the marketplace's simulator and the constant `CASE`, which makes a new
one for each test:

    class NimbusCase(TokenCase):       # or SimulatedCase, both of simulated.py: most of it ready
        routes = {"purchase": Route("POST", "/v1/orders"), "read": ..., "list": ..., "order": ...}
        account_class = NimbusAccount
        ...

    CASE = NimbusCase

What it has to give stands in `case.Case`; `pax8_case.py` is the model. What only some marketplaces have is a protocol
of its own: `WithTokens` or `WithKey`, `WithCompanies`, `WithCompanyWords`, `WithContacts`, `WithEmails`, `WithFilters`,
`WithShortAnswers`, `WithRehearsal`, `WithBaskets`, `WithWaiting`, `WithChanges`.
A case is one by having its members, so nothing is inherited and nothing left empty; mypy checks it where the module
ends with `_tokens: Callable[[], WithTokens] = NimbusCase` for each that is meant.

A test names what it needs: `@over(WithTokens)` runs it for the cases with tokens, `@over(FindsByReference)` for those
whose adapter has that ability of `pipeline.abilities`, `@over()` for all, `without=` for those that lack something. A
marketplace that lacks an ability is in none of its tests: nothing is skipped, and nothing passes for want of a subject.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from pipeline.abilities import KeepsContacts
from pipeline.domain.claim import AddContact, CreateCompany, NewContact
from pipeline.domain.company import CompanyContact
from pipeline.domain.customer import ContactRole
from pipeline.ports import Marketplace
from tests.contracts.case import Case
from tests.contracts.pax8_case import Pax8Case, pax8_config, purchase
from tests.contracts.simulated import in_time

__all__ = [
    "CASES",
    "GRACE",
    "Case",
    "Pax8Case",
    "add_grace",
    "contacts",
    "in_time",
    "new_company",
    "over",
    "pax8_config",
    "purchase",
]

ROLES = (ContactRole.ADMIN, ContactRole.BILLING, ContactRole.TECHNICAL)
GRACE = NewContact(
    first_name="Gracella", last_name="Hopperton", email="grace@canary.example", phone="555-0147", roles=ROLES
)


def _found() -> Iterator[tuple[str, Callable[[], Case]]]:
    for module in sorted(Path(__file__).parent.glob("*_case.py")):
        yield module.stem.removesuffix("_case"), import_module(f"tests.contracts.{module.stem}").CASE


CASES: dict[str, Callable[[], Case]] = dict(_found())


def over(*needs: type, without: type | None = None) -> pytest.MarkDecorator:
    """Runs a test once for each case that is all of these, or whose adapter is, and not `without`."""
    fitting = [name for name in CASES if _fits(_sample(name), needs, without)]
    return pytest.mark.parametrize("case", fitting, indirect=True)


@cache
def _sample(name: str) -> Case:
    return CASES[name]()


def _fits(case: Case, needs: Sequence[type], without: type | None) -> bool:
    both = (case, case.open())
    lacks = without is None or not any(isinstance(one, without) for one in both)
    return lacks and all(any(isinstance(one, each) for one in both) for each in needs)


def contacts(marketplace: Marketplace, company_id: str) -> Sequence[CompanyContact]:
    assert isinstance(marketplace, KeepsContacts)
    return marketplace.contacts(company_id)


def new_company(name: str = "Proseware", external_id: str = "CUST-2001", *contacts: NewContact) -> CreateCompany:
    return CreateCompany(
        external_id=external_id,
        name=name,
        phone="555-0160",
        website="https://proseware.example",
        street="2 Side Street",
        street2="",
        city="Boulder",
        state="CO",
        postal_code="80301",
        country="US",
        contacts=contacts,
    )


def add_grace(company_id: str, contact_id: str | None = None) -> AddContact:
    return AddContact(company_id=company_id, contact=GRACE, contact_id=contact_id)
