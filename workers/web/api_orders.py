"""Orders over the operator API: lists, one order, and the acts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Query
from pydantic import TypeAdapter, ValidationError

from events.sources.shapes import Instant
from pipeline.domain.errors import BadAnswer, Moved, NotAllowed, UnknownOrder
from pipeline.domain.state import OrderState
from pipeline.operations import acting, answering, settling
from pipeline.operations.desk import Desk
from pipeline.store import orders, views
from workers.setting_values import Role
from workers.web.api_errors import ApiRoute, Conflict
from workers.web.api_shapes import (
    Act,
    AdoptAct,
    Answers,
    ApproveAct,
    MoneyGiven,
    OrderPage,
    Refused,
    RescheduleAct,
    ResendAct,
    WholeOrder,
)
from workers.web.auth import Caller, Gate

REFUSALS: dict[int | str, dict[str, Any]] = {404: {"model": Refused}, 409: {"model": Refused}}
_DATE: TypeAdapter[datetime] = TypeAdapter(Instant)


def reading_router(desk: Desk, gate: Gate) -> APIRouter:
    router = APIRouter(prefix="/api/orders", tags=["orders"], route_class=ApiRoute)
    viewer = gate.needs(Role.VIEWER)

    @router.get("", response_model=OrderPage)
    def list_orders(
        quote: str = "",
        state: str = Query("", json_schema_extra={"enum": ["", *OrderState]}),
        marketplace: str = "",
        company: str = "",
        q: str = "",
        limit: int = Query(views.MOST, ge=1, le=views.MOST),
        cursor: str = "",
        caller: Caller = viewer,
    ) -> dict[str, Any]:
        """Orders, newest first. `next_cursor` null: there is no more."""
        del caller
        if state and state not in set(OrderState):
            raise BadAnswer(f"There is no such state: it is one of {', '.join(OrderState)}.")
        filters = views.Filters(quote, state, marketplace, company, q)
        with desk.database.transaction() as connection:
            page = views.order_list(connection, desk.database, filters, limit, cursor or None)
        return {"items": page.items, "next_cursor": page.next_cursor}

    @router.get("/{ref}", response_model=WholeOrder, responses={404: {"model": Refused}})
    def show_order(ref: str, *, exchanges: bool = False, caller: Caller = viewer) -> dict[str, Any]:
        """One order, whole. With `exchanges` its timeline holds what was sent and answered, redacted."""
        del caller
        return order_shown(desk, ref, with_exchanges=exchanges)

    return router


def acting_router(desk: Desk, gate: Gate, zone_of: Callable[[str], ZoneInfo]) -> APIRouter:
    """What operators may do. `zone_of` gives the time zone that days are meant in, by an order's reference."""
    router = APIRouter(prefix="/api/orders/{ref}", tags=["acts"], route_class=ApiRoute, responses=REFUSALS)
    operator = gate.needs(Role.OPERATOR)

    @router.post("/answers", response_model=WholeOrder)
    def answer(ref: str, body: Answers, caller: Caller = operator) -> dict[str, Any]:
        """Answers questions, all or none. The order goes on when nothing holds it any longer."""
        if body.remember and not caller.role.includes(Role.ADMIN):
            raise HTTPException(
                403, f"To change the product map needs the role admin; {caller.name} has {caller.role}."
            )
        given, who = body.answers, caller.name
        return done(
            desk,
            ref,
            lambda: answering.answer(desk, ref, body.version, given, actor=who, remember=body.remember),
        )

    @router.post("/retry", response_model=WholeOrder)
    def retry(ref: str, body: Act, caller: Caller = operator) -> dict[str, Any]:
        """Tries again. Refused while it is not known whether the order has bought."""
        return done(desk, ref, lambda: acting.retry(desk, ref, body.version, actor=caller.name))

    @router.post("/reschedule", response_model=WholeOrder)
    def reschedule(ref: str, body: RescheduleAct, caller: Caller = operator) -> dict[str, Any]:
        """Moves the date of the purchase. A day begins at 06:00, where the connection of the quote is at work."""
        date = None if body.date is None else _date(body.date, zone_of(ref))
        return done(desk, ref, lambda: acting.reschedule(desk, ref, body.version, date, body.reason, actor=caller.name))

    return router


def approving_router(desk: Desk, gate: Gate) -> APIRouter:
    """What approvers may do besides."""
    router = APIRouter(prefix="/api/orders/{ref}", tags=["acts"], route_class=ApiRoute, responses=REFUSALS)
    approver = gate.needs(Role.APPROVER)

    @router.post("/approve", response_model=WholeOrder)
    def approve(ref: str, body: ApproveAct, caller: Caller = approver) -> dict[str, Any]:
        """Approves a unit cost of at least what was shown."""
        amount = body.amount.value() if isinstance(body.amount, MoneyGiven) else body.amount
        return done(
            desk,
            ref,
            lambda: answering.approve(desk, ref, body.version, body.question, amount, body.reason, actor=caller.name),
        )

    @router.post("/adopt", response_model=WholeOrder)
    def adopt(ref: str, body: AdoptAct, caller: Caller = approver) -> dict[str, Any]:
        """Says which order of the marketplace the open attempt bought."""
        wanted = body.marketplace_order_id
        return done(desk, ref, lambda: settling.adopt(desk, ref, body.version, wanted, body.reason, actor=caller.name))

    @router.post("/resend", response_model=WholeOrder)
    def resend(ref: str, body: ResendAct, caller: Caller = approver) -> dict[str, Any]:
        """Gives the open attempt up as lost, after a complete look that finds nothing: it is sent again."""
        return done(
            desk, ref, lambda: settling.resend(desk, ref, body.version, body.attempt, body.reason, actor=caller.name)
        )

    return router


def done(desk: Desk, ref: str, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Carries the act out; where the order's state forbids it, that state is told."""
    try:
        return act()
    except (Moved, NotAllowed) as error:
        raise Conflict(error, order_shown(desk, ref)) from error


def order_shown(desk: Desk, ref: str, *, with_exchanges: bool = False) -> dict[str, Any]:
    """The order as it is now. Raises UnknownOrder."""
    with desk.database.transaction() as connection:
        order_id = orders.find(connection, ref)
        if order_id is None:
            raise UnknownOrder.named(ref)
        return views.order_view(connection, desk.database, order_id, with_exchanges=with_exchanges)


def _date(text: str, zone: ZoneInfo) -> datetime:
    try:
        return _DATE.validate_python(text, context={"zone": zone})
    except ValidationError as error:
        wrong = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise BadAnswer(f"The date {wrong}.") from error
