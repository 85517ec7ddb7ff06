"""What a customer may be asked has words of its own for them: without the marketplace's, our keys, or a price."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import pytest

from pipeline.domain.claim import Answer, AnswerClass
from pipeline.domain.customer import Address
from pipeline.domain.filling import fillable
from pipeline.domain.question import Question
from pipeline.testing import DANA, FakeMarketplace
from tests.unit.stages import test_collect_provisioning as provisioning
from tests.unit.stages import test_ensure_active as active
from tests.unit.stages import test_resolve_company as resolve
from tests.unit.stages.world import questions


def of_a_product() -> Sequence[Question]:
    refusal = provisioning.refusal("domain", "services", details=("Pax8: domain and services are wrong",))
    return questions(provisioning.at(refusal).run())


def of_contacts() -> Sequence[Question]:
    answers = deque([Answer(AnswerClass.REJECTED, details=("Pax8: wrong",))])
    return questions(active.at_inactive(FakeMarketplace(answers=answers), DANA).run())


def of_a_new_company() -> Sequence[Question]:
    walk = resolve.at(resolve.new(phone="", website="", address=Address()), policy=resolve.ALWAYS)
    return questions(walk.run())


@pytest.mark.parametrize("asked", [of_a_product, of_contacts, of_a_new_company])
def test_every_question_that_a_customer_can_answer_is_named_for_them(asked: Callable[[], Sequence[Question]]) -> None:
    found = asked()

    assert len(found) > 1
    assert all(fillable(question) for question in found)
    assert all(question.label and "Pax8" not in f"{question.label} {question.hint}" for question in found)
    assert len({question.label for question in found}) == len(found)


def test_a_field_of_a_product_says_for_which_product_it_is() -> None:
    domain = next(question for question in of_a_product() if question.key.endswith(":domain"))

    assert (domain.label, domain.hint) == ("Domain", "For Microsoft 365. (without its ending).")
