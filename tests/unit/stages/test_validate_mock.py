from collections import deque
from datetime import timedelta

import pytest

from pipeline.abilities import RefusedPayload
from pipeline.domain.catalogue import FieldKind, ProvisioningField
from pipeline.domain.facts import CatalogueFacts, Detail, Facts, LineFacts, ProvisioningFacts
from pipeline.domain.outcome import Advance, Ask, GoBack
from pipeline.domain.question import Act, QuestionKind
from pipeline.domain.stage import Stage
from pipeline.domain.terms import BillingTerm
from pipeline.ports import Marketplace
from pipeline.purchase import place_order, purchase_lines
from pipeline.stages import validate_mock
from pipeline.testing import NOON, FakeMarketplace, Walk, a_line
from tests.unit.stages.world import BOUGHT_FOR, at_fake, the_question

DOMAIN = ProvisioningField("domain", "Domain", "", FieldKind.INPUT)
SECOND = timedelta(seconds=1)


def at(*refused: RefusedPayload) -> tuple[Walk, FakeMarketplace]:
    """Two lines: a plan with a field, and a backup without."""
    market = FakeMarketplace(verdicts=deque(refused)).sells("plan", fields=(DOMAIN,)).sells("backup")
    learnt = tuple(
        LineFacts(line_id=line, product_id=line, product_name="", quantity=10, billing_term=BillingTerm.MONTHLY)
        for line in ("plan", "backup")
    )
    facts = Facts(
        company=BOUGHT_FOR,
        catalogue=CatalogueFacts(fetched_at=NOON, lines=learnt),
        provisioning=ProvisioningFacts(lines={}),
    )
    lines = (a_line("plan", "plan"), a_line("backup", "backup"))
    return at_fake(Stage.VALIDATE_MOCK, *lines, market=market, facts=facts), market


def test_what_passed_is_bound_to_its_bytes_and_its_time() -> None:
    walk, market = at()

    outcome = walk.run()

    assert isinstance(outcome, Advance)
    passed = outcome.facts.rehearsal
    assert passed is not None
    assert (passed.hash, passed.at) == (market.rehearsed[0].hash, NOON)
    assert market.rehearsed[0] == place_order(walk.order, market).payload


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        pytest.param(((1, "domain"),), (("plan", "domain"),), id="by the line's number"),
        pytest.param(((None, "domain"),), (("plan", "domain"),), id="by the product that has it"),
        pytest.param(((9, "domain"),), (("plan", "domain"),), id="by a number that is none of ours"),
        pytest.param(((1, "domain"), (None, "domain")), (("plan", "domain"),), id="twice"),
    ],
)
def test_a_refusal_that_names_a_field_goes_back_to_collecting_it(
    fields: tuple[tuple[int | None, str], ...], named: tuple[tuple[str, str], ...]
) -> None:
    walk, market = at(RefusedPayload(("domain is required.",), fields))

    outcome = walk.run()

    assert isinstance(outcome, GoBack)
    assert (outcome.stage, outcome.facts is not None) == (Stage.COLLECT_PROVISIONING, True)
    assert "domain is required." in outcome.reason
    (refusal,) = walk.order.facts.refusals
    assert (refusal.fields, refusal.hash, refusal.at) == (named, market.rehearsed[0].hash, NOON)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        pytest.param("tenant is required", (("plan", "tenant"),), id="by its key"),
        pytest.param("Your tenant name is required.", (("plan", "tenant"),), id="by its label"),
        pytest.param("Domain is required", (), id="a label of one word"),
        pytest.param("tenantId is required", (), id="a part of another word"),
        pytest.param("domain is taken; tenant is required", (("plan", "domain"), ("plan", "tenant")), id="several"),
    ],
)
def test_a_refusal_that_names_a_field_of_which_nothing_was_sent_asks_for_it_too(
    said: str, named: tuple[tuple[str, str], ...]
) -> None:
    walk, market = at(RefusedPayload((said,)))
    market.asked["plan"] = (DOMAIN, ProvisioningField("tenant", "your tenant name", "", FieldKind.INPUT))

    outcome = walk.run()

    assert isinstance(outcome, GoBack if named else Ask)
    assert walk.order.facts.refusals[0].fields == named


def test_of_two_lines_with_a_field_the_one_that_sent_nothing_is_asked_for_it() -> None:
    walk, market = at(RefusedPayload(("domain is required",)))
    market.asked["backup"] = (DOMAIN,)
    sent = ProvisioningFacts(lines={"plan": (Detail(key="domain", values=("contoso",)),)})
    walk.change(facts=walk.order.facts.learn(provisioning=sent))

    assert isinstance(walk.run(), GoBack)
    assert walk.order.facts.refusals[0].fields == (("backup", "domain"),)


def test_lines_name_the_company_once_a_refusal_has_missed_it_there() -> None:
    walk, market = at(RefusedPayload(("lineItems[0].companyId is required",), line_company=True))
    assert [line.company_id for line in purchase_lines(walk.order)] == [None, None]

    assert isinstance(walk.run(), GoBack)
    assert isinstance(walk.change(stage=Stage.VALIDATE_MOCK).run(), Advance)

    assert [line.company_id for line in purchase_lines(walk.order)] == ["company", "company"]
    assert market.rehearsed[0].hash != market.rehearsed[1].hash


@pytest.mark.parametrize("fields", [(), ((None, "nobody's"),)], ids=["no field", "a field of no product"])
def test_a_refusal_that_no_field_answers_asks_in_the_marketplaces_words(
    fields: tuple[tuple[int | None, str], ...],
) -> None:
    walk, _ = at(RefusedPayload(("commitmentTermId is not offered",), fields))

    outcome = walk.run()

    asked = the_question(outcome)
    assert (asked.kind, asked.acts) == (QuestionKind.REFUSED, (Act.RETRY, Act.CANCEL))
    assert "commitmentTermId is not offered" in asked.text
    assert len(walk.order.facts.refusals) == 1
    assert walk.order.facts.rehearsal is None


def test_a_payload_that_was_refused_is_not_rehearsed_again_until_a_person_retries() -> None:
    walk, market = at(RefusedPayload(("no",)))
    walk.run()

    again = walk.later(SECOND).run()
    assert isinstance(again, Ask)
    assert "refused before" in the_question(again).text
    assert len(market.rehearsed) == 1

    assert isinstance(walk.change(retried_at=walk.order.now).run(), Advance)
    assert len(market.rehearsed) == 2


def test_another_payload_is_rehearsed_whatever_was_refused_before() -> None:
    walk, market = at(RefusedPayload(("no",)))
    walk.run()
    assert walk.order.facts.catalogue is not None
    plan, backup = walk.order.facts.catalogue.lines
    changed = (plan.model_copy(update={"billing_term": BillingTerm.ANNUAL}), backup)
    walk.change(facts=walk.order.facts.learn(catalogue=CatalogueFacts(fetched_at=NOON, lines=changed)))

    assert isinstance(walk.run(), Advance)
    assert len(market.rehearsed) == 2


class WithoutDryRun:
    """A marketplace that has no dry run: only what the stage may use of it."""

    def __init__(self, market: FakeMarketplace) -> None:
        self.compose = market.compose


def test_a_marketplace_without_a_dry_run_is_passed_with_a_note() -> None:
    walk, market = at()
    bare: Marketplace = WithoutDryRun(market)  # type: ignore[assignment]

    outcome = validate_mock.prepare(walk.order, bare)

    assert isinstance(outcome, Advance)
    assert outcome.notes == ("Pax8 has no dry run.",)
    assert outcome.facts.rehearsal is not None
