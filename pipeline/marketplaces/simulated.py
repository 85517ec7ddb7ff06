"""The simulated marketplaces by name, and how an account reaches each. Loaded when one is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from importlib import import_module
from typing import cast

from pipeline.marketplaces.simulation.clock import SimulationClock
from pipeline.marketplaces.simulation.marketplace import SimulatedMarketplace


class Simulated(StrEnum):
    PAX8 = "pax8"
    APPXITE = "appxite"
    FLEXPORTAL = "flexportal"
    LIMIO = "limio"

    @property
    def called(self) -> str:
        return _CLASSES[self]

    def make(self, clock: SimulationClock, seed: int = 0) -> SimulatedMarketplace:
        """With the world in which demo and drills begin."""
        made = getattr(self._package(), f"{_CLASSES[self]}Simulator")
        return cast(SimulatedMarketplace, made(clock, seed))

    def access(self, at: str) -> Mapping[str, str]:
        """The fields of an account's settings that reach it, once it is served at the address `at`."""
        named = {field: str(getattr(self._package(), name)) for field, name in _ACCESS[self].items()}
        return {"base_url": at + _BELOW.get(self, ""), **named}

    def _package(self) -> object:
        return import_module(f"pipeline.marketplaces.{self.value}.simulator")


_CLASSES = {
    Simulated.PAX8: "Pax8",
    Simulated.APPXITE: "AppXite",
    Simulated.FLEXPORTAL: "FlexPortal",
    Simulated.LIMIO: "Limio",
}
# What stands in an account's address below the host.
_BELOW = {Simulated.PAX8: "/v1", Simulated.LIMIO: "/api"}
_CLIENT = {"client_id": "DEMO_CLIENT_ID", "client_secret": "DEMO_CLIENT_SECRET"}
_ACCESS: Mapping[Simulated, Mapping[str, str]] = {
    Simulated.PAX8: _CLIENT,
    Simulated.APPXITE: {**_CLIENT, "api_key": "DEMO_SUBSCRIPTION_KEY"},
    Simulated.FLEXPORTAL: {"api_key": "DEMO_API_KEY", "tenant": "DEMO_TENANT"},
    Simulated.LIMIO: _CLIENT,
}
