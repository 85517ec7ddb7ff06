"""
HaloPSA's names as far as nobody documents them: field names, event words and numbers. All of it is assumed, and kept
here so that a tenant whose HaloPSA says otherwise needs a change in one place.

A tenant's own words come from the connection instead: `accepted` and `lost` (statuses of quotations), `ticket_status`,
and the options `agent` (the agent that our client logs in as; what it does is not answered to), `outcome` (of our
notes), `time_zone` (of dates without one; the connection's), `quotation_filter`, `order_filter`, `ticket_filter` (the
parameter that holds a list to what has changed since a date).
"""

from __future__ import annotations

QUOTATION, ORDER, TICKET = "quotation", "order", "ticket"
PATHS = {QUOTATION: "/api/Quotation", ORDER: "/api/SalesOrder", TICKET: "/api/Tickets"}
TITLES = {QUOTATION: "Quotation", ORDER: "Sales order", TICKET: "Ticket"}
LISTS = {
    "/api/Quotation": ("quotations", "quotes"),
    "/api/SalesOrder": ("salesorders", "sales_orders", "orders"),
    "/api/Tickets": ("tickets", "faults"),
    "/api/Actions": ("actions",),
    "/api/Status": ("statuses",),
    "/api/Webhook": ("webhooks",),
    "/api/Notification": ("notifications",),
}

# What an event's name says that it is about; a ticket where none of these is in it.
ABOUT = (("quotation", QUOTATION), ("quote", QUOTATION), ("sales order", ORDER), ("salesorder", ORDER))
NESTED = (
    ("ticket", TICKET),
    ("quotation", QUOTATION),
    ("quote", QUOTATION),
    ("salesorder", ORDER),
    ("sales_order", ORDER),
)

STATUS = ("status_name", "statusname", "status", "status_id")
ACCEPTED_AT = ("accepteddate", "accepted_date", "date_accepted", "acceptance_date", "acceptdate")
ACCEPTED_BY = ("accepted_by", "acceptedby", "acceptedbyname")
CHANGED = ("lastupdate", "last_update", "lastupdated", "last_modified", "datemodified")
QUOTATION_OF_ORDER = ("quotation_id", "quote_id", "quotationid")
TICKET_OF = ("ticket_id", "opportunity_id")
QUOTATION_OF_TICKET = ("quotation_id", "quote_id")
NUMBER = ("quotenumber", "quotation_number", "quoteref", "ref")
REVISION = ("revision", "version")
CURRENCY = ("currency_code", "currencycode")
# Words for "it will not be bought", meant where the connection names none.
LOST = ("declined", "rejected", "lost", "cancelled", "canceled", "expired", "void", "voided")

ITEM = ("item_id",)
ITEM_KEYS = ("supplierpartcode", "supplier_part_code", "supplier_sku", "sku", "manufacturerpart", "manufacturer_part")
SUPPLIERS = ("suppliers", "item_suppliers")
PRICE = ("unitprice", "unit_price", "price")
COST = ("unitcost", "unit_cost", "costprice", "cost")
PERIOD = ("billingperiod_name", "billing_period_name", "billingperiod", "period_name")
COMMITMENT = ("commitment", "contract_term", "term_name")
OPTIONAL, SELECTED = ("is_optional", "isoptional", "optional"), ("is_selected", "isselected", "selected")

NOTE, NOTE_HTML = ("note",), ("note_html",)
AGENT_OF_NOTE = ("who_agentid", "agent_id")
WRITTEN_AT = ("actiondate", "datetime", "action_date")
OUTCOME = "Private Note"

STATUS_CHANGED = "76"  # the notification's event "Ticket Status Changed"
BASIC, BEARER = 1, 2  # authentication_type of a webhook
BEARER_FIELD = "bearer_token"
USER_FIELD, PASSWORD_FIELD = "basic_username", "basic_password"
TICKETS_SINCE = "lastupdatefromdate"
