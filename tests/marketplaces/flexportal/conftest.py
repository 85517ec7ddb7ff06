"""A simulated FlexPortal for each test, and a client of it."""

from collections.abc import Iterator

import httpx
import pytest

from pipeline.marketplaces.flexportal.simulator import FlexPortalSimulator


@pytest.fixture
def simulator() -> FlexPortalSimulator:
    return FlexPortalSimulator()


@pytest.fixture
def client(simulator: FlexPortalSimulator) -> Iterator[httpx.Client]:
    with simulator.client() as client:
        yield client
