"""Making a failing plan short: step after step is left out for as long as the world still breaks a rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from workers.drills.worlds.plan import Harm, Plan, Step

Fails = Callable[[Plan], bool]


def shrunk(plan: Plan, fails: Fails, most: int = 120) -> Plan:
    """
    The plan with as few steps, messages and harm as still fail. `fails` plays a plan; it is asked `most` times at most.
    """
    left = [most]

    def still(candidate: Plan) -> bool:
        left[0] -= 1
        return left[0] >= 0 and fails(candidate)

    plan = _with_fewer_steps(plan, still)
    plan = _with_fewer_messages(plan, still)
    return _with_less_harm(plan, still)


def _with_fewer_steps(plan: Plan, fails: Fails) -> Plan:
    """Halves of the steps first, then smaller and smaller parts, down to each one by itself."""
    size = max(len(plan.steps) // 2, 1)
    while True:
        at = 0
        while at < len(plan.steps):
            fewer = replace(plan, steps=_without(plan.steps, at, size))
            if fails(fewer):
                plan = fewer
            else:
                at += size
        if size == 1:
            return plan
        size = max(size // 2, 1)


def _without(steps: Sequence[Step], at: int, count: int) -> tuple[Step, ...]:
    return (*steps[:at], *steps[at + count :])


def _with_fewer_messages(plan: Plan, fails: Fails) -> Plan:
    for at in reversed(range(1, len(plan.messages))):
        fewer = replace(plan, messages=(*plan.messages[:at], *plan.messages[at + 1 :]))
        if fails(fewer):
            plan = fewer
    return plan


def _with_less_harm(plan: Plan, fails: Fails) -> Plan:
    for at, step in enumerate(plan.steps):
        if step.harm is Harm.NONE:
            continue
        milder = replace(plan, steps=(*plan.steps[:at], replace(step, harm=Harm.NONE), *plan.steps[at + 1 :]))
        if fails(milder):
            plan = milder
    return plan
