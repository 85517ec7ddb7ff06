"""A FlexPortal of our own: stateful, faithful to the contract with its ugly parts, and breakable on demand.

simulator = FlexPortalSimulator()
client = simulator.client()
simulator.faults.add(match=("POST", "/v1/orders"), kind="reset", when="after")
"""

from pipeline.marketplaces.flexportal.simulator import catalogue, customers, products
from pipeline.marketplaces.flexportal.simulator.demo import demo_world
from pipeline.marketplaces.flexportal.simulator.knobs import DEMO_API_KEY, DEMO_TENANT, Knobs
from pipeline.marketplaces.flexportal.simulator.records import Item, Order, Origin, Rental
from pipeline.marketplaces.flexportal.simulator.simulator import FlexPortalSimulator
from pipeline.marketplaces.flexportal.simulator.webhooks import webhook
from pipeline.marketplaces.flexportal.simulator.world import World

__all__ = [
    "DEMO_API_KEY",
    "DEMO_TENANT",
    "FlexPortalSimulator",
    "Item",
    "Knobs",
    "Order",
    "Origin",
    "Rental",
    "World",
    "catalogue",
    "customers",
    "demo_world",
    "products",
    "webhook",
]
