"""A company as a marketplace knows it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipeline.domain.customer import ContactRole


class CompanyStatus(StrEnum):
    """
    NEW waits to be let in, BLOCKED was shut out. UNKNOWN stands for a word that the contract does not list;
    `Company.status_word` has it.
    """

    ACTIVE = "active"
    NEW = "new"
    BLOCKED = "blocked"
    INACTIVE = "inactive"
    DELETED = "deleted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Company:
    id: str
    name: str
    status: CompanyStatus
    status_word: str
    external_id: str = ""
    country: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class CompanyContact:
    """A person on the marketplace's side, with the roles that they are the primary contact for."""

    id: str
    first_name: str
    last_name: str
    email: str
    phone: str
    primary_for: frozenset[ContactRole]
    roles: frozenset[ContactRole]
