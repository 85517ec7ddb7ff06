"""How much is accepted, how often something is killed, and the settings under which it has to heal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pipeline.marketplaces.simulated import Simulated
from workers.drills.report import Form
from workers.settings import variable


class Sort(StrEnum):
    """
    What is special about an accepted quote. BURST and NEWCOMER are several at once for one company, SPANNING is one
    over several marketplaces.
    """

    PLAIN = "plain"
    BURST = "burst"
    ADD_ON = "add-on"
    NEWCOMER = "new customer"
    INACTIVE = "inactive company"
    DATED = "future-dated"
    REVISED = "revised"
    REVOKED = "revoked"
    SPANNING = "over several marketplaces"


class Kind(StrEnum):
    """
    A process that may be struck. Every worker runs the clock; CLOCK is one that serves no stage, so that it does little
    else.
    """

    WEB = "web"
    WORKER = "worker"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Plan:
    """
    `accepted` quotes by sort come within `seconds`; `kills` and `stops` by kind are spread over them. A stop lasts
    `frozen` seconds or up to half as much again, and begins before `frozen_until` (a part of the seconds).
    `massacres`: how often all workers are killed in one moment, beside the `kills`. `behind` is how far the purchases
    may lie behind, as a part of all, before the next strike waits for them. `patience` is how long nothing may get on
    before all rest, and `quiet` how long is waited then for what must not happen. `notices`: whether to wait for their
    delivery, too. For the drill to have proved anything `cut_off` purchases have to be struck in flight, `cut_off_each`
    of them at each marketplace, and `sent_again` deliveries.
    """

    accepted: Mapping[Sort, int]
    at_once: int
    seconds: float
    processes: Mapping[Kind, int]
    kills: Mapping[Kind, int]
    massacres: int
    stops: Mapping[Kind, int]
    frozen: float
    frozen_until: float
    behind: float
    patience: float
    quiet: float
    notices: bool
    cut_off: int
    cut_off_each: int
    sent_again: int
    settings: Mapping[str, str]


def _settings(timeout: float, send_within: float, settle: int, lease: float) -> Mapping[str, str]:
    """All is to come to an end without a person: what is absent is sent again, who is new is made a company."""
    account = {
        "timeout_seconds": f"{timeout:g}",
        "send_within_seconds": f"{send_within:g}",
        "settle_seconds": str(settle),
        "resend_when_absent": "true",
        "calls_per_minute": "100000",
    }
    return {
        **{variable("marketplaces", name, field): text for name in Simulated for field, text in account.items()},
        "QUOTEWAY_LEASE_SECONDS": f"{lease:g}",
        "QUOTEWAY_CREATE_COMPANIES": "always",
    }


FULL = Plan(
    accepted={
        Sort.PLAIN: 350,
        Sort.BURST: 140,
        Sort.ADD_ON: 90,
        Sort.NEWCOMER: 100,
        Sort.INACTIVE: 90,
        Sort.DATED: 80,
        Sort.REVISED: 50,
        Sort.REVOKED: 40,
        Sort.SPANNING: 60,
    },
    at_once=5,
    seconds=330,
    processes={Kind.WEB: 2, Kind.WORKER: 3, Kind.CLOCK: 1},
    kills={Kind.WEB: 26, Kind.WORKER: 62, Kind.CLOCK: 16},
    massacres=4,
    stops={Kind.WEB: 5, Kind.WORKER: 14, Kind.CLOCK: 3},
    frozen=7.5,
    frozen_until=0.9,
    behind=0.2,
    patience=150,
    quiet=10,
    notices=True,
    cut_off=10,
    cut_off_each=1,
    sent_again=10,
    settings=_settings(timeout=3, send_within=2, settle=2, lease=2),
)
SHORT = Plan(
    accepted={
        Sort.PLAIN: 8,
        Sort.BURST: 6,
        Sort.ADD_ON: 4,
        Sort.NEWCOMER: 6,
        Sort.INACTIVE: 4,
        Sort.DATED: 3,
        Sort.REVISED: 3,
        Sort.REVOKED: 3,
        Sort.SPANNING: 3,
    },
    at_once=3,
    seconds=6,
    processes={Kind.WEB: 1, Kind.WORKER: 2, Kind.CLOCK: 1},
    kills={Kind.WEB: 1, Kind.WORKER: 4, Kind.CLOCK: 1},
    massacres=0,
    stops={Kind.WORKER: 2},
    frozen=4.0,
    frozen_until=0.4,
    behind=0.6,
    patience=60,
    quiet=1.5,
    notices=False,
    cut_off=1,
    cut_off_each=0,
    sent_again=0,
    settings=_settings(timeout=1.5, send_within=1, settle=1, lease=1),
)
PLANS = {Form.FULL: FULL, Form.SHORT: SHORT}
