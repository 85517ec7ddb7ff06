"""The simulated marketplaces beside Pax8's: served over HTTP, with an account at each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from pipeline.marketplaces.appxite.simulator import AppXiteSimulator
from pipeline.marketplaces.appxite.simulator.offers import automated
from pipeline.marketplaces.appxite.simulator.templates import write_templates
from pipeline.marketplaces.flexportal.simulator import FlexPortalSimulator, catalogue
from pipeline.marketplaces.flexportal.simulator.products import confirmed, shipped
from pipeline.marketplaces.limio.simulator import LimioSimulator
from pipeline.marketplaces.limio.simulator.offers import CHAIN, Course
from pipeline.marketplaces.simulated import Simulated
from pipeline.marketplaces.simulation import ScaledClock, SimulatorServer
from pipeline.marketplaces.simulation.marketplace import SimulatedMarketplace
from workers import simulated_accounts

_TEMPLATES = "templates"


@dataclass(frozen=True, slots=True)
class Others:
    """`variables` are the settings of the three accounts, for whoever is to buy there."""

    appxite: AppXiteSimulator
    flexportal: FlexPortalSimulator
    limio: LimioSimulator
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)

    def by_name(self) -> Mapping[Simulated, SimulatedMarketplace]:
        return {
            Simulated.APPXITE: self.appxite,
            Simulated.FLEXPORTAL: self.flexportal,
            Simulated.LIMIO: self.limio,
        }


@contextmanager
def served(folder: Path, seconds: float, account: Mapping[str, str] | None = None) -> Iterator[Others]:
    """
    Until the end of the block. What happens there by itself takes so many `seconds`. AppXite's templates are written
    below `folder`; `account` has further fields of each account, such as `settle_seconds`.
    """
    clock = ScaledClock()
    made = Others(AppXiteSimulator(clock), FlexPortalSimulator(clock), LimioSimulator(clock))
    _unforgiving(made)
    _hurry(made, seconds)
    templates = folder / _TEMPLATES
    write_templates(templates)
    with ExitStack() as stack:
        at = {name: stack.enter_context(SimulatorServer(simulator)).url for name, simulator in made.by_name().items()}
        accounts = (simulated_accounts.variables(name, url, templates, **account or {}) for name, url in at.items())
        yield replace(made, variables=dict(pair for each in accounts for pair in each))


def _unforgiving(made: Others) -> None:
    """Nobody is held up, and nobody's second order of the same is taken for the first one."""
    made.flexportal.knobs.calls_per_minute = None
    made.flexportal.knobs.natural_key_window = timedelta()


def _hurry(made: Others, seconds: float) -> None:
    """How soon orders and what they bought are there."""
    appxite, flexportal, limio = made.appxite.world, made.flexportal.world, made.limio.world
    appxite.walks = {offer.id: automated(seconds) for offer in appxite.offers.values() if not offer.manual}
    flexportal.walks = {catalogue.LAPTOP_14: shipped(seconds / 2), catalogue.PHONE: confirmed(seconds)}
    made.limio.knobs.queued_for = 0.0
    course = Course(tuple(replace(plugin, seconds=seconds / len(CHAIN)) for plugin in CHAIN))
    limio.courses = dict.fromkeys(limio.offers, course)
