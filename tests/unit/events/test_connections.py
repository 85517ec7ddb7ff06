"""Which sources can tell of the same acceptance."""

import pytest

from events.connections import SourceConnection, SourceKind, strangers

PSA, BRANCH = (SourceConnection(name, SourceKind.CONNECTWISE) for name in ("psa", "branch"))
HALO = SourceConnection("halo", SourceKind.HALOPSA, system="desk")
QUOTES = SourceConnection("quotes", SourceKind.QUOTER)
BOUND = SourceConnection("bound", SourceKind.CONNECTWISE_CPQ, psa="psa")
ALL = {each.name: each for each in (PSA, BRANCH, HALO, QUOTES, BOUND)}


@pytest.mark.parametrize(
    ("source", "never"),
    [
        pytest.param(PSA, {"branch", "desk"}, id="a PSA: other PSAs"),
        pytest.param(BRANCH, {"psa", "desk", "bound"}, id="another: and what belongs to the first"),
        pytest.param(BOUND, {"branch", "desk"}, id="a quote tool: PSAs that it does not belong to"),
        pytest.param(QUOTES, set(), id="one that belongs to none in particular: nobody"),
    ],
)
def test_strangers(source: SourceConnection, never: set[str]) -> None:
    assert strangers(source, ALL) == never


def test_two_connections_of_one_system_are_no_strangers() -> None:
    old = SourceConnection("old", SourceKind.CONNECTWISE, system="psa")

    assert strangers(PSA, {"psa": PSA, "old": old}) == frozenset()
