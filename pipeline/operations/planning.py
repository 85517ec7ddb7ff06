"""
What an accepted quote would do: the reading part of the stages, walked without a database.

Buys nothing, writes nothing anywhere and keeps nothing. A rise in price is taken as approved, so that what comes after
it is seen too; any other question ends the walk of its order, with all that was found until then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from pipeline.abilities import Rehearses
from pipeline.domain.claim import AddContact, ApproveCompany, CreateCompany, FillBasket
from pipeline.domain.errors import PortError
from pipeline.domain.facts import Facts
from pipeline.domain.order import Order, Policy
from pipeline.domain.outcome import Advance, Ask, Claimed, GoBack, Outcome, Reject, RetryLater, WaitUntil
from pipeline.domain.question import Act, Answered, Question, QuestionKind
from pipeline.domain.quote import AcceptedQuote
from pipeline.domain.splitting import Part, split
from pipeline.domain.stage import Stage
from pipeline.operations.nothing_known import NothingKnown
from pipeline.operations.plan_lines import lines_read, lines_without_company
from pipeline.ports import Account, Marketplace, Purpose
from pipeline.stages import STAGES, Reads
from pipeline.store import showing

Json = dict[str, Any]
Remembered = Callable[[str, str], str | None]
_WALKED = (
    Stage.RESOLVE_COMPANY,
    Stage.ENSURE_ACTIVE,
    Stage.FETCH_CATALOGUE,
    Stage.COLLECT_PROVISIONING,
    Stage.VALIDATE_MOCK,
)


@dataclass(frozen=True, slots=True)
class Planned:
    """
    One order of the quote. `company` None: it is not known yet, and `writes` tells if it would be made.

    `dry_run` is passed, refused, not offered or not reached, `said` the marketplace's words. `problems` are what would
    stop the order, `notes` what is worth knowing.
    """

    marketplace: str
    requested_at: str | None
    company: Json | None = None
    writes: tuple[Json, ...] = ()
    lines: tuple[Json, ...] = ()
    questions: tuple[Json, ...] = ()
    dry_run: str = "not reached"
    said: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What the quote would do: one order for each marketplace and date. `json` is ready to be written."""

    quote: Json
    customer: str
    orders: tuple[Planned, ...] = field(default=())

    def json(self) -> Json:
        return asdict(self)


def plan(
    quote: AcceptedQuote,
    accounts: Mapping[str, Account],
    policies: Mapping[str, Policy],
    now: datetime,
    remembered: Remembered = lambda account, identity: None,  # noqa: ARG005
) -> Plan:
    """
    Walks each order of the quote. `remembered` tells which company an identity was last ordered for, where that is
    known. Raises LineageError for lines whose parents don't make a forest; trouble at a marketplace is in the plan.
    """
    key = quote.key
    head = {"system": key.system, "id": key.id, "revision": key.revision, "number": quote.number}
    orders = tuple(_planned(quote, part, accounts, policies, now, remembered) for part in split(quote, now))
    return Plan(head, quote.customer.name or quote.customer.ref or quote.customer.external_id, orders)


def _planned(
    quote: AcceptedQuote,
    part: Part,
    accounts: Mapping[str, Account],
    policies: Mapping[str, Policy],
    now: datetime,
    remembered: Remembered,
) -> Planned:
    ours = quote.only(frozenset(part.line_ids))
    begun = Planned(part.marketplace, showing.instant(part.requested_at))
    account = accounts.get(part.marketplace)
    if account is None:
        lines = tuple(showing.line(line, None, None) for line in ours.lines)
        return replace(begun, lines=lines, problems=(f"No account is configured for {part.marketplace}.",))
    identity = quote.customer.identity(quote.key.system, part.marketplace)
    order = Order(
        id=uuid4(),
        ref="plan",
        version=1,
        stage=Stage.RESOLVE_COMPANY,
        now=now,
        marketplace=part.marketplace,
        title=account.title,
        account=part.marketplace,
        quote=ours,
        customer_key=identity,
        requested_at=part.requested_at,
        facts=Facts(),
        policy=policies.get(part.marketplace, Policy()),
        known=NothingKnown(),
        entered_at=now,
        link=remembered(part.marketplace, identity),
    )
    return _Walk(order, account.open(Purpose.WORK, lambda exchange: None), begun).walked()  # noqa: ARG005


