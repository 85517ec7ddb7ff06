"""The quote tools that send nothing and are polled: Pax8 Quotes, ConnectWise CPQ, Kaseya Quote Manager."""

from __future__ import annotations

from collections.abc import Mapping

from events.connections import SourceKind
from events.sources.connectwise_cpq.simulator import SimulatedCpq
from events.sources.connectwise_cpq.simulator import item as cpq_item
from events.sources.kaseya_quote_manager.simulator import SimulatedKaseya
from events.sources.kaseya_quote_manager.simulator import line as kaseya_line
from events.sources.pax8_quotes.simulator import SimulatedPax8Quotes
from events.sources.pax8_quotes.simulator import line as pax8_line
from workers.demo.all_sources.play import Play, Wanted

_POLL_SECONDS = "3"
# More than the tool allows anybody in earnest, so that polls this often do not use up what look-ups need.
_CALLS_A_MINUTE = 60
_MOST_CALLS = 600


def pax8_quotes(wanted: Wanted) -> Play:
    """The only tool that says itself which product of Pax8's is meant, and for which company there."""
    tool, customer, product = SimulatedPax8Quotes(), wanted.customer, wanted.product
    cost = next(row.rates[0].cost for row in product.prices if row.billing_term == wanted.billing_term)
    line = pax8_line(
        1,
        product.id,
        wanted.quantity,
        billingTerm=wanted.billing_term,
        product={"id": product.id, "name": product.name, "sku": product.sku, "isMspOnly": False, "type": "Standalone"},
        cost={"amount": float(cost), "currency": "USD"},
    )
    quote = tool.send([line], client={"id": customer.id, "name": customer.name, "isShadowCompany": False})

    def settings(address: str) -> Mapping[str, str]:
        return {"base_url": address, "client_id": "id", "client_secret": "secret", "poll_seconds": _POLL_SECONDS}

    def accept() -> None:
        tool.accept(quote)

    number = str(tool.quotes[quote]["referenceCode"])
    return Play(SourceKind.PAX8_QUOTES, wanted, number, quote, settings, accept, tool)


def connectwise_cpq(wanted: Wanted, key: str, opportunity: str) -> Play:
    """The quote that the opportunity was sold by: CPQ names it, so that both are one acceptance."""
    tool, name, number = SimulatedCpq(), wanted.customer.name, 3301
    cost = next(float(row.rates[0].cost) for row in wanted.product.prices if row.billing_term == wanted.billing_term)
    line = cpq_item(1, key, float(wanted.quantity), shortDescription=wanted.product.name, recurringCost=cost)
    quote = tool.write([line], number=number, accountName=name, crmOpportunityId=opportunity)
    tool.customers[quote][0]["accountName"] = name

    def settings(address: str) -> Mapping[str, str]:
        return {
            "base_url": address,
            "tenant": "acme",
            "username": "public",
            "password": "private",
            "poll_seconds": _POLL_SECONDS,
        }

    def accept() -> None:
        tool.accept(quote)

    return Play(SourceKind.CONNECTWISE_CPQ, wanted, f"quote {number}", str(number), settings, accept, tool, key)


def kaseya_quote_manager(wanted: Wanted, autotask: Mapping[str, int]) -> Play:
    """A quote that was made for one of Autotask's, which it names: both are one acceptance."""
    tool, key = SimulatedKaseya(most=_MOST_CALLS), wanted.product.sku
    tool.add("customer", id=1, name=wanted.customer.name, billingCountry="US")
    product = tool.sell(key, title=wanted.product.name)
    quote = tool.quote(**autotask)
    line = kaseya_line(product, float(wanted.quantity), title=wanted.product.name)

    def accept() -> None:
        tool.accept(quote, [line])

    def settings(address: str) -> Mapping[str, str]:
        return {
            "base_url": address,
            "client_secret": "key",
            "poll_seconds": _POLL_SECONDS,
            "options": f"calls_per_minute={_CALLS_A_MINUTE}",
        }

    number = str(tool.rows["quote"][quote]["quoteNumber"])
    return Play(SourceKind.KASEYA_QUOTE_MANAGER, wanted, number, str(quote), settings, accept, tool, key)
