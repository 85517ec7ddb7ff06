"""`quoteway order ...`: the orders, and what an operator may do to one."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import typer

from workers.commands.exits import Exit, Refusal

orders = typer.Typer(help="List and show orders, and act on one.", no_args_is_help=True)


def _said(reason: str) -> str:
    if not reason.strip():
        raise typer.BadParameter("it may not be empty: say why.")
    return reason.strip()


Ref = Annotated[str, typer.Argument(metavar="REF", help="The order's reference, as QW-7K3M9P2XAB.")]
Reason = Annotated[str, typer.Option("--reason", metavar="WHY", callback=_said, help="Kept in the order's timeline.")]
Version = Annotated[
    int | None,
    typer.Option(
        "--version", metavar="N", help="Act only if the order is still at this version. Default: the present one."
    ),
]
Actor = Annotated[str | None, typer.Option("--as", metavar="NAME", help="Who does this. Default: your user name here.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask on the terminal first.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the order as JSON, as the API gives it.")]


@orders.command("list")
def list_orders(
    state: Annotated[str, typer.Option(help="running, waiting, asking, scheduled, done, ...")] = "",
    quote: Annotated[str, typer.Option(help="A quote's id or number.")] = "",
    marketplace: Annotated[str, typer.Option(help="As pax8.")] = "",
    company: Annotated[str, typer.Option(help="A part of its name, or its id at the marketplace.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many at most.")] = 20,
    cursor: Annotated[str | None, typer.Option(help="Go on where a list ended (its next_cursor).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, as the API gives it.")] = False,
) -> None:
    """List orders, newest first."""
    from workers.commands.order_reading import list_all

    list_all(
        {"state": state, "quote": quote, "marketplace": marketplace, "company": company},
        limit=limit,
        cursor=cursor,
        as_json=as_json,
    )


@orders.command()
def show(
    ref: Ref,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="With what was sent and answered, redacted.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what one order waits for. Since when, on whom, and how it got there."""
    from workers.commands.order_reading import show_one

    show_one(ref, verbose=verbose, as_json=as_json)


