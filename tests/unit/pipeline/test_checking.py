"""Accounts over the simulated Pax8, tried without buying."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from pipeline.marketplaces.pax8.simulator import Pax8Simulator
from pipeline.operations.checking import Finding, Verdict, check
from tests.contracts.pax8_case import Pax8Case


def by_name(findings: tuple[Finding, ...]) -> dict[str, Verdict]:
    return {one.what: one.verdict for one in findings}


def test_an_account_that_works_is_right_in_everything_and_nothing_is_bought() -> None:
    case = Pax8Case()

    findings = check(case.account)

    assert by_name(findings) == {
        **dict.fromkeys(("credentials", "companies", "catalogue", "orders", "ordering"), Verdict.RIGHT),
        "clock": Verdict.UNKNOWN,
    }
    assert case.bought() == 0
    assert case.simulator.world.writes == []


def test_wrong_credentials_are_all_that_is_told() -> None:
    case = Pax8Case()
    case.simulator.knobs.client_secret = "changed"

    [finding] = check(case.account)

    assert (finding.what, finding.verdict) == ("credentials", Verdict.WRONG)
    assert "QUOTEWAY_PAX8_CLIENT_SECRET" in finding.sentence


def test_a_key_that_may_read_and_not_order_is_told() -> None:
    case = Pax8Case()
    case.simulator.knobs.may_order = False

    findings = check(case.account)

    assert by_name(findings)["ordering"] is Verdict.WRONG
    assert by_name(findings)["companies"] is Verdict.RIGHT


@pytest.mark.parametrize(
    ("kind", "verdict"), [(403, Verdict.WRONG), (500, Verdict.UNKNOWN)], ids=["not permitted", "in trouble"]
)
def test_a_read_that_is_not_permitted_is_told_apart_from_one_that_fails(kind: int, verdict: Verdict) -> None:
    case = Pax8Case()
    case.simulator.faults.add(match=("GET", "/v1/products"), kind=kind, times=None)

    assert by_name(check(case.account))["catalogue"] is verdict


@pytest.mark.parametrize(
    ("apart", "verdict", "told"),
    [
        pytest.param(0, Verdict.RIGHT, "agree", id="together"),
        pytest.param(120, Verdict.WRONG, "seconds behind", id="ours is behind"),
        pytest.param(-120, Verdict.WRONG, "seconds ahead of", id="ours is ahead"),
    ],
)
def test_clocks_are_compared_by_the_date_of_an_answer(apart: int, verdict: Verdict, told: str) -> None:
    case = Pax8Case(httpx.MockTransport(dated(Pax8Simulator(), timedelta(seconds=apart))))

    clock = check(case.account)[-1]

    assert (clock.what, clock.verdict) == ("clock", verdict)
    assert told in clock.sentence


def dated(simulator: Pax8Simulator, apart: timedelta) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        response = simulator(request)
        response.headers["date"] = format_datetime(datetime.now(UTC) + apart, usegmt=True)
        return response

    return answer
