"""
The form of an answer on a ticket: lines that say `approve`, `cancel`, `retry`, or `KEY: value`.

A key names one question for ever: asked again, it has another one. So a key that somebody writes was read after the
question was asked, whatever the clocks say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from events.notices.snapshot import QuestionShown
from pipeline.domain.question import Act

_LETTERS, _DIGITS = "ABCDEFGHJKMNPQRSTVWXYZ", "23456789"
_KEY = r"[A-HJKMNP-TV-Z][2-9][A-HJKMNP-TV-Z][2-9]"
_ANSWER = re.compile(rf"({_KEY})\s*:(.*)", re.IGNORECASE)
_COMMAND = re.compile(rf"(approve|cancel|retry)(?:\s+({_KEY}|QW-[A-Z0-9]{{4,16}}))?", re.IGNORECASE)
_ALMOST = re.compile(r"(approve|cancel|retry)\b(?:\W*\S*|\s*[-:].*)", re.IGNORECASE)
_LONGEST = 20_000
_MOST_LINES = 200
_SHOWN = 90


@dataclass(frozen=True, slots=True)
class Command:
    """`name` is the key of a question or the reference of an order, in capitals; empty where none is named."""

    act: Act
    name: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What a reply says, `answers` by the keys of questions. `trouble` says why it cannot be read as an answer."""

    commands: Sequence[Command] = ()
    answers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    trouble: str = ""


def key_of(question_id: UUID) -> str:
    """By what a question is named on tickets: letter, digit, letter, digit, none of which is mistaken for another."""
    number, key = question_id.int, ""
    for kind in (_LETTERS, _DIGITS, _LETTERS, _DIGITS):
        number, index = divmod(number, len(kind))
        key += kind[index]
    return key


def read_reply(text: str) -> Said | None:
    """None: it is talk, and no answer."""
    lines = [line for raw in text[:_LONGEST].splitlines()[:_MOST_LINES] if (line := raw.strip().strip("`*").strip())]
    answers: dict[str, list[str]] = {}
    commands: list[Command] = []
    talk, almost = 0, ""
    for line in lines:
        plain = line.rstrip(".!")
        if found := _ANSWER.fullmatch(line):
            answers.setdefault(found[1].upper(), []).append(found[2].strip())
        elif found := _COMMAND.fullmatch(plain):
            commands.append(Command(Act(found[1].lower()), (found[2] or "").upper()))
        else:
            talk += 1
            almost = almost or (plain if _ALMOST.fullmatch(plain) else "")
    said = tuple(dict.fromkeys(commands))
    if not said and not answers and not almost:
        return None
    return Said(said, answers, _trouble(said, bool(answers), almost, talk))


def _trouble(commands: Sequence[Command], answers: bool, almost: str, talk: int) -> str:
    if almost:
        return f"It cannot be told what {almost[:_SHOWN]!r} means."
    if commands and talk:
        return f"It says {commands[0].act} among other words, so that it cannot be told whether that is meant."
    acts = {command.act for command in commands}
    if len(acts) > 1 or (answers and acts - {Act.APPROVE}):
        return "It says several things that do not go together."
    if len(commands) > 1 and acts != {Act.APPROVE}:
        return f"It says {commands[0].act} more than once: write one note for each."
    return ""


def how_to_answer(questions: Sequence[QuestionShown]) -> str:
    """
    The lines that tell a reader how; empty where nothing waits for an answer that a ticket can take. What became of a
    purchase is not settled by a word on a ticket: its evidence has to be looked at.
    """
    questions = [question for question in questions if Act.ADOPT not in question.acts]
    lines = [line for question in questions if (line := _line(question))]
    acts = {act for question in questions for act in question.acts}
    told = {
        Act.APPROVE: "approve - buy at the price that is shown",
        Act.RETRY: "retry - what stood in the way is mended",
        Act.CANCEL: "cancel - do not order",
    }
    lines += [sentence for act, sentence in told.items() if act in acts]
    if not lines:
        return ""
    head = "To answer, write a note to this ticket that holds nothing but one of these lines, or several answers:"
    return "\n".join([head, *lines])


def _line(question: QuestionShown) -> str:
    if Act.ANSWER not in question.acts or not question.id:
        return ""
    text = question.text if len(question.text) <= _SHOWN else f"{question.text[: _SHOWN - 3].rstrip()}..."
    several = ", one line for each value" if question.many else ""
    return f"{key_of(UUID(question.id))}: your answer - to {text!r}{several}"
