"""The lock files: whole, hashed, and free of any address."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = [ROOT / "requirements" / name for name in ("runtime.txt", "dev.txt", "build.txt")]


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def entries(lock: Path) -> list[str]:
    """One string a pinned requirement, its continuation lines joined."""
    return lock.read_text().replace("\\\n", " ").strip().splitlines()


def pinned(lock: Path) -> dict[str, Requirement]:
    found = (Requirement(entry.split("--hash")[0]) for entry in entries(lock))
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def group(name: str) -> Iterator[Requirement]:
    for entry in project()["dependency-groups"][name]:
        if isinstance(entry, str):
            yield Requirement(entry)
        else:
            yield from group(entry["include-group"])


def runtime() -> list[Requirement]:
    return [Requirement(entry) for entry in project()["project"]["dependencies"]]


def backend() -> list[Requirement]:
    return [Requirement(entry) for entry in project()["build-system"]["requires"]]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_locked_requirement_is_one_version_with_hashes(lock: Path) -> None:
    loose = [entry for entry in entries(lock) if not re.match(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}\b", entry)]

    assert entries(lock)
    assert not loose


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_address_and_no_folder(lock: Path) -> None:
    text = lock.read_text()

    assert "://" not in text
    assert " @ " not in text
    assert not re.search(r"^\s*-(?!-hash=)", text, re.MULTILINE), "an option such as --index-url or -e"


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("runtime.txt", runtime()),
        ("dev.txt", [*runtime(), *backend(), *group("dev")]),
        ("build.txt", [*backend(), *group("build")]),
    ],
    ids=["what runs", "what develops", "what builds"],
)
def test_all_that_pyproject_asks_for_is_locked_at_a_version_it_takes(lock: str, wanted: list[Requirement]) -> None:
    locked = pinned(ROOT / "requirements" / lock)

    absent = [str(want) for want in wanted if canonicalize_name(want.name) not in locked]
    assert not absent, "run make lock"

    for want in wanted:
        (pin,) = locked[canonicalize_name(want.name)].specifier
        assert want.specifier.contains(pin.version, prereleases=True), f"{want}: run make lock"


def test_development_and_production_run_the_same_versions() -> None:
    runs, develops = (pinned(ROOT / "requirements" / name) for name in ("runtime.txt", "dev.txt"))

    assert {name: str(pin.specifier) for name, pin in runs.items()} == {
        name: str(develops[name].specifier) for name in runs
    }


def test_the_lock_is_whole_because_it_is_installed_without_a_resolver() -> None:
    locked = pinned(ROOT / "requirements" / "dev.txt")

    assert not [(name, needed) for name in locked for needed in needs(name) if needed not in locked]


def needs(name: str) -> list[str]:
    """What an installed package asks for on this Python; nothing for one that this Python does without."""
    try:
        asked = [Requirement(entry) for entry in requires(name) or []]
    except PackageNotFoundError:
        return []
    return [canonicalize_name(want.name) for want in asked if not want.marker or want.marker.evaluate({"extra": ""})]
