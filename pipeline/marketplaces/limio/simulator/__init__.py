"""A Limio of our own: stateful, faithful to what is public with its ugly parts, and breakable on demand.

simulator = LimioSimulator()
client = httpx.Client(transport=httpx.MockTransport(simulator), base_url="http://limio.test/api")
simulator.faults.add(match=("POST", "/api/partner/order"), kind="reset", when="after")
"""

from pipeline.marketplaces.limio.simulator import assumed, catalogue, customers, offers
from pipeline.marketplaces.limio.simulator.demo import demo_world
from pipeline.marketplaces.limio.simulator.knobs import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Knobs
from pipeline.marketplaces.limio.simulator.records import Item, Order, Origin
from pipeline.marketplaces.limio.simulator.simulator import LimioSimulator
from pipeline.marketplaces.limio.simulator.webhooks import Event, Webhook
from pipeline.marketplaces.limio.simulator.world import World

__all__ = [
    "DEMO_CLIENT_ID",
    "DEMO_CLIENT_SECRET",
    "Event",
    "Item",
    "Knobs",
    "LimioSimulator",
    "Order",
    "Origin",
    "Webhook",
    "World",
    "assumed",
    "catalogue",
    "customers",
    "demo_world",
    "offers",
]
