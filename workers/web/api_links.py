"""Links for customers over the operator API: made, listed, revoked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from pipeline.domain.errors import NotAllowed
from pipeline.operations import links
from pipeline.operations.desk import Desk
from pipeline.store.answer_links import LinkState
from workers.setting_values import Role
from workers.web.api_errors import ApiRoute, Conflict
from workers.web.api_orders import order_shown
from workers.web.api_shapes import Refused
from workers.web.auth import Caller, Gate
from workers.web.fill import PATH

_T = TypeVar("_T")
_REFUSALS: dict[int | str, dict[str, Any]] = {404: {"model": Refused}, 409: {"model": Refused}}


class LinkWanted(BaseModel):
    """`questions`: by id; all that a customer can answer where none is named. `email`: whom it is for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    questions: list[UUID] = Field(default=[], max_length=500)
    email: str = Field(default="", max_length=254)
    days: int = Field(default=links.LASTS.days, ge=1, le=links.LONGEST.days)


class LinkTold(BaseModel):
    """`state` is the link's own; it is of no use either once its order has ended or all its questions are settled."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    order: str
    email: str
    questions: list[UUID]
    state: LinkState
    made_by: str
    made_at: datetime
    expires_at: datetime
    spent_at: datetime | None
    revoked_at: datetime | None


class LinkMade(LinkTold):
    """`url` is told this once."""

    url: str


class LinkList(BaseModel):
    items: list[LinkTold]


def links_router(desk: Desk, gate: Gate, public_url: str = "") -> APIRouter:
    """Without a `public_url` a link's address is the one that the operator called."""
    router = APIRouter(prefix="/api/orders/{ref}/links", tags=["links"], route_class=ApiRoute, responses=_REFUSALS)
    operator = gate.needs(Role.OPERATOR)

    @router.post("", response_model=LinkMade, status_code=201)
    def make(ref: str, request: Request, body: LinkWanted | None = None, caller: Caller = operator) -> dict[str, Any]:
        """Makes a link by which somebody fills in, once and without a login, what the order still needs."""
        wanted = body or LinkWanted()
        email, lasts = wanted.email.strip(), timedelta(days=wanted.days)
        made = _done(
            desk,
            ref,
            lambda: links.make(desk, ref, actor=caller.name, wanted=wanted.questions, email=email, lasts=lasts),
        )
        return {**made.told, "url": address(public_url or str(request.base_url), made.token)}

    @router.get("", response_model=LinkList)
    def show(ref: str, caller: Caller = operator) -> dict[str, Any]:
        """The order's links, newest first, without their addresses."""
        del caller
        return {"items": links.listed(desk, ref)}

    @router.delete("/{link_id}", response_model=LinkTold)
    def revoke(ref: str, link_id: UUID, caller: Caller = operator) -> dict[str, Any]:
        """Makes the link useless. What was sent by it before is refused, not undone."""
        gone = _done(desk, ref, lambda: links.revoke(desk, ref, link_id, actor=caller.name))
        if gone is None:
            raise HTTPException(404, "The order has no such link.")
        return gone

    return router


def address(base: str, token: str) -> str:
    return f"{base.rstrip('/')}{PATH}/{token}"


def _done(desk: Desk, ref: str, act: Callable[[], _T]) -> _T:
    try:
        return act()
    except NotAllowed as error:
        raise Conflict(error, order_shown(desk, ref)) from error
