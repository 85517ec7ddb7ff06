"""The house that each flow test gets for itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.house import House, a_house
from workers.bootstrap import Application


@pytest.fixture
def house(tmp_path: Path, database_url: str, redis_url: str) -> Iterator[House]:
    with a_house(tmp_path, database_url, redis_url) as one:
        yield one


@pytest.fixture
def application(house: House) -> Iterator[Application]:
    with house.application() as one:
        yield one
