"""What is shipped: three packages by name, whole, and nobody else's."""

from importlib.metadata import packages_distributions
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]
OURS = {"pipeline", "events", "workers"}


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with ZipFile(wheel) as archive:
        return set(archive.namelist())


def sources() -> set[str]:
    files = (path.relative_to(ROOT) for name in OURS for path in (ROOT / name).rglob("*") if path.is_file())
    return {path.as_posix() for path in files if "__pycache__" not in path.parts}


def test_the_wheel_holds_our_three_packages_and_no_fourth(shipped: set[str]) -> None:
    tops = {PurePosixPath(name).parts[0] for name in shipped}

    assert {top for top in tops if not top.endswith(".dist-info")} == OURS


def test_every_file_of_a_package_is_in_the_wheel_be_it_code_migration_template_or_schema(shipped: set[str]) -> None:
    assert {name for name in shipped if ".dist-info/" not in name} == sources()


def test_every_package_says_that_it_is_typed(shipped: set[str]) -> None:
    assert {f"{name}/py.typed" for name in OURS} <= shipped


def test_the_wheel_brings_the_command(shipped: set[str]) -> None:
    assert [name for name in shipped if name.endswith(".dist-info/entry_points.txt")]


@pytest.mark.parametrize("name", sorted(OURS))
def test_no_installed_package_owns_one_of_our_names(name: str) -> None:
    assert set(packages_distributions().get(name, [])) <= {"quoteway"}
