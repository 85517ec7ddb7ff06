from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from pipeline.domain.catalogue import PlacedLine, PlacedOrder, Verdict
from pipeline.domain.facts import CatalogueFacts, Facts, LineFacts, LineProgress, PurchaseFacts
from pipeline.domain.outcome import Advance, Outcome, WaitUntil
from pipeline.domain.question import Act, QuestionKind
from pipeline.domain.stage import Stage
from pipeline.domain.terms import BillingTerm
from pipeline.testing import NOON, FakeMarketplace, Walk, a_line
from tests.unit.stages.world import BOUGHT_FOR, at_fake, questions, the_question

MONTHLY = BillingTerm.MONTHLY
HOUR = timedelta(hours=1)
LIVE, PENDING = ("Active", Verdict.LIVE), ("PendingAutomated", Verdict.IN_PROGRESS)
MANUAL = ("PendingManual", Verdict.WAITS_FOR_MARKETPLACE)
ENDED = ("Cancelled", Verdict.FAILED)


def bought(*statuses: tuple[str, Verdict] | None, at: FakeMarketplace | None = None) -> tuple[Walk, FakeMarketplace]:
    """An order of one line for each status; None: no subscription yet. Products and subscriptions are p1, s1, ..."""
    market = at or FakeMarketplace()
    lines, placed = [], []
    for number, status in enumerate(statuses, 1):
        product, subscription = f"p{number}", f"s{number}"
        lines.append(a_line(str(number), product))
        if status is not None:
            market.subscribes(subscription, product, status=status)
        placed.append(PlacedLine(product, Decimal(10), MONTHLY, subscription if status is not None else None))
    market.placed["order"] = PlacedOrder("order", "company", tuple(placed))
    learnt = tuple(
        LineFacts(line_id=line.id, product_id=line.product_id, product_name="", quantity=10, billing_term=MONTHLY)
        for line in lines
    )
    facts = Facts(
        company=BOUGHT_FOR,
        catalogue=CatalogueFacts(fetched_at=NOON, lines=learnt),
        purchase=PurchaseFacts(marketplace_order_id="order", at=NOON),
    )
    return at_fake(Stage.POLL_STATUS, *lines, market=market, facts=facts), market


def becomes(market: FakeMarketplace, subscription: str, status: tuple[str, Verdict]) -> None:
    word, verdict = status
    market.subscribed[subscription] = replace(market.subscribed[subscription], status_word=word, verdict=verdict)


def progress(walk: Walk, line: str = "1") -> LineProgress:
    return walk.order.facts.progress[line]


def waits(outcome: Outcome) -> WaitUntil:
    assert isinstance(outcome, WaitUntil), outcome
    return outcome


def test_all_lines_live_is_done() -> None:
    walk, _ = bought(LIVE, ("Activated", Verdict.LIVE))

    outcome = walk.run()

    assert isinstance(outcome, Advance)
    assert outcome.notes == ("2 of 2 lines are live.",)
    assert progress(walk).subscription_id == "s1"


def test_one_line_of_two_live_goes_on_waiting() -> None:
    walk, _ = bought(LIVE, PENDING)

    outcome = waits(walk.run())

    assert outcome.when == walk.order.now + timedelta(seconds=5)
    assert outcome.reason == "1 of 2 lines is live; Line 2 (p2) is PendingAutomated."
    assert not outcome.questions


def test_a_response_without_lines_never_means_done() -> None:
    walk, market = bought(LIVE)
    market.placed["order"] = PlacedOrder("order", "company", (), status_hint="Completed")

    waits(walk.run())


def test_a_line_that_the_answer_lists_once_counts_once() -> None:
    walk, market = bought(LIVE, LIVE)
    market.placed["order"] = replace(market.placed["order"], lines=market.placed["order"].lines[:1])

    assert waits(walk.run()).reason == "1 of 2 lines is live; Line 2 (p2) is not set up yet."


def test_an_order_that_cannot_be_read_yet_is_waited_for() -> None:
    walk, market = bought(LIVE)
    market.placed.clear()

    waits(walk.run())


