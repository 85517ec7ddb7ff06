"""A simulated AppXite of each test's own, and a client of it on behalf of Contoso."""

from collections.abc import Iterator

import httpx
import pytest

from pipeline.marketplaces.appxite.simulator import AppXiteSimulator


@pytest.fixture
def simulator() -> AppXiteSimulator:
    return AppXiteSimulator()


@pytest.fixture
def client(simulator: AppXiteSimulator) -> Iterator[httpx.Client]:
    with simulator.client() as client:
        yield client
