"""Confirmed orders whose devices are ours to hand out, on their way at the simulated FlexPortal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from pipeline.domain.claim import AllocateUnit, Claim
from pipeline.domain.stage import Stage
from pipeline.marketplaces.flexportal.simulator import FlexPortalSimulator, Order, catalogue
from tests.contracts.flexportal_case import FlexPortalCase
from tests.marketplaces.flexportal.test_flexportal_walk import FlexPortalWalk, laptops

SCARCE = catalogue.TABLET_SCARCE


def allocating(**options: str) -> FlexPortalCase:
    return FlexPortalCase(options={"strategy": "allocate", **options})


def allocating_while(*acts: Callable[[], object]) -> FlexPortalCase:
    """Each time that a device has been looked at, and before it is handed out, the next of `acts` happens."""
    simulator, left = FlexPortalSimulator(), list(acts)

    def handler(request: httpx.Request) -> httpx.Response:
        answer = simulator(request)
        if request.url.path.startswith("/v1/assets/") and left:
            left.pop(0)()
        return answer

    return FlexPortalCase(httpx.MockTransport(handler), simulator=simulator, options={"strategy": "allocate"})


def confirmed(case: FlexPortalCase, *wanted: tuple[str, int, str], **changed: Any) -> FlexPortalWalk:
    """Bought and confirmed: lines of (SKU, quantity, contract length). It stands where its devices are next."""
    lines = [
        laptops(str(number), product_id=sku, quantity=quantity, commitment=length)
        for number, (sku, quantity, length) in enumerate(wanted, 1)
    ]
    case.simulator.world.walk_next(())
    walk = FlexPortalWalk(case, *lines, **changed)
    walk.run_to(Stage.POLL_STATUS)
    case.simulator.world.confirm(bought(walk))
    return walk


def bought(walk: FlexPortalWalk) -> Order:
    """What FlexPortal has of it."""
    purchase = walk.order.facts.purchase
    assert purchase is not None
    return walk.simulator.world.order(purchase.marketplace_order_id)


def sold_out(simulator: FlexPortalSimulator, sku: str) -> None:
    for asset in simulator.world.available(sku):
        asset.become(simulator.world.now, "unavailable")


def units(walk: FlexPortalWalk) -> list[Claim]:
    """The claims of its devices, oldest first."""
    return [claim for claim in walk.order.claims if isinstance(claim.write, AllocateUnit)]


def serials(walk: FlexPortalWalk) -> list[str]:
    return [claim.write.unit for claim in units(walk) if isinstance(claim.write, AllocateUnit)]