@orders.command()
def answer(
    ref: Ref,
    answers: Annotated[
        list[str],
        typer.Argument(
            metavar="QUESTION=VALUE...",
            help="QUESTION is an id, its beginning, or the end of its key, as msDomain. Repeat it for several values.",
        ),
    ],
    remember: Annotated[
        bool, typer.Option("--remember", help="Put a product that was asked about into the product map, too.")
    ] = False,
    version: Version = None,
    actor: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Answer an order's questions."""
    from pipeline.operations.answering import answer as settle
    from workers.commands.order_acts import Deed, Desk, Json, act
    from workers.commands.order_questions import given_answers

    def does(desk: Desk, order: Json, by: str, at: int) -> Json:
        return settle(desk, order["ref"], at, given_answers(order, answers), actor=by, remember=remember)

    deed = Deed("Answered and remembered" if remember else "Answered", does)
    act(ref, deed, version=version, actor=actor, as_json=as_json)


@orders.command()
def link(
    ref: Ref,
    question: Annotated[
        list[str] | None,
        typer.Option(
            metavar="QUESTION",
            help="Ask only this, as for answer. Repeat it for several. Default: all that a customer can answer.",
        ),
    ] = None,
    email: Annotated[str, typer.Option("--for", metavar="EMAIL", help="Whom it is for: answers bear this name.")] = "",
    days: Annotated[int, typer.Option(min=1, max=90, help="How long it is good for.")] = 7,
    revoke: Annotated[
        str | None,
        typer.Option(metavar="LINK", help="Make none: take this one back, by its id or the beginning of it."),
    ] = None,
    actor: Actor = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, as the API gives it.")] = False,
) -> None:
    """Make a link by which the customer fills in what is missing. Good once, without a login."""
    from workers.commands.link_acts import Wanted, make_one, revoke_one

    if revoke is not None:
        revoke_one(ref, revoke, actor=actor, as_json=as_json)
    else:
        make_one(ref, Wanted(question or (), email, days), actor=actor, as_json=as_json)


@orders.command()
def approve(
    ref: Ref,
    question: Annotated[
        str | None, typer.Argument(metavar="QUESTION", help="Needed if several prices are asked about.")
    ] = None,
    amount: Annotated[str | None, typer.Option(help="Up to which unit cost. Default: the one that was shown.")] = None,
    reason: Reason = "approved",
    version: Version = None,
    actor: Actor = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Approve a price that rose."""
    from pipeline.operations.answering import approve as settle
    from workers.commands.order_acts import Deed, Desk, Json, act
    from workers.commands.order_questions import price_question, shown_amount

    def does(desk: Desk, order: Json, by: str, at: int) -> Json:
        asked = price_question(order, question)
        return settle(desk, order["ref"], at, asked.id, _amount(amount, asked.amount), reason, actor=by)

    wish = Deed("Approved", does, lambda order: f"Approve a unit cost of {amount or shown_amount(order, question)}?")
    act(ref, wish, version=version, actor=actor, as_json=as_json, yes=yes)


@orders.command()
def adopt(
    ref: Ref,
    marketplace_order_id: Annotated[
        str, typer.Argument(metavar="MARKETPLACE_ORDER_ID", help="The order there that this attempt bought.")
    ],
    reason: Reason = ...,  # type: ignore[assignment]
    version: Version = None,
    actor: Actor = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Say which order an attempt bought. For one whose outcome is unknown: names the order at the marketplace."""
    from pipeline.operations.settling import adopt as settle
    from workers.commands.order_acts import Deed, act

    deed = Deed(
        "Adopted",
        lambda desk, order, by, at: settle(desk, order["ref"], at, marketplace_order_id, reason, actor=by),
        lambda order: f"Take order {marketplace_order_id} at {order['marketplace']} for what {order['ref']} bought?",
    )
    act(ref, deed, version=version, actor=actor, as_json=as_json, yes=yes)


@orders.command()
def resend(
    ref: Ref,
    attempt: Annotated[str | None, typer.Argument(metavar="ATTEMPT", help="Default: the one that is open.")] = None,
    reason: Reason = ...,  # type: ignore[assignment]
    version: Version = None,
    actor: Actor = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Send a lost purchase again. Gives the attempt of unknown outcome up, after a fresh look for it."""
    from pipeline.operations.settling import resend as settle
    from workers.commands.order_acts import Deed, act
    from workers.commands.order_questions import open_attempt

    deed = Deed(
        "To be sent again",
        lambda desk, order, by, at: settle(desk, order["ref"], at, open_attempt(order, attempt), reason, actor=by),
        lambda order: f"Send the purchase of {order['ref']} again, after a fresh look for the first one?",
    )
    act(ref, deed, version=version, actor=actor, as_json=as_json, yes=yes)


@orders.command()
def retry(ref: Ref, version: Version = None, actor: Actor = None, as_json: AsJson = False) -> None:
    """Try again. Never past an attempt that may have bought."""
    from pipeline.operations.acting import retry as settle
    from workers.commands.order_acts import Deed, act

    deed = Deed("To be tried again", lambda desk, order, by, at: settle(desk, order["ref"], at, actor=by))
    act(ref, deed, version=version, actor=actor, as_json=as_json)


@orders.command()
def reschedule(
    ref: Ref,
    date: Annotated[
        str,
        typer.Argument(
            metavar="DATE",
            help="As 2026-12-01 (06:00, in the zone of its quote), 2026-12-01T09:00Z, or now.",
        ),
    ],
    reason: Reason = ...,  # type: ignore[assignment]
    version: Version = None,
    actor: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Move the date of the purchase."""
    from pipeline.operations.acting import reschedule as settle
    from workers.commands.dates import date_in
    from workers.commands.order_acts import Deed, Desk, Json, act
    from workers.commands.reach import settings_here
    from workers.configured import zone_of

    def does(desk: Desk, order: Json, by: str, at: int) -> Json:
        zone = zone_of(settings_here(), desk.source_of(order["ref"]))
        return settle(desk, order["ref"], at, date_in(date, zone), reason, actor=by)

    act(ref, Deed(_rescheduled, does), version=version, actor=actor, as_json=as_json)


@orders.command()
def cancel(
    ref: Ref,
    reason: Reason = ...,  # type: ignore[assignment]
    version: Version = None,
    actor: Actor = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """End an order. Shows first what it would do. What was bought is cancelled at the marketplace, where that can."""
    from workers.commands.order_cancelling import cancel_one

    cancel_one(ref, reason, version=version, actor=actor, yes=yes, as_json=as_json)


def _rescheduled(order: dict[str, Any]) -> str:
    when = order["requested_at"]
    return f"Rescheduled to {datetime.fromisoformat(when):%Y-%m-%d %H:%M %Z}" if when else "Rescheduled to now"


def _amount(text: str | None, shown: Decimal) -> Decimal:
    if text is None:
        return shown
    try:
        found = Decimal(text)
    except ArithmeticError:
        found = Decimal("NaN")
    if not found.is_finite():
        raise Refusal(f"--amount {text} is no amount of money: write it as 31.10.", Exit.USAGE)
    return found
