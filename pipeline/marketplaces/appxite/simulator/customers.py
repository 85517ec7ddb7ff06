"""The organisations of the demo: the customers that the other simulators have too, in AppXite's states."""

from dataclasses import dataclass

from pipeline.marketplaces.appxite.simulator.offers import stable_id
from pipeline.marketplaces.appxite.simulator.records import ACTIVE, BLOCKED, NEW


@dataclass(frozen=True, slots=True)
class Customer:
    """`tenant` is its Microsoft domain, if it has one; the agreement is then accepted. `servers` are owned already."""

    id: str
    name: str
    email: str
    external_id: str | None = None
    state: str = ACTIVE
    tenant: str | None = None
    servers: int = 0


def _id(number: int) -> str:
    return stable_id(9, number)


CONTOSO = Customer(_id(1), "Contoso", "ada@contoso.example", "CUST-1001", tenant="contoso")
NORTHWIND_NEW = Customer(_id(2), "Northwind Traders", "ada@northwind.example", "CUST-1002", NEW)
ADATUM_NO_TENANT = Customer(_id(3), "Adatum Corporation", "ada@adatum.example", "CUST-1003")
LITWARE_BLOCKED = Customer(_id(4), "Litware, Inc.", "ada@litware.example", "CUST-1004", BLOCKED)
FABRIKAM = Customer(_id(5), "Fabrikam Ltd.", "ada@fabrikam.example")
FABRIKAM_AGAIN = Customer(_id(6), "FABRIKAM  LTD", "ada@fabrikam-again.example")
TAILSPIN = Customer(_id(7), "Tailspin Toys", "ada@tailspin.example", "CUST-1007", tenant="tailspin", servers=1)
WINGTIP = Customer(_id(8), "Wingtip Toys", "ada@wingtip.example", "CUST-1008", tenant="wingtip", servers=2)

CUSTOMERS = (
    CONTOSO,
    NORTHWIND_NEW,
    ADATUM_NO_TENANT,
    LITWARE_BLOCKED,
    FABRIKAM,
    FABRIKAM_AGAIN,
    TAILSPIN,
    WINGTIP,
)

BYSTANDERS = tuple(
    Customer(_id(100 + nth), f"Bystander {nth:02d}", f"ada@bystander-{nth:02d}.example", f"BY-{nth:02d}")
    for nth in range(1, 22)
)
"""Enough of them, listed first, that a client which reads only the first page finds none of the others."""
