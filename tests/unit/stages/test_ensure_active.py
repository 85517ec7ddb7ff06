from collections import deque
from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.domain.claim import AddContact, Answer, AnswerClass
from pipeline.domain.company import CompanyContact, CompanyStatus
from pipeline.domain.customer import Contact, ContactRole, Customer
from pipeline.domain.facts import CompanyFacts, Facts
from pipeline.domain.outcome import Advance, Ask, Looked, Outcome, Reject, RetryLater, WaitUntil
from pipeline.domain.question import QuestionKind
from pipeline.domain.stage import Stage
from pipeline.marketplaces.pax8.simulator import customers
from pipeline.testing import DANA, FakeMarketplace, FakeWithBaskets, Walk
from tests.unit.stages.world import BOUGHT_FOR, Pax8Walk, at_fake, at_pax8, questions, seconds, the_question

HOUR = timedelta(hours=1)
LOST = Answer(AnswerClass.UNKNOWN, details=("the connection broke",))
ALL = {"Admin", "Billing", "Technical"}
ADA = Contact(
    first_name="Ada", last_name="Byron", email="ada@contoso.example", phone="555", roles=(ContactRole.BILLING,)
)


def at(company: customers.Customer, *people: Contact) -> Pax8Walk:
    facts = Facts(company=CompanyFacts(id=company.id, name=company.name, how=""))
    return at_pax8(customer=Customer(name=company.name, contacts=people), stage=Stage.ENSURE_ACTIVE, facts=facts)


def at_inactive(market: FakeMarketplace, *people: Contact) -> Walk:
    market.knows("company", status=CompanyStatus.INACTIVE)
    return at_fake(Stage.ENSURE_ACTIVE, market=market, customer=Customer(name="Contoso", contacts=people))


def until_asked(walk: Walk) -> list[Outcome]:
    """What comes of looking on and on, until a person is asked."""
    outcomes: list[Outcome] = []
    while len(outcomes) < 100:
        outcomes.append(walk.run())
        if isinstance(outcomes[-1], Ask):
            break
        walk.later(HOUR)
    return outcomes


def test_an_active_company_passes_with_one_read() -> None:
    market = FakeMarketplace()

    assert isinstance(at_fake(Stage.ENSURE_ACTIVE, market=market).run(), Advance)
    assert market.calls == {"company": 1}


@pytest.mark.parametrize(
    ("ago", "reads"),
    [(seconds(0), 0), (seconds(29), 0), (seconds(30), 1), (HOUR, 1)],
    ids=["at once", "within half a minute", "after that", "long ago"],
)
def test_a_company_that_was_read_as_active_a_moment_ago_is_not_read_again(ago: timedelta, reads: int) -> None:
    market = FakeMarketplace()
    walk = at_fake(Stage.ENSURE_ACTIVE, market=market)
    company = BOUGHT_FOR.model_copy(update={"active_at": walk.order.now - ago})

    assert isinstance(walk.change(facts=Facts(company=company)).run(), Advance)
    assert market.calls["company"] == reads


def test_a_company_that_was_not_active_as_it_was_found_is_read_again() -> None:
    market = FakeMarketplace()
    market.knows("company", status=CompanyStatus.INACTIVE)
    walk = at_fake(Stage.RESOLVE_COMPANY, market=market, facts=Facts(), link="company")
    assert isinstance(walk.run(), Advance)
    market.knows("company")
    market.calls.clear()

    assert isinstance(walk.run(), Advance)
    assert market.calls["company"] == 1


def test_one_complete_person_without_roles_fills_all_three() -> None:
    walk = at(customers.NORTHWIND_INACTIVE, DANA)

    assert isinstance(walk.run(), Advance)
    assert walk.pax8.world.primaries(customers.NORTHWIND_INACTIVE.id) == ALL
    assert walk.writes == ["POST contacts"]


