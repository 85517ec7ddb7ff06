"""`quoteway order ...`, as it is typed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.abilities import Cancellable
from pipeline.operations.cancelling import Foreseen
from pipeline.store.cipher import Cipher, new_key
from pipeline.store.database import Database, make_engine
from tests.integration.operators_world import World
from workers.commands.exits import Exit
from workers.commands.order_cancelling import lines_of

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

    ran = typed(database_url, tmp_path, "reschedule", ref, "2099-01-01", "--reason", "later")

    assert ran.stdout.startswith("Rescheduled to 2098-12-31 21:00 UTC. "), ran.stderr
    assert world.view(ref)["requested_at"] == "2098-12-31T21:00:00Z"


def test_what_was_bought_where_no_account_is_left_is_not_cancelled(
    world: World, database_url: str, tmp_path: Path
) -> None:
    ref, fresh = world.accept(), world.accept()
    version = world.bought(ref, "placed-1")

    refused = typed(database_url, tmp_path, "cancel", ref, "--reason", "withdrawn")
    done = typed(database_url, tmp_path, "cancel", fresh, "--reason", "withdrawn")

    assert (refused.returncode, world.view(ref)["version"]) == (Exit.CONFLICT, version)
    assert "No account is configured for pax8" in refused.stderr
    assert done.stdout.startswith("Cancelled. "), done.stderr


def test_a_cancel_of_what_was_bought_shows_first_what_it_would_do() -> None:
    there = (Cancellable("s1", "subscription s1"), Cancellable("s2", "subscription s2", "its term is still running"))

    shown = lines_of(Foreseen("QW-1", 4, "placed-1", there=there), {"marketplace": "pax8"})

    assert shown[:2] == ["QW-1 has bought order placed-1 at pax8:", "- Subscription s1 will be cancelled."]
    assert shown[2].startswith("- Subscription s2 cannot be cancelled now: its term is still running. ")
    assert lines_of(Foreseen("QW-1", 4, None), {"marketplace": "pax8"}) == []


def typed(database_url: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("QUOTEWAY_")}

    return subprocess.run(
        [sys.executable, "-P", "-m", "workers.cli", "order", *arguments],
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
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