def test_a_subscription_that_comes_later_is_found() -> None:
    walk, market = bought(None)
    waits(walk.run())
    market.subscribes("late", "p1")
    market.placed["order"] = PlacedOrder("order", "company", (PlacedLine("p1", Decimal(10), MONTHLY, "late"),))

    assert isinstance(walk.run(), Advance)


def test_an_order_may_write_the_ids_of_its_subscriptions_in_other_capitals() -> None:
    """The first line's subscription is known after the first read, and is not taken for its twin's as well."""
    walk, market = bought(LIVE, None)
    catalogue = walk.order.facts.catalogue
    assert catalogue is not None
    twins = tuple(line.model_copy(update={"product_id": "p1"}) for line in catalogue.lines)
    walk.change(facts=walk.order.facts.learn(catalogue=CatalogueFacts(fetched_at=NOON, lines=twins)))
    market.subscribed["S1"] = market.subscribed["s1"]
    market.placed["order"] = PlacedOrder("order", "company", (PlacedLine("p1", Decimal(10), MONTHLY, "S1"),))

    for _ in range(2):
        assert waits(walk.run()).reason == "1 of 2 lines is live; Line 2 (p2) is not set up yet."


def test_a_subscription_that_cannot_be_read_keeps_what_was_known() -> None:
    walk, market = bought(PENDING)
    waits(walk.run())
    market.subscribed.clear()

    waits(walk.run())

    assert progress(walk).status_word == "PendingAutomated"


@pytest.mark.parametrize(
    ("statuses", "on"),
    [
        ((PENDING,), "Pax8"),
        ((MANUAL,), "Pax8"),
        ((("PendingActivation", Verdict.WAITS_FOR_CUSTOMER), MANUAL), "the customer"),
        ((("WaitingForDetails", Verdict.WAITS_FOR_US), MANUAL), "operator"),
        ((("Odd", Verdict.UNKNOWN), MANUAL), "operator"),
    ],
    ids=["in progress", "manual", "the customer before the marketplace", "us before all", "an unknown word"],
)
def test_it_says_whom_it_waits_for(statuses: tuple[tuple[str, Verdict], ...], on: str) -> None:
    assert waits(bought(*statuses)[0].run()).on == on


@pytest.mark.parametrize(
    ("status", "hours"),
    [
        (PENDING, 24),
        (("PendingCancel", Verdict.ENDING), 24),
        (MANUAL, 72),
        (("PendingActivation", Verdict.WAITS_FOR_CUSTOMER), 72),
        (None, 24),
    ],
    ids=["in progress", "ending", "manual", "activation", "no subscription"],
)
def test_a_line_that_takes_too_long_asks_and_is_still_polled(status: tuple[str, Verdict] | None, hours: int) -> None:
    walk, _ = bought(status)
    assert not questions(walk.run())

    assert not questions(walk.later(hours * HOUR - timedelta(seconds=1)).run())
    asked = the_question(waits(walk.later(timedelta(seconds=1)).run()))

    assert (asked.kind, asked.key) == (QuestionKind.OVERDUE, "overdue:1")
    assert the_question(walk.run()) == asked


def test_an_answered_overdue_question_rests_before_it_is_asked_again() -> None:
    walk, _ = bought(PENDING)
    walk.run()
    walk.later(24 * HOUR).run()
    walk.answer("overdue:1", "keep waiting")

    assert not questions(walk.later(71 * HOUR).run())
    assert questions(walk.later(HOUR).run())


def test_counting_an_overdue_line_as_failed_ends_the_wait() -> None:
    walk, _ = bought(LIVE, PENDING)
    walk.run()
    walk.later(24 * HOUR).run()

    assert isinstance(walk.answer("overdue:2", "count as failed").run(), Advance)
    assert progress(walk, "2").verdict is Verdict.FAILED


