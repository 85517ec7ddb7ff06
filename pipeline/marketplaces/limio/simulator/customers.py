"""The customers of the demo: whom Limio knows already, and the addresses that its orders are for. Ids are stable."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """`backups` is how many live backups it has, beside which an add-on may be ordered."""

    id: str
    company: str
    email: str
    first_name: str = "Ada"
    last_name: str = "Lovelace"
    backups: int = 0


def _id(number: int) -> str:
    return f"cus-{number:032x}"


CONTOSO = DemoCustomer(_id(1), "Contoso", "ada@contoso.example")
LADA = DemoCustomer(_id(2), "Contoso Lada", "lada@contoso.example", "Lada", "Niva")
"""Found by Contoso's address as well, as a filter is no comparison."""
FABRIKAM = DemoCustomer(_id(5), "Fabrikam Ltd.", "ada@fabrikam.example")
FABRIKAM_AGAIN = DemoCustomer(_id(6), "FABRIKAM  LTD", "grace@fabrikam.example", "Grace", "Hopper")
TAILSPIN_ONE_PARENT = DemoCustomer(_id(7), "Tailspin Toys", "ada@tailspin.example", backups=1)
WINGTIP_TWO_PARENTS = DemoCustomer(_id(8), "Wingtip Toys", "ada@wingtip.example", backups=2)

CUSTOMERS = (CONTOSO, LADA, FABRIKAM, FABRIKAM_AGAIN, TAILSPIN_ONE_PARENT, WINGTIP_TWO_PARENTS)

NORTHWIND_EMAIL, ADATUM_EMAIL = "ada@northwind.example", "ada@adatum.example"
"""Of two that Limio has never heard of: their orders make them."""

BYSTANDERS = tuple(
    DemoCustomer(_id(100 + nth), f"Bystander {nth:02d}", f"ada@bystander-{nth:02d}.example") for nth in range(1, 45)
)
"""Enough of them, listed first, that a client which reads only the first page finds none of the others."""
