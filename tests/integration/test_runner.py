"""What the runner commits, on real rows: each outcome, each answer of a purchase, doubled messages, acts in between."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from pipeline.domain.claim import Answer, AnswerClass, PlaceOrder, Write
from pipeline.domain.errors import BudgetSpent, Forbidden, Refused, TooManyCalls, Unavailable
from pipeline.domain.known import KnownOrders
from pipeline.domain.order import CompanyPolicy, Policy
from pipeline.domain.stage import Stage
from pipeline.store import acts
from pipeline.testing import CONTOSO, FakeByEmail, FakeMarketplace, a_line, an_order
from tests.integration.running import Bench, a_bench, everything, nothing, purchases

SETTLED = timedelta(seconds=600)
LOST = Answer(AnswerClass.UNKNOWN, details=("the answer was cut off",))


@pytest.fixture
def shop() -> FakeMarketplace:
    shop = FakeMarketplace().sells("backup")
    shop.knows("company")
    return shop


@pytest.fixture
def bench(database_url: str, shop: FakeMarketplace) -> Iterator[Bench]:
    with a_bench(database_url, marketplace=shop) as one:
        yield one


def test_an_order_goes_through_all_stages_in_one_task(bench: Bench, shop: FakeMarketplace) -> None:
    order = bench.order()

    ran = bench.runner.run(order, Stage.RESOLVE_COMPANY, everything)

    assert ran.done == tuple(Stage)
    assert bench.row(order).state == "done"
    assert purchases(shop) == 1


def test_without_the_lane_each_stage_is_a_task_and_the_next_one_is_published(bench: Bench) -> None:
    order = bench.order()

    published = [bench.runner.run(order, stage, nothing).publish for stage in Stage]

    assert published == [*list(Stage)[1:], None]
    assert bench.row(order).state == "done"


def test_a_message_for_a_stage_that_the_order_has_left_does_nothing(bench: Bench, shop: FakeMarketplace) -> None:
    order = bench.order()
    bench.go(order)

    again = [bench.runner.run(order, stage, everything) for stage in Stage]

    assert [ran.done for ran in again] == [()] * len(Stage)
    assert purchases(shop) == 1


def test_the_same_message_twenty_times_at_once_buys_once(bench: Bench, shop: FakeMarketplace) -> None:
    order = bench.order()
    begin = threading.Barrier(20)

    def deliver() -> None:
        begin.wait()
        bench.runner.run(order, Stage.RESOLVE_COMPANY, everything)

    together = [threading.Thread(target=deliver) for _ in range(20)]
    for one in together:
        one.start()
    for one in together:
        one.join()

    assert purchases(shop) == 1
    assert bench.outcomes(order).count(("submit", "advanced")) == 1


def test_two_runs_that_both_got_through_commit_once(bench: Bench, shop: FakeMarketplace) -> None:
    order = bench.order()
    ran: list[Any] = []

    class Meddling(FakeMarketplace):
        """Lets a second run overtake, as if the first had outlived its hold on the order."""

        def company(self, company_id: str) -> Any:
            if not ran:
                ran.append(None)
                with bench.database.transaction() as connection:
                    connection.execute(text("UPDATE orders SET taken_until = now() - interval '1 second'"))
                ran.append(bench.runner.run(order, Stage.RESOLVE_COMPANY, everything))
            return shop.company(company_id)

    bench.account.marketplace = Meddling(**{name: getattr(shop, name) for name in vars(shop)})

    bench.go(order)

    assert purchases(shop) == 1
    assert bench.row(order).state == "done"


@pytest.mark.parametrize(
    ("error", "outcome", "state"),
    [
        pytest.param(Unavailable("no answer"), "retries", "waiting", id="a fault that passes is tried again"),
        pytest.param(TooManyCalls("slow down"), "retries", "waiting", id="so is a throttled call"),
        pytest.param(BudgetSpent("used up"), "waits", "waiting", id="our own budget is only a wait"),
        pytest.param(Forbidden("no permission"), "asks", "asking", id="a missing permission asks"),
        pytest.param(Refused("no", details=("bad id",)), "rejected", "failed", id="a refusal ends the order"),
        pytest.param(RuntimeError("bug"), "asks", "asking", id="a bug of ours asks"),
    ],
)
def test_an_error_becomes_an_outcome(bench: Bench, error: Exception, outcome: str, state: str) -> None:
    order = bench.order()

    class Failing(FakeMarketplace):
        def companies(self) -> Any:
            raise error

    bench.account.marketplace = Failing()

    row = bench.go(order)

    assert (row.stage, row.state) == ("resolve_company", state)
    assert bench.outcomes(order)[-1] == ("resolve_company", outcome)
    assert (row.due_at is not None) == (state == "waiting")


@pytest.mark.parametrize(
    ("owner", "asked"),
    [
        pytest.param("", "shop", id="else the connection's that the quote came over"),
        pytest.param("dana", "dana", id="the owner who is set"),
    ],
)
def test_a_question_has_an_owner(bench: Bench, owner: str, asked: str) -> None:
    order = bench.order()
    bench.runner._policies = {"pax8": Policy(owner=owner)}
    bench.runner._accounts = {}
    with bench.database.transaction() as connection:
        connection.execute(text("UPDATE revisions SET connection = 'shop'"))

    row = bench.go(order)

    with bench.database.transaction() as connection:
        assert connection.execute(text("SELECT owner FROM questions")).scalar_one() == asked
    assert row.waiting_on == asked


def test_patience_with_a_fault_ends_in_a_question(bench: Bench) -> None:
    order = bench.order()

    class Failing(FakeMarketplace):
        def companies(self) -> Any:
            raise Unavailable("no answer")

    bench.account.marketplace = Failing()

    for _ in range(20):
        bench.make_due(order)
        if bench.go(order).state == "asking":
            break

    assert bench.outcomes(order)[-1] == ("resolve_company", "asks")
    assert bench.row(order).due_at is None


@pytest.mark.parametrize(
    ("answer", "state", "closing"),
    [
        pytest.param(Answer(AnswerClass.REJECTED, details=("no",), status=422), "failed", "rejected", id="rejected"),
        pytest.param(Answer(AnswerClass.NOT_SENT, details=("no route",)), "waiting", "not_sent", id="not sent"),
        pytest.param(Answer(AnswerClass.THROTTLED, details=("429",)), "waiting", "throttled", id="throttled"),
        pytest.param(LOST, "waiting", None, id="unknown stays open"),
    ],
)
def test_each_class_of_answer_closes_the_claim_or_leaves_it_open(
    bench: Bench, shop: FakeMarketplace, answer: Answer, state: str, closing: str | None
) -> None:
    order = bench.order()
    shop.answers.append(answer)

    row = bench.go(order)

    assert row.state == state
    assert [claim.closing for claim in bench.claims(order)] == [closing]
    assert row.unknown_submit == (closing is None)


@pytest.mark.parametrize("answer", [AnswerClass.NOT_SENT, AnswerClass.THROTTLED])
def test_what_was_provably_not_bought_is_sent_again_as_a_new_attempt(
    bench: Bench, shop: FakeMarketplace, answer: AnswerClass
) -> None:
    order = bench.order()
    shop.answers.append(Answer(answer, details=("not taken",)))
    bench.go(order)
    bench.make_due(order)

    row = bench.go(order)

    assert row.state == "done"
    assert [claim.closing for claim in bench.claims(order)] == [answer.value, "accepted"]


class LosesAnswers(FakeMarketplace):
    """Carries the purchase out, or not, and its answer is lost."""

    takes = True

    def send(self, write: Write, send_before: float) -> Answer:
        if not isinstance(write, PlaceOrder):
            return super().send(write, send_before)
        if self.takes:
            self.carry_out(write)
        self.sent.append(write)
        return LOST


def _settle(bench: Bench, order: Any) -> Any:
    bench.age_claims(SETTLED)
    for _ in range(2):
        bench.make_due(order)
        bench.go(order)
    return bench.row(order)


def _losing(database_url: str, *, takes: bool, resend: bool = False) -> tuple[Any, LosesAnswers]:
    shop = LosesAnswers()
    shop.sells("backup")
    shop.takes = takes
    policy = Policy(resend_when_absent=resend)
    shop.knows("company")
    return a_bench(database_url, policy, shop), shop


def test_a_lost_answer_is_adopted_after_two_equal_looks_and_never_sent_again(database_url: str) -> None:
    house, shop = _losing(database_url, takes=True)
    with house as bench:
        order = bench.order()
        assert bench.go(order).unknown_submit
        bench.make_due(order)
        assert bench.go(order).marketplace_order_id is None, "too early to adopt"

        row = _settle(bench, order)

        assert row.marketplace_order_id in shop.placed
        assert not row.unknown_submit
        assert (purchases(shop), len(shop.placed)) == (1, 1)


def test_a_purchase_that_is_absent_becomes_a_question_with_its_evidence(database_url: str) -> None:
    house, shop = _losing(database_url, takes=False)
    with house as bench:
        order = bench.order()
        bench.go(order)

        row = _settle(bench, order)

        assert row.state == "asking"
        assert row.unknown_submit
        asked = bench.database.open(row.waiting_for)
        assert "the answer was cut off" in asked
        assert re.search(r"complete looks at the company's orders there were made, from [\d:]+ to [\d:]+ UTC", asked)
        assert "No new order with these lines was found" in asked
        assert purchases(shop) == 1


def test_a_purchase_that_is_absent_is_sent_again_where_that_is_switched_on(database_url: str) -> None:
    house, shop = _losing(database_url, takes=False, resend=True)
    with house as bench:
        order = bench.order()
        bench.go(order)
        _settle(bench, order)
        shop.takes = True
        bench.make_due(order)
        bench.go(order)

        assert [claim.closing for claim in bench.claims(order)] == ["absent", None]
        assert len(shop.placed) == 1


def test_an_order_that_the_answer_named_is_kept_and_proves_that_nothing_is_absent(database_url: str) -> None:
    shop = FakeByEmail(prices_at_rehearsal=False).sells("backup")
    shop.answers.append(replace(LOST, named=("ORDER-9",)))
    policy = Policy(create_companies=CompanyPolicy.ALWAYS, resend_when_absent=True)
    with a_bench(database_url, policy, shop) as bench:
        order = bench.order()
        assert bench.go(order).unknown_submit

        row = _settle(bench, order)

        assert row.state == "asking"
        assert "the answer named order ORDER-9" in bench.database.open(row.waiting_for)
        assert purchases(shop) == 1


def test_an_attempt_that_was_proved_absent_casts_no_doubt_on_the_next_ones(database_url: str) -> None:
    house, shop = _losing(database_url, takes=False, resend=True)
    with house as bench:
        order, equal = bench.order(), bench.order()
        bench.go(order)
        _settle(bench, order)
        shop.takes = True
        bench.make_due(order)
        bench.go(order)

        assert _settle(bench, order).marketplace_order_id in shop.placed, "its own earlier attempt is no rival"

        bench.make_due(equal)
        bench.go(equal)

        assert _settle(bench, equal).marketplace_order_id in shop.placed, "nor is another order's"
        assert [claim.closing for claim in bench.claims(order)] == ["absent", "adopted"]
        assert len(shop.placed) == 2


def test_an_order_that_a_stranger_made_before_is_not_adopted(database_url: str) -> None:
    house, shop = _losing(database_url, takes=False)
    with house as bench:
        order = bench.order()
        bench.go(order)
        write = next(write for write in shop.sent if isinstance(write, PlaceOrder))
        shop.carry_out(write)
        for key, subscription in shop.subscribed.items():
            shop.subscribed[key] = replace(subscription, created_at=datetime(2020, 1, 1, tzinfo=UTC))

        row = _settle(bench, order)

        assert row.state == "asking"
        assert row.marketplace_order_id is None


@pytest.mark.parametrize(
    ("untermed", "dated", "says"),
    [
        (True, None, "names no billing terms"),
        (False, timedelta(hours=20), "is dated before the attempt"),
    ],
    ids=["without its billing term, which is optional", "dated to the day only, or by another clock"],
)
def test_an_order_that_may_be_ours_is_a_question_and_nothing_is_sent_again(
    database_url: str, untermed: bool, dated: timedelta | None, says: str
) -> None:
    house, shop = _losing(database_url, takes=True, resend=True)
    with house as bench:
        order = bench.order()
        bench.go(order)
        for key, placed in shop.placed.items():
            lines = tuple(replace(line, billing_term=None if untermed else line.billing_term) for line in placed.lines)
            shop.placed[key] = replace(placed, lines=lines)
        for key, subscription in shop.subscribed.items():
            made = None if dated is None else datetime.now(UTC) - dated
            shop.subscribed[key] = replace(subscription, created_at=made)

        row = _settle(bench, order)

        assert row.state == "asking"
        assert says in bench.database.open(row.waiting_for)
        assert purchases(shop) == 1


def test_two_candidates_are_a_question(database_url: str) -> None:
    house, shop = _losing(database_url, takes=True)
    with house as bench:
        order = bench.order()
        bench.go(order)
        shop.carry_out(next(write for write in shop.sent if isinstance(write, PlaceOrder)))

        row = _settle(bench, order)

        assert row.state == "asking"
        assert all(key in bench.database.open(row.waiting_for) for key in shop.placed)


def test_a_claim_whose_sender_died_is_looked_for_and_not_sent(bench: Bench, shop: FakeMarketplace) -> None:
    order = bench.order()

    class Dies(FakeMarketplace):
        def send(self, write: Write, send_before: float) -> Answer:
            del write, send_before
            raise SystemExit

    assert bench.dies(order, Dies).state == "waiting", "the one who claimed may still be sending"

    bench.age_claims(SETTLED)
    bench.make_due(order)
    row = bench.go(order)

    assert row.unknown_submit
    assert [claim.answered for claim in bench.claims(order)] == ["unknown"]
    assert purchases(shop) == 0


@pytest.mark.parametrize("bought", [True, False], ids=["the purchase goes through", "nothing is bought"])
def test_a_cancel_while_the_purchase_is_sent_waits_for_its_outcome(
    bench: Bench, shop: FakeMarketplace, bought: bool
) -> None:
    order = bench.order()
    told: list[str] = []

    class CancelledMeanwhile(FakeMarketplace):
        def send(self, write: Write, send_before: float) -> Answer:
            with bench.database.transaction() as connection:
                told.append(
                    acts.request_cancel(connection, bench.database, order, actor="dana", reason="changed my mind")
                )
            answer = shop.send(write, send_before)
            return answer if bought else Answer(AnswerClass.REJECTED, details=("no",), status=422)

    bench.account.marketplace = CancelledMeanwhile(**{name: getattr(shop, name) for name in vars(shop)})

    row = bench.go(order)

    assert told == ["waits"]
    if bought:
        assert row.marketplace_order_id is not None
        with bench.database.transaction() as connection:
            asked = connection.execute(text("SELECT kind FROM questions WHERE answered_at IS NULL")).scalars().all()
        assert asked == ["cancelled_late"]
    else:
        assert row.state == "cancelled"


def test_orders_of_one_company_are_bought_one_after_the_other(bench: Bench, shop: FakeMarketplace) -> None:
    first, second = bench.order(), bench.order()
    shop.answers.append(LOST)
    bench.go(first)

    waiting = bench.go(second)

    assert (waiting.state, waiting.stage) == ("waiting", "submit")
    assert waiting.waiting_on == bench.row(first).ref

    shop.carry_out(next(write for write in shop.sent if isinstance(write, PlaceOrder)))
    _settle(bench, first)
    woken = bench.row(second)

    assert bench.row(first).marketplace_order_id is not None
    assert woken.due_at <= woken.now, "the claim's closing made the next order due"
    assert bench.go(second).state == "done"


def test_of_two_new_customers_with_one_address_the_second_is_not_bought_for_the_first(database_url: str) -> None:
    shop = FakeByEmail(prices_at_rehearsal=False).sells("backup")
    fabrikam = CONTOSO.model_copy(update={"name": "Fabrikam", "ref": "CRM-7"})
    policy = Policy(create_companies=CompanyPolicy.ALWAYS)
    with a_bench(database_url, policy, shop) as bench:
        first, second = bench.order(), bench.order(an_order(customer=fabrikam).quote)
        for order in (first, second):
            while bench.row(order).stage != "submit":
                bench.go(order, nothing)

        assert bench.go(first, nothing).stage == "poll_status"
        shop.knows("made", CONTOSO.name, email=CONTOSO.contacts[0].email)
        asking = bench.go(second)

        assert (asking.state, asking.stage) == ("asking", "resolve_company")
        assert purchases(shop) == 1


def test_a_future_dated_order_is_prepared_at_once_and_waits_before_submit(bench: Bench, shop: FakeMarketplace) -> None:
    when = datetime.now(UTC) + timedelta(days=3)
    order = bench.order(requested_at=when)

    row = bench.go(order)

    assert (row.stage, row.state, row.due_at) == ("submit", "scheduled", when)
    assert len(shop.rehearsed) == 1
    assert purchases(shop) == 0


def test_on_its_date_a_stale_order_is_made_fresh_before_it_is_bought(bench: Bench) -> None:
    order = bench.order(requested_at=datetime.now(UTC) + timedelta(days=3))
    bench.go(order)
    stale = Policy(fresh=timedelta(0))
    bench.runner._policies = {"pax8": stale}
    with bench.database.transaction() as connection:
        connection.execute(text("UPDATE orders SET requested_at = now() - interval '1 second'"))
    bench.make_due(order)

    bench.runner.run(order, Stage.SUBMIT, nothing)

    assert bench.row(order).stage == "fetch_catalogue"
    assert bench.outcomes(order)[-1] == ("submit", "went_back")


def test_a_loop_of_returns_becomes_a_question(bench: Bench, shop: FakeMarketplace) -> None:
    order = bench.order()
    bench.runner._policies = {"pax8": Policy(fresh=timedelta(0))}

    row = bench.go(order)

    assert row.state == "asking"
    assert bench.outcomes(order).count(("submit", "went_back")) == 2
    assert purchases(shop) == 0


def test_an_id_that_another_order_of_ours_owns_is_no_proof(bench: Bench, shop: FakeMarketplace) -> None:
    first = bench.order()
    owned = bench.go(first).marketplace_order_id
    second = bench.order()
    shop.answers.append(Answer(AnswerClass.ACCEPTED, ref=owned))

    row = bench.go(second)

    assert row.unknown_submit
    assert [claim.closing for claim in bench.claims(second)] == [None]


def test_a_marketplace_without_an_account_asks_to_configure_it(bench: Bench) -> None:
    order = bench.order()
    bench.runner._accounts = {}

    row = bench.go(order)

    assert row.state == "asking"
    assert "QUOTEWAY_MARKETPLACES__PAX8__CLIENT_ID" in bench.database.open(row.waiting_for)


def test_known_orders_are_complete_before_the_claim(bench: Bench, shop: FakeMarketplace) -> None:
    order = bench.order()
    learnt: list[int] = []

    class Counting(FakeMarketplace):
        def new_orders(self, company_id: str, known: KnownOrders) -> Any:
            learnt.append(len(bench.claims(order)))
            return shop.new_orders(company_id, known)

    bench.account.marketplace = Counting(**{name: getattr(shop, name) for name in vars(shop)})
    bench.go(order)

    assert learnt == [0]


def test_lines_of_a_quote_that_are_bought_are_not_bought_by_another_order(bench: Bench, shop: FakeMarketplace) -> None:
    quote = an_order(a_line()).quote
    order = bench.order(quote)
    bench.go(order)
    with bench.database.transaction() as connection:
        connection.execute(text("UPDATE orders SET stage = 'submit', state = 'running', marketplace_order_id = NULL"))
    bench.make_due(order)

    row = bench.go(order)

    assert purchases(shop) == 1
    assert row.state == "asking"
