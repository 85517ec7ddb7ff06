"""The quote tools that send webhooks: the generic intake's sender, Quoter, PandaDoc, Stripe."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from events.connections import SourceKind
from events.sources.pandadoc.simulator import PandaDocSimulator
from events.sources.quoter.simulator import QuoterSimulator
from events.sources.stripe.simulator import StripeSimulator
from events.sources.tool import Post
from workers.demo.all_sources.play import Play, Wanted
from workers.demo.cases import Case, DemoLine
from workers.demo.sending import signed


def generic(wanted: Wanted, secret: str) -> Play:
    """Whoever can write a webhook's body. It names the marketplace's own product, so that nothing is mapped."""
    product, quote = wanted.product, "Q-2001"
    cost = str(product.prices[0].rates[0].cost)
    line = DemoLine(product, wanted.quantity, wanted.billing_term, cost)
    case = Case(quote, "generic", wanted.customer, (line,))

    def accept() -> Post:
        now = datetime.now(UTC)
        document = case.document(now)
        document["data"]["quote"]["system"] = SourceKind.GENERIC.value
        document["data"]["ticket"] = wanted.ticket.model_dump() if wanted.ticket else None
        message = signed(secret, f"msg_{quote}", now, document)
        return Post(message.headers, "", message.body.encode())

    def settings(_address: str) -> Mapping[str, str]:
        return {"secrets": secret}

    return Play(SourceKind.GENERIC, wanted, quote, quote, settings, accept)


def quoter(wanted: Wanted) -> Play:
    tool, quote, key = QuoterSimulator(), "quot_31", wanted.product.sku
    tool.put("items", {"id": "item_1", "sku": key, "name": wanted.product.name})
    line = {"item_id": "item_1", "quantity": str(wanted.quantity), "name": wanted.product.name}
    tool.quote(quote, [line], number="QR-31")
    tool.change("contacts", "cont_1", organization=wanted.customer.name)

    def settings(address: str) -> Mapping[str, str]:
        return {
            "base_url": f"{address}/v1",
            "client_id": tool.client_id,
            "client_secret": tool.client_secret,
            "secrets": tool.hash_key,
        }

    return Play(SourceKind.QUOTER, wanted, "QR-31", quote, settings, lambda: tool.win(quote), tool, key)


def pandadoc(wanted: Wanted) -> Play:
    tool, document, key = PandaDocSimulator(), "doc_88", wanted.product.sku
    item = {"id": "item_1", "sku": key, "qty": str(wanted.quantity), "name": wanted.product.name, "price": "4.50"}
    pricing = {"tables": [{"currency": "USD", "items": [item]}]}
    tool.document(document, pricing, ref_number="PD-88", metadata=_metadata(wanted))
    tool.contacts["cont_1"]["company"] = wanted.customer.name

    def settings(address: str) -> Mapping[str, str]:
        return {"base_url": address, "client_secret": tool.api_key, "secrets": tool.shared_key}

    return Play(SourceKind.PANDADOC, wanted, "PD-88", document, settings, lambda: tool.complete(document), tool, key)


def stripe(wanted: Wanted) -> Play:
    tool, quote, key = StripeSimulator(), "qt_55", wanted.product.sku
    line = {"quantity": wanted.quantity, "description": wanted.product.name, "metadata": {"vendor_sku": key}}
    tool.quote(quote, [line], number="QT-55", metadata=_metadata(wanted))
    tool.customers["cus_1"]["name"] = wanted.customer.name

    def settings(address: str) -> Mapping[str, str]:
        return {"base_url": address, "client_secret": tool.api_key, "secrets": tool.secret}

    return Play(SourceKind.STRIPE, wanted, "QT-55", quote, settings, lambda: tool.accept(quote), tool, key)


def _metadata(wanted: Wanted) -> dict[str, Any]:
    """What the seller writes into the quote, so that its order is talked of on the PSA's ticket."""
    ticket = wanted.ticket
    return {"ticket_system": ticket.system, "ticket_id": ticket.id} if ticket else {}
