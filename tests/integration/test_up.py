"""`quoteway up` with real processes: everything starts, what dies is started again, and nothing is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.servers import fresh_folder
from workers.commands.whole import free_port
from workers.supervision.process import mark_of, wait_until

PARTS = {"postgres", "valkey", "simulator", "web", "worker-1", "worker-2", "flower"}
PATIENCE = timedelta(seconds=90)
Json = dict[str, Any]


class Up:
    """A running `quoteway up`, and commands against it."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self._folder = folder
        self._environment = {
            "PATH": "/usr/bin:/bin",
            "QUOTEWAY_DATA_DIR": str(self.data),
            "QUOTEWAY_PORT": str(free_port()),
            "QUOTEWAY_FLOWER_PORT": str(free_port()),
        }
        self.process = subprocess.Popen(
            self._command("up"),
            env=self._environment,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, given: str = "", **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._command(*arguments),
            env={**self._environment, **changes},
            cwd=self._folder,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )

    def json(self, *arguments: str, given: str = "") -> Json:
        told = self.run(*arguments, "--json", given=given)
        assert told.stdout, told.stderr
        found: Json = json.loads(told.stdout)
        return found

    def status(self) -> Json:
        return self.json("status")

    def part(self, name: str) -> Json:
        return next(part for part in self.status()["parts"] if part["name"] == name)

    def pids(self) -> list[int]:
        return [part["pid"] for part in self.status()["parts"] if part["pid"]]

    def wait(self, true: Callable[[], bool]) -> None:
        assert wait_until(true, PATIENCE), self.run("status").stdout

    def stop(self) -> str:
        self.process.send_signal(signal.SIGINT)
        told, _ = self.process.communicate(timeout=90)
        return told

    @staticmethod
    def _command(*arguments: str) -> list[str]:
        return [sys.executable, "-P", "-m", "workers.cli", *arguments]


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    with fresh_folder() as folder:
        running = Up(folder)
        try:
            running.wait(lambda: running.run("status").returncode == 0)
            yield running
        finally:
            if running.process.poll() is None:
                running.stop()


def test_it_runs_every_part_and_tells_their_addresses_and_process_ids(up: Up) -> None:
    status = up.status()

    assert status["running"] is True
    assert status["pid"] == up.process.pid
    assert {part["name"] for part in status["parts"]} == PARTS
    assert {part["state"] for part in status["parts"]} == {"ready"}
    assert all(mark_of(part["pid"]) for part in status["parts"])


def test_the_addresses_answer(up: Up) -> None:
    with httpx.Client(trust_env=False) as client:
        assert client.get(f"{up.part('web')['address']}/health/ready").status_code == 200
        assert client.get(f"{up.part('web')['address']}/api/health").status_code == 200
        assert client.get(f"{up.part('flower')['address']}/healthcheck").status_code == 200


def test_flower_without_a_password_changes_nothing(up: Up) -> None:
    with httpx.Client(trust_env=False) as client:
        refused = client.post(f"{up.part('flower')['address']}/api/worker/shutdown/any")

    assert refused.status_code in {401, 403}


def test_a_quote_that_is_taken_in_by_hand_becomes_a_live_order(up: Up) -> None:
    quote = up.run("quote", "example").stdout

    taken = up.json("quote", "accept", "-", given=quote)
    (ref,) = taken["orders"]
    up.wait(lambda: up.json("order", "show", ref)["state"] == "done")

    page = up.run("order", "show", ref, "-v")
    assert "● ● ● ● ● ● ● ●" in page.stdout
    assert "POST /orders" in page.stdout
    assert ref in up.run("order", "list").stdout


def test_a_plan_buys_nothing(up: Up) -> None:
    before = len(up.json("order", "list")["items"])

    planned = up.run("plan", "-", given=up.run("quote", "example").stdout)

    assert planned.returncode == 0, planned.stderr
    assert "It would be bought as it is." in planned.stdout
    assert len(up.json("order", "list")["items"]) == before


def test_what_cannot_be_read_is_told_and_not_kept(up: Up) -> None:
    refused = up.run("quote", "accept", "-", given='{"quote": {}}')

    assert refused.returncode == 7
    assert "stdin: quote.id is required" in refused.stderr


def test_an_order_that_is_not_there_is_told(up: Up) -> None:
    refused = up.run("order", "show", "QW-NOSUCH0000")

    assert refused.returncode == 4
    assert "There is no order QW-NOSUCH0000." in refused.stderr


def test_the_database_is_prepared_again_without_harm(up: Up) -> None:
    assert up.run("db", "upgrade").returncode == 0


@pytest.mark.parametrize("name", ["worker-1", "web"])
def test_a_part_that_is_killed_is_started_again(up: Up, name: str) -> None:
    before = up.part(name)

    os.kill(before["pid"], signal.SIGKILL)
    up.wait(lambda: up.part(name)["restarts"] > before["restarts"] and up.part(name)["state"] == "ready")

    assert up.part(name)["pid"] != before["pid"]


def test_a_second_one_on_the_same_folder_is_refused_by_the_first_ones_process_id(up: Up) -> None:
    refused = up.run("up", QUOTEWAY_PORT=str(free_port()), QUOTEWAY_FLOWER_PORT=str(free_port()))

    assert refused.returncode == 6
    assert f"in use by process {up.process.pid}" in refused.stderr


def test_a_taken_port_is_told_with_what_to_set(up: Up) -> None:
    refused = up.run("up", QUOTEWAY_DATA_DIR=str(up.data.with_name("other")))

    assert refused.returncode == 6
    assert "QUOTEWAY_PORT" in refused.stderr


def test_no_secret_is_on_a_command_line(up: Up) -> None:
    key = (up.data / "encryption.key").read_text().strip()
    lines = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in up.pids()]

    assert any(b"worker" in line for line in lines)
    assert not any(key.encode() in line for line in lines)


def test_ctrl_c_ends_every_process_and_status_says_so(up: Up) -> None:
    pids = up.pids()

    told = up.stop()

    assert up.process.returncode == 0
    assert "Ready." in told
    assert not [pid for pid in pids if mark_of(pid)]
    assert up.run("status").returncode == 1
    assert up.status()["running"] is False
    assert not list((up.data / "run").glob("*sock*"))
