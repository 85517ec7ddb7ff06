"""Which question or attempt a person means, told by its id, the beginning of it, or the end of its key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from workers.commands.exits import Exit, Refusal

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PriceQuestion:
    """`amount` is the unit cost that was shown."""

    id: UUID
    amount: Decimal


def open_questions(order: Json) -> list[Json]:
    return [q for q in order["questions"] if q["answered_by"] is None and q["withdrawn_at"] is None]


def given_answers(order: Json, given: Sequence[str]) -> dict[UUID, list[str]]:
    """`QUESTION=VALUE` each; several of one question are several values. Raises Refusal."""
    answers: dict[UUID, list[str]] = {}
    for pair in given:
        name, separator, value = pair.partition("=")
        if not separator or not name:
            raise Refusal(f"{pair} is no answer: write QUESTION=VALUE.", Exit.USAGE)
        answers.setdefault(UUID(_meant(order, open_questions(order), name)["id"]), []).append(value)
    return answers


def named_questions(order: Json, names: Sequence[str]) -> list[UUID]:
    """The open questions of these names, each once. Raises Refusal."""
    return list(dict.fromkeys(UUID(_meant(order, open_questions(order), name)["id"]) for name in names))


def price_question(order: Json, name: str | None) -> PriceQuestion:
    """The one about a price that is open; `name` says which where several are. Raises Refusal."""
    priced = [q for q in open_questions(order) if "approve" in q["acts"] and q["amount"]]
    if not priced:
        raise Refusal(f"{order['ref']} asks about no price.", Exit.CONFLICT)
    if name is None and len(priced) > 1:
        raise Refusal(f"{order['ref']} asks about {len(priced)} prices: name one of {_names(priced)}.", Exit.USAGE)
    meant = priced[0] if name is None else _meant(order, priced, name)
    return PriceQuestion(UUID(meant["id"]), Decimal(meant["amount"]["amount"]))


def shown_amount(order: Json, name: str | None) -> str:
    return f"{price_question(order, name).amount:f}"


def open_attempt(order: Json, name: str | None) -> UUID:
    """The attempt whose outcome is not known. Raises Refusal."""
    attempts = [a for a in order["attempts"] if a["closing"] is None and (name is None or a["id"].startswith(name))]
    if len(attempts) != 1:
        which = f" {name}" if name else ""
        raise Refusal(f"{order['ref']} has no attempt{which} whose outcome is unknown.", Exit.CONFLICT)
    return UUID(attempts[0]["id"])


def _meant(order: Json, among: Sequence[Json], name: str) -> Json:
    found = [q for q in among if q["id"] == name or q["key"] == name]
    found = found or [q for q in among if q["id"].startswith(name) or q["key"].rpartition(":")[2] == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise Refusal(f"{name} could be any of {_names(found)}: give the id.", Exit.USAGE)
    asked = f"open are {_names(among)}" if among else "no question is open"
    raise Refusal(f"{order['ref']} has no open question {name}: {asked}.", Exit.NOT_FOUND)


def _names(among: Sequence[Json]) -> str:
    return ", ".join(f"{q['id'][:8]} ({q['key']})" for q in among)
