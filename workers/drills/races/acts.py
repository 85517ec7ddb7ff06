"""What is done to an order: by persons at the desk, and by the source with its messages. And what each was told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from events.reading import ReadOutcome
from pipeline.domain.errors import Moved, OperatorError, PortError
from pipeline.operations import acting, answering, cancelling, settling
from workers.drills.races.scenes import COST, Json, Scene, newer
from workers.drills.races.world import Read

_ANSWERS = {"mca2020LastName": "Reyes"}
REASON = "by a drill"
_NO_QUESTION: Json = {"id": str(UUID(int=0)), "amount": None}
_PERSISTENCE = 4
PUT_OFF_BY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Told:
    """
    What somebody was told. `refused` is the class of the refusal, empty where it was done.

    `seen` is the order as the person had it before, `view` as the act gave it; `wanted` what was asked for, as far as
    it can be checked; `sold` how much the marketplace had sold by then.
    """

    sentence: str
    refused: str = ""
    view: Json | None = None
    seen: Read | None = None
    wanted: Mapping[str, Any] = field(default_factory=dict)
    sold: int = 0

    @property
    def done(self) -> bool:
        return not self.refused

    @property
    def brief(self) -> str:
        return "done" if self.done else "refused"


@dataclass(frozen=True, slots=True)
class Kind:
    """
    A kind of act. `person`: bound to the version that was read, and tried once more with the order as it is now.
    `meanwhile` makes what it needs, once the other has begun.
    """

    name: str
    do: Callable[[Scene, Read, str], Told]
    person: bool = True
    meanwhile: Callable[[Scene], object] | None = None


def act(kind: Kind, scene: Scene, seen: Read, actor: str, calm: Callable[[], None]) -> list[Told]:
    """
    Does it, as a person does who reads the order again when it has moved. Gives what was told each time.

    `calm` lets the other finish, if it is not made to stand still: what happens then is decided by the case.
    """
    told = [_try(kind, scene, seen, actor)]
    while told[-1].refused == Moved.__name__ and len(told) < _PERSISTENCE:
        calm()
        told.append(_try(kind, scene, scene.world.read(scene.order_id), actor))
    return told


def _try(kind: Kind, scene: Scene, seen: Read, actor: str) -> Told:
    try:
        return kind.do(scene, seen, actor)
    except (OperatorError, PortError) as refusal:
        sold = len(scene.world.bought(scene.customer))
        return Told(refusal.sentence, type(refusal).__name__, seen=seen, sold=sold)


def _done(scene: Scene, seen: Read, view: Json, **wanted: Any) -> Told:
    return Told(view["state"], view=view, seen=seen, wanted=wanted, sold=len(scene.world.bought(scene.customer)))


def _answer(scene: Scene, seen: Read, actor: str) -> Told:
    """All questions that take an answer. Without one, a question that there is not, or is no longer."""
    asked = [one for one in seen.open_questions if "answer" in one["acts"]]
    answers = {UUID(one["id"]): [_value(one)] for one in asked}
    if not answers:
        known = seen.view["questions"]
        answers = {UUID(known[-1]["id"]) if known else uuid4(): ["keep"]}
    view = answering.answer(scene.world.desk, seen.view["ref"], seen.version, answers, actor=actor)
    return _done(scene, seen, view, answers={str(key): values[0] for key, values in answers.items()})


def _value(question: Json) -> str:
    if question["possible_values"]:
        return str(question["possible_values"][0])
    return _ANSWERS.get(question["key"].rpartition(":")[2], "whatever")


def _approve(scene: Scene, seen: Read, actor: str) -> Told:
    asked = [one for one in seen.open_questions if "approve" in one["acts"]]
    question: Json = asked[0] if asked else next(iter(seen.view["questions"]), _NO_QUESTION)
    shown: Json | None = question["amount"]
    amount = Decimal(shown["amount"] if shown else COST)
    view = answering.approve(
        scene.world.desk, seen.view["ref"], seen.version, UUID(question["id"]), amount, REASON, actor=actor
    )
    return _done(scene, seen, view, approved=question["id"])


def _retry(scene: Scene, seen: Read, actor: str) -> Told:
    return _done(scene, seen, acting.retry(scene.world.desk, seen.view["ref"], seen.version, actor=actor))


def _resend(scene: Scene, seen: Read, actor: str) -> Told:
    attempts = seen.view["attempts"]
    attempt = UUID(attempts[-1]["id"]) if attempts else uuid4()
    view = settling.resend(scene.world.desk, seen.view["ref"], seen.version, attempt, REASON, actor=actor)
    return _done(scene, seen, view, attempt=str(attempt))


def _adopt(scene: Scene, seen: Read, actor: str) -> Told:
    bought = scene.world.bought(scene.customer)
    wanted = bought[-1].id if bought else str(uuid4())
    view = settling.adopt(scene.world.desk, seen.view["ref"], seen.version, wanted, REASON, actor=actor)
    return _done(scene, seen, view, adopted=wanted)


def _reschedule(scene: Scene, seen: Read, actor: str) -> Told:
    date: datetime = scene.world.clock.now() + PUT_OFF_BY
    view = acting.reschedule(scene.world.desk, seen.view["ref"], seen.version, date, REASON, actor=actor)
    return _done(scene, seen, view, date=date)


def _cancel(scene: Scene, seen: Read, actor: str) -> Told:
    view = cancelling.cancel(scene.world.desk, seen.view["ref"], seen.version, REASON, actor=actor)
    return _done(scene, seen, view)


def _replay(scene: Scene, _seen: Read, _actor: str) -> Told:
    result = scene.world.inside.application.reader.replay(scene.event)
    return _heard(scene, result.outcome if result else ReadOutcome.UNREADABLE, result.sentence if result else "")


def _revision(scene: Scene, _seen: Read, _actor: str) -> Told:
    result = scene.world.deliver("quote.accepted", newer(scene.data, "2", scene.world, 3))
    return _heard(scene, result.outcome, result.sentence)


def _revocation(scene: Scene, _seen: Read, _actor: str) -> Told:
    result = scene.world.deliver("quote.revoked", scene.data)
    return _heard(scene, result.outcome, result.sentence)


def _duplicate(scene: Scene, _seen: Read, _actor: str) -> Told:
    result = scene.world.deliver("quote.accepted", scene.data)
    return _heard(scene, result.outcome, result.sentence)


def _heard(scene: Scene, outcome: ReadOutcome, sentence: str) -> Told:
    """What the list of events says. An event that could not be read is told as such, which no race may lead to."""
    fault = "" if outcome in {ReadOutcome.READ, ReadOutcome.DONE_BEFORE} else outcome.value
    return Told(sentence, fault, sold=len(scene.world.bought(scene.customer)))


def _other_content(scene: Scene) -> object:
    """The same revision came again with other content: a person is asked, at any stage."""
    lines = [{**each, "quantity": 5} for each in scene.data["lines"]]
    return scene.world.deliver("quote.accepted", {**scene.data, "lines": lines})


ANSWER = Kind("answer", _answer, meanwhile=_other_content)
KINDS = (
    ANSWER,
    Kind("approve", _approve),
    Kind("retry", _retry),
    Kind("resend", _resend),
    Kind("adopt", _adopt),
    Kind("reschedule", _reschedule),
    Kind("cancel", _cancel),
    Kind("replay", _replay, person=False),
    Kind("revision", _revision, person=False),
    Kind("revocation", _revocation, person=False),
    Kind("duplicate", _duplicate, person=False),
)
