"""
Quoter's words. Those marked *assumed* are in no public document: each is the one place to change, or an option of the
connection (`ToolAccess.accepted`, `.lost`, `.options`).
"""

from __future__ import annotations

from collections.abc import Sequence

BASE_URL = "https://api.quoter.com/v1"

# Assumed; `accepted` and `lost` of the connection stand instead of them.
ACCEPTED = ("won", "accepted")
LOST = ("lost", "declined")

# Assumed: the names of a quote's fields.
ACCEPTED_AT = ("accepted_at", "won_at")
NUMBER = ("number", "quote_number")
URL = ("url",)
# The revision of a quote that revises none. Not empty, because an empty one would mean whichever is in force.
ORIGINAL = "0"
# Option `opportunity_field`: the field that holds the id of the ConnectWise opportunity. Assumed.
OPPORTUNITY_FIELD = "connectwise_opportunity_id"

# Assumed: the names of a line's fields. An item's are documented.
UNIT_PRICE = ("price_decimal", "unit_price", "price")
UNIT_COST = ("cost_decimal", "unit_cost", "cost")
COMMITMENT = ("contract_term", "term")
# Assumed: of a supplier's item.
SUPPLIER_SKU = ("supplier_sku", "sku")


def among(word: str, given: Sequence[str], otherwise: Sequence[str]) -> bool:
    """Whether a status is one of these, whatever its capitals."""
    return word.strip().casefold() in {each.strip().casefold() for each in given or otherwise}
