"""`quoteway order show`: one page that says first what the order waits for, then how it got there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from workers.commands.lights import QUIET, STYLES, stage_lights, state_word
from workers.commands.moments import moment, parsed
from workers.commands.order_questions import open_questions
from workers.commands.question_block import questions
from workers.commands.timeline import timeline

Json = Mapping[str, Any]
_VERDICT_STYLES = {"live": "green", "failed": "red"}


def page(order: Json, now: datetime, *, exchanges: bool = False) -> RenderableType:
    """`order` as `GET /api/orders/{ref}` answers it, with exchanges in its timeline if they are to be shown."""
    return Group(*_parts(order, now, exchanges))


def _parts(order: Json, now: datetime, exchanges: bool) -> Iterator[RenderableType]:
    state = OrderState(order["state"])
    yield _title(order, state)
    yield _stages(order, state)
    yield _waits(order, state, now)
    yield _heading("Lines")
    yield lines(order)
    yield _subscriptions(order)
    yield from questions(order, now)
    yield from _attempts(order, now)
    yield _heading("Timeline")
    yield timeline(order, now, exchanges=exchanges)


def _title(order: Json, state: OrderState) -> Text:
    quote = order["quote_number"] or order["quote_id"]
    revision = f" revision {order['quote_revision']}" if order["quote_revision"] else ""
    text = Text.assemble((order["ref"], "bold"), "  ", state_word(state, order["unknown_submit"]), "\n")
    text.append(f"{order['company'] or 'company not known yet'} at {order['marketplace']}, quote {quote}{revision}")
    if order["marketplace_order_id"]:
        changed = {line["changes"] for line in order["lines"]}
        what = "subscription" if order["marketplace_order_id"] in changed else "order"
        text.append(f"\n{what} {order['marketplace_order_id']} there", style=QUIET)
    for part in order["other_parts"]:
        where = f"{part['ref']} at {part['marketplace']}, {OrderState(part['state']).value.replace('_', ' ')}"
        text.append(f"\nanother part of the quote: {where}", style=QUIET)
    return text


def _stages(order: Json, state: OrderState) -> Text:
    stage = Stage(order["stage"])
    text = Text.assemble(stage_lights(stage, state), "   ")
    if state is not OrderState.DONE:
        text.append(f"{stage.number} of 8, {stage.value.replace('_', ' ')}", style=STYLES[state])
    return text


def _waits(order: Json, state: OrderState, now: datetime) -> Panel:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style=QUIET, no_wrap=True)
    grid.add_column(overflow="fold")
    for word, value in _waiting(order, state, now):
        grid.add_row(word, value)
    return Panel(grid, border_style=STYLES[state], title=_waits_title(state), title_align="left")


def _waits_title(state: OrderState) -> str:
    return "ended" if state.ended else "waits" if state is not OrderState.RUNNING else "runs"


def _waiting(order: Json, state: OrderState, now: datetime) -> Iterator[tuple[str, str]]:
    since, next_at = parsed(order["waiting_since"]), parsed(order["next_at"])
    yield "for", _what(order, state)
    if order["waiting_on"]:
        yield "on", order["waiting_on"]
    if since := since or parsed(order["updated_at"]):
        yield "since", moment(since, now)
    yield "next", _next(state, next_at, order, now)
    if pending := order.get("pending_act"):
        yield "then", f"{pending['act']}, asked by {pending['by']}: {pending['reason']}"


def _what(order: Json, state: OrderState) -> str:
    asked = len(open_questions(order))
    if state is OrderState.ASKING and asked > 1:
        return f"answers to {asked} questions, below"
    return order["waiting_for"] or ("nothing: every line is live" if state is OrderState.DONE else "a worker")


def _next(state: OrderState, next_at: datetime | None, order: Json, now: datetime) -> str:
    if next_at is not None:
        return moment(next_at, now)
    asked = open_questions(order)
    if state is OrderState.FAILED and not asked:
        return f"nothing by itself. When its cause is mended: quoteway order retry {order['ref']}"
    if state.ended and not asked:
        return "nothing more"
    if state is OrderState.ASKING or state.ended:
        due = min((d for q in asked if (d := parsed(q["due_at"]))), default=None)
        return f"a person, by {moment(due, now)}" if due else "a person"
    return "now"


def lines(order: Json) -> RenderableType:
    """What is bought, quoted cost beside the fresh one, and once one of them is, how each is provisioned."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True, header_style=QUIET, border_style=QUIET)
    for name in ("line", "product"):
        table.add_column(name, overflow="fold")
    table.add_column("quantity", justify="right")
    table.add_column("term", overflow="fold")
    for name in ("quoted", "fresh"):
        table.add_column(name, justify="right", no_wrap=True)
    with_status = any(line["status"] for line in order["lines"])
    if with_status:
        table.add_column("status", overflow="fold")
    for line in order["lines"]:
        table.add_row(*_line(line), *([_status(line)] if with_status else []))
    return table


def _line(line: Json) -> list[Text]:
    term = ", ".join(str(word) for word in (line["billing_term"], line["commitment"]) if word)
    more = f"\nunder line {line['parent_line']}" if line["parent_line"] else ""
    more += f"\nchanges subscription {line['changes']}" if line["changes"] else ""
    return [
        Text(str(line["id"])),
        Text(str(line["label"] or line["product_id"])).append(more, style=QUIET),
        Text(str(line["quantity"])),
        Text(term),
        Text(money(line["quoted_unit_cost"])),
        Text(money(line["unit_cost"]), style=_cost_style(line)),
    ]


def _cost_style(line: Json) -> str:
    quoted, fresh = line["quoted_unit_cost"], line["unit_cost"]
    return "yellow" if quoted and fresh and money(quoted) != money(fresh) else ""


def _status(line: Json) -> Text:
    if line["status"] is None:
        return Text("none yet", style=QUIET)
    return Text(str(line["status"]), style=_VERDICT_STYLES.get(line["verdict"], "blue"))


def _subscriptions(order: Json) -> Text:
    """Under the table, where an id is never folded, so that it can be copied."""
    known = [line for line in order["lines"] if line["subscription_id"]]
    told = "\n".join(f" line {line['id']} is subscription {line['subscription_id']}" for line in known)
    return Text(told, style=QUIET, end="\n" if told else "")


def money(amount: Json | None) -> str:
    """`31.10 USD`, with two decimals at least; empty where there is none."""
    if not amount:
        return ""
    value = Decimal(amount["amount"])
    shown = f"{value:.2f}" if value == round(value, 2) else f"{value.normalize():f}"
    return f"{shown} {amount['currency']}"


def _attempts(order: Json, now: datetime) -> Iterator[RenderableType]:
    if not order["attempts"]:
        return
    yield _heading("Purchase attempts")
    for attempt in order["attempts"]:
        claimed = parsed(attempt["claimed_at"])
        text = Text.assemble((attempt["class"], "bold"))
        text.append(f"  {moment(claimed, now)}" if claimed else "")
        if attempt["closing"] != attempt["class"]:
            text.append(f"  closed as {attempt['closing']}" if attempt["closing"] else "  not closed yet", style=QUIET)
        text.append(f"\n{attempt['id']}", style=QUIET)
        for sentence in attempt["evidence"]:
            text.append(f"\n{sentence}", style=QUIET)
        yield Padding(text, (0, 0, 0, 1))


def _heading(word: str) -> Text:
    return Text(f"\n{word}", style="bold")
