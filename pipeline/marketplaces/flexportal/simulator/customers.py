"""The customers of the demo: counterparts of Pax8's, each known by its e-mail address. Ids are stable."""

from dataclasses import dataclass

from pipeline.marketplaces.flexportal.simulator.catalogue import LAPTOP_14


@dataclass(frozen=True, slots=True)
class Resident:
    """`laptops` is how many of LAPTOP_14 it rents already, from an order fulfilled long ago."""

    id: str
    email: str
    first_name: str
    last_name: str
    company: str | None = None
    customer_type: str = "business"
    status: str = "active"
    laptops: int = 0


CONTOSO = Resident("cust_contoso", "ada@contoso.example", "Ada", "Lovelace", "Contoso")
NORTHWIND_INACTIVE = Resident(
    "cust_northwind", "grace@northwind.example", "Grace", "Hopper", "Northwind Traders", status="inactive"
)
ADATUM_INDIVIDUAL = Resident("cust_adatum", "mary@adatum.example", "Mary", "Somerville", customer_type="individual")
FABRIKAM_SHARED_MAILBOX = Resident("cust_fabrikam", "it@fabrikam.example", "IT", "Department", "Fabrikam Ltd.")
TAILSPIN_ONE_LAPTOP = Resident("cust_tailspin", "emmy@tailspin.example", "Emmy", "Noether", "Tailspin Toys", laptops=1)
WINGTIP_TWO_LAPTOPS = Resident(
    "cust_wingtip", "sofia@wingtip.example", "Sofia", "Kovalevskaya", "Wingtip Toys", laptops=2
)

CUSTOMERS = (
    CONTOSO,
    NORTHWIND_INACTIVE,
    ADATUM_INDIVIDUAL,
    FABRIKAM_SHARED_MAILBOX,
    TAILSPIN_ONE_LAPTOP,
    WINGTIP_TWO_LAPTOPS,
)

RENTED = LAPTOP_14