def test_missing_details_are_asked_for_at_once_and_polled_on() -> None:
    walk, market = bought(("WaitingForDetails", Verdict.WAITS_FOR_US))

    asked = the_question(waits(walk.run()))

    assert (asked.kind, asked.key) == (QuestionKind.PROVISIONING, "details:1")
    assert "must not be ordered again" in asked.text
    assert asked.acts == (Act.ANSWER,), "what is bought cannot be cancelled here"
    assert not questions(walk.answer(asked.key, "done").run())
    becomes(market, "s1", LIVE)
    assert isinstance(walk.run(), Advance)


def test_a_word_that_nobody_knows_asks_with_the_word() -> None:
    walk, _ = bought(("Frozen", Verdict.UNKNOWN))

    asked = the_question(waits(walk.run()))

    assert asked.kind is QuestionKind.STATUS
    assert "'Frozen'" in asked.text
    assert not questions(walk.answer(asked.key, "keep waiting").run())


@pytest.mark.parametrize(
    ("word", "verdict"), [("count as live", Verdict.LIVE), ("count as failed", Verdict.FAILED)], ids=str
)
def test_a_person_may_say_what_an_unknown_word_means(word: str, verdict: Verdict) -> None:
    walk, _ = bought(("Frozen", Verdict.UNKNOWN))
    asked = the_question(walk.run())

    assert isinstance(walk.answer(asked.key, word).run(), Advance)
    assert progress(walk).verdict is verdict


def test_what_was_said_of_one_unknown_word_does_not_hold_for_the_next() -> None:
    walk, market = bought(("Frozen", Verdict.UNKNOWN))
    walk.answer(the_question(walk.run()).key, "keep waiting")
    becomes(market, "s1", ("Molten", Verdict.UNKNOWN))

    assert "'Molten'" in the_question(walk.run()).text


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"quantity": Decimal(9)}, "has a quantity of 9, not of 10"),
        ({"product_id": "p9"}, "is to another product (p9)"),
        ({"company_id": "other"}, "is another company's"),
        ({"billing_term": BillingTerm.TRIAL}, "is a trial, not Monthly"),
        ({"quantity": None}, "names no product or no quantity"),
        ({"product_id": ""}, "names no product or no quantity"),
    ],
    ids=["quantity", "product", "company", "trial", "no quantity", "no product"],
)
def test_a_live_subscription_that_is_not_what_was_ordered_is_no_success(changed: dict[str, object], says: str) -> None:
    walk, market = bought(LIVE)
    market.subscribed["s1"] = replace(market.subscribed["s1"], **changed)  # type: ignore[arg-type]

    asked = the_question(waits(walk.run()))

    assert asked.kind is QuestionKind.STATUS
    assert says in asked.text
    assert isinstance(walk.answer(asked.key, "count as live").run(), Advance)


def test_a_line_that_was_put_right_there_needs_no_answer() -> None:
    walk, market = bought(LIVE)
    market.subscribed["s1"] = replace(market.subscribed["s1"], quantity=Decimal(9))
    waits(walk.run())
    market.subscribed["s1"] = replace(market.subscribed["s1"], quantity=Decimal(10))

    assert isinstance(walk.run(), Advance)


def test_a_stale_read_pulls_no_live_line_backwards() -> None:
    walk, market = bought(LIVE, PENDING)
    walk.run()
    becomes(market, "s1", PENDING)

    walk.run()

    assert progress(walk).verdict is Verdict.LIVE


def test_a_live_line_that_is_cancelled_has_failed_for_good() -> None:
    walk, market = bought(LIVE, PENDING)
    walk.run()
    becomes(market, "s1", ENDED)
    walk.run()
    becomes(market, "s1", LIVE)

    walk.run()

    assert progress(walk).verdict is Verdict.FAILED


def test_all_lines_ended_one_way_or_the_other_is_the_end() -> None:
    walk, _ = bought(LIVE, ENDED)

    assert isinstance(walk.run(), Advance)


