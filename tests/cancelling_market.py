"""A marketplace in memory that cancels what was bought, line by line."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pipeline.abilities import Cancellable
from pipeline.domain.catalogue import PlacedOrder, Verdict
from pipeline.domain.claim import Answer, AnswerClass, CancelPurchase, Write
from pipeline.testing import FakeMarketplace

ENDED = ("Cancelled", Verdict.FAILED)


@dataclass
class Cancels(FakeMarketplace):
    """
    Cancels subscriptions: each is on its way out for one look, and then over. `keeps` are those that it does not
    cancel, with why; `hides` those that its reads don't show.
    """

    keeps: dict[str, str] = field(default_factory=dict)
    hides: set[str] = field(default_factory=set)
    slow: bool = False

    def cancellable(self, placed: PlacedOrder) -> list[Cancellable]:
        ids = [line.subscription_id for line in placed.lines if line.subscription_id]
        there = [self._one(key) for key in ids if key not in self.hides]
        for key in ids:
            if self.subscribed[key].verdict is Verdict.ENDING and not self.slow:
                self.becomes(key, ENDED)
        return there

    def _one(self, key: str) -> Cancellable:
        verdict = self.subscribed[key].verdict
        return Cancellable(
            key,
            f"subscription {key}",
            self.keeps.get(key, ""),
            ending=verdict is Verdict.ENDING,
            ended=verdict is Verdict.FAILED,
        )

    def becomes(self, key: str, status: tuple[str, Verdict]) -> None:
        self.subscribed[key] = replace(self.subscribed[key], status_word=status[0], verdict=status[1])

    def carry_out(self, write: Write) -> Answer:
        if not isinstance(write, CancelPurchase):
            return super().carry_out(write)
        self.becomes(write.target, ("PendingCancel", Verdict.ENDING))
        return Answer(AnswerClass.ACCEPTED, ref=write.target, status=204)
