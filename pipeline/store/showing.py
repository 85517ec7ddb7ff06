"""The parts of an order as the operator API shows them: instants as ISO 8601 in UTC, amounts as decimal strings."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from pipeline.domain.claim import AnswerClass, Claim
from pipeline.domain.facts import LineFacts, LineProgress
from pipeline.domain.money import Money
from pipeline.domain.question import Question
from pipeline.domain.quote import QuoteLine
from pipeline.store.acts import PendingAct
from pipeline.store.journal import Entry
from pipeline.store.questions import Asked


def instant(at: datetime | None) -> str | None:
    """An instant as the API writes it: ISO 8601 in UTC."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def money(amount: Money | None) -> dict[str, str] | None:
    """Money as the API writes it: a decimal string and its currency."""
    return None if amount is None else {"amount": f"{amount.amount:f}", "currency": amount.currency}


def line(quoted: QuoteLine, fresh: LineFacts | None, progress: LineProgress | None) -> dict[str, Any]:
    """`unit_cost` and `total_cost` are fresh, for one billing period; what was quoted stands beside them."""
    return {
        "id": quoted.id,
        "label": (fresh.product_name if fresh else "") or quoted.label,
        "product_id": fresh.product_id if fresh else quoted.product_id,
        "product_name": fresh.product_name if fresh else None,
        "sku": quoted.sku,
        "description": quoted.description,
        "quantity": fresh.quantity if fresh else quoted.quantity,
        "billing_term": fresh.billing_term.value if fresh else quoted.billing_term,
        "commitment": (fresh.commitment_term if fresh else quoted.commitment) or None,
        "unit_cost": money(fresh.unit_cost if fresh else None),
        "total_cost": money(fresh.total_cost if fresh else None),
        "quoted_unit_cost": money(quoted.unit_cost),
        "unit_price": money(quoted.unit_price),
        "parent_line": fresh.parent_line if fresh else quoted.parent_line,
        "parent_subscription": fresh.parent_subscription_id if fresh else quoted.parent_subscription,
        "changes": quoted.changes or None,
        "subscription_id": progress.subscription_id if progress else None,
        "status": (progress.status_word or None) if progress else None,
        "verdict": progress.verdict.value if progress else None,
        "since": instant(progress.since) if progress else None,
    }


def asked(question: Question) -> dict[str, Any]:
    """A question as a stage asks it, before it is kept."""
    return {
        "key": question.key,
        "kind": question.kind.value,
        "text": question.text,
        "line": question.line,
        "possible_values": list(question.possible_values),
        "many": question.many,
        "amount": money(question.amount),
        "acts": [act.value for act in question.acts],
    }


def question(kept: Asked) -> dict[str, Any]:
    """Who answered, never what: answers are personal data. An approval's amount is none."""
    answered = kept.answered
    return {
        "id": str(kept.id),
        **asked(kept.question),
        "owner": kept.owner,
        "asked_at": instant(kept.asked_at),
        "due_at": instant(kept.due_at),
        "answered_by": answered.by if answered else None,
        "answered_at": instant(answered.at) if answered else None,
        "approved": money(answered.amount) if answered else None,
        "withdrawn_at": instant(kept.withdrawn_at),
    }


def attempt(claim: Claim) -> dict[str, Any]:
    return {**write(claim), "marketplace_order_id": claim.marketplace_id, "looks": len(claim.looks)}


def write(claim: Claim) -> dict[str, Any]:
    return {
        "id": str(claim.id),
        "kind": claim.write.kind,
        "claimed_at": instant(claim.claimed_at),
        "send_by": instant(claim.send_by),
        "class": _class(claim),
        "answered_at": instant(claim.answered_at),
        "evidence": list(claim.evidence),
        "closing": claim.closing.value if claim.closing else None,
        "closed_at": instant(claim.closed_at),
        "closed_by": claim.closed_by,
        "marketplace_id": claim.marketplace_id,
    }


def _class(claim: Claim) -> str:
    """The answer's class. Without a recorded answer: `open`, or once closed what its closing proves of the answer."""
    if claim.answered is not None:
        return claim.answered.value
    if claim.closing is None:
        return "open"
    return claim.closing.value if claim.closing.value in set(AnswerClass) else AnswerClass.UNKNOWN.value


def entry(written: Entry, *, with_exchanges: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "at": instant(written.at),
        "kind": written.kind,
        "stage": written.stage,
        "outcome": written.outcome,
        "code": written.code,
        "actor": written.actor,
        "milliseconds": written.milliseconds,
        "notes": list(written.notes),
    }
    if with_exchanges:
        shown["exchanges"] = [asdict(exchange) for exchange in written.exchanges]
    return shown


def pending_act(pending: PendingAct | None) -> dict[str, Any] | None:
    if pending is None:
        return None
    return {
        "act": pending.act.value,
        "by": pending.by,
        "reason": pending.reason,
        "at": instant(pending.at),
        "date": instant(pending.date),
    }
