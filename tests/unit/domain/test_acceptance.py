"""What a message about a quote leads to, by what is known of the quote."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipeline.domain.acceptance import (
    History,
    Known,
    Message,
    RevisionState,
    RevocationVerdict,
    Verdict,
    judge,
    judge_revocation,
)

NINE, TEN, NOON, EVENING = (datetime(2026, 11, 21, hour, tzinfo=UTC) for hour in (9, 10, 12, 20))


def known(
    revision: str = "1",
    content: str = "same",
    accepted_at: datetime | None = NINE,
    state: RevisionState = RevisionState.CURRENT,
) -> Known:
    return Known(revision, content, accepted_at, state, TEN)


def open_order(*revisions: Known, claimed: bool = False) -> History:
    return History(revisions or (known(),), has_orders=True, living=True, claimed=claimed)


def ended(*revisions: Known, claimed: bool = False) -> History:
    return History(revisions or (known(),), has_orders=True, ended_at=NOON, claimed=claimed)


def message(revision: str = "1", content: str = "same", accepted_at: datetime | None = NINE) -> Message:
    return Message(revision, content, accepted_at)


ALL_FOR_A_PERSON = replace(open_order(), nothing_to_order=True)
REVOKED_FIRST = History((known(state=RevisionState.REVOKED),))
TWO = (known("1", state=RevisionState.SUPERSEDED), known("2", "two", TEN))


@pytest.mark.parametrize(
    ("history", "told", "verdict"),
    [
        pytest.param(History(), message(), Verdict.FIRST, id="a new quote is ordered"),
        pytest.param(open_order(), message(), Verdict.DUPLICATE, id="the same again is a duplicate"),
        pytest.param(open_order(), message(accepted_at=EVENING), Verdict.DUPLICATE, id="the same, accepted later, too"),
        pytest.param(open_order(), message(""), Verdict.DUPLICATE, id="the same without a revision, too"),
        pytest.param(open_order(), message(content="other"), Verdict.ASK_CONTENT, id="other content asks"),
        pytest.param(open_order(), message("", "other"), Verdict.ASK_CONTENT, id="without a revision, too"),
        pytest.param(ALL_FOR_A_PERSON, message(), Verdict.DUPLICATE, id="nothing to order, again"),
        pytest.param(ALL_FOR_A_PERSON, message(content="other"), Verdict.REPLACE, id="something to order after all"),
        pytest.param(open_order(*TWO), message("1", "same"), Verdict.DUPLICATE, id="a replaced revision again"),
        pytest.param(
            open_order(*TWO), message("1", "two"), Verdict.ASK_CONTENT, id="each revision has its own content"
        ),
        pytest.param(open_order(*TWO), message("", "same"), Verdict.DUPLICATE, id="without one, any content is known"),
        pytest.param(ended(), message(accepted_at=EVENING), Verdict.ASK_REORDER, id="accepted after the end asks"),
        pytest.param(ended(), message("", accepted_at=EVENING), Verdict.ASK_REORDER, id="without a revision, too"),
        pytest.param(ended(), message(accepted_at=NOON), Verdict.DUPLICATE, id="accepted at the very end does not"),
        pytest.param(ended(), message(accepted_at=None), Verdict.DUPLICATE, id="without a time it does not"),
        pytest.param(ended(), message(content="other"), Verdict.DUPLICATE, id="any other message of an ended one"),
        pytest.param(open_order(), message("2", "two", TEN), Verdict.REPLACE, id="a newer revision replaces"),
        pytest.param(open_order(), message("0", "two", TEN), Verdict.REPLACE, id="the time decides, not the name"),
        pytest.param(ended(), message("2", "two", TEN), Verdict.REPLACE, id="also what ended without a claim"),
        pytest.param(open_order(claimed=True), message("2", "two", TEN), Verdict.ASK_NEWER, id="after a claim it asks"),
        pytest.param(ended(claimed=True), message("2", "two", TEN), Verdict.ASK_NEWER, id="after an old claim, too"),
        pytest.param(open_order(), message("2", "two", NINE), Verdict.ASK_WHICH, id="equal times ask"),
        pytest.param(open_order(), message("2", "two", None), Verdict.ASK_WHICH, id="a missing time asks"),
        pytest.param(
            open_order(known(accepted_at=None)), message("2", "two"), Verdict.ASK_WHICH, id="an unknown first time asks"
        ),
        pytest.param(open_order(*TWO), message("1b", "x", NINE), Verdict.OLDER, id="an older revision changes nothing"),
        pytest.param(
            open_order(claimed=True), message("0", "x", datetime(2020, 1, 1, tzinfo=UTC)), Verdict.OLDER, id="ever"
        ),
        pytest.param(REVOKED_FIRST, message(), Verdict.REVOKED_BEFORE, id="its revocation overtook it"),
        pytest.param(REVOKED_FIRST, message(accepted_at=NOON), Verdict.FIRST, id="accepted after the revocation"),
        pytest.param(REVOKED_FIRST, message("2", "two", NOON), Verdict.FIRST, id="another revision than the revoked"),
    ],
)
def test_an_acceptance_leads_to(history: History, told: Message, verdict: Verdict) -> None:
    assert judge(history, told) is verdict


MIDNIGHT, BEFORE = datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 18, tzinfo=UTC)
OF_THAT_DAY = open_order(known(accepted_at=MIDNIGHT))


@pytest.mark.parametrize(
    ("history", "told", "verdict"),
    [
        pytest.param(open_order(), message("2", "x", MIDNIGHT), Verdict.ASK_WHICH, id="on the day of the first"),
        pytest.param(OF_THAT_DAY, message("2", "x", NINE), Verdict.ASK_WHICH, id="at a time of the first one's day"),
        pytest.param(OF_THAT_DAY, message("2", "x", MIDNIGHT), Verdict.ASK_WHICH, id="both on one day"),
        pytest.param(open_order(), message("2", "x", BEFORE), Verdict.OLDER, id="on a day before"),
        pytest.param(
            open_order(known(accepted_at=BEFORE)), message("2", "x", NINE), Verdict.REPLACE, id="on a day after"
        ),
        pytest.param(ended(), message("1", "other", MIDNIGHT), Verdict.ASK_REORDER, id="changed on the day of the end"),
        pytest.param(ended(), message("1", "same", MIDNIGHT), Verdict.DUPLICATE, id="the same on the day of the end"),
        pytest.param(ended(), message("1", "other", BEFORE), Verdict.DUPLICATE, id="changed on a day before the end"),
        pytest.param(ended(), message("1", "other", NINE), Verdict.DUPLICATE, id="at a time before the end"),
    ],
)
def test_what_a_tool_tells_by_the_day_is_not_taken_for_midnight(
    history: History, told: Message, verdict: Verdict
) -> None:
    assert judge(history, replace(told, asked=True)) is verdict


@pytest.mark.parametrize(
    ("history", "told", "verdict"),
    [
        pytest.param(History(), message(), RevocationVerdict.FIRST, id="of an unknown quote is kept"),
        pytest.param(open_order(), message(), RevocationVerdict.REVOKE, id="of the revision in force revokes"),
        pytest.param(open_order(), message(""), RevocationVerdict.REVOKE, id="without a revision means that one"),
        pytest.param(open_order(*TWO), message("1"), RevocationVerdict.PASSED, id="of a replaced one changes nothing"),
        pytest.param(REVOKED_FIRST, message(), RevocationVerdict.DUPLICATE, id="again is a duplicate"),
        pytest.param(open_order(*TWO), message("1b"), RevocationVerdict.PASSED, id="of an unknown older one"),
        pytest.param(open_order(), message("2", accepted_at=NOON), RevocationVerdict.ASK, id="of an unknown newer one"),
    ],
)
def test_a_revocation_leads_to(history: History, told: Message, verdict: RevocationVerdict) -> None:
    assert judge_revocation(history, told) is verdict
