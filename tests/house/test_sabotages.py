"""Each sabotage still fits the code that it takes a safeguard out of, and names a test that there is."""

import ast
from pathlib import Path

import pytest
from sabotages import SABOTAGES, Sabotage

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda sabotage: sabotage.name)
def test_a_sabotage_fits_the_code(sabotage: Sabotage, tmp_path: Path) -> None:
    source = ROOT / sabotage.file
    before = source.read_text()
    copied = tmp_path / sabotage.file
    copied.parent.mkdir(parents=True)
    copied.write_text(before)

    sabotage.do(tmp_path)

    assert copied.read_text() != before
    ast.parse(copied.read_text())
    assert source.read_text() == before
    assert (ROOT / sabotage.test.split("::", 1)[0]).is_file()
