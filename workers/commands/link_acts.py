"""Making and revoking links by which a customer's contact fills in what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from pipeline.operations import links
from pipeline.operations.desk import Desk
from workers.commands.exits import Exit, Refusal
from workers.commands.order_acts import user_name
from workers.commands.order_questions import named_questions
from workers.commands.order_reading import find
from workers.commands.output import print_json, print_line
from workers.commands.reach import opened
from workers.configured import public_url
from workers.web.api_links import address


@dataclass(frozen=True, slots=True)
class Wanted:
    """`questions` as a person names them; none means all that a customer can answer."""

    questions: Sequence[str]
    email: str
    days: int


def make_one(ref: str, wanted: Wanted, *, actor: str | None, as_json: bool) -> None:
    """Prints the link: it cannot be read again. Raises what the operation raises."""
    with opened() as application:
        desk = application.desk
        order = find(desk.database, ref)
        made = links.make(
            desk,
            order["ref"],
            actor=actor or user_name(),
            wanted=named_questions(order, wanted.questions),
            email=wanted.email.strip(),
            lasts=timedelta(days=wanted.days),
        )
        url = address(public_url(application.settings), made.token)
    if as_json:
        print_json({**made.told, "url": url})
        return
    told = made.told
    short, until = told["id"][:8], told["expires_at"][:16].replace("T", " ")
    fields = "1 field" if len(told["questions"]) == 1 else f"{len(told['questions'])} fields"
    print_line(url)
    print_line(f"For {told['email'] or 'whoever has it'} to fill in {fields}, once, until {until} UTC. Shown only now.")
    print_line(f"To take it back: quoteway order link {told['order']} --revoke {short}")


def revoke_one(ref: str, link: str, *, actor: str | None, as_json: bool) -> None:
    """`link` is its id, or the beginning of it. Raises Refusal and what the operation raises."""
    with opened() as application:
        desk = application.desk
        order = find(desk.database, ref)
        gone = links.revoke(desk, order["ref"], _meant(desk, order, link), actor=actor or user_name())
    if gone is None:
        raise _no_link(order, link)
    if as_json:
        print_json(gone)
    else:
        print_line(f"The link {gone['id'][:8]} for {gone['email'] or 'a contact'} is {gone['state']}.")


def _meant(desk: Desk, order: Mapping[str, Any], name: str) -> UUID:
    start = name.strip().lower()
    found = [each["id"] for each in links.listed(desk, order["ref"]) if start and each["id"].startswith(start)]
    if len(found) > 1:
        raise Refusal(f"{name} could be any of {len(found)} links: give more of the id.", Exit.USAGE)
    if not found:
        raise _no_link(order, name)
    return UUID(found[0])


def _no_link(order: Mapping[str, Any], name: str) -> Refusal:
    return Refusal(f"{order['ref']} has no link {name}.", Exit.NOT_FOUND)
