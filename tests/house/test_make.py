"""`make`, as somebody meets it in an empty clone."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def make(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *words], cwd=ROOT, capture_output=True, text=True, check=False)


def test_make_alone_shows_the_targets_and_does_nothing() -> None:
    shown = make().stdout

    assert all(f"make {target} " in shown for target in ("install", "demo", "test", "check", "lock", "bench"))


@pytest.mark.parametrize("version", [(2, 7), (3, 10), (3, 14)], ids=lambda version: f"{version[0]}.{version[1]}")
def test_a_python_that_is_too_old_or_too_new_is_refused_in_one_sentence(
    version: tuple[int, int], tmp_path: Path
) -> None:
    python = pretending_to_be(version, tmp_path / "python")

    refused = make("install", f"PYTHON={python}", f"VENV={tmp_path / 'venv'}")

    said, *rest = refused.stderr.splitlines()
    assert refused.returncode != 0
    assert said.startswith(f"Quoteway needs Python 3.11, 3.12 or 3.13 and {python} is {version[0]}.{version[1]}")
    assert all(line.startswith("make") for line in rest)
    assert not (tmp_path / "venv").exists()


def test_an_installed_checkout_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "installed").touch()

    assert "Nothing to be done" in make("install", f"VENV={tmp_path}").stdout


def test_the_script_of_ci_is_sound_and_can_be_run() -> None:
    script = ROOT / ".ci" / "run"

    assert script.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", script], check=True)


def pretending_to_be(version: tuple[int, int], path: Path) -> Path:
    """A Python that takes `-c CODE` and runs it with another version's number."""
    lie = f"import sys; sys.version_info = ({version[0]}, {version[1]}, 0)"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{lie}\n$2"\n')
    path.chmod(0o755)
    return path
