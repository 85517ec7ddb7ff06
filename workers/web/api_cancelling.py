"""Cancelling an order over the operator API: what it would do, and doing it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from pipeline.operations import cancelling
from pipeline.operations.desk import Desk
from workers.setting_values import Role
from workers.web.api_errors import ApiRoute
from workers.web.api_orders import REFUSALS, done
from workers.web.api_shapes import ReasonedAct, Refused, WholeOrder
from workers.web.auth import Caller, Gate
from workers.web.cancel_shapes import CancelTold


def cancelling_router(desk: Desk, gate: Gate) -> APIRouter:
    router = APIRouter(prefix="/api/orders/{ref}/cancel", tags=["acts"], route_class=ApiRoute)
    operator = gate.needs(Role.OPERATOR)

    @router.get("", response_model=CancelTold, responses={404: {"model": Refused}})
    def foresee(ref: str, caller: Caller = operator) -> dict[str, Any]:
        """What a cancel would do. Reads the marketplace where the order has bought, and changes nothing."""
        del caller
        return cancelling.told(cancelling.foresee(desk, ref))

    @router.post("", response_model=WholeOrder, responses=REFUSALS)
    def cancel(ref: str, body: ReasonedAct, caller: Caller = operator) -> dict[str, Any]:
        """
        Ends the order; what it has bought is cancelled at the marketplace first. While a purchase is under way the wish
        is kept as `pending_act`.
        """
        return done(desk, ref, lambda: cancelling.cancel(desk, ref, body.version, body.reason, actor=caller.name))

    return router
