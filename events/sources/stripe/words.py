"""Stripe's words, and the keys of metadata that are ours to choose (options of the connection stand instead)."""

from __future__ import annotations

BASE_URL = "https://api.stripe.com"
TITLE = "Stripe"
# The shapes read here have been the same since 2020; pinned, so that an account's upgrade changes nothing for us.
API_VERSION = "2024-06-20"

ACCEPTED, CANCELED = "quote.accepted", "quote.canceled"
EVENTS = (ACCEPTED, CANCELED)

# Options `sku_metadata` and `commitment_metadata`: keys of a price's metadata. Assumed, as they are ours.
SKU_METADATA = "vendor_sku"
COMMITMENT_METADATA = "commitment"
