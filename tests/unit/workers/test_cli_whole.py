"""What `quoteway up` and the demo run: which parts, after which others, and that no secret is on a command line."""

from __future__ import annotations

import io
import socket
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from workers.commands.up import Teller
from workers.commands.whole import Whole, address, answers, check_free, free_port
from workers.supervision import HostError, Part, PartEvent, PartState

SECRET = "not-for-command-lines"


def whole(**changes: object) -> Whole:
    given: dict[str, object] = {
        "environment": {"QUOTEWAY_ENCRYPTION_KEYS": SECRET},
        "database_url": f"postgresql://quoteway:{SECRET}@db/quoteway",
        "host": "127.0.0.1",
        "port": 8000,
        "flower_port": 5555,
        "simulator_port": 8100,
    }
    return Whole(**{**given, **changes})  # type: ignore[arg-type]


def test_it_runs_simulator_web_two_workers_and_flower() -> None:
    assert [part.name for part in whole().parts()] == ["simulator", "web", "worker-1", "worker-2", "flower"]


def test_the_simulator_is_told_of_no_database() -> None:
    environment = {"PATH": "/bin", "QUOTEWAY_DATABASE_URL": "postgresql://x"}
    simulator, web, *_ = whole(environment=environment).parts()

    assert simulator.env == {"PATH": "/bin"}
    assert web.env == environment


def test_it_runs_neither_simulator_nor_flower_where_they_have_no_port() -> None:
    parts = whole(flower_port=None, simulator_port=None).parts()

    assert [part.name for part in parts] == ["web", "worker-1", "worker-2"]


def test_no_secret_is_on_a_command_line_or_in_what_is_printed() -> None:
    ours = whole()
    commands = [part.command for part in ours.parts() if not callable(part.command)]

    assert commands
    assert SECRET not in repr(commands) + repr(ours) + repr(ours.parts())


def test_an_address_can_be_opened_from_here() -> None:
    assert address("0.0.0.0", 8000) == "http://127.0.0.1:8000"
    assert address("::1", 8000) == "http://[::1]:8000"


def test_a_taken_port_is_told_with_what_to_set() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(HostError, match=rf"Port {port} .* QUOTEWAY_PORT") as refused:
            check_free("127.0.0.1", port, "QUOTEWAY_PORT")

    assert refused.value.code == "up.port_taken"


def test_a_free_port_is_free() -> None:
    check_free("127.0.0.1", free_port(), "QUOTEWAY_PORT")


def test_a_part_that_does_not_answer_is_not_ready() -> None:
    assert answers("127.0.0.1", free_port(), "/")() is False


def test_the_addresses_are_told_once_when_all_parts_are_ready() -> None:
    console = Console(file=io.StringIO(), width=80)
    tell = Teller(console, [Part(name="web", command=[]), Part(name="worker-1", command=[])], lambda: Text("addresses"))

    for part, state in (
        ("web", PartState.READY),
        ("worker-1", PartState.READY),
        ("web", PartState.RESTARTING),
        ("web", PartState.READY),
        ("web", PartState.STOPPED),
    ):
        tell(PartEvent(part, state, "killed by SIGKILL" if state is PartState.RESTARTING else ""))

    assert isinstance(console.file, io.StringIO)
    told = [line.split() for line in console.file.getvalue().splitlines()]
    assert told == [
        ["web", "ready"],
        ["worker-1", "ready"],
        ["addresses"],
        ["web", "killed", "by", "SIGKILL"],
        ["web", "ready"],
        ["web", "stopped"],
    ]


def test_our_own_code_runs_whatever_lies_in_the_working_folder(tmp_path: Path) -> None:
    parts = whole(folder=tmp_path).parts()

    assert all(list(part.command)[1] == "-P" for part in parts if not callable(part.command))
    assert {part.folder for part in parts} == {tmp_path}
