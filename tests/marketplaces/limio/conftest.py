from collections.abc import Iterator

import httpx
import pytest

from pipeline.marketplaces.limio.simulator import LimioSimulator


@pytest.fixture
def simulator() -> LimioSimulator:
    return LimioSimulator()


@pytest.fixture
def client(simulator: LimioSimulator) -> Iterator[httpx.Client]:
    with simulator.client() as client:
        yield client
