"""The report: what was promised, and that harm was really done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from workers.drills.monkey.commits import Commits, Sort, When
from workers.drills.monkey.crew import Crew
from workers.drills.monkey.harm import Monkey
from workers.drills.monkey.plan import Harm
from workers.drills.monkey.verdict import Judged
from workers.drills.report import Figure, Report, all_of, none_of

_DONE_WITHIN = 120.0
_NOTICED_WITHIN = 30.0
_NEVER = 9999.0


@dataclass(frozen=True, slots=True)
class Deaf:
    """How many workers were started again, in how many seconds they were all noticed, and when all was done."""

    restarted: int
    noticed: float | None
    finished: float | None


@dataclass(frozen=True, slots=True)
class Seen:
    """`after_calm`: seconds until all was done; None if that never came."""

    quotes: int
    not_taken: int
    judged: Judged
    unfinished: int
    after_calm: float | None
    deaf: Deaf | None


@dataclass(frozen=True, slots=True)
class Harmed:
    """
    What was done, and how many processes `ended` by it; `found_deaf` of them by their watchdog. `unpublished` is the
    plan's.
    """

    monkey: Monkey
    commits: Commits
    ended: int
    found_deaf: int
    unpublished: int


def report(seen: Seen, harm: Harmed, crew: Crew, evidence: Sequence[str]) -> Report:
    logged, monkey, commits = crew.logged(), harm.monkey, harm.commits
    figures = (*_promise(seen), *_harm(monkey, commits), *_felt(logged, crew.unpublished(), harm), *_deaf(seen.deaf))
    details = {
        "passed": {sort.value: commits.passed[sort] for sort in Sort},
        "cut": {f"{sort} {when}": many for (sort, when), many in sorted(commits.cut.items())},
        "strikes": {harm.value: many for harm, many in monkey.done.items()},
        "logged": dict(logged.most_common()),
    }
    return Report(figures, tuple(evidence), details)


def _promise(seen: Seen) -> Iterator[Figure]:
    yield Figure("quotes accepted", seen.quotes)
    yield none_of("quotes that the door never took", seen.not_taken)
    yield none_of("lost: nothing was bought", len(seen.judged.lost))
    yield none_of("doubled: bought more than once", seen.judged.doubled)
    yield none_of("bought, and nobody had accepted it", seen.judged.foreign)
    yield none_of("orders not done in the end", seen.unfinished)
    took = _NEVER if seen.after_calm is None else seen.after_calm
    yield Figure("all done after calm", took, most=_DONE_WITHIN, unit="s")


def _harm(monkey: Monkey, commits: Commits) -> Iterator[Figure]:
    yield Figure("times the broker forgot everything", monkey.done[Harm.FORGET], least=1)
    yield Figure("times it was killed", monkey.done[Harm.STOP], least=1)
    yield Figure("times it stood still", monkey.done[Harm.FREEZE], least=1)
    yield Figure("messages that were lost so", monkey.forgotten)
    yield Figure("times the database was restarted at once", monkey.done[Harm.RESTART], least=1)
    yield Figure("commits cut before the server had them", commits.count(When.BEFORE), least=1)
    yield Figure("commits cut after it", commits.count(When.AFTER), least=1)
    claims = (Sort.CLAIM,)
    yield Figure("of these, claims before a purchase: before", commits.count(When.BEFORE, *claims), least=1)
    yield Figure("the same: after", commits.count(When.AFTER, *claims), least=1)
    yield Figure("records of what came of one", sum(commits.count(when, Sort.ANSWER) for when in When), least=1)


def _felt(logged: Mapping[str, int], unpublished: int, harm: Harmed) -> Iterator[Figure]:
    yield Figure("claims whose commit was in doubt to the worker", logged.get("claim.commit_not_proved", 0), least=1)
    yield Figure("publishes that failed", unpublished, least=harm.unpublished)
    yield Figure("tasks put off: the database was away", logged.get("task.put_off", 0))
    yield Figure("processes that ended meanwhile, and were started again", harm.ended)
    yield Figure("of these, workers found deaf", harm.found_deaf)


def _deaf(deaf: Deaf | None) -> Iterator[Figure]:
    if deaf is None:
        return
    yield all_of("workers made deaf in the end, and started again", deaf.restarted, 2)
    yield Figure("until they were noticed", deaf.noticed or _NEVER, most=_NOTICED_WITHIN, unit="s")
    yield Figure("until their quotes were done, after that", deaf.finished or _NEVER, most=_DONE_WITHIN, unit="s")
