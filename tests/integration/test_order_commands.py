"""`quoteway order ...`, as it is typed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.store.cipher import Cipher, new_key
from pipeline.store.database import Database, make_engine
from tests.integration.operators_world import World

KEY = new_key()


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = Database(make_engine(database_url), Cipher([KEY]))
    yield World(database)
    database.close()


def test_a_new_date_is_a_day_where_the_quote_s_connection_is_at_work(
    world: World, database_url: str, tmp_path: Path
) -> None:
    ref = world.accept()
    own = {name: value for name, value in os.environ.items() if not name.startswith("QUOTEWAY_")}

    ran = subprocess.run(
        [sys.executable, "-P", "-m", "workers.cli", "order", "reschedule", ref, "2099-01-01", "--reason", "later"],
        env={
            **own,
            "QUOTEWAY_DATABASE_URL": database_url,
            "QUOTEWAY_REDIS_URL": "redis://127.0.0.1:1",
            "QUOTEWAY_ENCRYPTION_KEYS": KEY,
            "QUOTEWAY_TIME_ZONE": "Europe/Berlin",
            "QUOTEWAY_SOURCES__CRM__KIND": "generic",
            "QUOTEWAY_SOURCES__CRM__SECRETS": "bearer:let-me-in",
            "QUOTEWAY_SOURCES__CRM__TIME_ZONE": "Asia/Tokyo",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.stdout.startswith("Rescheduled to 2098-12-31 21:00 UTC. "), ran.stderr
    assert world.view(ref)["requested_at"] == "2098-12-31T21:00:00Z"