def test_a_company_with_only_an_admin_gets_the_two_missing_primaries() -> None:
    walk = at(customers.ADATUM_ONLY_ADMIN, DANA)
    admin = next(iter(walk.pax8.world.companies[customers.ADATUM_ONLY_ADMIN.id].contacts.values()))

    assert isinstance(walk.run(), Advance)
    assert walk.pax8.world.primaries(customers.ADATUM_ONLY_ADMIN.id) == ALL
    assert admin.types == {"Admin": True}


def test_a_person_of_a_role_fills_theirs_and_the_others_are_filled_beside() -> None:
    walk = at(customers.NORTHWIND_INACTIVE, DANA, ADA)

    assert isinstance(walk.run(), Advance)
    assert walk.writes == ["POST contacts", "POST contacts"]
    contacts = walk.pax8.world.companies[customers.NORTHWIND_INACTIVE.id].contacts.values()
    assert {contact.first_name: set(contact.types) for contact in contacts} == {
        "Dana": {"Admin", "Technical"},
        "Ada": {"Billing"},
    }


def test_who_is_there_already_by_e_mail_gets_more_roles_and_keeps_theirs() -> None:
    company = customers.ADATUM_ONLY_ADMIN
    walk = at(company, DANA.model_copy(update={"email": "ADA@example.com"}))

    assert isinstance(walk.run(), Advance)
    assert walk.writes == ["PUT contacts"]
    only = walk.pax8.world.companies[company.id].contacts.values()
    assert [(contact.first_name, set(contact.types)) for contact in only] == [("Ada", ALL)]


def test_for_roles_without_anybody_a_person_is_asked_and_their_answers_become_contacts() -> None:
    walk = at(customers.ADATUM_ONLY_ADMIN)

    asked = questions(walk.run())
    for question in asked:
        walk.answer(question.key, "Grace", "Hopper", "grace@contoso.example", "555-0199")

    assert [question.key for question in asked] == ["contact:billing", "contact:technical"]
    assert {question.kind for question in asked} == {QuestionKind.CONTACT}
    assert isinstance(walk.run(), Advance)
    assert walk.writes == ["POST contacts"]


@pytest.mark.parametrize(
    "values",
    [("Grace",), ("Grace", "Hopper", "grace.example", "555"), ("Grace", "Hopper", "g@x.example", " ")],
    ids=["a first name only", "no e-mail address", "a blank phone"],
)
def test_an_answer_that_is_not_a_person_is_asked_again(values: tuple[str, ...]) -> None:
    walk = at(customers.ADATUM_ONLY_ADMIN, ADA).answer("contact:technical", *values)

    assert "not these four values" in the_question(walk.run()).text
    assert walk.writes == []


def test_an_incomplete_person_is_not_sent() -> None:
    walk = at(customers.NORTHWIND_INACTIVE, DANA.model_copy(update={"phone": ""}))

    assert len(questions(walk.run())) == 3


def test_a_deleted_company_ends_the_order_with_a_clear_sentence() -> None:
    outcome = at(customers.LITWARE_DELETED, DANA).run()

    assert isinstance(outcome, Reject)
    assert outcome.code == "ensure_active.deleted"
    assert "Litware, Inc. (id" in outcome.reason
    assert "was deleted at Pax8" in outcome.reason


def test_a_status_that_nobody_knows_asks() -> None:
    walk = at(customers.CONTOSO)
    walk.pax8.world.companies[customers.CONTOSO.id].forced_status = "Dormant"

    asked = the_question(walk.run())

    assert asked.kind is QuestionKind.STATUS
    assert "'Dormant'" in asked.text


def test_an_approval_that_is_lost_again_and_again_is_asked_about_and_a_retry_starts_anew() -> None:
    market = FakeWithBaskets()
    market.knows("company", status=CompanyStatus.NEW)
    walk = at_fake(Stage.ENSURE_ACTIVE, market=market)
    market.answers.extend([LOST] * 10)

    outcomes = until_asked(walk)
    assert "given to Contoso" in the_question(outcomes[-1]).text
    assert len(market.sent) == 3

    walk.later(HOUR).change(retried_at=walk.order.now)
    until_asked(walk.later(HOUR))
    assert len(market.sent) == 6


