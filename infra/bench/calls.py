"""
How many calls an order costs at each marketplace, counted at the simulators, in this process.

`python calls.py [before]` prints them as JSON; `before` without what saves calls.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
from before import spend
from pydantic import SecretStr

from pipeline.domain.customer import Address, Contact, ContactRole, Customer
from pipeline.domain.order import CompanyPolicy, Policy
from pipeline.domain.quote import QuoteLine
from pipeline.domain.stage import Stage
from pipeline.marketplaces import AccountConfig, MemoryBreakerStore, SharedBreaker, factory
from pipeline.marketplaces.account import HttpAccount
from pipeline.marketplaces.appxite.simulator import DEMO_PORTAL
from pipeline.marketplaces.appxite.simulator.templates import write_templates
from pipeline.marketplaces.simulated import Simulated
from pipeline.marketplaces.simulation import SimulatedClock
from pipeline.marketplaces.simulation.marketplace import SimulatedMarketplace
from pipeline.ports import Purpose, Token
from pipeline.testing import Walk, a_line, an_order
from workers.demo.all_marketplaces.stage import PARTS
from workers.drills.inprocess import Unlimited

_ADA = Contact(
    first_name="Ada",
    last_name="Lovelace",
    email="ada@contoso.example",
    phone="+1 555 0100",
    roles=(ContactRole.ADMIN, ContactRole.BILLING, ContactRole.TECHNICAL),
)
_CONTOSO = Customer(
    name="Contoso",
    external_id="CUST-1001",
    phone="+1 555 0100",
    address=Address(street="1 Main St", city="Denver", state="CO", postal_code="80202", country="US"),
    contacts=(_ADA,),
)
# As the poll intervals have it, until five minutes lie between two polls.
_WAITS = (5, 10, 20, 40, 60, 120, 300)
_WAITING = 10


class _OneToken:
    """The Tokens port of one process. A token is no call of an order's: it is asked for before they are counted."""

    def __init__(self) -> None:
        self._kept: Token | None = None

    def current(self, account: str) -> Token | None:
        del account
        return self._kept

    def refresh(self, account: str, seen: int | None, fetch: Callable[[], tuple[str, timedelta]]) -> Token:
        del account, seen
        value, life = fetch()
        self._kept = Token(value, datetime.now(UTC) + life, 1)
        return self._kept


@dataclass
class _Shop:
    """A simulated marketplace in this process, and orders that walk through the stages there."""

    simulator: SimulatedMarketplace
    account: HttpAccount
    lines: Sequence[QuoteLine]

    def walk(self) -> Walk:
        policy = Policy(create_companies=CompanyPolicy.ALWAYS, currency=self.account.config.currency)
        name, now = self.account.name, self.simulator.clock.now()
        made = an_order(*self.lines, customer=_CONTOSO, now=now, policy=policy)
        order = replace(made, marketplace=name, account=name, title=self.account.title)
        return Walk(order, lambda: self.account.open(Purpose.WORK, lambda _: None))

    def calls(self) -> int:
        return sum(self.simulator.traffic.calls.values())

    def pass_time(self, seconds: float, walks: Sequence[Walk]) -> None:
        self.simulator.clock.advance(seconds)
        for walk in walks:
            walk.later(self.simulator.clock.now())


def _shop(name: Simulated, lines: int, templates: Path) -> _Shop:
    simulator = name.make(SimulatedClock())
    access = name.access(f"http://{name}.simulator")
    secret = {field: SecretStr(access.get(field, "")) for field in ("client_id", "client_secret", "api_key")}
    part = next(one for one in PARTS if one.quote_id == name)
    options = {"portal": DEMO_PORTAL, "templates": str(templates)} if name is Simulated.APPXITE else {}
    config = AccountConfig(
        name=name,
        marketplace=name,
        base_url=access["base_url"],
        token_url="",
        client_id=secret["client_id"],
        client_secret=secret["client_secret"],
        api_key=secret["api_key"],
        tenant=access.get("tenant", ""),
        currency=part.currency,
        audience="https://api.pax8.com",
        options=options,
    )
    made = cast(type[HttpAccount], factory(name))
    transport = httpx.MockTransport(simulator)
    account = made(config, _OneToken(), Unlimited(), SharedBreaker(MemoryBreakerStore()), transport)
    account.open(Purpose.WORK, lambda _: None).ready_to_send()
    quoted = [
        a_line(str(number), part.product_id, marketplace=name, quantity=number, commitment=part.commitment or "")
        for number in range(2, lines + 2)
    ]
    return _Shop(simulator, account, quoted)


def _hold(shop: _Shop) -> None:
    """Whatever was bought waits, for good."""
    for placed in shop.simulator.bought:
        match shop.account.name:
            case Simulated.PAX8:
                for line in placed.lines:
                    _world(shop).set_status(line.subscription_id, "PendingManual")
            case Simulated.APPXITE:
                for item in placed.lines:
                    _world(shop).set_status(item.id, "pending_approval")
            case Simulated.FLEXPORTAL:
                _world(shop).set_status(placed.id, "pending")
            case _:
                _world(shop).set_order_status(placed.id, "queued")


def _world(shop: _Shop) -> Any:
    return cast(Any, shop.simulator).world


def _walked(shop: _Shop) -> Walk:
    """To its first poll, of which it makes none."""
    walk = shop.walk()
    outcome = walk.run_to(Stage.POLL_STATUS)
    if walk.order.stage is not Stage.POLL_STATUS:
        raise RuntimeError(f"{shop.account.title}: it does not get further than {outcome}")
    return walk


def one_order(name: Simulated, lines: int, templates: Path) -> dict[str, int | float | str]:
    """Of an order whose customer is known: to the purchase, of its first poll, and of each one while it waits."""
    shop = _shop(name, lines, templates)
    walk, begun = _walked(shop), 0
    figures: dict[str, int | float | str] = {"marketplace": shop.account.title, "lines": lines}
    figures["to_the_purchase"] = shop.calls()
    _hold(shop)
    begun = shop.calls()
    walk.run()
    figures["first_poll"] = shop.calls() - begun
    figures["each_more_poll"] = _of_polls(shop, [walk], 1)
    waiting = [walk, *(_after_a_poll(shop) for _ in range(_WAITING - 1))]
    figures[f"each_more_poll_of_{_WAITING}_orders"] = _of_polls(shop, waiting, len(_WAITS))
    return figures


def _after_a_poll(shop: _Shop) -> Walk:
    shop.pass_time(3600, ())
    walk = _walked(shop)
    _hold(shop)
    walk.run()
    return walk


def _of_polls(shop: _Shop, walks: Sequence[Walk], rounds: int) -> float:
    """Calls a poll, of so many rounds in which each of these is polled."""
    begun = shop.calls()
    for wait in _WAITS[-rounds:]:
        shop.pass_time(wait, walks)
        for walk in walks:
            walk.run()
    return round((shop.calls() - begun) / (rounds * len(walks)), 2)


def measured() -> list[dict[str, int | float | str]]:
    with tempfile.TemporaryDirectory() as folder:
        templates = Path(folder)
        write_templates(templates)
        kinds = [(name, 1) for name in Simulated] + [(Simulated.PAX8, 5)]
        return [one_order(name, lines, templates) for name, lines in kinds]


if __name__ == "__main__":
    if sys.argv[1:] == ["before"]:
        spend()
    print(json.dumps(measured()))
