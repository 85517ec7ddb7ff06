"""What every test may ask for. The servers start when the first test asks for one, and end with the session."""

from collections.abc import Iterator

import pytest
import redis

from tests.servers import Databases, claimed_folder
from workers.embedded import DataFolder, EmbeddedPostgres, EmbeddedValkey


@pytest.fixture(scope="session")
def servers_folder() -> Iterator[DataFolder]:
    with claimed_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def postgres_server(servers_folder: DataFolder) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(servers_folder, durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def valkey_server(servers_folder: DataFolder) -> Iterator[EmbeddedValkey]:
    with EmbeddedValkey(servers_folder, durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def template_database(postgres_server: EmbeddedPostgres) -> Databases:
    """The tables of this version, migrated once; each test's database is a copy."""
    from workers.database import upgrade

    databases = Databases(postgres_server)
    databases.prepare(upgrade)
    return databases


@pytest.fixture
def database_url(template_database: Databases) -> Iterator[str]:
    """`postgresql://...` of a database of the test's own, with all tables and no rows."""
    with template_database.fresh() as url:
        yield url


@pytest.fixture
def redis_url(valkey_server: EmbeddedValkey) -> str:
    """`unix://...` of an empty Valkey. Celery takes `valkey_server.broker_url`, which is the same one."""
    with redis.Redis.from_url(valkey_server.url) as client:
        client.flushall()
    return valkey_server.url


@pytest.fixture
def broker_url(redis_url: str, valkey_server: EmbeddedValkey) -> str:
    """The same empty Valkey, as Celery names it."""
    assert redis_url
    return valkey_server.broker_url
