"""The channels are told of what is found wrong with a connection, once, and of its end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from events.errands import Errands
from events.notices.channel import Arrived, Missed, Notice, Result
from events.notices.delivery import Deliverer
from events.sources.tool import Checked, Page, Tool, ToolFault
from pipeline.domain.change import Change
from pipeline.store.errands import ErrandKind
from pipeline.store.tables import ERRANDS, NOTICES
from tests.integration.served_intake import a_database
from tests.integration.test_tools import MOMENT, SOURCES, FarTool, House, poll_id


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    with a_database(database_url) as database:
        yield House(database, {name: FarTool(name) for name in SOURCES})


def errands_of(house: House) -> Errands:
    tools = dict[str, Tool](house.tools)
    return Errands(house.database, SOURCES, tools, "https://q.example", channels=("ops", "chat"))


def test_channels_are_told_once_when_a_webhook_was_switched_off_and_once_when_it_is_on_again(house: House) -> None:
    tool, off = house.tools["quotes"], ("The webhook is switched off: switch it on again.",)
    errands_of(house).begin()
    for found in (Checked(), Checked(off, deactivated=True), Checked(off, deactivated=True), Checked(), Checked()):
        tool.found = found
        rest(house)
        errands_of(house).run(poll_id(house, ErrandKind.CHECK))

    begun, over = told(house)

    assert (begun["type"], over["type"]) == ("source.problem", "source.well")
    assert begun["data"] == {
        "connection": "quotes",
        "errand": "check",
        "problems": list(off),
        "deactivated": True,
    }
    assert over["data"] == {**begun["data"], "deactivated": False}


def test_another_problem_is_news_and_so_is_what_somebody_found_by_a_check_of_their_own(house: House) -> None:
    tool = house.tools["quotes"]
    errands_of(house).begin()
    for problems in (["One."], ["One.", "Two."], ["Two.", "One."], []):
        tool.found = Checked(tuple(problems))
        errands_of(house).check_now("quotes", tool)

    assert [(one["type"], one["data"]["problems"]) for one in told(house)] == [
        ("source.problem", ["One."]),
        ("source.problem", ["One.", "Two."]),
        ("source.well", ["One.", "Two."]),
    ]


@pytest.mark.parametrize("kind", [ErrandKind.POLL, ErrandKind.CHECK])
def test_a_tool_that_stays_away_is_told_of_once_and_one_that_was_away_for_a_moment_never(
    house: House, kind: ErrandKind
) -> None:
    tool = house.tools["quotes"]
    tool.changed = [Page([], MOMENT)]
    errands_of(house).begin()
    for faults in (4, 8):
        for number in range(faults):
            tool.fault = ToolFault(f"It answered with {500 + number}.")
            rest(house)
            errands_of(house).run(poll_id(house, kind))
        tool.fault = None
        rest(house)
        errands_of(house).run(poll_id(house, kind))

    begun, over = told(house)

    assert (begun["type"], over["type"]) == ("source.problem", "source.well")
    assert begun["data"]["problems"] == over["data"]["problems"] == ["It answered with 504."]
    assert begun["data"]["errand"] == kind


def test_what_is_told_of_a_connection_is_delivered_like_all_else(house: House) -> None:
    house.tools["quotes"].found = Checked(("Switch it on again.",))
    errands_of(house).begin()
    errands_of(house).run(poll_id(house, ErrandKind.CHECK))
    got: list[Notice] = []

    class Ops:
        name = "ops"

        def send(self, notice: Notice) -> Result:
            got.append(notice)
            return Arrived() if len(got) > 1 else Missed("It is down.")

    with house.database.transaction() as connection:
        due = connection.execute(select(NOTICES.c.id).where(NOTICES.c.channel == "ops")).scalars().all()
    deliverer = Deliverer(house.database, {"ops": Ops()})
    for _ in range(3):
        deliverer.deliver(due[0])

    assert len(due) == 1
    assert [notice.id for notice in got] == [due[0]] * 2
    assert got[0].change is Change.SOURCE_PROBLEM


def rest(house: House) -> None:
    """Every errand is due, and in nobody's hands."""
    with house.database.transaction() as connection:
        connection.execute(ERRANDS.update().values(taken_until=None, due_at=MOMENT))


def told(house: House) -> list[dict[str, Any]]:
    """What went to one channel, oldest first, when it went to the other one, too."""
    with house.database.transaction() as connection:
        rows = connection.execute(select(NOTICES).order_by(NOTICES.c.created_at)).all()
    bodies = {name: [house.database.open(row.body) for row in rows if row.channel == name] for name in ("ops", "chat")}
    assert bodies["ops"] == bodies["chat"]
    return [{key: value for key, value in json.loads(body).items() if key != "timestamp"} for body in bodies["ops"]]
