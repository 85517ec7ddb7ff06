"""The servers under a supervisor in a process of its own, killed in each way."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGSTOP, SIGTERM, Signals

import psycopg
import pytest
import redis

from tests.servers import fresh_folder
from workers.supervision import PartState, Status, read_status
from workers.supervision.process import mark_of, wait_until

SCRIPT = Path(__file__).with_name("supervised_servers.py")
PATIENCE = timedelta(seconds=20)


class Up:
    """One such process, and what can be seen of it from outside."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPT), str(folder), *options], stderr=subprocess.PIPE, text=True
        )

    @property
    def status(self) -> Status:
        return read_status(self.folder)

    def all_ready(self) -> bool:
        status = self.status
        return (
            status.running
            and status.pid == self.process.pid
            and all(part.state is PartState.READY for part in status.parts)
        )

    def wait_ready(self) -> "Up":
        assert wait_until(self.all_ready, PATIENCE), (self.status, self.process.poll())
        return self

    def restarted(self, name: str) -> Callable[[], bool]:
        return lambda: self.all_ready() and self.status.part(name).restarts == 1

    def servers(self) -> list[int]:
        return [part.pid for part in self.status.parts if part.pid is not None]

    def address(self, name: str) -> str:
        address = self.status.part(name).address
        assert address is not None
        return address

    def send(self, number: Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE.total_seconds())

    def end(self) -> None:
        pids = self.servers()
        for pid in (*pids, self.process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, SIGKILL)
        self.process.communicate()
        assert wait_until(lambda: nobody_works_in(self.folder), PATIENCE)


def nobody_works_in(folder: Path) -> bool:
    """No process at all has its working folder there: no server, and no child of one, whoever its parent is by now."""
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and (entry / "cwd").readlink().is_relative_to(folder.resolve()):
                return False
    return True


@pytest.fixture
def folder() -> Iterator[Path]:
    with fresh_folder() as fresh:
        yield fresh / "data"


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Up]:
    up = Up(folder, *options)
    try:
        yield up.wait_ready()
    finally:
        up.end()


def write(up: Up) -> None:
    with psycopg.connect(up.address("postgres"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('kept')")


def read(up: Up) -> list[tuple[str]]:
    with psycopg.connect(up.address("postgres")) as connection:
        return connection.execute("SELECT word FROM kept").fetchall()


@pytest.mark.parametrize("name", ["postgres", "valkey"])
def test_a_server_that_is_killed_is_started_again_with_its_data(folder: Path, name: str) -> None:
    with running(folder) as up:
        write(up)
        before = up.status.part(name).pid
        assert before is not None

        os.kill(before, SIGKILL)

        assert wait_until(up.restarted(name), PATIENCE)
        assert up.status.part(name).pid != before
        assert read(up) == [("kept",)]


def test_a_signal_ends_every_process(folder: Path) -> None:
    with running(folder) as up:
        assert up.send(SIGTERM) == 0

        assert nobody_works_in(folder)
        assert not up.status.running
        assert {part.state for part in up.status.parts} == {PartState.STOPPED}


def test_a_second_signal_leaves_a_server_that_hangs_no_more_time(folder: Path) -> None:
    with running(folder) as up:
        postgres = up.status.part("postgres").pid
        assert postgres is not None
        os.kill(postgres, SIGSTOP)
        up.process.send_signal(SIGINT)
        assert wait_until(lambda: up.status.part("postgres").state is PartState.STOPPING, PATIENCE)

        assert up.send(SIGINT) == 0
        assert mark_of(postgres) is None


def test_killing_the_supervisor_leaves_no_server_alive_and_the_next_start_works(folder: Path) -> None:
    with running(folder) as up:
        write(up)

        up.send(SIGKILL)

        assert not up.status.running
        assert wait_until(lambda: nobody_works_in(folder), PATIENCE)
        assert {part.state for part in up.status.parts} == {PartState.STOPPED}
        with running(folder) as again:
            assert read(again) == [("kept",)]


def test_servers_that_outlived_their_supervisor_are_shown_and_then_replaced(folder: Path) -> None:
    with running(folder, "outlive") as up:
        write(up)
        left = up.servers()

        up.send(SIGKILL)

        assert {part.state for part in up.status.parts} == {PartState.LEFT_OVER}
        with running(folder) as again:
            assert [mark_of(pid) for pid in left] == [None, None]
            assert read(again) == [("kept",)]


def test_left_over_servers_are_found_without_the_state_file_too(folder: Path) -> None:
    with running(folder, "outlive") as up:
        left = up.servers()
        up.send(SIGKILL)
        (folder / "status.json").unlink()

        with running(folder) as again:
            assert [mark_of(pid) for pid in left] == [None, None]
            assert redis.Redis.from_url(again.address("valkey")).ping()


def test_a_second_start_on_the_same_folder_is_refused_and_names_the_first(folder: Path) -> None:
    with running(folder) as up:
        _, said = Up(folder).process.communicate(timeout=PATIENCE.total_seconds())

        assert said == (
            f"The data folder {folder} is in use by process {up.process.pid}: "
            "stop that one, or choose another folder with QUOTEWAY_DATA_DIR.\n"
        )
        assert up.all_ready()
