"""The name of an acceptance, whichever of the things that stand for it is told first."""

import pytest

from events.sources.keyring import MemoryKeyRing
from events.sources.lasting import LastingNames


@pytest.mark.parametrize(
    ("told", "names"),
    [
        pytest.param([["t1"], ["o1", "t1"]], ["t1", "t1"], id="an opportunity comes later"),
        pytest.param([["o1", "t1"], ["t1"]], ["o1", "o1"], id="it is taken away"),
        pytest.param([["o1", "t1"], ["o2", "t1"]], ["o1", "o1"], id="it is another one"),
        pytest.param([["o1", "t1"], ["o1", "t2"], ["t2"]], ["o1", "o1", "o1"], id="several tickets of one"),
        pytest.param([["t1"], ["o1", "t2"], ["o1", "t1"]], ["t1", "o1", "o1"], id="two that were told apart"),
        pytest.param([["t1"], ["t2"]], ["t1", "t2"], id="two that have nothing in common"),
    ],
)
def test_an_acceptance_keeps_the_name_that_it_had_first(told: list[list[str]], names: list[str]) -> None:
    lasting = LastingNames("psa", MemoryKeyRing())

    assert [lasting.settle(things) for things in told] == names
    assert LastingNames("other", MemoryKeyRing()).known(["o1", "t1"]) == ["o1", "t1"]


def test_two_readers_at_once_agree_though_one_of_them_sees_less() -> None:
    class Late(MemoryKeyRing):
        """Finds nothing: another reader was quicker in between."""

        def find(self, name: str) -> str | None:  # noqa: ARG002
            return None

    keys = Late()
    lasting = LastingNames("psa", keys)

    assert lasting.settle(["t1"]) == lasting.settle(["o1", "t1"]) == lasting.settle(["o1"])
