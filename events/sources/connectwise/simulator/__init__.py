"""
A ConnectWise PSA of our own: one tenant with its API, its keys and its callbacks, and breakable on demand.

simulator = ConnectWiseSimulator()
company = simulator.company("Contoso Ltd")
item = simulator.item("M365-E3", vendorSku="CFQ7TTC0LF8R")
number = simulator.opportunity(company, [simulator.line(item, quantity=10)])
simulator.win(number)
simulator.outbox  # the callbacks that it would send now, signed
"""

from events.sources.connectwise.simulator.sending import Delivery, send
from events.sources.connectwise.simulator.simulator import ConnectWiseSimulator

__all__ = ["ConnectWiseSimulator", "Delivery", "send"]
