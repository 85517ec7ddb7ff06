"""A write of an adapter from its request to its answer, whatever goes wrong on the way."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.domain.claim import Answer, AnswerClass
from pipeline.marketplaces.meaning import Attempt, nothing_sent, why
from pipeline.marketplaces.reply import Ask


class Unsendable(Exception):
    """The write itself is at fault, before anything was sent. Its text is safe, and ends a sentence."""

    def answer(self, title: str) -> Answer:
        """What the write is answered with, at the marketplace of this title."""
        return nothing_sent(title, str(self))


def carry_out(
    title: str, asked: Callable[[], Ask], write: Callable[[Ask], Attempt], judged: Callable[[Attempt], Answer]
) -> Answer:
    """
    What became of a write: `asked` makes the one request of it, `write` sends that once and never raises, `judged` says
    what its answer means. Raises nothing, because the class of an answer must be known always.
    """
    try:
        ask = asked()
    except Unsendable as fault:
        return fault.answer(title)
    except Exception as error:  # noqa: BLE001 - nothing has been sent, and that is the answer
        return nothing_sent(title, why(error))
    attempt = write(ask)
    try:
        return judged(attempt)
    except Exception as error:  # noqa: BLE001 - an answer that we can't judge is an unknown one, never a raise
        kind = AnswerClass.UNKNOWN if attempt.wrote else AnswerClass.NOT_SENT
        return Answer(kind, details=(f"{title}'s answer could not be judged: {why(error)}.",))
