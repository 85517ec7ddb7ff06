"""What is accepted in the demo of all sources, and what a tool has to do so that it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from events.connections import SourceKind
from events.sources.serving import ToolSimulator
from events.sources.tool import Post
from pipeline.domain.quote import Ticket
from pipeline.marketplaces.pax8.simulator.customers import Customer
from pipeline.marketplaces.pax8.simulator.products import Product
from workers.demo.marketplace import Content

TITLES = {
    SourceKind.GENERIC: "Generic intake",
    SourceKind.CONNECTWISE: "ConnectWise PSA",
    SourceKind.HALOPSA: "HaloPSA",
    SourceKind.AUTOTASK: "Autotask",
    SourceKind.QUOTER: "Quoter",
    SourceKind.PANDADOC: "PandaDoc",
    SourceKind.STRIPE: "Stripe",
    SourceKind.PAX8_QUOTES: "Pax8 Quotes",
    SourceKind.CONNECTWISE_CPQ: "ConnectWise CPQ",
    SourceKind.KASEYA_QUOTE_MANAGER: "Kaseya Quote Manager",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What a customer accepts. `commitment` and `provisioning` are told by no tool: they come from the product map.
    `ticket` is where the PSA's people talk of it; None where the tool knows of no PSA.
    """

    customer: Customer
    product: Product
    quantity: int
    billing_term: str
    commitment: str = ""
    provisioning: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ticket: Ticket | None = None

    @property
    def content(self) -> Content:
        return self.customer.id, ((self.product.id, self.quantity, self.billing_term),)


@dataclass(frozen=True, slots=True)
class Play:
    """
    One tool's part. Its connection is named like its kind. `quote` is what people call it, `quote_id` what the tool
    does. `settings` are the connection's, by field, once the tool's address is known; `key` is what the tool knows the
    product by, empty where it names the marketplace's own. `accept` lets the customer accept and gives the webhook that
    follows; None: the tool sends none, and is polled.
    """

    kind: SourceKind
    wanted: Wanted
    quote: str
    quote_id: str
    settings: Callable[[str], Mapping[str, str]]
    accept: Callable[[], Post | None]
    simulator: ToolSimulator | None = None
    key: str = ""

    @property
    def name(self) -> str:
        return self.kind.value

    @property
    def title(self) -> str:
        return TITLES[self.kind]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One acceptance, and the channels that tell of it: one order, however many they are."""

    plays: tuple[Play, ...]

    @property
    def wanted(self) -> Wanted:
        return self.plays[0].wanted

    @property
    def quote_id(self) -> str:
        return self.plays[0].quote

    @property
    def title(self) -> str:
        return " + ".join(play.title for play in self.plays)

    def names(self, system: str, quote_id: str) -> bool:
        """Whether an order of this quote is one of this acceptance: by any of its channels."""
        return any((play.name, play.quote_id) == (system, quote_id) for play in self.plays)
