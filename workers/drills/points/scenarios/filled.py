"""What a customer's contact does: fills in what is missing, by a link that somebody made for them."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from pipeline.domain.errors import OperatorError
from pipeline.marketplaces.pax8.simulator import catalogue
from pipeline.operations import links
from pipeline.operations.links import Gone
from workers.drills.house import House
from workers.drills.points.hands import Hands
from workers.drills.points.scenario import Case, Refused, Scenario, settled
from workers.drills.points.scenarios.ways import known
from workers.drills.quotes import line


def _asks_for_fields(house: House) -> Case:
    return known(house, lines=[line(product=catalogue.FIREWALL_MANUAL)])


def _filled(hands: Hands, case: Case) -> None:
    """Two links are made, the first one is revoked, and by the second one all is filled in."""
    desk = hands.application.desk
    (order,) = hands.orders(case.quote_ids[0])
    try:
        first = UUID(links.make(desk, order["ref"], actor="drill").told["id"])
        links.listed(desk, order["ref"])
        links.revoke(desk, order["ref"], first, actor="drill")
        token = links.make(desk, order["ref"], actor="drill").token
        asked = links.form(desk, token)
        links.fill(desk, token, {each.name: _given(field.options) for field in asked.fields for each in field.inputs})
    except (OperatorError, Gone) as late:
        raise Refused(str(late)) from late


def _given(options: tuple[str, ...]) -> tuple[str, ...]:
    return options[:1] or ("1 Main St",)


def _filled_again(hands: Hands, case: Case) -> None:
    """Whoever was cut off asks for another link."""
    (order,) = hands.orders(case.quote_ids[0])
    if order["state"] == "asking":
        with suppress(Refused):
            _filled(hands, case)


SCENARIOS = (Scenario("link: filled in", _asks_for_fields, before=settled, act=_filled, again=_filled_again),)
