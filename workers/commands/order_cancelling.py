"""`quoteway order cancel`: what it would do first, then the act."""

from __future__ import annotations

from pipeline.domain.errors import NotAllowed
from pipeline.operations.cancelling import Foreseen, cancel, foresee, sentence
from pipeline.operations.desk import Desk
from workers.commands.order_acts import Deed, Json, act
from workers.commands.output import print_line


def cancel_one(ref: str, reason: str, *, version: int | None, actor: str | None, yes: bool, as_json: bool) -> None:
    """Raises what the operation raises; nothing has changed then."""

    def tell(desk: Desk, order: Json) -> None:
        would = foresee(desk, order["ref"])
        if would.refused:
            raise NotAllowed(would.refused)
        for line in lines_of(would, order):
            print_line(line)

    def asked(order: Json) -> str:
        return f"Cancel {order['ref']} for {order['company'] or 'a company not known yet'}?"

    def does(desk: Desk, order: Json, by: str, at: int) -> Json:
        return cancel(desk, order["ref"], at, reason, actor=by)

    act(ref, Deed(_done, does, asked, tell), version=version, actor=actor, as_json=as_json, yes=yes)


def lines_of(would: Foreseen, order: Json) -> list[str]:
    """Nothing of an order that has bought nothing: its cancel touches nothing at the marketplace."""
    if would.marketplace_order_id is None:
        return []
    head = f"{would.ref} has bought order {would.marketplace_order_id} at {order['marketplace']}:"
    return [head, *(f"- {sentence(one)}" for one in would.there)]


def _done(order: Json) -> str:
    return "Cancelled" if order["state"] == "cancelled" else "To be cancelled"
