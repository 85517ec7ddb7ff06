"""Nothing of a customer in the journal, and nothing of one order in another."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.abilities import Rehearses
from pipeline.domain.claim import Answer, AnswerClass
from pipeline.domain.errors import PortError
from tests.contracts.adapters import GRACE, Case, add_grace, contacts, in_time, new_company, over
from tests.contracts.case import WithContacts, WithEmails, WithKey, WithTokens

ROUNDS = 4


@over()
def test_nothing_of_a_customer_or_a_secret_gets_into_the_journal(case: Case) -> None:
    marketplace, write = case.open(), case.purchase()
    if isinstance(marketplace, Rehearses):
        marketplace.rehearse(write)
    answers = [marketplace.send(write, in_time())]
    marketplace.order(answers[0].ref or "")
    case.listed(marketplace)
    for kind in ("reset", "html", "wrong_content"):
        case.pass_time(120)
        write = case.purchase()
        case.fault(kind, "purchase", when="after")
        answers.append(marketplace.send(write, in_time()))

    kept = repr([case.exchanges, answers, case.account, marketplace])
    assert len(case.exchanges) >= 6
    for canary in (*case.canaries, *case.secrets):
        assert canary.casefold() not in kept.casefold()


@over()
@pytest.mark.parametrize("status", [400, 422, 500])
def test_words_of_a_refusal_repeat_nothing_of_a_customer(case: Case, status: int) -> None:
    write = case.purchase()
    case.fault("status", "purchase", status=status)
    answer = case.open().send(write, in_time())
    case.fault("status", "read", status=status)
    with pytest.raises(PortError) as failure:
        case.read(case.open())

    told = f"{answer!r} {failure.value.sentence}"
    for canary in (*case.canaries, *case.secrets):
        assert canary not in told


@over()
def test_a_refusal_that_repeats_what_was_sent_tells_nothing_of_a_customer(case: Case) -> None:
    marketplace, write = case.open(), case.purchase()
    marketplace.ready_to_send()
    case.echo()

    answer = marketplace.send(write, in_time())

    assert answer.kind is AnswerClass.REJECTED
    for canary in (*case.canaries, *case.secrets):
        assert canary not in repr([answer, case.exchanges])


@over(WithTokens)
def test_a_refusal_of_a_token_that_repeats_what_was_sent_tells_no_secret(case: WithTokens) -> None:
    case.echo()

    with pytest.raises(PortError) as failure:
        case.read(case.open())

    for secret in case.secrets:
        assert secret not in repr([failure.value.sentence, case.exchanges])


@over(WithContacts)
def test_nothing_of_a_contact_gets_into_the_journal(case: WithContacts) -> None:
    marketplace = case.open()
    answers = [
        marketplace.send(new_company("Canary Ltd", "CUST-7", GRACE), in_time()),
        marketplace.send(add_grace(case.lacking_company_id), in_time()),
    ]
    contacts(marketplace, case.lacking_company_id)

    kept = repr([case.exchanges, answers])
    for canary in (GRACE.first_name, GRACE.last_name, GRACE.email, GRACE.phone):
        assert canary not in kept


@over(WithEmails)
def test_an_address_that_was_looked_for_is_not_in_the_journal(case: WithEmails) -> None:
    marketplace = case.open()
    marketplace.customers(case.email)  # type: ignore[attr-defined]

    assert case.exchanges
    assert case.email not in repr(case.exchanges)


@over()
def test_each_exchange_is_kept_with_its_answer(case: Case) -> None:
    case.read(case.open())
    case.fault("reset", "read")
    with pytest.raises(PortError):
        case.read(case.open())

    good, bad = case.exchanges[-2:]
    assert (good.method, good.status, good.error) == (case.routes["read"].method, 200, None)
    assert (bad.status, bad.received) == (None, None)
    assert bad.error


@over(WithTokens)
def test_the_request_for_a_token_is_in_no_journal(case: WithTokens) -> None:
    case.read(case.open())

    assert case.fetched == 1
    assert len(case.exchanges) == 1


@over(WithKey)
def test_a_key_is_in_no_repr(case: WithKey) -> None:
    case.read(case.open())

    kept = repr([case.account, case.open(), case.exchanges, vars(case.account)])
    for secret in case.secrets:
        assert secret not in kept


def _buy(case: Case, buyer: int, quantity: int, together: threading.Barrier) -> tuple[int, int, Answer]:
    marketplace, write = case.open(), case.purchase(buyer=buyer, quantity=quantity)
    together.wait(10)
    return buyer, quantity, marketplace.send(write, in_time())


@over()
def test_two_buyers_at_once_each_get_their_own(case: Case) -> None:
    """One account in one process, many threads: what belongs to an order stays with the order."""
    wanted = [(buyer, quantity) for quantity in range(2, 2 + ROUNDS) for buyer in (0, 1)]
    together = threading.Barrier(len(wanted))

    with ThreadPoolExecutor(len(wanted)) as threads:
        made = list(threads.map(lambda one: _buy(case, one[0], one[1], together), wanted))

    assert {answer.kind for _, _, answer in made} == {AnswerClass.ACCEPTED}
    bought = {order.ref: order.buyer for order in case.orders()}
    assert bought == {answer.ref: case.buyers[buyer] for buyer, _, answer in made}
    for _, quantity, answer in made:
        order = case.open().order(answer.ref or "")
        assert quantity in [line.quantity for line in order.lines]


@over()
def test_one_buyers_order_after_anothers_on_the_same_account_is_its_own(case: Case) -> None:
    first, then = case.purchase(buyer=0), case.purchase(buyer=1)
    marketplace = case.open()

    marketplace.send(first, in_time())
    marketplace.send(then, in_time())

    assert [order.buyer for order in case.orders()] == list(case.buyers)
