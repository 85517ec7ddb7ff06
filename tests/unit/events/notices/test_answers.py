"""What a receiver's answer to a webhook means."""

from datetime import UTC, datetime, timedelta

import pytest

from events.notices.channel import Arrived, Missed, Result
from events.notices.webhook import Answer, judge

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
REDIRECTED = "redirects are not followed, so set its final address."


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        pytest.param(Answer(200), Arrived(), id="200 has it"),
        pytest.param(Answer(204), Arrived(), id="204 has it"),
        pytest.param(Answer(299), Arrived(), id="any 2xx has it"),
        pytest.param(
            Answer(302), Missed(f"The receiver answered 302; {REDIRECTED}"), id="a redirect is not an arrival"
        ),
        pytest.param(Answer(400), Missed("The receiver answered 400."), id="400 may be mended, so it is tried again"),
        pytest.param(Answer(404), Missed("The receiver answered 404."), id="404 likewise"),
        pytest.param(
            Answer(410),
            Missed("The receiver answered 410: it wants no more notices; remove the channel.", final=True),
            id="410 ends it",
        ),
        pytest.param(Answer(500, "60"), Missed("The receiver answered 500."), id="500 is not asked how long to wait"),
        pytest.param(
            Answer(429, "90"), Missed("The receiver answered 429.", after=timedelta(seconds=90)), id="429 in seconds"
        ),
        pytest.param(
            Answer(503, "Sat, 21 Nov 2026 10:05:00 GMT"),
            Missed("The receiver answered 503.", after=timedelta(minutes=5)),
            id="503 as a date",
        ),
        pytest.param(
            Answer(503, "Sat, 21 Nov 2026 09:00:00 GMT"),
            Missed("The receiver answered 503.", after=timedelta(0)),
            id="a date in the past is no wait",
        ),
        pytest.param(
            Answer(429, "9" * 40), Missed("The receiver answered 429.", after=timedelta(days=1)), id="an absurd wait"
        ),
        pytest.param(Answer(429, "soon"), Missed("The receiver answered 429."), id="a wait that cannot be read"),
        pytest.param(Answer(429, "²"), Missed("The receiver answered 429."), id="a digit that is no number"),
        pytest.param(Answer(429), Missed("The receiver answered 429."), id="no wait"),
    ],
)
def test_an_answer_is_judged(answer: Answer, result: Result) -> None:
    assert judge(answer, NOW) == result
