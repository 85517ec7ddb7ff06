"""The page that says how a marketplace is added is right: its code runs, is found, and is as short as it says."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.abilities import FindsByReference
from pipeline.marketplaces import factory, marketplaces
from tests.contracts.example_case import ExampleCase, blocks, install, the_account
from workers.settings import load_settings

MOST_LINES = 150


def test_the_whole_adapter_is_at_most_a_hundred_and_fifty_lines() -> None:
    (code,) = blocks("python")

    assert len(code.splitlines()) <= MOST_LINES


def test_its_package_brings_the_settings_that_the_page_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    exported = dict(
        line.removeprefix("export ").split("=", 1)
        for block in blocks("sh")
        for line in block.splitlines()
        if line.startswith("export ")
    )

    settings = load_settings(exported, None)

    assert "nimbus" in marketplaces()
    assert settings.marketplaces["nimbus"].on
    assert settings.marketplaces["nimbus"].address("nimbus") == factory("nimbus").address


def test_it_is_found_in_a_process_of_its_own(tmp_path: Path) -> None:
    install(tmp_path)
    code = "from pipeline.marketplaces import factory; print(factory('nimbus').TITLE)"
    there = {"PYTHONPATH": f"{Path(__file__).parents[2]}:{tmp_path}"}

    done = subprocess.run([sys.executable, "-c", code], env=there, capture_output=True, text=True, check=False)

    assert (done.stdout.strip(), done.stderr) == ("Nimbus", "")


def test_nothing_of_it_stays_installed() -> None:
    assert the_account().TITLE == "Nimbus"
    assert "nimbus" not in marketplaces()


def test_it_has_the_ability_that_the_page_says() -> None:
    assert isinstance(ExampleCase().open(), FindsByReference)
