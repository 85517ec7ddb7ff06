"""All orders in which two can meet, run and compared; and what is counted over all of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from workers.drills.races import race
from workers.drills.races.acts import KINDS
from workers.drills.races.cases import ALL_STEPS, Group, Plan
from workers.drills.races.race import Outcome
from workers.drills.races.verdict import Verdict
from workers.drills.races.world import World
from workers.drills.report import Figure, Report, all_of, none_of

_MOST_TOLD = 40


@dataclass(slots=True)
class Tally:
    cases: int = 0
    blocked: int = 0
    moved: int = 0
    refused: int = 0
    doubled: int = 0
    lost: int = 0
    untrue: int = 0
    unseen: int = 0
    unrecorded: int = 0
    unserial: int = 0
    acts: Counter[str] = field(default_factory=Counter)
    setups: Counter[str] = field(default_factory=Counter)
    evidence: list[str] = field(default_factory=list)

    def judged(self, verdict: Verdict) -> None:
        outcome = verdict.outcome
        told = [each for both in outcome.told for each in both]
        self.cases += 1
        self.blocked += outcome.waited
        self.moved += sum(1 for each in told if each.refused == "Moved")
        self.refused += sum(1 for each in told if each.refused and each.refused != "Moved")
        self.doubled += bool(verdict.doubled)
        self.lost += bool(verdict.lost)
        self.untrue += bool(verdict.untrue)
        self.unseen += bool(verdict.unseen)
        self.unrecorded += outcome.answer_lost
        self.acts.update(name for name in outcome.case.pair if name != race.WORKER)
        if race.WORKER in outcome.case.pair:
            self.setups[outcome.case.setup.name] += 1
        lost = ["the marketplace's answer is not on record"] if outcome.answer_lost else []
        for wrong in (*verdict.doubled, *verdict.lost, *verdict.untrue, *verdict.unseen, *lost):
            self.note(verdict, wrong)

    def note(self, verdict: Verdict, wrong: str) -> None:
        """Evidence: the case, what is wrong, what everybody was told, and how it ended."""
        outcome = verdict.outcome
        heard = [
            f"{name} was told: {' / '.join(f'{each.refused or each.brief}: {each.sentence}' for each in told)}"
            for name, told in zip(outcome.case.pair, outcome.told, strict=True)
            if told
        ]
        refs = ", ".join(order.view["ref"] for order in verdict.orders)
        self.evidence.append(f"{outcome.case}: {wrong}. {'; '.join(heard)}. It ended: {verdict.ending} ({refs}).")

    def report(self, meetings: int) -> Report:
        return Report(
            (
                Figure("meetings", meetings, least=1),
                Figure("races", self.cases, least=1),
                Figure("of them one had to wait for the other's lock", self.blocked, least=1),
                Figure("acts refused because the order had moved", self.moved, least=1),
                Figure("acts refused because they are not allowed", self.refused, least=1),
                all_of("kinds of acts", len(self.acts), len(KINDS)),
                all_of("steps of a worker", len(self.setups), len(ALL_STEPS)),
                none_of("bought twice", self.doubled),
                none_of("forgotten", self.lost),
                none_of("told something that did not come true", self.untrue),
                none_of("done on what the person had not seen, or past an unknown purchase", self.unseen),
                none_of("answers of the marketplace that were not kept", self.unrecorded),
                none_of("ended as no order of the two would have", self.unserial),
            ),
            tuple(self.evidence[:_MOST_TOLD]),
        )


def meet(world: World, plan: Plan, group: Group, tally: Tally) -> None:
    """
    Runs all orders in which the two can be let. Where neither had to wait for the other, they came one after the other,
    between commits: the others must end as one of these, or as if the one who was refused had not been there.
    """
    outcomes = [(Verdict(world, outcome), outcome) for outcome in (race.run(world, case) for case in plan.cases(group))]
    serial = {verdict.summary for verdict, outcome in outcomes if _one_by_one(outcome)}
    alone = {Verdict(world, plan.alone(group.setup, kind)).ending for kind in (group.first, group.second)}
    for verdict, outcome in outcomes:
        tally.judged(verdict)
        refused = any(told and not told[-1].done for told in outcome.told)
        if verdict.summary not in serial and not (refused and verdict.ending in alone):
            tally.unserial += 1
            tally.note(verdict, f"'{verdict.summary}' is none of: {'; '.join(sorted(serial))}")


def _one_by_one(outcome: Outcome) -> bool:
    return not outcome.waited and outcome.case.order.crossed is None
