"""
The marketplace that docs/marketplaces/add-a-marketplace.md adds, as the page has it.

Its package is written into a folder of its own and found by its entry point, as an installed one would be.
"""

import re
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, cast

from pydantic import SecretStr

from pipeline.domain.claim import Purchase, PurchaseLine
from pipeline.domain.company import CompanyStatus
from pipeline.domain.terms import BillingTerm
from pipeline.marketplaces import AccountConfig, factory
from pipeline.marketplaces.account import HttpAccount
from pipeline.ports import Marketplace
from tests.contracts.case import Bought, Route, WithCompanyWords, WithFilters, WithKey
from tests.contracts.nimbus import BACKUP, BLOCKED, CONTOSO, DESK, KEY, PAGE, TAILSPIN, NimbusSimulator
from tests.contracts.simulated import SimulatedCase

DOCUMENT = Path(__file__).parents[2] / "docs/marketplaces/add-a-marketplace.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    """The page's blocks of code in that language."""
    return [body for its, body in _BLOCK.findall(DOCUMENT.read_text()) if its == language]


def install(folder: Path) -> None:
    """What `pip install` makes of the page's package."""
    (folder / "quoteway_nimbus.py").write_text(blocks("python")[0])
    entered = dict(re.findall(r'^(\w+) = "(quoteway_\w+:\w+)"$', blocks("toml")[0], re.MULTILINE))
    info = folder / "quoteway_nimbus-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: quoteway-nimbus\nVersion: 1.0\n")
    listed = "".join(f"{name} = {made}\n" for name, made in entered.items())
    (info / "entry_points.txt").write_text(f"[quoteway.marketplaces]\n{listed}")


@cache
def the_account() -> type[HttpAccount]:
    """The page's class, found as any other; nothing of it stays where packages are looked for."""
    with tempfile.TemporaryDirectory() as folder:
        install(Path(folder))
        sys.path.insert(0, folder)
        try:
            return cast(type[HttpAccount], factory("nimbus"))
        finally:
            sys.path.remove(folder)


class ExampleCase(SimulatedCase):
    routes: ClassVar[Mapping[str, Route]] = {
        "purchase": Route("POST", "/orders"),
        "read": Route("GET", "/companies/{id}"),
        "list": Route("GET", "/companies"),
        "order": Route("GET", "/orders/{id}"),
    }
    origin = "http://nimbus.simulator"
    secrets = (KEY,)
    canaries = ("Canarina", "Canary Street")
    credential = "API_KEY"
    buyers = (CONTOSO, TAILSPIN)
    product_id = sku = BACKUP
    unknown_id = "nothing-has-this-id"
    page = PAGE
    statuses: Mapping[str, CompanyStatus] = {
        CONTOSO: CompanyStatus.ACTIVE,
        TAILSPIN: CompanyStatus.ACTIVE,
        BLOCKED: CompanyStatus.BLOCKED,
    }

    def __init__(self) -> None:
        self.simulator = NimbusSimulator()
        self.account_class = the_account()
        super().__init__(self.simulator)

    def config(self, base_url: str, changed: dict[str, Any]) -> AccountConfig:
        none = SecretStr("")
        values: dict[str, Any] = {
            "name": "nimbus",
            "marketplace": "nimbus",
            "base_url": base_url,
            "token_url": "",
            "client_id": none,
            "client_secret": none,
            "api_key": SecretStr(KEY),
            "currency": "EUR",
            "settings": {"api_key": "QUOTEWAY_MARKETPLACES__NIMBUS__API_KEY"},
        }
        return AccountConfig(**(values | changed))

    def wanted(self, reference: str, buyer: int = 0, quantity: int = 5) -> Purchase:
        asked = (("administrator", ("Canarina of Canary Street",)),)
        lines = (a_line(1, BACKUP, quantity, asked), a_line(2, DESK, 3))
        return Purchase(company_id=self.buyers[buyer], lines=lines, reference=reference)

    def read(self, marketplace: Marketplace) -> str:
        return marketplace.company(CONTOSO).id

    def listed(self, marketplace: Marketplace) -> Sequence[str]:
        return [company.id for company in marketplace.companies()]

    def crowd(self, count: int) -> None:
        companies = self.simulator.world.companies
        companies.update({f"cmp-{number}": "active" for number in range(len(companies), len(companies) + count)})

    def orders(self) -> Sequence[Bought]:
        self.simulator.world.settle()
        return [Bought(order.id, order.company) for order in self.simulator.world.orders if order.ours]

    def stranger_buys(self, times: int = 1) -> None:
        lines = [{"product": BACKUP, "quantity": 5}, {"product": DESK, "quantity": 3}]
        for _ in range(times):
            self.simulator.world.buy(CONTOSO, "somebody's", lines, ours=False)

    def lag(self, seconds: float) -> None:
        self.simulator.knobs.lag = timedelta(seconds=seconds)

    def finish(self, ref: str) -> None:
        del ref
        self.pass_time(60)

    def say(self, ref: str, word: str) -> None:
        for order in self.simulator.world.orders:
            order.word = word if order.id == ref else order.word

    def say_of_company(self, company_id: str, word: str) -> None:
        self.simulator.world.companies[company_id] = word

    def ignore_filters(self) -> None:
        self.simulator.knobs.filters = False

    def change_key(self) -> None:
        self.simulator.knobs.api_key = "another one"


def a_line(
    number: int, product: str, quantity: int, asked: tuple[tuple[str, tuple[str, ...]], ...] = ()
) -> PurchaseLine:
    return PurchaseLine(
        line_id=f"l{number}",
        number=number,
        product_id=product,
        quantity=quantity,
        billing_term=BillingTerm.MONTHLY,
        provisioning=asked,
    )


CASE = ExampleCase
_key: Callable[[], WithKey] = ExampleCase
_companies: Callable[[], WithCompanyWords] = ExampleCase
_filters: Callable[[], WithFilters] = ExampleCase
