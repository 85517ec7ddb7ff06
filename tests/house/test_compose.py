"""The compose file and what stands around it, without a Docker engine."""

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
DOCKER = ROOT / "infra" / "docker"
SECRET = ("PASSWORD", "SECRET", "KEYS", "TOKENS", "AUTH")


def read(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path)


def services() -> dict[str, Any]:
    found: dict[str, Any] = read(COMPOSE)["services"]
    return found


def words(command: str | list[str]) -> list[str]:
    return shlex.split(command) if isinstance(command, str) else command


def commands() -> dict[str, list[str]]:
    """Every command of ours in the file, health checks too, by the service that runs it."""
    asked = {name: words(service.get("command", [])) for name, service in services().items()}
    checks = {f"{name} health": words(check)[1:] for name, check in health_checks().items()}
    return {name: command for name, command in (asked | checks).items() if command[:1] == ["quoteway"]}


def health_checks() -> dict[str, list[str]]:
    return {name: service["healthcheck"]["test"] for name, service in services().items() if "healthcheck" in service}


def environment() -> set[str]:
    return {name for service in services().values() for name in service.get("environment", {})}


def test_the_file_is_what_the_compose_specification_says() -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout


def test_it_runs_each_of_our_parts() -> None:
    assert {command[1] for command in commands().values()} == {"db", "web", "worker", "flower", "simulator"}


@pytest.mark.parametrize("command", commands().values(), ids=commands().keys())
def test_every_command_of_ours_in_it_is_one_that_quoteway_knows(command: list[str]) -> None:
    quoteway = Path(sys.executable).with_name(command[0])

    known = subprocess.run([quoteway, *command[1:], "--help"], capture_output=True, text=True, check=False)

    assert known.returncode == 0, known.stderr


@pytest.mark.parametrize("check", health_checks().values(), ids=health_checks().keys())
def test_a_health_check_uses_what_its_image_has(check: list[str]) -> None:
    kind, *command = check

    assert kind in {"CMD", "CMD-SHELL"}
    assert command[0].split()[0] in {"python", "quoteway", "pg_isready", "valkey-cli"}
    if command[0] == "python":
        compile(command[2], "healthcheck", "exec")


def test_no_secret_stands_in_the_file_and_each_that_is_missing_is_asked_for() -> None:
    given = {
        (name, key): value
        for name, service in services().items()
        for key, value in service.get("environment", {}).items()
        if any(word in key for word in SECRET) or key.endswith("DATABASE_URL")
    }

    assert given
    assert not {where for where, value in given.items() if "${" not in value or ":?" not in value}


def test_the_broker_never_evicts_and_writes_what_it_holds() -> None:
    command = " ".join(services()["valkey"]["command"])

    assert "--maxmemory-policy noeviction" in command
    assert "--appendonly yes" in command


def test_our_containers_cannot_write_and_hold_no_privilege() -> None:
    ours = [service for service in services().values() if service["image"] == "quoteway"]

    assert ours
    assert all(service["read_only"] and service["tmpfs"] and service["cap_drop"] == ["ALL"] for service in ours)


def test_nothing_is_published_beyond_this_machine() -> None:
    ports = [port for service in services().values() for port in service.get("ports", [])]

    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_a_service_waits_only_for_services_that_are_there() -> None:
    known = services()

    assert not [
        (name, wanted)
        for name, service in known.items()
        for wanted in service.get("depends_on", {})
        if wanted not in known
    ]


def test_the_simulator_file_sets_only_what_the_compose_file_passes_on() -> None:
    lines = (DOCKER / "simulator.env").read_text().splitlines()
    names = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}

    assert names - {"COMPOSE_PROFILES"} <= environment()


def test_the_image_copies_only_files_that_are_there_and_not_ignored() -> None:
    lines = [line.split() for line in (DOCKER / "Dockerfile").read_text().splitlines()]
    copied = {
        word.rstrip("/") for line in lines if line[:1] == ["COPY"] and "--from=build" not in line for word in line[1:-1]
    }
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert copied == let_through
    assert not [name for name in copied if not (ROOT / name).exists()]


def test_the_image_runs_as_nobody_in_particular() -> None:
    users = [line for line in (DOCKER / "Dockerfile").read_text().splitlines() if line.startswith("USER ")]

    assert users == ["USER 10001:10001"]


def test_prometheus_scrapes_services_of_the_compose_file() -> None:
    jobs = read(ROOT / "infra" / "prometheus" / "prometheus.yml")["scrape_configs"]
    targets = [target for job in jobs for static in job["static_configs"] for target in static["targets"]]

    assert targets == ["web:8000", "flower:5555"]
    assert {target.partition(":")[0] for target in targets} <= services().keys()
