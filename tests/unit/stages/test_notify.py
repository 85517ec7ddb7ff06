from itertools import permutations

import pytest

from pipeline.domain.catalogue import Verdict
from pipeline.domain.facts import Facts, LineProgress
from pipeline.domain.outcome import Finish
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.stages.notify import end_state
from pipeline.testing import NOON, a_line
from tests.unit.stages.world import BOUGHT_FOR, at_fake

LIVE, FAILED = Verdict.LIVE, Verdict.FAILED


def facts(*verdicts: Verdict) -> Facts:
    words = {LIVE: "Active", FAILED: "Cancelled"}
    progress = {
        str(number): LineProgress(since=NOON, verdict=verdict, status_word=words.get(verdict, "Odd"))
        for number, verdict in enumerate(verdicts, 1)
    }
    return Facts(company=BOUGHT_FOR, progress=progress)


@pytest.mark.parametrize(
    ("verdicts", "state", "sentence"),
    [
        ((LIVE,), OrderState.DONE, "The line is live at Pax8."),
        ((LIVE, LIVE), OrderState.DONE, "All 2 lines are live at Pax8."),
        ((LIVE, FAILED), OrderState.PARTLY_DONE, "1 of 2 lines are live at Pax8; Line 2 (backup) failed."),
        ((FAILED,), OrderState.FAILED, "The line was not provisioned at Pax8: Line 1 (backup) is Cancelled."),
        (
            (FAILED, FAILED),
            OrderState.FAILED,
            "None of 2 lines was provisioned at Pax8: Line 1 (backup) is Cancelled; Line 2 (backup) is Cancelled.",
        ),
    ],
    ids=["one live", "all live", "some live", "one failed", "all failed"],
)
def test_the_end_is_told_in_a_sentence(verdicts: tuple[Verdict, ...], state: OrderState, sentence: str) -> None:
    lines = [a_line(str(number)) for number in range(1, len(verdicts) + 1)]

    assert at_fake(Stage.NOTIFY, *lines, facts=facts(*verdicts)).run() == Finish(state, sentence)


def test_the_end_does_not_depend_on_the_order_in_which_lines_came_to_it() -> None:
    ends = {
        end_state(facts(*verdicts), order)
        for verdicts in permutations((LIVE, FAILED, LIVE))
        for order in permutations(("1", "2", "3"))
    }

    assert ends == {OrderState.PARTLY_DONE}


def test_a_line_of_which_nothing_is_known_is_not_live() -> None:
    assert end_state(facts(LIVE), ["1", "2"]) is OrderState.PARTLY_DONE
    assert end_state(Facts(), ["1"]) is OrderState.FAILED


def test_no_lines_is_never_done() -> None:
    assert end_state(facts(LIVE), []) is OrderState.FAILED
