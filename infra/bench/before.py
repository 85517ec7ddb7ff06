"""
The stages as they were before calls were saved: every poll reads the order and each subscription, and a company is read
twice. To compare with; the product has no such switch.

`python before.py ARGUMENTS` is `quoteway ARGUMENTS` like that.
"""

from __future__ import annotations

from datetime import timedelta

from pipeline.marketplaces.flexportal.adapter import FlexPortal
from pipeline.marketplaces.limio.adapter import Limio
from pipeline.marketplaces.pax8.adapter import Pax8
from pipeline.stages import ensure_active, poll_status
from workers.cli import main

_MANY = 6


def spend() -> None:
    """For all that this process does from now on. A method that is None is, to a Protocol, none."""
    for adapter in (Pax8, FlexPortal, Limio):
        setattr(adapter, "waiting", None)  # noqa: B010 - it is no assignment of a method
    setattr(poll_status, "_MANY", _MANY)  # noqa: B010
    setattr(ensure_active, "_JUST_NOW", timedelta(0))  # noqa: B010


if __name__ == "__main__":
    spend()
    main()
