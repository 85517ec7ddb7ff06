"""An AppXite of our own: stateful, faithful to the contract with its ugly parts, and breakable on demand.

simulator = AppXiteSimulator()
client = httpx.Client(transport=httpx.MockTransport(simulator), base_url="http://appxite.test")
simulator.faults.add(match=("POST", "/orders/operation"), containing="place_order", kind="reset", when="after")
"""

from pipeline.marketplaces.appxite.simulator import assumed, catalogue, customers, offers
from pipeline.marketplaces.appxite.simulator.demo import demo_world
from pipeline.marketplaces.appxite.simulator.knobs import (
    DEMO_CLIENT_ID,
    DEMO_CLIENT_SECRET,
    DEMO_PORTAL,
    DEMO_SUBSCRIPTION_KEY,
    Knobs,
)
from pipeline.marketplaces.appxite.simulator.records import Item, Order, Organisation, Origin
from pipeline.marketplaces.appxite.simulator.simulator import AppXiteSimulator
from pipeline.marketplaces.appxite.simulator.webhooks import Notification
from pipeline.marketplaces.appxite.simulator.world import World

__all__ = [
    "DEMO_CLIENT_ID",
    "DEMO_CLIENT_SECRET",
    "DEMO_PORTAL",
    "DEMO_SUBSCRIPTION_KEY",
    "AppXiteSimulator",
    "Item",
    "Knobs",
    "Notification",
    "Order",
    "Organisation",
    "Origin",
    "World",
    "assumed",
    "catalogue",
    "customers",
    "demo_world",
    "offers",
]
