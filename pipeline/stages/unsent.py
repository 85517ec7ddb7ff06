"""A write that did not go out, or that the marketplace put off: nothing came of it, so it is made again later."""

from __future__ import annotations

from pipeline.domain.claim import Answer, AnswerClass
from pipeline.domain.errors import TooManyCalls, Unavailable
from pipeline.domain.outcome import RetryLater
from pipeline.domain.stage import Stage
from pipeline.stages import wording

# Not sent, and put off, at each stage that writes.
_CODES = {
    Stage.RESOLVE_COMPANY: ("resolve_company.not_sent", "resolve_company.throttled"),
    Stage.ENSURE_ACTIVE: ("ensure_active.not_sent", "ensure_active.throttled"),
    Stage.VALIDATE_MOCK: ("validate_mock.not_sent", "validate_mock.throttled"),
    Stage.SUBMIT: ("submit.not_sent", "submit.throttled"),
    Stage.POLL_STATUS: ("poll_status.not_sent", "poll_status.throttled"),
}


def again_later(stage: Stage, what: str, answer: Answer) -> RetryLater:
    """`what` was to be made, as the beginning of a sentence; the answer says that it was not sent, or was throttled."""
    not_sent, throttled = _CODES[stage]
    words = wording.said(answer.details)
    if answer.kind is AnswerClass.THROTTLED:
        return RetryLater(TooManyCalls(f"{what} was put off: {words}.", code=throttled), answer.after)
    return RetryLater(Unavailable(f"{what} was not sent: {words}.", code=not_sent), answer.after)
