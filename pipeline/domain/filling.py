"""What a customer may fill in of an order's questions: the fields of a form, and whether what was given fits them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from pipeline.domain.question import Act, Question, QuestionKind

LONGEST, MOST_LINES = 1000, 100
# Only a question of one of these kinds whose key begins so: others of the kind are for people who know the marketplace.
_FIELDS = {
    QuestionKind.PROVISIONING: "provisioning:",
    QuestionKind.CUSTOMER_DETAILS: "customer:",
    QuestionKind.CONTACT: "contact:",
}
# A possible value that is ours and not the marketplace's: what the customer must supply they cannot leave out.
_OURS = ("leave out",)
_EMPTY = "This is needed."
_COMPANY = {
    "name": "organization",
    "phone": "tel",
    "website": "url",
    "street": "street-address",
    "city": "address-level2",
    "country": "country",
    "state": "address-level1",
    "postal_code": "postal-code",
}


class Shape(StrEnum):
    """How a field is filled in: a line of text, several lines, one of its options, some of them, a person."""

    TEXT = "text"
    LINES = "lines"
    ONE = "one"
    SOME = "some"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Input:
    """`name` is the only one of a form; `kind` and `autocomplete` are HTML's words."""

    name: str
    label: str
    kind: str = "text"
    autocomplete: str = "off"


@dataclass(frozen=True, slots=True)
class Field:
    """One question's. `inputs` are four for a person, in the order of the answer's values, and else one."""

    id: UUID
    shape: Shape
    label: str
    hint: str
    options: tuple[str, ...]
    inputs: tuple[Input, ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """`values` is the answer; `wrong` are sentences by the name of the input: with any, there is no answer."""

    values: tuple[str, ...]
    wrong: Mapping[str, str]


def fillable(question: Question) -> bool:
    """Whether a customer may be asked to fill it in."""
    prefix = _FIELDS.get(question.kind)
    return prefix is not None and question.key.startswith(prefix) and Act.ANSWER in question.acts


def field_of(question_id: UUID, question: Question) -> Field:
    """The field of a question that is `fillable`."""
    name = str(question_id)
    label = question.label or question.key.rpartition(":")[2]
    options = tuple(value for value in question.possible_values if value not in _OURS)
    shape = _shape(question, options)
    inputs = _person(name) if shape is Shape.PERSON else (_input(name, label, question),)
    return Field(question_id, shape, label, question.hint, options, inputs)


def read(field: Field, given: Mapping[str, Sequence[str]]) -> Filled:
    """What was given for the field, by the inputs' names, and what is wrong with it."""
    match field.shape:
        case Shape.TEXT | Shape.PERSON:
            texts = [" ".join("".join(given.get(each.name, ())[:1]).split()) for each in field.inputs]
            wrong = {
                each.name: fault
                for each, text in zip(field.inputs, texts, strict=True)
                if (fault := _fault(each, text))
            }
            return Filled(tuple(texts), wrong)
        case Shape.LINES:
            lines = [line.strip() for line in "".join(given.get(field.inputs[0].name, ())[:1]).splitlines()]
            return _checked(field, [line for line in lines if line])
        case Shape.ONE | Shape.SOME:
            return _checked(field, [value for value in given.get(field.inputs[0].name, ()) if value])


def _checked(field: Field, values: Sequence[str]) -> Filled:
    (only,) = field.inputs
    found = tuple(dict.fromkeys(values))
    wrong = _several(field, found) or next((fault for value in found if (fault := _fault(only, value))), "")
    return Filled(found, {only.name: wrong} if wrong else {})


def _several(field: Field, values: Sequence[str]) -> str:
    if not values:
        return "Choose at least one." if field.shape is Shape.SOME else _EMPTY
    if len(values) > MOST_LINES:
        return f"These are more than {MOST_LINES}."
    if field.shape is Shape.ONE and len(values) > 1:
        return "Choose only one."
    if field.options and not set(values) <= set(field.options):
        return "Choose from what is offered."
    return ""


def _fault(where: Input, text: str) -> str:
    if not text:
        return _EMPTY
    if len(text) > LONGEST:
        return f"This is longer than {LONGEST} characters."
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text):
        return "This has a character that cannot be sent on."
    if text.casefold() in _OURS:
        return "This cannot be left out here. If you do not know it, ask whoever sent you the link."
    if where.kind == "email" and not is_email(text):
        return "This is no e-mail address, such as name@example.com."
    if where.autocomplete == "country" and not (len(text) == 2 and text.isascii() and text.isalpha()):
        return "Write the country as two letters, such as US or DE."
    return ""


def is_email(text: str) -> bool:
    """Whether something can be sent there at all; whether it arrives only sending shows."""
    name, at, host = text.rpartition("@")
    plain = not any(letter.isspace() or not letter.isprintable() for letter in text)
    return bool(name and at and host and plain) and "@" not in name and not text.startswith("-") and len(text) <= 254


def _shape(question: Question, options: Sequence[str]) -> Shape:
    if question.kind is QuestionKind.CONTACT:
        return Shape.PERSON
    if options:
        return Shape.SOME if question.many else Shape.ONE
    return Shape.LINES if question.many else Shape.TEXT


def _input(name: str, label: str, question: Question) -> Input:
    if question.kind is QuestionKind.CUSTOMER_DETAILS:
        autocomplete = _COMPANY.get(question.key.rpartition(":")[2], "off")
        return Input(name, label, "tel" if autocomplete == "tel" else "text", autocomplete)
    return Input(name, label)


def _person(name: str) -> tuple[Input, ...]:
    return (
        Input(f"{name}.first", "First name", autocomplete="given-name"),
        Input(f"{name}.last", "Last name", autocomplete="family-name"),
        Input(f"{name}.email", "E-mail address", "email", "email"),
        Input(f"{name}.phone", "Phone", "tel", "tel"),
    )
