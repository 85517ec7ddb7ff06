"""What every simulated marketplace shares: a clock to turn, faults to switch on, counters, and a server.

A simulator is one class that answers a call with a reply. `Simulator` (in `exchange`) is what it must offer,
`SimulatedMarketplace` most of it ready;
`answer_in_process` puts it behind `httpx.MockTransport`, `SimulatorServer` and `serve` behind HTTP.
"""

from pipeline.marketplaces.simulation.clock import ScaledClock, SimulatedClock, SimulationClock
from pipeline.marketplaces.simulation.exchange import Call, Exchange, Reply, Simulator, Wire
from pipeline.marketplaces.simulation.faults import Fault, FaultKind, Faults
from pipeline.marketplaces.simulation.knobs import CommonKnobs
from pipeline.marketplaces.simulation.marketplace import SimulatedMarketplace
from pipeline.marketplaces.simulation.routing import Problem, Route, Routes
from pipeline.marketplaces.simulation.server import SimulatorServer, serve
from pipeline.marketplaces.simulation.tokens import Tokens
from pipeline.marketplaces.simulation.traffic import Traffic
from pipeline.marketplaces.simulation.world import SimulatedWorld

__all__ = [
    "Call",
    "CommonKnobs",
    "Exchange",
    "Fault",
    "FaultKind",
    "Faults",
    "Problem",
    "Reply",
    "Route",
    "Routes",
    "ScaledClock",
    "SimulatedClock",
    "SimulatedMarketplace",
    "SimulatedWorld",
    "SimulationClock",
    "Simulator",
    "SimulatorServer",
    "Tokens",
    "Traffic",
    "Wire",
    "serve",
]
