"""A worker stands still around the purchase, for longer than anybody waits for it, and then goes on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import psycopg
import pytest

from tests.flow.holding import Holding, holding
from tests.flow.house import House, Json, asking, done, questions, quote, rests, until
from workers.bootstrap import Application

CLAIMED = "NEW.answered IS NULL AND NEW.kind = 'place_order'"
ANSWERED = "NEW.closing = 'accepted' AND NEW.kind = 'place_order'"
SEND_AGAIN = {"QUOTEWAY_MARKETPLACES__PAX8__RESEND_WHEN_ABSENT": "true"}


@dataclass
class Scene:
    house: House
    application: Application
    hold: Holding

    def frozen(
        self, where: str, *, in_commit: bool = True, settings: Mapping[str, str] = MappingProxyType({})
    ) -> tuple[subprocess.Popen[bytes], str]:
        """A worker that stands still at this place with the quote's order, and the quote's id."""
        self.hold.at("claims", where, in_commit=in_commit)
        worker = self.house.start_worker(**settings)
        quote_id = self.house.accept(self.application, quote())
        self.hold.wait()
        self.house.freeze(worker)
        self.hold.let_go()
        return worker, quote_id

    def wait_past_send_by(self) -> None:
        with psycopg.connect(self.house.environment["QUOTEWAY_DATABASE_URL"], autocommit=True) as connection:
            passed = "SELECT 1 FROM claims WHERE send_by < clock_timestamp()"
            until(lambda: connection.execute(passed).fetchone())

    def sent(self) -> int:
        """How many purchases have reached the simulator."""
        with self.house.simulator.locked():
            return self.house.simulator.traffic.calls["POST /v1/orders"]

    def wait(self, quote_id: str, seconds: float = 40) -> Json:
        return self.house.wait(self.application, quote_id, rests, seconds)

    def outcomes(self, quote_id: str) -> list[str]:
        return [entry["outcome"] for entry in self.house.orders_of(self.application, quote_id)[0]["timeline"]]


@pytest.fixture
def scene(house: House, application: Application) -> Iterator[Scene]:
    with holding(house.environment["QUOTEWAY_DATABASE_URL"]) as hold:
        yield Scene(house, application, hold)


def test_a_worker_that_wakes_after_send_by_sends_nothing_by_that_claim(scene: Scene) -> None:
    worker, quote_id = scene.frozen(CLAIMED)
    scene.wait_past_send_by()
    assert scene.sent() == 0

    scene.house.thaw(worker)
    order = scene.wait(quote_id)

    assert done(order)
    assert [one["class"] for one in order["attempts"]] == ["not_sent", "accepted"]
    assert (scene.sent(), len(scene.house.bought())) == (1, 1)


def test_a_worker_that_wakes_when_a_person_was_asked_sends_nothing_by_that_claim(scene: Scene) -> None:
    worker, quote_id = scene.frozen(CLAIMED)
    scene.house.start_worker()
    asked = scene.wait(quote_id)
    assert asking(asked)
    assert "It is not known whether Pax8 took the purchase" in questions(asked)
    assert scene.sent() == 0

    scene.house.thaw(worker)
    order = scene.house.wait(scene.application, quote_id, done)

    assert [one["class"] for one in order["attempts"]] == ["not_sent", "accepted"]
    assert (scene.sent(), len(scene.house.bought())) == (1, 1)
    assert questions(order) == ""


def test_a_worker_that_wakes_when_another_has_sent_again_sends_nothing(scene: Scene) -> None:
    worker, quote_id = scene.frozen(CLAIMED, settings=SEND_AGAIN)
    scene.house.start_worker(**SEND_AGAIN)
    assert done(scene.wait(quote_id))
    assert (scene.sent(), len(scene.house.bought())) == (1, 1)

    scene.house.thaw(worker)
    until(lambda: "answered_late" in scene.outcomes(quote_id), told=scene.house.output)

    assert (scene.sent(), len(scene.house.bought())) == (1, 1)
    assert done(scene.wait(quote_id))


def test_a_worker_that_wakes_when_another_has_adopted_its_order_only_notes_the_answer(scene: Scene) -> None:
    answer = scene.house.simulator.faults.add(
        match=("POST", "/v1/orders"), kind="delay", seconds=1.0, when="after", times=1
    )
    worker = scene.house.start_worker()
    quote_id = scene.house.accept(scene.application, quote())
    until(scene.house.bought)
    scene.house.freeze(worker)
    scene.house.start_worker()
    adopted = scene.wait(quote_id)
    assert done(adopted)
    assert "adopted" in str(adopted["timeline"])

    scene.house.thaw(worker)
    until(lambda: "answered_late" in scene.outcomes(quote_id), told=scene.house.output)

    assert answer.hits == 1
    assert (scene.sent(), len(scene.house.bought())) == (1, 1)
    assert questions(scene.wait(quote_id)) == ""


def test_a_worker_that_stands_still_after_the_answer_was_committed_holds_nobody_up(scene: Scene) -> None:
    worker, quote_id = scene.frozen(ANSWERED)
    scene.house.start_worker()
    assert done(scene.wait(quote_id))

    scene.house.thaw(worker)
    scene.house.wait(scene.application, scene.house.accept(scene.application, quote()), done)

    assert (scene.sent(), len(scene.house.bought())) == (2, 2)


def test_a_worker_that_wakes_in_the_middle_of_recording_the_answer_records_it(scene: Scene) -> None:
    worker, quote_id = scene.frozen(ANSWERED, in_commit=False)
    scene.house.start_worker()
    # Nobody may judge the attempt while its row is being written, however long ago it was sent.
    scene.wait_past_send_by()
    assert not rests(scene.house.orders_of(scene.application, quote_id)[0])

    scene.house.thaw(worker)
    order = scene.wait(quote_id)

    assert done(order)
    assert [one["class"] for one in order["attempts"]] == ["accepted"]
    assert (scene.sent(), len(scene.house.bought())) == (1, 1)
