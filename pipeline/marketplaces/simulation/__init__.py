"""What every simulated marketplace shares: a clock to turn, faults to switch on, counters, and a server.

A simulator is one class that answers a call with a reply. `Simulator` (in `exchange`) is what it must offer;
`answer_in_process` puts it behind `httpx.MockTransport`, `SimulatorServer` and `serve` behind HTTP.
"""

from pipeline.marketplaces.simulation.clock import ScaledClock, SimulatedClock, SimulationClock
from pipeline.marketplaces.simulation.exchange import Call, Exchange, Reply, Simulator, Wire
from pipeline.marketplaces.simulation.faults import Fault, FaultKind, Faults
from pipeline.marketplaces.simulation.server import SimulatorServer, serve
from pipeline.marketplaces.simulation.traffic import Traffic

__all__ = [
    "Call",
    "Exchange",
    "Fault",
    "FaultKind",
    "Faults",
    "Reply",
    "ScaledClock",
    "SimulatedClock",
    "SimulationClock",
    "Simulator",
    "SimulatorServer",
    "Traffic",
    "Wire",
    "serve",
]
