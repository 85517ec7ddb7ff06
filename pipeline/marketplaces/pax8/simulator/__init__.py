"""A Pax8 of our own: stateful, faithful to the contract with its ugly parts, and breakable on demand.

simulator = Pax8Simulator()
client = httpx.Client(transport=httpx.MockTransport(simulator), base_url="http://pax8.test/v1")
simulator.faults.add(match=("POST", "/v1/orders"), kind="reset", when="after")
"""

from pipeline.marketplaces.pax8.simulator import catalogue, customers, products
from pipeline.marketplaces.pax8.simulator.demo import demo_world
from pipeline.marketplaces.pax8.simulator.knobs import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Knobs
from pipeline.marketplaces.pax8.simulator.records import Line, Order, Origin
from pipeline.marketplaces.pax8.simulator.simulator import Pax8Simulator
from pipeline.marketplaces.pax8.simulator.world import World

__all__ = [
    "DEMO_CLIENT_ID",
    "DEMO_CLIENT_SECRET",
    "Knobs",
    "Line",
    "Order",
    "Origin",
    "Pax8Simulator",
    "World",
    "catalogue",
    "customers",
    "demo_world",
    "products",
]
