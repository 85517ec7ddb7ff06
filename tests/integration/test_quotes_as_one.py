"""A quote over several marketplaces, seen as one over the API and on the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.store.cipher import Cipher, new_key
from pipeline.store.database import Database, make_engine
from tests.integration.operators_world import World
from tests.integration.test_api_orders import api_with

KEY = new_key()
EVERYWHERE = ("pax8", "appxite", "flexportal", "limio")


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = Database(make_engine(database_url), Cipher([KEY]))
    yield World(database)
    database.close()


def test_a_quote_over_four_marketplaces_is_one_quote_with_four_orders(world: World) -> None:
    refs = world.accept_over(*EVERYWHERE)
    world.bought(refs["pax8"], "order-1")
    world.put(refs["pax8"], state="done")
    world.put(refs["appxite"], state="failed")
    world.put(refs["flexportal"], state="asking")

    [quote] = api_with(world, {}).get("/api/quotes?quote=2001").raise_for_status().json()["items"]

    assert (quote["quote_id"], quote["state"], quote["lines"]) == ("Q-2001", "asking", 4)
    assert {part["marketplace"]: part["ref"] for part in quote["orders"]} == refs
    world.put(refs["flexportal"], state="cancelled")
    world.put(refs["limio"], state="done")
    [ended] = api_with(world, {}).get("/api/quotes?quote=Q-2001").raise_for_status().json()["items"]
    assert ended["state"] == "partly_done"


def test_an_order_names_the_other_parts_of_its_quote(world: World) -> None:
    refs = world.accept_over("pax8", "limio")

    view = world.view(refs["pax8"])

    assert view["other_parts"] == [{"ref": refs["limio"], "marketplace": "limio", "state": "running"}]


def test_a_quote_that_is_not_there_is_an_empty_list(world: World) -> None:
    assert api_with(world, {}).get("/api/quotes?quote=Q-9").raise_for_status().json() == {"items": []}


def shown(database_url: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("QUOTEWAY_")}
    servers = {
        "QUOTEWAY_DATABASE_URL": database_url,
        "QUOTEWAY_REDIS_URL": "redis://127.0.0.1:1",
        "QUOTEWAY_ENCRYPTION_KEYS": KEY,
    }
    command = [sys.executable, "-P", "-m", "workers.cli", "quote", "show", *words]
    return subprocess.run(command, env={**own, **servers}, cwd=folder, capture_output=True, text=True, check=False)


def test_the_command_line_shows_it_on_one_page(world: World, database_url: str, tmp_path: Path) -> None:
    refs = world.accept_over("pax8", "limio")

    page = shown(database_url, tmp_path, "2001")
    told = shown(database_url, tmp_path, "2001", "--json")

    assert (page.returncode, page.stderr) == (0, "")
    assert all(ref in page.stdout for ref in refs.values())
    assert "0 of 2 lines are live" in page.stdout
    assert json.loads(told.stdout)["items"][0]["number"] == "2001"


def test_a_quote_that_nobody_knows_is_told_in_one_sentence(world: World, database_url: str, tmp_path: Path) -> None:
    world.accept()

    refused = shown(database_url, tmp_path, "Q-404")

    assert refused.returncode != 0
    assert refused.stderr.strip() == "There is no quote with the id or number Q-404."
