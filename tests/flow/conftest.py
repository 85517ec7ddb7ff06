"""The house that each flow test gets for itself, and the one that the tests of a module share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from tests.flow.house import House, a_house
from tests.servers import Databases
from workers.bootstrap import Application
from workers.embedded import EmbeddedValkey


@pytest.fixture
def house(tmp_path: Path, database_url: str, redis_url: str) -> Iterator[House]:
    with a_house(tmp_path, database_url, redis_url) as one:
        yield one


@pytest.fixture
def application(house: House) -> Iterator[Application]:
    with house.application() as one:
        yield one


@contextmanager
def house_of_a_module(
    folder: Path, databases: Databases, valkey: EmbeddedValkey, **settings: str
) -> Iterator[tuple[House, Application]]:
    """For tables of cases that one worker can go through at once. It keeps away from the other houses' messages."""
    redis_url = valkey.url.replace("db=0", "db=1")
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
    with (
        databases.fresh() as url,
        a_house(folder, url, redis_url, **settings) as house,
        house.application() as application,
    ):
        yield house, application
