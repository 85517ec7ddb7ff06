from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from pipeline.domain.catalogue import PlacedLine, PlacedOrder, Subscription, Verdict
from pipeline.domain.claim import AllocateUnit, Answer, AnswerClass, Write
from pipeline.domain.facts import CatalogueFacts, Facts, LineFacts, PurchaseFacts
from pipeline.domain.outcome import Advance, Looked, RetryLater, WaitUntil
from pipeline.domain.question import QuestionKind
from pipeline.domain.stage import Stage
from pipeline.domain.terms import BillingTerm
from pipeline.testing import NOON, FakeMarketplace, Walk, a_line
from tests.unit.stages.world import BOUGHT_FOR, at_fake, seconds

HOUR = timedelta(hours=1)
UNKNOWN = Answer(AnswerClass.UNKNOWN, details=("the connection broke",))


@dataclass
class Warehouse(FakeMarketplace):
    """Hands out `stock`, unit by unit, for an order that was bought; `out` is what was handed out."""

    stock: list[str] = field(default_factory=list)
    out: dict[str, str] = field(default_factory=dict)
    quantity: int = 2

    def next_unit(self, placed: PlacedOrder) -> AllocateUnit | None:
        if len(self.out) >= self.quantity or not self.stock:
            return None
        return AllocateUnit(company_id="company", order_id=placed.id, product_id="laptop", unit=self.stock[0])

    def find_unit(self, write: AllocateUnit) -> str | None:
        return self.out.get(write.unit)

    def carry_out(self, write: Write) -> Answer:
        if not isinstance(write, AllocateUnit):
            return super().carry_out(write)
        self.stock.remove(write.unit)
        self.out[write.unit] = str(uuid4())
        return Answer(AnswerClass.ACCEPTED, ref=self.out[write.unit], status=201)

    def order(self, order_id: str) -> PlacedOrder:
        verdict = Verdict.LIVE if len(self.out) >= self.quantity else Verdict.IN_PROGRESS
        word = f"{len(self.out)} of {self.quantity} handed out"
        amount = Decimal(self.quantity)
        state = Subscription("item", "company", "laptop", amount, BillingTerm.MONTHLY, word, verdict)
        line = PlacedLine("laptop", amount, BillingTerm.MONTHLY, "item", state)
        return PlacedOrder(order_id, "company", (line,))


def at(*stock: str) -> tuple[Walk, Warehouse]:
    market = Warehouse(stock=list(stock))
    learnt = LineFacts(line_id="1", product_id="laptop", product_name="", quantity=2, billing_term=BillingTerm.MONTHLY)
    facts = Facts(
        company=BOUGHT_FOR,
        catalogue=CatalogueFacts(fetched_at=NOON, lines=(learnt,)),
        purchase=PurchaseFacts(marketplace_order_id="order", at=NOON),
    )
    line = a_line("1", "laptop", quantity=2)
    return at_fake(Stage.POLL_STATUS, line, market=market, facts=facts), market


def handed_out(market: Warehouse) -> list[str]:
    return [write.unit for write in market.sent if isinstance(write, AllocateUnit)]


def test_units_are_handed_out_one_after_the_other_each_with_its_claim() -> None:
    walk, market = at("SN-1", "SN-2", "SN-3")

    assert isinstance(walk.run(), WaitUntil)
    assert walk.order.now == NOON
    assert isinstance(walk.run(), WaitUntil)
    assert isinstance(walk.run(), Advance)

    assert handed_out(market) == ["SN-1", "SN-2"]
    assert len([claim for claim in walk.order.claims if isinstance(claim.write, AllocateUnit)]) == 2


def test_without_stock_it_waits_and_goes_on_when_there_is_some() -> None:
    walk, market = at("SN-1")
    walk.run()
    assert isinstance(walk.run(), WaitUntil)
    market.stock.append("SN-9")

    walk.later(seconds(60)).run()

    assert isinstance(walk.run(), Advance)
    assert handed_out(market) == ["SN-1", "SN-9"]


def test_a_unit_whose_answer_was_lost_is_found_and_not_handed_out_again() -> None:
    walk, market = at("SN-1", "SN-2")
    market.answers.append(UNKNOWN)
    walk.run()
    claim = walk.order.open_claim(AllocateUnit)
    assert claim is not None
    market.carry_out(claim.write)

    looked = walk.later(seconds(5)).run()

    assert isinstance(looked, Looked)
    assert looked.adopt == market.out["SN-1"]
    walk.run()
    assert handed_out(market) == ["SN-1", "SN-2"]


def test_a_unit_that_was_never_handed_out_is_looked_for_with_patience() -> None:
    walk, market = at("SN-1", "SN-2")
    market.answers.append(UNKNOWN)
    walk.run()

    looks = []
    for _ in range(20):
        looks.append(walk.later(seconds(30)).run())
        if isinstance(looks[-1], Looked) and looks[-1].absent:
            break
    assert handed_out(market) == ["SN-1"]
    waits = walk.run()
    assert isinstance(waits, WaitUntil)
    assert "SN-1 was not handed out" in waits.reason
    walk.later(waits.when).run()

    assert len(looks) > 3
    assert handed_out(market) == ["SN-1", "SN-1"]


@pytest.mark.parametrize("kind", [AnswerClass.NOT_SENT, AnswerClass.THROTTLED])
def test_what_was_not_sent_is_tried_again(kind: AnswerClass) -> None:
    walk, market = at("SN-1", "SN-2")
    market.answers.append(Answer(kind, details=("no connection",)))

    assert isinstance(walk.run(), RetryLater)


def test_a_refused_unit_is_told_and_the_order_is_read_again_later() -> None:
    walk, market = at("SN-1", "SN-2")
    market.answers.append(Answer(AnswerClass.REJECTED, details=("The asset is not available",), status=409))

    outcome = walk.run()

    assert isinstance(outcome, WaitUntil)
    assert "SN-1: The asset is not available" in outcome.reason
    assert outcome.when > walk.order.now


def test_a_unit_that_is_refused_again_and_again_is_tried_at_each_poll_and_what_is_overdue_is_asked() -> None:
    walk, market = at("SN-1", "SN-2")
    market.answers.extend([Answer(AnswerClass.REJECTED, details=("not permitted",), status=403)] * 1000)

    asked: set[str] = set()
    outcome = walk.run()
    for _ in range(40):
        assert isinstance(outcome, WaitUntil)
        asked |= {question.kind for question in outcome.questions}
        outcome = walk.later(outcome.when).later(HOUR).run()

    assert asked == {QuestionKind.OVERDUE}
    assert len(handed_out(market)) == 41


def test_a_person_s_retry_hands_a_refused_unit_out_at_once() -> None:
    walk, market = at("SN-1", "SN-2")
    market.answers.append(Answer(AnswerClass.REJECTED, details=("not permitted",), status=403))
    walk.run()

    walk.later(seconds(1)).change(retried_at=walk.order.now + seconds(1)).run()

    assert handed_out(market) == ["SN-1", "SN-1"]
