"""Marketplaces are found by what packages enter, ours as anybody's."""

import tomllib
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from pipeline.marketplaces import BadMarketplace, factory, marketplaces
from pipeline.marketplaces.discovery import GROUP
from pipeline.marketplaces.pax8.account import Pax8Account
from workers.settings import SettingsError, load_settings

Enter = Callable[..., None]
NUMBERS = count()
ROOT = Path(__file__).parents[3]
NIMBUS = """
class NimbusAccount:
    TITLE, address, needs, unused, calls_per_minute = "Nimbus", "https://nimbus.example", ("api_key",), ("tenant",), 7
"""


@pytest.fixture
def enter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Enter:
    """Installs a package of that name with one module, named as no other test's, and those entries."""
    module = f"made_{next(NUMBERS)}"

    def install(package: str, source: str = NIMBUS, **entries: str) -> None:
        info = tmp_path / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        listed = "".join(f"{name} = {module}:{made}\n" for name, made in entries.items())
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{listed}")
        (tmp_path / f"{module}.py").write_text(source)
        monkeypatch.syspath_prepend(str(tmp_path))

    return install


def test_ours_are_those_that_the_project_enters() -> None:
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"][GROUP]

    assert marketplaces() == tuple(sorted(ours))
    assert factory("pax8") is Pax8Account


@pytest.mark.parametrize("name", marketplaces())
def test_each_of_ours_says_what_its_settings_are(name: str) -> None:
    made = factory(name)

    assert made.TITLE
    assert made.needs
    assert not set(made.needs) & set(made.unused)
    assert made.address.startswith("https://") or "base_url" in made.needs
    assert made.calls_per_minute > 0


def test_a_third_partys_marketplace_has_settings_like_any_other(enter: Enter) -> None:
    enter("other", nimbus="NimbusAccount")

    settings = load_settings({"QUOTEWAY_MARKETPLACES__NIMBUS__API_KEY": "hush"}, None)

    account = settings.marketplaces["nimbus"]
    assert account.on
    assert (account.address("nimbus"), account.calls("nimbus")) == ("https://nimbus.example", 7)
    assert "nimbus" in marketplaces()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"NIMBUS__API_KEY": "hush", "NIMBUS__TENANT": "t"}, "NIMBUS__TENANT means nothing there"),
        ({"NIMBUS__CLIENT_ID": "us", "NIMBUS__CLIENT_SECRET": "hush"}, "NIMBUS__API_KEY is missing"),
        ({"NIMBUZ__API_KEY": "hush"}, "perhaps QUOTEWAY_MARKETPLACES__NIMBUS__API_KEY was meant"),
    ],
    ids=["a setting without a meaning", "one that it needs", "a misspelled name"],
)
def test_its_settings_are_checked_like_any_others(enter: Enter, given: dict[str, str], told: str) -> None:
    enter("other", nimbus="NimbusAccount")

    with pytest.raises(SettingsError, match=told):
        load_settings({f"QUOTEWAY_MARKETPLACES__{name}": text for name, text in given.items()}, None)


@pytest.mark.parametrize(
    ("source", "entries", "told"),
    [
        ("import nowhere_at_all", {"nimbus": "A"}, "package other cannot be loaded: ModuleNotFoundError"),
        ("", {"nimbus": "A"}, "package other cannot be loaded: AttributeError"),
        ("A = 5", {"nimbus": "A"}, "no account's class"),
        ("class A:\n    TITLE = needs = 'x'", {"nimbus": "A"}, "lacks address, unused, calls_per_minute"),
        (NIMBUS, {"Nimbus": "NimbusAccount"}, "a name that no setting can have"),
        (NIMBUS, {"nim__bus": "NimbusAccount"}, "a name that no setting can have"),
    ],
    ids=["no import", "no such class", "no class", "half a class", "capitals", "a separator"],
)
def test_a_package_that_cannot_work_is_named(enter: Enter, source: str, entries: dict[str, str], told: str) -> None:
    enter("other", source, **entries)

    with pytest.raises(BadMarketplace, match=told):
        factory("nimbus")


def test_nobody_takes_the_name_of_another_marketplace(enter: Enter) -> None:
    enter("other", pax8="NimbusAccount")

    with pytest.raises(SettingsError, match="uninstall one of the two"):
        load_settings({"QUOTEWAY_MARKETPLACES__PAX8__CLIENT_ID": "us"}, None)


def test_a_marketplace_that_is_not_installed_is_no_marketplace() -> None:
    with pytest.raises(BadMarketplace, match="no marketplace nimbus: installed are appxite, "):
        factory("nimbus")
