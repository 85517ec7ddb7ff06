"""The companies of the demo: one of each state that a customer can be found in. Ids are stable."""

from dataclasses import dataclass

from pipeline.marketplaces.pax8.simulator.records import CONTACT_TYPES


@dataclass(frozen=True, slots=True)
class Customer:
    """`base_plans` is how many live subscriptions of Microsoft 365 E3 it has, any of which can be a parent."""

    id: str
    name: str
    external_id: str | None = None
    primaries: tuple[str, ...] = CONTACT_TYPES
    country: str = "US"
    deleted: bool = False
    base_plans: int = 0


def _id(number: int) -> str:
    return f"b0000000-0000-4000-8000-{number:012d}"


CONTOSO = Customer(_id(1), "Contoso", "CUST-1001")
NORTHWIND_INACTIVE = Customer(_id(2), "Northwind Traders", "CUST-1002", primaries=())
ADATUM_ONLY_ADMIN = Customer(_id(3), "Adatum Corporation", "CUST-1003", primaries=("Admin",))
LITWARE_DELETED = Customer(_id(4), "Litware, Inc.", "CUST-1004", deleted=True)
FABRIKAM = Customer(_id(5), "Fabrikam Ltd.")
FABRIKAM_AGAIN = Customer(_id(6), "FABRIKAM  LTD")
TAILSPIN_ONE_PARENT = Customer(_id(7), "Tailspin Toys", "CUST-1007", base_plans=1)
WINGTIP_TWO_PARENTS = Customer(_id(8), "Wingtip Toys", "CUST-1008", base_plans=2)

CUSTOMERS = (
    CONTOSO,
    NORTHWIND_INACTIVE,
    ADATUM_ONLY_ADMIN,
    LITWARE_DELETED,
    FABRIKAM,
    FABRIKAM_AGAIN,
    TAILSPIN_ONE_PARENT,
    WINGTIP_TWO_PARENTS,
)

BYSTANDERS = tuple(Customer(_id(100 + nth), f"Bystander {nth:02d}", f"BY-{nth:02d}") for nth in range(1, 13))
"""Enough of them, listed first, that a client which reads only the first page finds none of the others."""