def test_since_is_kept_while_the_word_is_the_same() -> None:
    walk, market = bought(PENDING)
    walk.run()
    first = progress(walk).since

    assert waits(walk.later(HOUR).run()).facts is None
    assert progress(walk).since == first

    becomes(market, "s1", MANUAL)
    walk.later(HOUR).run()
    assert progress(walk).since == walk.order.now


def test_equal_lines_each_have_a_subscription_of_their_own() -> None:
    walk, market = bought(LIVE, PENDING)
    catalogue = walk.order.facts.catalogue
    assert catalogue is not None
    twins = tuple(line.model_copy(update={"product_id": "p"}) for line in catalogue.lines)
    walk.change(facts=walk.order.facts.learn(catalogue=CatalogueFacts(fetched_at=NOON, lines=twins)))
    market.subscribed = {key: replace(one, product_id="p") for key, one in market.subscribed.items()}
    there = [PlacedLine("p", Decimal(10), MONTHLY, key) for key in ("s1", "s2")]
    market.placed["order"] = PlacedOrder("order", "company", tuple(there))
    walk.run()

    market.placed["order"] = PlacedOrder("order", "company", tuple(reversed(there)))
    walk.run()

    assert (progress(walk, "1").subscription_id, progress(walk, "2").subscription_id) == ("s1", "s2")


def test_many_lines_are_read_with_one_call() -> None:
    walk, market = bought(*[LIVE] * 8)

    assert isinstance(walk.run(), Advance)
    assert market.calls == {"order": 1, "subscriptions": 1}


def test_the_thousandth_wait_is_as_long_as_the_last_interval() -> None:
    walk, _ = bought(PENDING)

    assert waits(walk.change(polls=999).run()).when == walk.order.now + timedelta(seconds=1800)


APPROVAL = ("pending", Verdict.WAITS_FOR_APPROVAL)


def told_by_the_order(*statuses: tuple[str, Verdict], company: str = "company") -> tuple[Walk, FakeMarketplace]:
    """The same, where the order itself says how far its lines are."""
    walk, market = bought(*statuses)
    told = tuple(
        replace(line, state=replace(market.subscribed.pop(str(line.subscription_id)), company_id=company))
        for line in market.placed["order"].lines
    )
    market.placed["order"] = replace(market.placed["order"], lines=told)
    return walk, market


def test_what_the_order_says_of_its_lines_needs_no_other_call() -> None:
    walk, market = told_by_the_order(LIVE, PENDING)

    waits(walk.run())

    assert (progress(walk).verdict, progress(walk, "2").verdict) == (Verdict.LIVE, Verdict.IN_PROGRESS)
    assert set(market.calls) == {"order"}


def test_an_order_that_waits_for_an_approval_asks_once_for_all_its_lines() -> None:
    walk, _ = told_by_the_order(APPROVAL, APPROVAL)

    outcome = waits(walk.run())

    assert outcome.on == "an approval at Pax8"
    assert [question.key for question in outcome.questions] == ["approval"]
    walk.answer("approval", "keep waiting")
    assert not questions(waits(walk.later(HOUR).run()))
    assert questions(waits(walk.later(73 * HOUR).run()))


def test_an_approved_order_goes_on_by_itself() -> None:
    walk, market = told_by_the_order(APPROVAL)
    waits(walk.run())
    line = market.placed["order"].lines[0]
    assert line.state is not None
    live = replace(line, state=replace(line.state, status_word="fulfilled", verdict=Verdict.LIVE))
    market.placed["order"] = replace(market.placed["order"], lines=(live,))

    assert isinstance(walk.later(HOUR).run(), Advance)


@pytest.mark.parametrize("made_by_order", [True, False])
def test_a_customer_that_the_order_made_has_an_id_there_that_was_not_known_before(made_by_order: bool) -> None:
    walk, _ = told_by_the_order(LIVE, company="made-there")
    company = BOUGHT_FOR.model_copy(update={"made_by_order": made_by_order})

    outcome = walk.change(facts=walk.order.facts.learn(company=company)).run()

    assert isinstance(outcome, Advance) == made_by_order
