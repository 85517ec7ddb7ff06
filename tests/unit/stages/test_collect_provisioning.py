from datetime import timedelta
from typing import Any

import pytest

from pipeline.domain.catalogue import FieldKind, ProvisioningField
from pipeline.domain.facts import CatalogueFacts, Facts, LineFacts, Refusal
from pipeline.domain.outcome import Advance, Outcome
from pipeline.domain.question import QuestionKind
from pipeline.domain.stage import Stage
from pipeline.domain.terms import BillingTerm
from pipeline.testing import NOON, FakeMarketplace, Walk, a_line
from tests.unit.stages.world import BOUGHT_FOR, at_fake, questions, the_question

TENANT = ProvisioningField(
    "tenant", "Is there a tenant?", "Yes, if so", FieldKind.SINGLE, ("Yes, there is", "No, make one, please")
)
DOMAIN = ProvisioningField("domain", "Domain", "(without its ending)", FieldKind.INPUT)
SERVICES = ProvisioningField("services", "Services", "", FieldKind.MULTI, ("VPN", "Filter, categories", "Filter"))
ODD = ProvisioningField("odd", "Odd", "", FieldKind.OTHER)
FIELDS = (TENANT, DOMAIN, SERVICES, ODD)


def at(*refusals: Refusal, fields: tuple[ProvisioningField, ...] = FIELDS, **provisioning: tuple[str, ...]) -> Walk:
    line = a_line("1", "plan", description="Microsoft 365", provisioning=provisioning)
    learnt = LineFacts(
        line_id="1", product_id="plan", product_name="Plan", quantity=10, billing_term=BillingTerm.MONTHLY
    )
    facts = Facts(company=BOUGHT_FOR, catalogue=CatalogueFacts(fetched_at=NOON, lines=(learnt,)), refusals=refusals)
    market = FakeMarketplace().sells("plan", fields=fields)
    return at_fake(Stage.COLLECT_PROVISIONING, line, market=market, facts=facts)


def at_quoted(provisioning: dict[str, tuple[str, ...]]) -> Walk:
    return at(fields=FIELDS, **provisioning)


def details(outcome: Outcome) -> list[tuple[str, tuple[str, ...]]]:
    assert isinstance(outcome, Advance), outcome
    assert outcome.facts.provisioning is not None
    return [(detail.key, detail.values) for detail in outcome.facts.provisioning.lines["1"]]


def refusal(*fields: str, details: tuple[str, ...] = ("domain is required",)) -> Refusal:
    return Refusal(hash="x", at=NOON, details=details, fields=tuple(("1", field) for field in fields))


def test_answers_go_in_the_fields_own_order_and_the_rest_is_left_out() -> None:
    walk = at(domain=("contoso",), tenant=("No, make one, please",), services=("Filter, categories", "VPN"), odd=(" ",))

    assert details(walk.run()) == [
        ("tenant", ("No, make one, please",)),
        ("domain", ("contoso",)),
        ("services", ("Filter, categories", "VPN")),
    ]


def test_nothing_is_guessed_or_asked_where_nothing_is_known_for_the_dry_run_is_the_judge() -> None:
    assert details(at().run()) == []


def test_a_product_without_fields_needs_nothing() -> None:
    assert details(at(fields=()).run()) == []


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param({"tenant": ("yes, there is",)}, "to the letter", id="other capitals"),
        pytest.param({"tenant": ("Yes",)}, "to the letter", id="a beginning"),
        pytest.param({"tenant": ("Yes, there is", "No, make one, please")}, "exactly one value", id="two of one"),
        pytest.param({"domain": ("a", "b")}, "exactly one value", id="two of an input"),
        pytest.param({"services": ("VPN", "Fax")}, "to the letter", id="one of several unknown"),
        pytest.param({"services": ("VPN", "VPN")}, "twice", id="the same twice"),
    ],
)
def test_a_value_that_cannot_be_sent_asks_without_repeating_it(given: dict[str, tuple[str, ...]], says: str) -> None:
    asked = the_question(at_quoted(given).run())

    (key,) = given
    field = next(field for field in FIELDS if field.key == key)
    assert (asked.kind, asked.key) == (QuestionKind.PROVISIONING, f"provisioning:1:{key}")
    assert asked.possible_values == ((*field.possible_values, "leave out") if field.possible_values else ())
    assert asked.many is (key == "services")
    assert asked.text.startswith("Line 1 (Microsoft 365) needs")
    assert says in asked.text
    assert "Fax" not in asked.text


def test_an_answer_takes_the_place_of_what_the_quote_said() -> None:
    walk = at(tenant=("perhaps",)).answer("provisioning:1:tenant", "Yes, there is")

    assert details(walk.run()) == [("tenant", ("Yes, there is",))]


def test_a_key_that_the_product_does_not_have_asks_which_is_meant() -> None:
    walk = at(msDomain=("contoso",))

    asked = the_question(walk.run())

    assert asked.possible_values == ("tenant", "domain", "services", "odd", "leave out")
    assert details(walk.answer(asked.key, "domain").run()) == [("domain", ("contoso",))]
    assert details(at(msDomain=("contoso",)).answer(asked.key, "leave out").run()) == []


def test_a_refused_field_is_asked_for_in_the_marketplaces_words() -> None:
    words = ("provisioningDetails[domain] is required", "quantity is odd")

    asked = the_question(at(refusal("domain", details=words)).run())

    assert "'Domain' (field domain). (without its ending)." in asked.text
    assert "provisioningDetails[domain] is required" in asked.text
    assert "quantity" not in asked.text


@pytest.mark.parametrize(("later", "holds"), [(1, True), (0, False), (-1, False)])
def test_a_refused_field_takes_only_an_answer_given_after_the_refusal(later: int, holds: bool) -> None:
    walk = at(refusal("domain"), domain=("contoso",))
    walk.later(timedelta(seconds=later)).answer("provisioning:1:domain", "contoso")

    assert isinstance(walk.run(), Advance) is holds


def test_of_several_refusals_the_newest_counts() -> None:
    newer = refusal("domain").model_copy(update={"at": NOON + timedelta(hours=2)})
    walk = at(newer, refusal("domain")).later(timedelta(hours=1)).answer("provisioning:1:domain", "contoso")

    assert questions(walk.run())


def test_a_refused_field_that_is_gone_is_not_asked_for() -> None:
    assert details(at(refusal("gone")).run()) == []


@pytest.mark.parametrize("field", ["domain", "tenant"], ids=["free text", "one of several values"])
def test_a_refused_field_may_be_left_out(field: str) -> None:
    walk = at(refusal(field), **{field: ("contoso",)}).later(timedelta(seconds=1))  # type: ignore[arg-type]
    asked = the_question(walk.run())
    walk.answer(asked.key, "leave out")

    assert "leave out" in asked.text

    assert details(walk.run()) == []


def test_equal_products_are_read_once() -> None:
    lines: list[Any] = [a_line(str(number), "plan") for number in range(5)]
    learnt = tuple(
        LineFacts(line_id=line.id, product_id="plan", product_name="", quantity=1, billing_term=BillingTerm.MONTHLY)
        for line in lines
    )
    market = FakeMarketplace().sells("plan", fields=FIELDS)
    facts = Facts(company=BOUGHT_FOR, catalogue=CatalogueFacts(fetched_at=NOON, lines=learnt))

    assert isinstance(at_fake(Stage.COLLECT_PROVISIONING, *lines, market=market, facts=facts).run(), Advance)
    assert market.calls == {"fields": 1}
