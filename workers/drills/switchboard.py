"""Several simulated marketplaces in one process: each is called under a host of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import httpx

from pipeline.marketplaces.appxite.simulator import DEMO_PORTAL
from pipeline.marketplaces.simulated import Simulated
from pipeline.marketplaces.simulation.marketplace import SimulatedMarketplace
from workers.settings import variable

# The currency of the simulated prices, where it is not that of the settings.
_CURRENCIES = {Simulated.FLEXPORTAL: "EUR"}


def host(name: Simulated) -> str:
    """Under which this marketplace is called."""
    return f"{name}.simulator"


def account_settings(names: Iterable[Simulated], templates: Path, **more: str) -> dict[str, str]:
    """
    The variables of an account at each of these. `templates` is a folder with AppXite's; `more` is set for all of them.
    """
    return {
        variable("marketplaces", name, field): text
        for name in names
        for field, text in {**_fields(name, templates), **more}.items()
    }


def _fields(name: Simulated, templates: Path) -> Mapping[str, str]:
    fields = dict(name.access(f"http://{host(name)}"))
    if name in _CURRENCIES:
        fields["currency"] = _CURRENCIES[name]
    if name is Simulated.APPXITE:
        fields["options"] = f"portal={DEMO_PORTAL},templates={templates}"
    return fields


class Switchboard:
    """Answers each call by the simulator whose host it is for."""

    def __init__(self, simulators: Mapping[Simulated, SimulatedMarketplace]) -> None:
        self._by_host = {host(name): simulator for name, simulator in simulators.items()}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        return self._by_host[request.url.host](request)