class _Walk:
    """One order on its way through the stages that read."""

    def __init__(self, order: Order, marketplace: Marketplace, planned: Planned) -> None:
        self._order = order
        self._marketplace = marketplace
        self._planned = planned

    def walked(self) -> Planned:
        try:
            for stage in _WALKED:
                self._order = replace(self._order, stage=stage)
                if not self._goes_on(self._decided(stage)):
                    break
            self._learn(lines=self._lines())
        except PortError as error:
            self._learn(problems=(*self._planned.problems, error.sentence))
            if not self._planned.lines:
                self._learn(lines=tuple(showing.line(line, None, None) for line in self._order.lines))
        return self._planned

    def _decided(self, stage: Stage) -> Claimed | Outcome:
        way = STAGES[stage]
        decide = way.decide if isinstance(way, Reads) else way.prepare
        outcome = decide(self._order, self._marketplace)
        if isinstance(outcome, Ask) and (approved := _approvals(outcome.questions, self._order)):
            self._asked(outcome.questions)
            self._order = replace(self._order, answers={**self._order.answers, **approved})
            outcome = decide(self._order, self._marketplace)
        if isinstance(outcome, GoBack) and _wants_line_company(outcome):
            self._order = replace(self._order, facts=outcome.facts or self._order.facts)
            outcome = decide(self._order, self._marketplace)
        return outcome

    def _goes_on(self, outcome: Claimed | Outcome) -> bool:
        match outcome:
            case Advance(facts=facts, notes=notes):
                self._advanced(facts, notes)
                return True
            case Claimed(write=write):
                self._learn(writes=(*self._planned.writes, _write(write)))
                return isinstance(write, AddContact)
            case Ask(questions=asked, facts=facts):
                self._refused(facts)
                self._asked(asked)
            case GoBack(reason=reason, facts=facts):
                self._refused(facts)
                self._problem(reason)
                self._ask_again(facts)
            case Reject(reason=reason):
                self._problem(reason)
            case RetryLater(error=error):
                self._problem(error.sentence)
            case WaitUntil(reason=reason, questions=asked):
                self._problem(reason)
                self._asked(asked)
            case _:
                pass
        return False

    def _advanced(self, facts: Facts, notes: tuple[str, ...]) -> None:
        self._order = replace(self._order, facts=facts)
        company = facts.company
        self._learn(
            company=company.model_dump(exclude={"active_at"}) if company else None, notes=(*self._planned.notes, *notes)
        )
        if self._order.stage is Stage.VALIDATE_MOCK:
            rehearsed = isinstance(self._marketplace, Rehearses) and self._order.change is None
            self._learn(dry_run="passed" if rehearsed else "not offered")

    def _refused(self, facts: Facts | None) -> None:
        if self._order.stage is Stage.VALIDATE_MOCK and facts is not None and facts.refusals:
            self._learn(dry_run="refused", said=facts.refusals[-1].details)

    def _ask_again(self, facts: Facts | None) -> None:
        """A refusal that names fields becomes questions about these fields."""
        if self._order.stage is Stage.VALIDATE_MOCK and facts is not None:
            self._order = replace(self._order, stage=Stage.COLLECT_PROVISIONING, facts=facts)
            outcome = self._decided(Stage.COLLECT_PROVISIONING)
            if isinstance(outcome, Ask):
                self._asked(outcome.questions)

    def _problem(self, sentence: str) -> None:
        self._learn(problems=(*self._planned.problems, sentence))

    def _asked(self, asked: tuple[Question, ...]) -> None:
        self._learn(questions=(*self._planned.questions, *(showing.asked(question) for question in asked)))

    def _lines(self) -> tuple[Json, ...]:
        catalogue = self._order.facts.catalogue
        if catalogue is not None:
            return tuple(showing.line(line, catalogue.line(line.id), None) for line in self._order.lines)
        if self._order.facts.company is None:
            return lines_without_company(self._order, self._marketplace)
        return lines_read(self._order, self._marketplace, self._order.facts.company.id)

    def _learn(self, **parts: Any) -> None:
        self._planned = replace(self._planned, **parts)


def _approvals(asked: tuple[Question, ...], order: Order) -> Mapping[str, Answered]:
    """Approvals of all that is asked, where that is prices only."""
    if any(question.kind is not QuestionKind.PRICE or Act.APPROVE not in question.acts for question in asked):
        return {}
    return {question.key: Answered(("approved",), order.now, "the plan", question.amount) for question in asked}


def _wants_line_company(outcome: GoBack) -> bool:
    """The dry run was refused for a form that the next one takes, and nobody has to be asked."""
    refusals = outcome.facts.refusals if outcome.facts is not None else ()
    return bool(refusals) and refusals[-1].line_company and not refusals[-1].fields


def _write(write: object) -> Json:
    """What would be written at the marketplace, without personal data beyond names."""
    match write:
        case CreateCompany(name=name, country=country):
            return {"kind": "create_company", "what": f"{name} ({country})" if country else name}
        case AddContact(contact=contact):
            who = f"{contact.first_name} {contact.last_name}".strip()
            return {"kind": "add_contact", "what": f"{who} as primary {', '.join(contact.roles)} contact"}
        case ApproveCompany():
            return {"kind": "approve_company", "what": "The company is approved."}
        case FillBasket(lines=lines):
            return {"kind": "fill_basket", "what": f"A basket is filled with {len(lines)} lines; nothing is bought."}
        case _:
            return {"kind": "unknown", "what": ""}
