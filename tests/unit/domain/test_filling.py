"""What a customer may fill in, and what is said of what they gave."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.filling import LONGEST, MOST_LINES, Shape, field_of, fillable, is_email, read
from pipeline.domain.question import Act, Question, QuestionKind

ID = UUID(int=1)
NAME = str(ID)


def provisioning(*values: str, many: bool = False) -> Question:
    key, kind = "provisioning:1:region", QuestionKind.PROVISIONING
    return Question(key, kind, "Which?", possible_values=values, many=many, label="Region")


FREE, CHOICE = provisioning(), provisioning("Europe", "Asia", "leave out")
SOME, LINES = provisioning("Europe", "Asia", "leave out", many=True), provisioning(many=True)
PERSON = Question("contact:admin", QuestionKind.CONTACT, "Who?", many=True, label="Admin contact")
COUNTRY = Question("customer:country", QuestionKind.CUSTOMER_DETAILS, "Where?", label="Country")


@pytest.mark.parametrize(
    ("question", "may"),
    [
        pytest.param(FREE, True, id="a field of a product"),
        pytest.param(COUNTRY, True, id="a detail of the company"),
        pytest.param(PERSON, True, id="a contact"),
        pytest.param(
            Question("provisioning_key:1:size", QuestionKind.PROVISIONING, "Which field is meant?"),
            False,
            id="what a key of the quote means",
        ),
        pytest.param(
            Question("details:1", QuestionKind.PROVISIONING, "Supply them there.", possible_values=("done", "failed")),
            False,
            id="what is to be done at the marketplace",
        ),
        pytest.param(Question("price:1", QuestionKind.PRICE, "33.00 USD", acts=(Act.APPROVE,)), False, id="a price"),
        pytest.param(Question("product:1", QuestionKind.PRODUCT, "Which?"), False, id="a product"),
        pytest.param(
            Question("provisioning:1:x", QuestionKind.PROVISIONING, "?", acts=(Act.RETRY,)), False, id="takes no answer"
        ),
    ],
)
def test_a_customer_is_asked_only_for_what_only_they_know(question: Question, may: bool) -> None:
    assert fillable(question) is may


@pytest.mark.parametrize(
    ("question", "shape", "options"),
    [
        pytest.param(FREE, Shape.TEXT, (), id="free text"),
        pytest.param(CHOICE, Shape.ONE, ("Europe", "Asia"), id="one of some"),
        pytest.param(SOME, Shape.SOME, ("Europe", "Asia"), id="several of some"),
        pytest.param(LINES, Shape.LINES, (), id="several free values"),
        pytest.param(PERSON, Shape.PERSON, (), id="a person"),
    ],
)
def test_a_question_becomes_a_field_and_ours_of_its_values_is_not_offered(
    question: Question, shape: Shape, options: tuple[str, ...]
) -> None:
    field = field_of(ID, question)

    assert (field.shape, field.options, field.label) == (shape, options, question.label)
    assert len(field.inputs) == (4 if shape is Shape.PERSON else 1)


def test_a_question_without_words_for_customers_is_named_by_its_key_and_never_by_its_own_text() -> None:
    question = Question("provisioning:1:msDomain", QuestionKind.PROVISIONING, "Pax8 refused it: 31.10 USD.")

    assert (field_of(ID, question).label, field_of(ID, question).hint) == ("msDomain", "")


@pytest.mark.parametrize(
    ("question", "typed", "values"),
    [
        pytest.param(FREE, {NAME: ["  contoso.example "]}, ("contoso.example",), id="spaces around are dropped"),
        pytest.param(CHOICE, {NAME: ["Asia"]}, ("Asia",), id="a choice"),
        pytest.param(SOME, {NAME: ["Asia", "Europe", "Asia"]}, ("Asia", "Europe"), id="several, each once"),
        pytest.param(LINES, {NAME: ["one\r\n\r\n two "]}, ("one", "two"), id="a value on each line"),
        pytest.param(COUNTRY, {NAME: ["de"]}, ("de",), id="a country"),
        pytest.param(
            PERSON,
            {f"{NAME}.{part}": [text] for part, text in zip(("first", "last", "email", "phone"), "AA@1", strict=True)}
            | {f"{NAME}.email": ["a@b.example"]},
            ("A", "A", "a@b.example", "1"),
            id="a person whose names are the same",
        ),
    ],
)
def test_what_fits_is_an_answer(question: Question, typed: dict[str, list[str]], values: tuple[str, ...]) -> None:
    filled = read(field_of(ID, question), typed)

    assert (filled.values, dict(filled.wrong)) == (values, {})


@pytest.mark.parametrize(
    ("question", "typed", "words"),
    [
        pytest.param(FREE, {}, "This is needed.", id="nothing"),
        pytest.param(FREE, {NAME: [" \t "]}, "This is needed.", id="only spaces"),
        pytest.param(FREE, {NAME: ["x" * (LONGEST + 1)]}, "longer than", id="too long"),
        pytest.param(FREE, {NAME: ["a\0b"]}, "cannot be sent", id="a character that no database takes"),
        pytest.param(FREE, {NAME: ["Leave Out"]}, "cannot be left out", id="our word for nothing"),
        pytest.param(CHOICE, {NAME: ["Mars"]}, "from what is offered", id="not offered"),
        pytest.param(CHOICE, {NAME: ["leave out"]}, "from what is offered", id="our word where values are offered"),
        pytest.param(CHOICE, {NAME: ["Asia", "Europe"]}, "only one", id="two where one is wanted"),
        pytest.param(CHOICE, {NAME: [""]}, "This is needed.", id="no choice made"),
        pytest.param(SOME, {}, "at least one", id="no box ticked"),
        pytest.param(SOME, {NAME: ["Asia", "Mars"]}, "from what is offered", id="one of them not offered"),
        pytest.param(LINES, {NAME: ["\n".join(map(str, range(MOST_LINES + 1)))]}, "more than", id="too many lines"),
        pytest.param(LINES, {NAME: ["good\na\x07b"]}, "cannot be sent", id="a bell in the second line"),
        pytest.param(COUNTRY, {NAME: ["Germany"]}, "two letters", id="a country in full"),
    ],
)
def test_what_does_not_fit_is_said_of_its_input(question: Question, typed: dict[str, list[str]], words: str) -> None:
    filled = read(field_of(ID, question), typed)

    assert list(filled.wrong) == [NAME]
    assert words in filled.wrong[NAME]


def test_each_part_of_a_person_is_judged_by_itself() -> None:
    filled = read(field_of(ID, PERSON), {f"{NAME}.first": ["Dana"], f"{NAME}.email": ["dana"], f"{NAME}.phone": ["1"]})

    assert filled.wrong.keys() == {f"{NAME}.last", f"{NAME}.email"}
    assert "no e-mail address" in filled.wrong[f"{NAME}.email"]


@pytest.mark.parametrize(
    "text", ["", "dana", "@x.example", "dana@", "da na@x.example", "a@b@c.example", "-v@x.example", "a\n@x.example"]
)
def test_what_cannot_be_written_to_is_no_e_mail_address(text: str) -> None:
    assert not is_email(text)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([FREE, CHOICE, SOME, LINES, PERSON, COUNTRY]), st.lists(st.text(max_size=30), max_size=4))
def test_whatever_is_sent_is_either_an_answer_without_an_empty_value_or_wrong(
    question: Question, texts: list[str]
) -> None:
    field = field_of(ID, question)

    filled = read(field, {each.name: texts for each in field.inputs})

    assert filled.wrong or (filled.values and all(value.strip() for value in filled.values))
    assert filled.wrong.keys() <= {each.name for each in field.inputs}
