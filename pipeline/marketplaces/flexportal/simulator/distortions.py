"""Answers that read well and aren't what they should be."""

from pipeline.marketplaces.flexportal.simulator.records import Json

IDS = {"order": "orderId", "rental": "rentalId"}
OUTSIDE = {*IDS.values(), "newRentalId"}


def without_id(content: Json) -> Json:
    """Neither beside what was made nor in it."""
    kept = {name: value for name, value in content.items() if name not in OUTSIDE}
    for thing, key in IDS.items():
        if isinstance(kept.get(thing), dict):
            kept[thing] = {name: value for name, value in kept[thing].items() if name != key}
    return kept


def something_else(content: Json) -> Json:
    """Somebody else's order, of one more of everything; another device's subscription; of other answers, nothing that
    anybody would know."""
    match content:
        case {"order": dict(order)}:
            items = [item | {"quantity": item["quantity"] + 1} for item in order["items"]]
            return content | {"order": order | {"items": items, "customFields": {"externalOrderId": "not yours"}}}
        case {"rental": dict(rental)}:
            return content | {"rental": rental | {"assetSerialNumber": "SN-NOT-YOURS"}}
        case _:
            return {"unexpected": True}
