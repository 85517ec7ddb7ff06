"""Accounts at simulated marketplaces, as the settings of whoever is to buy there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.marketplaces.appxite.simulator import DEMO_PORTAL
from pipeline.marketplaces.simulated import Simulated
from workers.settings import variable


def variables(name: Simulated, url: str, templates: Path, **more: str) -> Iterator[tuple[str, str]]:
    """
    Of an account that reaches the simulator served at the address. `templates` is the folder with AppXite's; `more` are
    further fields.
    """
    for field, text in {**name.access(url), **more}.items():
        yield variable("marketplaces", name, field), text
    if name is Simulated.APPXITE:
        yield variable("marketplaces", name, "options"), f"portal={DEMO_PORTAL},templates={templates}"
    if name is Simulated.FLEXPORTAL:
        yield variable("marketplaces", name, "currency"), "EUR"
