"""
The eight stages, in their order.

A stage that only reads is one function, `decide(order, marketplace) -> Outcome`. One that writes is a pair: `prepare`
says what to write (`Claimed`) or how the order goes on, and `settled` says how it goes on after the write was answered;
None there means: ask `prepare` again. The runner commits the claim between the two, and sends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipeline.domain.claim import Answer, Claim
from pipeline.domain.order import Order
from pipeline.domain.outcome import Claimed, Outcome
from pipeline.domain.stage import Stage
from pipeline.ports import Marketplace
from pipeline.stages import (
    collect_provisioning,
    ensure_active,
    fetch_catalogue,
    notify,
    poll_status,
    resolve_company,
    submit,
    validate_mock,
)


@dataclass(frozen=True, slots=True)
class Reads:
    decide: Callable[[Order, Marketplace], Outcome]


@dataclass(frozen=True, slots=True)
class Writes:
    prepare: Callable[[Order, Marketplace], Claimed | Outcome]
    settled: Callable[[Order, Claim, Answer], Outcome | None]


STAGES: Mapping[Stage, Reads | Writes] = {
    Stage.RESOLVE_COMPANY: Writes(resolve_company.prepare, resolve_company.settled),
    Stage.ENSURE_ACTIVE: Writes(ensure_active.prepare, ensure_active.settled),
    Stage.FETCH_CATALOGUE: Reads(fetch_catalogue.decide),
    Stage.COLLECT_PROVISIONING: Reads(collect_provisioning.decide),
    Stage.VALIDATE_MOCK: Writes(validate_mock.prepare, validate_mock.settled),
    Stage.SUBMIT: Writes(submit.prepare, submit.settled),
    Stage.POLL_STATUS: Writes(poll_status.prepare, poll_status.settled),
    Stage.NOTIFY: Reads(notify.decide),
}
