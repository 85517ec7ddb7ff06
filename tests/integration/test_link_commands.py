"""`quoteway order link`, as it is typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.operations import links
from pipeline.operations.links import Gone
from pipeline.store.cipher import Cipher, new_key
from pipeline.store.database import Database, make_engine
from tests.integration.links_world import DANA, TENANT, asking
from tests.integration.operators_world import World
from workers.commands.exits import Exit

KEY = new_key()
PUBLIC = "https://quoteway.example.com"


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = Database(make_engine(database_url), Cipher([KEY]))
    yield World(database)
    database.close()


@dataclass(frozen=True)
class Line:
    database_url: str
    redis_url: str
    folder: Path

    def __call__(self, *words: str) -> tuple[int, str]:
        """The exit code of `quoteway order link ...`, and what it prints."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("QUOTEWAY_")}
        ran = subprocess.run(
            [sys.executable, "-P", "-m", "workers.cli", "order", "link", *words],
            env={
                **own,
                "QUOTEWAY_DATABASE_URL": self.database_url,
                "QUOTEWAY_REDIS_URL": self.redis_url,
                "QUOTEWAY_ENCRYPTION_KEYS": KEY,
                "QUOTEWAY_PUBLIC_URL": PUBLIC,
            },
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        return ran.returncode, ran.stdout + ran.stderr


@pytest.fixture
def line(database_url: str, redis_url: str, tmp_path: Path) -> Line:
    return Line(database_url, redis_url, tmp_path)


def test_a_link_is_made_shown_once_and_taken_back(line: Line, world: World) -> None:
    order = asking(world)

    code, said = line(order.ref, "--question", "msDomain", "--for", DANA, "--days", "2", "--as", "sam")
    url, told, how = said.splitlines()
    token = url.removeprefix(f"{PUBLIC}/fill/")
    (kept,) = links.listed(world.desk, order.ref)

    assert code == Exit.OK
    assert [field.id for field in links.form(world.desk, token).fields] == [order.id(TENANT)]
    assert told.startswith(f"For {DANA} to fill in 1 field, once, until ")
    assert (kept["email"], kept["made_by"]) == (DANA, "sam")
    assert how.endswith(f"quoteway order link {order.ref} --revoke {kept['id'][:8]}")

    assert line(*how.split()[-3:]) == (Exit.OK, f"The link {kept['id'][:8]} for {DANA} is revoked.\n")
    with pytest.raises(Gone):
        links.form(world.desk, token)


def test_without_more_it_asks_all_that_a_customer_can_answer_and_json_is_as_the_api_gives_it(
    line: Line, world: World
) -> None:
    order = asking(world)

    code, said = line(order.ref, "--json")
    made = json.loads(said)

    assert code == Exit.OK
    assert len(made["questions"]) == 5
    assert made["url"].startswith(f"{PUBLIC}/fill/")
    assert made["state"] == "open"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(("--for", "dana"), Exit.BAD_INPUT, id="no e-mail address"),
        pytest.param(("--question", "nothing"), Exit.NOT_FOUND, id="no question of the order"),
        pytest.param(("--revoke", "1f2e3d4c"), Exit.NOT_FOUND, id="no link of the order"),
        pytest.param(("--days", "0"), Exit.USAGE, id="no day"),
    ],
)
def test_what_cannot_be_meant_is_told_and_no_link_made(
    line: Line, world: World, words: tuple[str, ...], code: Exit
) -> None:
    order = asking(world)

    assert line(order.ref, *words)[0] == code
    assert links.listed(world.desk, order.ref) == []
