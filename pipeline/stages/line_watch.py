"""One ordered line while it is set up: its progress after a read, and what a person must be asked meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from pipeline.domain.catalogue import Subscription, Verdict
from pipeline.domain.facts import LineFacts, LineProgress
from pipeline.domain.order import Order
from pipeline.domain.progress import mismatch, step
from pipeline.domain.question import Act, Question, QuestionKind
from pipeline.stages import wording

WAIT = "keep waiting"
LIVE = "count as live"
FAILED = "count as failed"
DONE = "done"
# A question's key holds no more of a word that somebody else made up.
_WORD = 40


@dataclass(frozen=True, slots=True)
class Watched:
    progress: LineProgress
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class _Concern:
    """Something to ask once it has lasted for `patience`, and again when it has lasted so long after an answer."""

    key: str
    kind: QuestionKind
    text: str
    values: tuple[str, ...]
    patience: timedelta


def watch(order: Order, line: LineFacts, before: LineProgress, seen: Subscription | None) -> Watched:
    """`seen` None: the line has no subscription yet, or it can't be read yet."""
    progress = step(before, seen, order.now) if seen is not None else before
    if progress.verdict is Verdict.FAILED:
        return Watched(progress)
    company = order.facts.company
    theirs = "" if company is None or company.made_by_order else company.id
    wrong = mismatch(line, theirs, seen) if seen is not None else None
    if wrong is not None and progress.verdict is Verdict.LIVE:
        held = progress.model_copy(update={"verdict": Verdict.UNKNOWN})
        return _judged(order, line, held, _not_as_ordered(order, line, progress, wrong))
    concern = _concern(order, line, progress)
    return Watched(progress) if concern is None else _judged(order, line, progress, concern)


def _judged(order: Order, line: LineFacts, progress: LineProgress, concern: _Concern) -> Watched:
    """A person's word about it decides; else the line is what it was read as, and the person is asked in time."""
    answered = order.answer(concern.key)
    if answered is None or answered.at < progress.since:
        due = progress.since + concern.patience
    else:
        word = "".join(answered.values[:1])
        if word in (LIVE, FAILED):
            decided = Verdict.LIVE if word == LIVE else Verdict.FAILED
            return Watched(progress.model_copy(update={"verdict": decided}))
        due = answered.at + max(concern.patience, order.policy.person_deadline)
    if order.now < due:
        return Watched(progress)
    question = Question(
        key=concern.key,
        kind=concern.kind,
        text=concern.text,
        line=line.line_id,
        possible_values=concern.values,
        acts=(Act.ANSWER,),  # it is bought: too late to cancel the order
    )
    return Watched(progress, (question,))


def _concern(order: Order, line: LineFacts, progress: LineProgress) -> _Concern | None:
    policy, name, word = order.policy, _name(order, line), progress.status_word
    overdue = f"overdue:{line.line_id}"
    match progress.verdict:
        case Verdict.LIVE | Verdict.FAILED:
            return None
        case Verdict.UNKNOWN:
            return _unknown(order, line, progress)
        case Verdict.WAITS_FOR_US:
            text = (
                f"{name} is {word} at {order.title}: details of it are missing there. Supply them at {order.title} for "
                f"subscription {progress.subscription_id}, then answer '{DONE}'. It must not be ordered again."
            )
            return _Concern(f"details:{line.line_id}", QuestionKind.PROVISIONING, text, (DONE, FAILED), timedelta(0))
        case Verdict.WAITS_FOR_APPROVAL:
            text = (
                f"The order is {word} at {order.title} {_since(progress)}: somebody who may approve it there has to. "
                f"Then it goes on by itself; answer '{WAIT}' to be asked again later."
            )
            return _Concern("approval", QuestionKind.STATUS, text, (WAIT, FAILED), timedelta(0))
        case Verdict.WAITS_FOR_MARKETPLACE:
            text = f"{name} has been {word} {_since(progress)}: somebody at {order.title} has to act. Ask them."
            return _Concern(overdue, QuestionKind.OVERDUE, text, (WAIT, FAILED), policy.person_deadline)
        case Verdict.WAITS_FOR_CUSTOMER:
            text = f"{name} has been {word} {_since(progress)}: the customer has to activate it. Remind them."
            return _Concern(overdue, QuestionKind.OVERDUE, text, (WAIT, FAILED), policy.person_deadline)
        case Verdict.IN_PROGRESS | Verdict.ENDING:
            state = word or "without a subscription"
            text = (
                f"{name} has been {state} {_since(progress)}, longer than setting it up takes. {order.title} does not "
                f"report failures: look at it there, or ask {order.title}. It must not be ordered again meanwhile."
            )
            return _Concern(overdue, QuestionKind.OVERDUE, text, (WAIT, FAILED), policy.provisioning_deadline)


def _unknown(order: Order, line: LineFacts, progress: LineProgress) -> _Concern:
    word = progress.status_word
    text = (
        f"{_name(order, line)}: {order.title} says of {progress.subscription_id} '{word}', a word that does not "
        "tell what became of it. Look at it there: is the line live, failed, or still on its way?"
    )
    return _Concern(
        f"status:{line.line_id}:{word[:_WORD]}", QuestionKind.STATUS, text, (WAIT, LIVE, FAILED), timedelta(0)
    )


def _not_as_ordered(order: Order, line: LineFacts, progress: LineProgress, wrong: str) -> _Concern:
    text = (
        f"{_name(order, line)}: subscription {progress.subscription_id} is {progress.status_word} at {order.title}, "
        f"but {wrong}. Put it right there, or say how the line is to be counted."
    )
    key = f"status:{line.line_id}:not as ordered"
    return _Concern(key, QuestionKind.STATUS, text, (WAIT, LIVE, FAILED), timedelta(0))


def _name(order: Order, line: LineFacts) -> str:
    quoted = next((one for one in order.lines if one.id == line.line_id), None)
    return wording.line(quoted) if quoted is not None else f"Line {line.line_id} ({line.product_name})"


def _since(progress: LineProgress) -> str:
    return f"since {progress.since:%Y-%m-%d %H:%M %Z}"