def test_a_contact_that_is_lost_again_and_again_is_asked_about() -> None:
    market = FakeMarketplace()
    walk = at_inactive(market, DANA)
    market.answers.extend([LOST] * 10)

    assert "A contact was added to" in the_question(until_asked(walk)[-1]).text
    assert len(market.sent) == 3


def test_a_company_that_stays_inactive_with_all_contacts_is_waited_for_and_then_asked_about() -> None:
    walk = at(customers.CONTOSO)
    walk.pax8.world.companies[customers.CONTOSO.id].forced_status = "Inactive"

    waits = [walk.run() for _ in range(5)]

    assert all(isinstance(outcome, WaitUntil) for outcome in waits)
    assert "stays inactive" in the_question(walk.run()).text
    assert walk.writes == []


def test_a_refused_contact_is_asked_for_in_the_marketplaces_words() -> None:
    market = FakeMarketplace(answers=deque([Answer(AnswerClass.REJECTED, details=("email is not valid",))]))

    asked = questions(at_inactive(market, DANA).run())

    assert [question.key for question in asked] == ["contact:admin", "contact:billing", "contact:technical"]
    assert all("email is not valid" in question.text for question in asked)


@pytest.mark.parametrize("kind", [AnswerClass.NOT_SENT, AnswerClass.THROTTLED], ids=str)
def test_what_was_surely_not_made_is_tried_again_later(kind: AnswerClass) -> None:
    market = FakeMarketplace(answers=deque([Answer(kind, after=seconds(7))]))

    outcome = at_inactive(market, DANA).run()

    assert isinstance(outcome, RetryLater)
    assert outcome.after == seconds(7)


def lost(*, made: bool) -> Pax8Walk:
    walk = at(customers.NORTHWIND_INACTIVE, DANA)
    route = ("POST", "/v1/companies/{companyId}/contacts")
    walk.pax8.faults.add(match=route, kind="reset", when="after" if made else "before")
    assert isinstance(walk.run(), WaitUntil)
    return walk


def test_a_contact_whose_answer_was_lost_is_found_and_not_added_again() -> None:
    walk = lost(made=True)

    looked = walk.pass_time(5).run()

    assert isinstance(looked, Looked)
    assert looked.adopt is not None
    assert isinstance(walk.run(), Advance)
    assert walk.writes == ["POST contacts"]


def test_a_contact_that_is_not_there_after_the_settling_period_is_added_again_without_a_person() -> None:
    walk = lost(made=False)
    began = walk.order.now
    while not (isinstance(outcome := walk.run(), Looked) and outcome.absent):
        assert isinstance(outcome, Looked)
        assert isinstance(outcome.then, WaitUntil)
        assert walk.writes == []
        walk.pass_time((outcome.then.when - walk.order.now).total_seconds())

    assert walk.order.now >= began + seconds(180)
    assert isinstance(walk.run(), Advance)
    assert walk.writes == ["POST contacts"]


def test_a_role_that_somebody_held_before_the_lost_write_is_no_find() -> None:
    market = FakeMarketplace(answers=deque([Answer(AnswerClass.UNKNOWN)]))
    walk = at_inactive(market, DANA.model_copy(update={"email": "ada@example.com"}))
    admin = frozenset({ContactRole.ADMIN})
    market.people["company"] = [CompanyContact("ada", "Ada", "Byron", "ada@example.com", "555", admin, admin)]
    walk.run()

    looked = walk.later(seconds(5)).run()

    assert isinstance(looked, Looked)
    assert (looked.adopt, looked.absent) == (None, False)
    write = market.sent[0]
    assert isinstance(write, AddContact)
    assert (write.contact_id, set(write.contact.roles)) == ("ada", set(ContactRole))


def test_a_company_that_became_active_meanwhile_needs_nobody() -> None:
    market = FakeMarketplace()
    walk = at_inactive(market)
    assert isinstance(walk.run(), Ask)

    market.listed["company"] = replace(market.listed["company"], status=CompanyStatus.ACTIVE)

    assert isinstance(walk.run(), Advance)
