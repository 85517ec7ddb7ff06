"""
Takes away, one at a time, what keeps a purchase from being made twice or forgotten, and runs the part of the drills'
short form that must notice. `make drill-sabotage`: a table, and exit code 0 if every sabotage was noticed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sabotages import SABOTAGES, Sabotage

ROOT = Path(__file__).parents[2]
COPIED = ("pipeline", "events", "workers", "tests", "pyproject.toml")
# pytest's exit code for tests that ran and failed; an error of another kind is no proof.
FAILED = 1
PATIENCE = 180.0


@dataclass(frozen=True)
class Ran:
    sabotage: Sabotage
    noticed: bool
    seconds: float
    said: str


def main(names: Sequence[str]) -> int:
    console = Console()
    chosen = [one for one in SABOTAGES if one.name in names] or SABOTAGES
    ran = []
    for sabotage in chosen:
        console.print(f"{sabotage.name}: {sabotage.what}", markup=False)
        ran.append(attempt(sabotage))
        console.print(f"  {ran[-1].said}", markup=False, soft_wrap=True)
    table = Table("sabotage", "what was done", "noticed by", "", "s")
    for one in ran:
        by = Path(one.sabotage.test).stem.removeprefix("test_")
        table.add_row(
            one.sabotage.name, one.sabotage.what, by, "noticed" if one.noticed else "NOT NOTICED", f"{one.seconds:.0f}"
        )
    console.print(table)
    return 0 if all(one.noticed for one in ran) else 1


def attempt(sabotage: Sabotage) -> Ran:
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="qw-sabotage-"))
    try:
        copy(folder)
        sabotage.do(folder)
        code, said = short_form(folder, sabotage.test)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Ran(sabotage, code == FAILED, time.monotonic() - began, said)


def copy(folder: Path) -> None:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)


def short_form(folder: Path, test: str) -> tuple[int, str]:
    """Runs the test on the copy; gives pytest's exit code and what it said of the failure, in a line."""
    command = [sys.executable, "-m", "pytest", "-x", "--tb=short", "-p", "no:cacheprovider", *test.split()]
    # Found before the checkout that is installed, in this process and in those that it starts.
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return -1, f"it did not end within {PATIENCE:.0f} s"
    told = [line[2:].strip() for line in done.stdout.splitlines() if line.startswith("E ")]
    return done.returncode, (told or done.stdout.strip().splitlines() or [""])[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
