"""
Autotask's names that differ by tenant or are documented nowhere. All of it is assumed, and kept here.

A tenant's own words come from the connection: `accepted` and `lost` (ticket statuses, by name or number),
`ticket_status`, and the options `resource` (the number of our API user; what it does is not answered to), `guid` (the
webhook's, so that another's messages are refused), `note_type`, `publish`, `note_title` (of our notes), `patch`
(`collection` or `item`: where a ticket is patched), `status_field` (the number of the field Status in webhooks).
"""

from __future__ import annotations

TRACKED = "lastTrackedModificationDateTime"  # notes don't move it; the status does
# A product's numbers, the most trusted first.
PRODUCT_KEYS = ("manufacturerProductName", "vendorProductNumber", "sku", "externalProductID", "internalProductID")
SERVICE_KEYS = ("manufacturerServiceProviderProductNumber", "catalogNumberPartNumber", "sku", "externalID")
# What makes a quote's item none that can be ordered.
OTHER_ITEMS = ("laborID", "shippingID", "expenseID")
OTHER_KINDS = ("labor", "labour", "shipping", "expense", "discount")
PUBLISH_INTERNAL = "internal"  # the publish values whose names begin so are hidden from customers
NOTE_TITLE = "Licence order"
LOST_OPPORTUNITY = ("lost",)
CANCELLED_CHARGE = ("cancelled", "canceled")
STATUS_FIELD = "Status"
TICKETS = ("ticket", "tickets")
TICKET_NOTES = ("ticketnote", "ticketnotes", "ticket note", "ticket notes")
PATCH_COLLECTION, PATCH_ITEM = "collection", "item"
