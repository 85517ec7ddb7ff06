"""The suite runs for every marketplace that is there, and for all that it can do."""

from collections.abc import Mapping
from pathlib import Path

from pipeline.abilities import BuysFromBaskets, KeepsContacts, KnowsByEmail, ListsWaiting, Rehearses
from pipeline.marketplaces import marketplaces
from tests.contracts.adapters import CASES, Case, over
from tests.contracts.case import WithBaskets, WithContacts, WithEmails, WithKey, WithRehearsal, WithTokens, WithWaiting

PARTS: Mapping[type, type] = {
    Rehearses: WithRehearsal,
    KnowsByEmail: WithEmails,
    KeepsContacts: WithContacts,
    BuysFromBaskets: WithBaskets,
    ListsWaiting: WithWaiting,
}


def test_every_case_in_this_folder_is_run() -> None:
    modules = {module.stem.removesuffix("_case") for module in Path(__file__).parent.glob("*_case.py")}

    assert set(CASES) == modules


def test_every_marketplace_of_ours_has_a_case() -> None:
    assert set(marketplaces()) <= set(CASES)


@over()
def test_no_ability_of_an_adapter_is_left_untested(case: Case) -> None:
    """A case that forgot a part would lose its tests in silence."""
    marketplace = case.open()

    assert {part for ability, part in PARTS.items() if isinstance(marketplace, ability)} == {
        part for part in PARTS.values() if isinstance(case, part)
    }
    assert isinstance(case, WithTokens) != isinstance(case, WithKey)
