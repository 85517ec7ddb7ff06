"""What tests of polled tools share: a clock to turn, and what a poll brought."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from events.sources.tool import Nudge, Page

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Turning:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time

    def turn(self, **units: float) -> None:
        self.time += timedelta(**units)


def nudged(pages: Sequence[Page]) -> list[str]:
    return [nudge.content["quote"] for nudge in nudges(pages)]


def nudges(pages: Sequence[Page]) -> list[Nudge]:
    return [nudge for page in pages for nudge in page.nudges]
