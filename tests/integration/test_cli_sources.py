"""The list of source connections and the notices, as a person reads them in the terminal."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console, RenderableType

from events.connections import SourceKind
from events.standing import Standing, late
from events.trying import Tried
from pipeline.domain.change import Change
from pipeline.store.errands import ErrandKind, Shown
from workers.commands.exits import Exit
from workers.commands.source_page import Row, page, tried_page

NOW = datetime(2026, 11, 21, 10, 3, 2, tzinfo=UTC)
DOOR = "https://quoteway.example/in/psa"


def text(what: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=112, markup=False, highlight=False)
    console.print(what)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def standing(**changes: Any) -> Standing:
    return Standing(**{"name": "psa", "kind": SourceKind.CONNECTWISE, **changes})


def test_a_row_says_where_to_what_came_when_it_is_read_next_and_how_it_is() -> None:
    one = standing(
        last_event_at=NOW - timedelta(minutes=3),
        last_poll_at=NOW - timedelta(seconds=40),
        next_poll_at=NOW + timedelta(minutes=4),
        refused=7,
    )

    told = text(page([Row(one, DOOR)], NOW))

    for word in ("psa", "connectwise", DOOR, "3 min ago", "40 s ago", "in 4 min", "7", "ok"):
        assert word in told


@pytest.mark.parametrize(
    ("one", "door", "words"),
    [
        pytest.param(standing(), "", ["polled", "ok"], id="a tool that is only polled"),
        pytest.param(
            standing(deactivated=True, problems=("It is off.",)), DOOR, ["switched off", "psa: It is off."], id="off"
        ),
        pytest.param(standing(problems=("No such key.",)), DOOR, ["problems", "psa: No such key."], id="problems"),
        pytest.param(standing(poll_failures=2), DOOR, ["poll failed (2)"], id="a hitch"),
        pytest.param(standing(kind=None), "", ["not configured"], id="one of the past"),
        pytest.param(standing(next_poll_at=NOW - timedelta(hours=1)), "", ["now"], id="a poll that is due"),
    ],
)
def test_the_worst_is_its_state(one: Standing, door: str, words: list[str]) -> None:
    told = text(page([Row(one, door)], NOW))

    assert [word for word in words if word not in told] == []


def test_as_json_it_has_its_door_and_moments_as_text() -> None:
    told = json.loads(json.dumps(Row(standing(last_poll_at=NOW, problems=("It is off.",)), "").json()))

    assert told["door"] is None
    assert (told["kind"], told["configured"], told["problems"]) == ("connectwise", True, ["It is off."])
    assert told["last_poll_at"] == "2026-11-21T10:03:02+00:00"


def test_what_was_tried_stands_line_by_line() -> None:
    told = text(tried_page([Tried("poll", True, "It can be polled."), Tried("door", False, "It is shut.")]))

    assert told.splitlines() == ["✔ It can be polled.", "✘ It is shut."]


@pytest.mark.parametrize(
    ("minutes", "done_ago", "faults", "is_late"),
    [
        pytest.param(5, 14, 4, False, id="a hitch of two polls"),
        pytest.param(5, 16, 4, True, id="three polls missed"),
        pytest.param(5, 16, 0, True, id="nobody polled"),
        pytest.param(1, 10, 9, False, id="often, and away for ten minutes"),
        pytest.param(24 * 60, 24 * 60 + 59, 5, False, id="daily, within an hour"),
        pytest.param(24 * 60, 24 * 60 + 61, 5, True, id="daily, over an hour"),
        pytest.param(5, None, 2, False, id="new"),
        pytest.param(5, None, 3, True, id="never well"),
    ],
)
def test_a_poll_is_late_after_some_intervals_but_not_at_the_first_hitch(
    minutes: int, done_ago: int | None, faults: int, is_late: bool
) -> None:
    done_at = None if done_ago is None else NOW - timedelta(minutes=done_ago)
    poll = Shown("psa", ErrandKind.POLL, None, NOW, done_at, faults, "", (), False)

    assert late(poll, timedelta(minutes=minutes), NOW) is is_late


def test_every_notice_is_previewed_without_any_server(tmp_path: Path) -> None:
    def previewed(*options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-m", "workers.cli", "notice", "preview", *options],
            env={"QUOTEWAY_DATA_DIR": str(tmp_path), "QUOTEWAY_PUBLIC_URL": "https://q.example", "COLUMNS": "80"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )

    shown, told = previewed().stdout, json.loads(previewed("--json").stdout)["items"]

    assert {change.event for change in Change} < {item["notice"] for item in told}
    assert all(item["title"] in shown and "https://q.example/" in item["body"] for item in told)


def test_sources_need_a_quoteway_to_ask(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-P", "-m", "workers.cli", "source", "list"],
        env={"QUOTEWAY_DATA_DIR": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (told.returncode, "start quoteway up" in told.stderr) == (Exit.UNAVAILABLE, True)
