"""
Key-less exactly-once: quotes are bought at a marketplace that keeps no key and no reference of ours, while answers and
requests are lost, lists trail, requests are carried out late and strangers order the same; by Quoteway in both settings
of `resend_when_absent` and by two usual ways.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from workers.drills.keyless.market import Market
from workers.drills.keyless.ours import Quoteway, quoteway
from workers.drills.keyless.plan import Plan, plan_of
from workers.drills.keyless.rivals import RIVALS, Way, compete
from workers.drills.keyless.verdict import Verdict, judge
from workers.drills.report import Figure, Report, Setting, all_of, none_of
from workers.drills.virtual import VirtualClock, virtual_database
from workers.embedded import EmbeddedPostgres, claim

_OFF, _ON = "Quoteway, resend off", "Quoteway, resend on"
# What a question about a lost purchase says of what was done before it was asked.
_EVIDENCE = (
    r"purchase of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
    r"\d+ complete looks at the company's orders",
    r"from \d\d:\d\d:\d\d to \d\d:\d\d:\d\d",
    r"Found: |No new order with these lines was found",
)


def drill(setting: Setting) -> Report:
    plan = plan_of(setting)
    figures: list[Figure] = []
    details: dict[str, Any] = {"contenders": {}, "harm": {}}
    evidence: list[str] = []
    with claim(setting.folder / "data") as data, EmbeddedPostgres(data, durable=False) as postgres:
        for name, resend in ((_OFF, False), (_ON, True)):
            setting.tell(f"{name}: {plan.sizes.quotes} quotes, {plan.sizes.old} old orders")
            market = Market(plan, VirtualClock())
            url = virtual_database(postgres, "resend" if resend else "ask")
            with quoteway(url, market, resend=resend) as application:
                run = Quoteway(plan, market, application)
                verdict = judge(name, plan, market, run.run())
            figures += _ours(plan, verdict, run, aside=resend)
            _note(details, evidence, verdict, market)
            evidence += [f"{name}: {line}" for line in [*run.seen.troubles, *_unproved(run)]]
            details["contenders"][name]["questions"] = _texts(run)
    for name, way in RIVALS.items():
        setting.tell(name)
        verdict, market = _rival(plan, name, way)
        figures += _theirs(verdict)
        _note(details, [], verdict, market)
    figures += _harm(details["harm"][_ON])
    return Report(tuple(figures), tuple(evidence), details)


def _rival(plan: Plan, name: str, way: Way) -> tuple[Verdict, Market]:
    market = Market(plan, VirtualClock())
    return judge(name, plan, market, compete(plan, market, way)), market


def _ours(plan: Plan, verdict: Verdict, run: Quoteway, *, aside: bool) -> Sequence[Figure]:
    who, count = verdict.contender, len(plan.quotes)
    ended = len(verdict.right) + len(verdict.twins) + len(verdict.ended_by_person)
    share = 100 * len(verdict.asked_without_a_twin) / count
    return (
        all_of(f"{who}: bought once, or a stranger's twin", ended, count),
        Figure(f"{who}: bought right", len(verdict.right)),
        none_of(f"{who}: doubled", len(verdict.doubled), _names(verdict.doubled)),
        none_of(f"{who}: wrong adoptions", len(verdict.wrong), _names(verdict.wrong)),
        none_of(f"{who}: lost", len(verdict.lost), _names(verdict.lost)),
        Figure(f"{who}: took a stranger's twin (not promised)", len(verdict.twins), note=_names(verdict.twins)),
        Figure(f"{who}: ended by a person beside a twin", len(verdict.ended_by_person)),
        Figure(f"{who}: handed to a person", len(verdict.asked)),
        Figure(
            f"{who}: handed to a person, strangers' twins aside",
            round(share, 2),
            most=1.0 if aside else None,
            unit="%",
            note=_names(verdict.asked_without_a_twin),
        ),
        none_of(f"{who}: questions without their evidence", len(_unproved(run))),
        none_of(f"{who}: retries let through past an unknown purchase", len(run.person.let_through)),
        none_of(f"{who}: left unsettled", len(run.seen.troubles), "; ".join(run.seen.troubles[:3])),
    )


def _theirs(verdict: Verdict) -> Sequence[Figure]:
    """Rivals only inform; but the harness must see the harm that each is known for."""
    who, retries = verdict.contender, verdict.contender.startswith("retry")
    harm = len(verdict.wrong) + len(verdict.lost)
    return (
        Figure(f"{who}: bought right", len(verdict.right)),
        Figure(f"{who}: doubled", len(verdict.doubled), least=1 if retries else None),
        Figure(f"{who}: wrong adoptions", len(verdict.wrong)),
        Figure(f"{who}: took a stranger's twin", len(verdict.twins)),
        Figure(f"{who}: lost", len(verdict.lost)),
        *([] if retries else [Figure(f"{who}: wrong adoptions and lost", harm, least=1)]),
    )


def _harm(counts: Mapping[str, int]) -> Sequence[Figure]:
    kinds = ("answers lost after the commit", "requests lost before", "carried out late", "strangers")
    return [Figure(f"{_ON}: {kind}", counts.get(kind, 0), least=1) for kind in kinds]


def _note(details: dict[str, Any], evidence: list[str], verdict: Verdict, market: Market) -> None:
    details["contenders"][verdict.contender] = verdict.table()
    details["harm"][verdict.contender] = dict(market.counts)
    evidence += verdict.evidence


def _texts(run: Quoteway) -> Sequence[str]:
    return [f"{quote}: {one['text']}" for quote, asked in run.seen.asked.items() for one in asked]


def _unproved(run: Quoteway) -> Sequence[str]:
    """Questions that do not say what was looked at, how often, until when, and what was found."""
    return [f"{quote}: {one['text']}" for quote, asked in run.seen.asked.items() for one in asked if not _proved(one)]


def _proved(asked: Mapping[str, Any]) -> bool:
    if asked["key"].startswith("turned_up:"):
        return asked["key"].removeprefix("turned_up:") in asked["text"]
    return all(re.search(part, asked["text"]) for part in _EVIDENCE) and bool(asked["owner"])


def _names(quotes: Sequence[str]) -> str:
    return ", ".join(quotes[:10])
