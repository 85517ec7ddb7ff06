"""What the fixtures of `tests/conftest.py` promise to every other test."""

import psycopg
import pytest
import redis


@pytest.mark.parametrize("turn", ["first", "second"])
def test_each_test_has_a_migrated_database_of_its_own(database_url: str, turn: str) -> None:
    with psycopg.connect(database_url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        connection.execute(f"CREATE TABLE only_in_the_{turn} ()")

    assert ("alembic_version",) in tables
    assert not [name for (name,) in tables if name.startswith("only_in_the")]


@pytest.mark.parametrize("turn", ["first", "second"])
def test_each_test_finds_an_empty_valkey(redis_url: str, turn: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.keys() == []
        client.set(turn, "left behind")
