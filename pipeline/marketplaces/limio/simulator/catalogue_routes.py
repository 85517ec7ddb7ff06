"""Offers as a partner finds them: current versions only, by attributes, a page at a time when asked to."""

import json
from typing import Any

from pipeline.marketplaces.limio.simulator import rendering
from pipeline.marketplaces.limio.simulator.offers import Offer
from pipeline.marketplaces.limio.simulator.problems import MESSAGES
from pipeline.marketplaces.limio.simulator.requests import counter, offset_in, token
from pipeline.marketplaces.limio.simulator.world import World
from pipeline.marketplaces.simulation.exchange import Call
from pipeline.marketplaces.simulation.routing import Problem

PAGE, LARGEST_PAGE = 50, 1000
RECORD_TYPES = ("add_on", "offers", "offers2", "discount", "product", "page", "campaign", "segment")
ATTRIBUTE = "attributes."


def offers(world: World, call: Call) -> tuple[int, Any]:
    """Add-ons are among them, marked by their `record_type`."""
    return 200, _page(world, call, [one for one in world.offers.values() if _is_for(world, one)])


def published(world: World, call: Call) -> tuple[int, Any]:
    kind = call.query.get("record_type")
    if kind not in RECORD_TYPES:
        raise Problem(400, f"record_type must be one of {', '.join(RECORD_TYPES)}")
    ours = {"add_on": "add_on", "offers": "offer", "offers2": "offer"}.get(kind)
    return 200, _page(world, call, [one for one in world.offers.values() if one.kind == ours and _is_for(world, one)])


def _is_for(world: World, offer: Offer) -> bool:
    mine = offer.partners is None or world.partner.name in offer.partners
    return mine and "partner" in offer.sales_channels


def _page(world: World, call: Call, found: list[Offer]) -> dict[str, Any]:
    """Without `opt.all=true` the first page is all there is, and nothing says so but `hits`."""
    size = counter(call, "opt.pageSize", PAGE, LARGEST_PAGE)
    wanted = {name: value for name, value in call.query.items() if name in ("id", "path")}
    rows = [row for row in map(rendering.offer, found) if all(row[name] == value for name, value in wanted.items())]
    rows = [row for row in rows if _has(row["data"]["attributes"], call)]
    offset = offset_in(world, "offers", call.query.get("opt.queryMoreFrom"))
    content: dict[str, Any] = {"hits": len(rows), "header": {}, "items": rows[offset : offset + size]}
    if call.query.get("opt.all") == "true" and offset + size < len(rows):
        content["queryMore"] = {"from": token(world, "offers", offset + size), "alias": "catalog"}
    if len(json.dumps(content)) > world.knobs.largest_answer:
        raise Problem(502, MESSAGES[502])
    return content


def _has(attributes: dict[str, Any], call: Call) -> bool:
    wanted = {name.removeprefix(ATTRIBUTE): value for name, value in call.query.items() if name.startswith(ATTRIBUTE)}
    return all(
        value in given if isinstance(given := attributes.get(name), list) else str(given) == value
        for name, value in wanted.items()
    )
