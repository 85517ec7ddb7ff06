"""What the operator API tells of a quote and of its parts."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class OtherPart(_Told):
    """Another order of the same acceptance, at another marketplace or of another date."""

    ref: str
    marketplace: str
    state: OrderState


class PartTold(_Told):
    """One order of the quote; `lines_live` of its `lines` are live."""

    ref: str
    version: int
    marketplace: str
    company: str
    state: OrderState
    unknown_submit: bool
    stage: Stage
    marketplace_order_id: str | None
    requested_at: datetime | None
    waiting_for: str | None
    waiting_on: str
    lines: int
    lines_live: int


class QuoteTold(_Told):
    """`state` is of all its orders together: `done` where all are, `partly_done` where something failed."""

    system: str
    quote_id: str
    number: str
    url: str
    revision: str
    state: OrderState
    lines: int
    lines_live: int
    orders: list[PartTold]


class QuoteList(_Told):
    items: list[QuoteTold]
